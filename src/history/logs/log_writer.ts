/**
 * Keeps the logs of conversations as files for people and other programs, beside the history: it
 * follows the history by cursor, so what was said while it was not running is written later, and
 * nothing twice. The files are a view; nobody reads the history back from them.
 *
 * @module
 */
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../log.ts";
import { roomKind } from "../../message/address.ts";
import type { RoomId } from "../../message/event.ts";
import type { History, StoredEvent } from "../contract.ts";
import { LogCursors } from "./log_cursors.ts";
import { appendLines, appendMissing } from "./log_file.ts";
import type { OpenLog, WrittenFormat } from "./write_format.ts";
import { type Conversation, type WrittenMessage, writtenOf } from "./written.ts";

/** What a {@linkcode LogWriter} works with. */
export interface LogWriterOptions {
  readonly history: History;
  readonly format: WrittenFormat;
  /** The folder that holds `logs/`, for instance `~/.purple`. */
  readonly folder: string;
  /** The file in which it is kept how far each room is written. */
  readonly cursors: string;
  /** What local times are in, IANA. */
  readonly zone: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Events read at a time. */
const BATCH = 500;
/** After a failure, milliseconds; doubled up to the second. */
const RETRY = { first: 1_000, most: 60_000 };
/** Events that are looked at to tell a room of several from a conversation of two. */
const SAMPLE = 50;

/** Names of files that are kept in mind. */
const REMEMBERED = 10_000;

/** See the module's description. */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #cursors: LogCursors;
  readonly #open = new Map<RoomId, OpenLog>();
  /** Files that this run has written to. */
  readonly #begun = new Set<string>();
  readonly #waiting = new Set<RoomId>();
  readonly #stop: () => void;
  #working: Promise<void> | undefined;
  #retry: { cancel(): void } | undefined;
  #pause = RETRY.first;
  #closed = false;

  private constructor(options: LogWriterOptions, cursors: LogCursors) {
    this.#options = options;
    this.#cursors = cursors;
    this.#stop = options.history.onCommit((commit) => {
      for (const { stored } of commit) this.#wants(stored.room);
    });
  }

  /**
   * Begins, with what the cursors say is not written yet. Without cursors the logs begin now: what
   * is in the history already stays there alone.
   */
  static async start(options: LogWriterOptions): Promise<LogWriter> {
    const cursors = await LogCursors.open(options.cursors, options.history);
    const writer = new LogWriter(options, cursors);
    for (const { room } of options.history.rooms()) writer.#wants(room);
    return writer;
  }

  /** Resolves once everything committed before the call is written or has failed. */
  async written(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** Writes what is committed, then ends. */
  async close(): Promise<void> {
    this.#stop();
    await this.written();
    this.#closed = true;
    this.#retry?.cancel();
  }

  #wants(room: RoomId): void {
    if (this.#closed || roomKind(room).kind !== "xmpp") return;
    this.#waiting.add(room);
    if (this.#retry === undefined) this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    try {
      // A microtask later: everything of a commit is known then.
      await Promise.resolve();
      for (const room of this.#waiting) {
        this.#waiting.delete(room);
        await this.#follow(room).catch((error: unknown) => this.#failed(room, error));
      }
    } finally {
      this.#working = undefined;
    }
  }

  #failed(room: RoomId, error: unknown): void {
    const { logger, clock } = this.#options;
    const cause = error instanceof Error ? error.name : "unknown";
    logger.warn("Cannot write the log of a conversation: {cause}; trying again", { cause });
    this.#waiting.add(room);
    if (this.#closed || this.#retry !== undefined) return;
    this.#retry = clock.after(this.#pause, () => {
      this.#retry = undefined;
      this.#working ??= this.#work();
    });
    this.#pause = Math.min(this.#pause * 2, RETRY.most);
  }

  async #follow(room: RoomId): Promise<void> {
    const kind = roomKind(room);
    if (kind.kind !== "xmpp") return;
    const { history } = this.#options;
    const { account, peer } = kind;
    for (let from = this.#cursors.of(room); from < history.room(room).next;) {
      const events = await history.read(room, from, BATCH);
      const conversation = { account, peer, kind: await this.#kindOf(room, peer) };
      await this.#write(room, conversation, events);
      from = (events.at(-1)?.offset ?? history.room(room).next - 1) + 1;
      await this.#cursors.set(room, from);
      this.#pause = RETRY.first;
    }
  }

  /** A room of several has authors whose address is the room's with a nickname. */
  async #kindOf(room: RoomId, peer: string): Promise<Conversation["kind"]> {
    const { history } = this.#options;
    const from = Math.max(history.room(room).first, history.room(room).next - SAMPLE);
    const events = await history.read(room, from, SAMPLE);
    return events.some(({ event }) => event.sender_id.startsWith(`${peer}/`)) ? "group" : "two";
  }

  async #write(
    room: RoomId,
    conversation: Conversation,
    events: readonly StoredEvent[],
  ): Promise<void> {
    const { zone, clock, format } = this.#options;
    const now = Temporal.Instant.fromEpochMilliseconds(clock.now()).toZonedDateTimeISO(zone);
    let path: string | undefined;
    let lines: string[] = [];
    for (const { event } of events) {
      const message = writtenOf(event, conversation, zone);
      if (message === undefined) continue;
      const next = await this.#pathOf(room, conversation, message);
      if (next !== path) {
        if (path !== undefined) await this.#append(path, lines);
        path = next;
        lines = await this.#exists(path) ? [] : [format.head(conversation, message)];
      }
      lines.push(format.line(message, now));
      const isClosed = format.closes(message);
      this.#open.set(room, { path: next, last: message.time, isClosed });
      if (!isClosed) continue;
      // At once: how the next file is called depends on which there are.
      await this.#append(next, lines);
      path = undefined;
    }
    if (path !== undefined) await this.#append(path, lines);
  }

  #pathOf(room: RoomId, conversation: Conversation, message: WrittenMessage): Promise<string> {
    const { format } = this.#options;
    return format.path(conversation, message, this.#open.get(room), (path) => this.#exists(path));
  }

  async #exists(path: string): Promise<boolean> {
    try {
      await Deno.lstat(join(this.#options.folder, path));
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /** The first time a file is written in this run, a crash may have left some of it there. */
  async #append(path: string, lines: readonly string[]): Promise<void> {
    const whole = join(this.#options.folder, path);
    if (this.#begun.has(path)) return await appendLines(whole, lines);
    await appendMissing(whole, lines);
    if (this.#begun.size >= REMEMBERED) this.#begun.clear();
    this.#begun.add(path);
  }
}
