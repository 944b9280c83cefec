/**
 * The history of one XMPP account on this machine: what was said in its conversations stays, is
 * there again at the next start, and can be searched, exported and written as logs.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import type { Settings } from "../../config/schema.ts";
import { HistoryError } from "../../history/errors.ts";
import { keepDeviceRecords } from "../../history/import.ts";
import { LogWriter } from "../../history/logs/log_writer.ts";
import { type OldMessage, Scribe } from "../../history/logs/scribe.ts";
import { FORMATS } from "../../history/logs/write_formats.ts";
import { openHistory } from "../../history/open.ts";
import { systemRandom } from "../../history/random.ts";
import { workerIndex } from "../../history/search_index.ts";
import type { FileHistory } from "../../history/store.ts";
import { getLogger } from "../../log.ts";
import { encodeFileName } from "../../message/file_name.ts";
import { EVENT_TYPES } from "../../message/event.ts";
import type { Address, ChatEvent, EventId, RoomId } from "../../message/event.ts";
import { decodeEvent } from "../../message/line.ts";
import type { Position } from "../../protocol/frames.ts";
import { Remembered } from "../../transports/xmpp/features/remembered.ts";
import { namesIn } from "./names.ts";

/** What a {@linkcode Keeping} works with. */
export interface KeepingOptions {
  /** A bare JID. */
  readonly account: Address;
  readonly settings: Pick<
    Settings,
    "data" | "search" | "durability" | "chatLogs" | "chatLogsDir"
  >;
  readonly clock: Clock;
  /** Told once when nothing can be kept any more. */
  readonly failed: (error: Error) => void;
}

/** When a message that is kept was said. */
export type Said =
  /** Now. */
  | "live"
  /** Before it came here: out of an archive, or while nobody was there. */
  | "earlier";

/** Conversations and messages of each that are there again at a start. */
const ROOMS = 200;
const EVENTS = 100;
const STORED_MOST = 20_000;
/** Keys of a content that name another event. */
const REFERENCES: ReadonlySet<string> = new Set(["replaces", "redacts", "relates_to"]);
/** What messages from before came by; logs of other programs are told apart by their own. */
const EARLIER_DOOR = "xmpp-archive";

const log = getLogger(["xmpp"]);

/** See the module's description. */
export class Keeping implements AsyncDisposable {
  /** The folder of everything that is kept of the account. */
  readonly folder: string;
  readonly #history: FileHistory;
  readonly #options: KeepingOptions;
  readonly #logs: LogWriter | undefined;
  /** For messages from before: their times would break the chain of the folder's own device. */
  #scribe: Promise<Scribe> | undefined;
  #place = { room: "", time: 0, count: 0 };
  #last: Promise<unknown> = Promise.resolve();
  /** The latest of what speaks of other events, while it waits. */
  #about: Promise<void> | undefined;
  /** What events of this run are called in the history. */
  readonly #stored = new Remembered<EventId, EventId>(STORED_MOST);
  #hasFailed = false;

  private constructor(
    options: KeepingOptions,
    folder: string,
    history: FileHistory,
    logs: LogWriter | undefined,
  ) {
    this.#options = options;
    this.folder = folder;
    this.#history = history;
    this.#logs = logs;
  }

  /**
   * Opens the account's folder.
   *
   * @throws {HistoryError} `history/locked` when another client of the account has it; others
   */
  static async open(options: KeepingOptions): Promise<Keeping> {
    const { account, settings, clock } = options;
    const folder = folderOf(settings.data, account);
    const history = await openHistory({
      dir: folder,
      program: "chatnode client",
      node: () => Promise.resolve(account.slice(account.indexOf("@") + 1)),
      durability: settings.durability,
      clock,
      ...(settings.search ? { index: workerIndex } : {}),
    });
    try {
      return new Keeping(options, folder, history, await logsOf(options, folder, history));
    } catch (error) {
      await history.close();
      throw error;
    }
  }

  /** The latest messages of the latest conversations, each conversation's oldest first. */
  async latest(): Promise<readonly (readonly ChatEvent[])[]> {
    const rooms = this.#history.rooms()
      .toSorted((a, b) => (b.lastTimestamp ?? 0) - (a.lastTimestamp ?? 0)).slice(0, ROOMS)
      .reverse();
    const pages: (readonly ChatEvent[])[] = [];
    for (const { room } of rooms) pages.push(await this.page(room, EVENTS));
    return pages;
  }

  /** The latest events of a conversation before a place, oldest first. @throws {HistoryError} */
  async page(room: RoomId, limit: number, before?: Position): Promise<readonly ChatEvent[]> {
    const place = before === undefined ? {} : { before };
    const { events } = await this.#history.page(room, { limit, ...place });
    return events.map(({ event }) => event);
  }

  /** Messages that hold all words, newest first. @throws {HistoryError} */
  async search(text: string, limit: number, room?: RoomId): Promise<readonly ChatEvent[]> {
    const where = room === undefined ? {} : { room };
    const { hits } = await this.#history.search({ text, limit, ...where });
    return hits.map(({ event }) => event);
  }

  /** Keeps a message, in the order of the calls. What cannot be kept is told, once. */
  keep(event: ChatEvent, said: Said): void {
    const isAbout = event.type !== "m.room.message" || event.parent_event_id !== null;
    // What speaks of another event waits until it is known what that is called in the history, and
    // what is said behind it waits for it.
    const before = isAbout ? this.#last : this.#about;
    const kept = before === undefined
      ? this.#write(event, said)
      : before.then(() => this.#write(event, said));
    const done = kept.catch((error: unknown) => this.#fail(error));
    this.#last = Promise.all([this.#last, done]);
    if (!isAbout) return;
    const about: Promise<void> = done.then(() => {
      if (this.#about === about) this.#about = undefined;
    });
    this.#about = about;
  }

  async #write(event: ChatEvent, said: Said): Promise<void> {
    const named = this.#renamed(event);
    const id = said === "live" ? await this.#append(named) : await this.#ingest(named);
    this.#stored.set(event.event_id, id);
  }

  /** The event, speaking of others as the history calls them. */
  #renamed(event: ChatEvent): ChatEvent {
    const name = (id: unknown) => typeof id === "string" ? this.#stored.get(id) ?? id : id;
    const content = Object.fromEntries(
      Object.entries(event.content).map(([key, value]) =>
        REFERENCES.has(key) ? [key, name(value) as string] : [key, value]
      ),
    );
    const { parent_event_id: parent } = event;
    return {
      ...event,
      content,
      parent_event_id: parent === null ? null : this.#stored.get(parent) ?? parent,
    };
  }

  /** Resolves when everything that was handed over is on disk, or has failed. */
  async settled(): Promise<void> {
    await this.#last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled();
    await this.#logs?.close();
    await this.#history.close();
  }

  async #append(event: ChatEvent): Promise<EventId> {
    const { room_id: room, sender_id: sender, content, parent_event_id: parent } = event;
    const type = EVENT_TYPES.find((each) => each === event.type) ?? "m.room.message";
    const [name] = namesIn(content);
    // One message may say several things, each under the same name.
    const key = name === undefined || type !== "m.room.message" ? {} : { key: keyOf(name) };
    const draft = { room, sender, type, content, via: "xmpp" } as const;
    const answered = parent === null ? {} : { parent };
    const { stored } = await this.#history.append({ ...draft, ...key, ...answered });
    return stored.event.event_id;
  }

  async #ingest(event: ChatEvent): Promise<EventId> {
    const { room_id: room, sender_id: sender, timestamp_ms: time, content } = event;
    const { msgtype, body = "", ...more } = content;
    const place = this.#nextPlace(room, time);
    const scribe = await this.#theScribe();
    const kind = msgtype === "m.emote" || msgtype === "m.notice" ? msgtype : "m.text";
    const message: OldMessage = {
      ...{ room, sender, time, place, msgtype: kind, body, via: EARLIER_DOOR },
      ...{ more, parent: event.parent_event_id },
    };
    const line = scribe.write(message);
    await this.#history.ingest({ room, writer: scribe.record.device, lines: [line] });
    return decodeEvent(line)?.event.event_id ?? event.event_id;
  }

  /** One for all, also for those that come while it is made: they would overtake the first. */
  #theScribe(): Promise<Scribe> {
    return this.#scribe ??= this.#makeScribe();
  }

  async #makeScribe(): Promise<Scribe> {
    const { clock, account } = this.#options;
    const node = account.slice(account.indexOf("@") + 1);
    const scribe = new Scribe({ random: systemRandom, node, now: clock.now() });
    // Before the first event: whoever finds it must be able to verify it.
    await keepDeviceRecords(this.#history.parts.layout, [scribe.record]);
    return scribe;
  }

  #nextPlace(room: RoomId, time: number): number {
    const { room: before, time: then, count } = this.#place;
    const next = before === room && then === time ? count + 1 : 0;
    this.#place = { room, time, count: next };
    return next;
  }

  #fail(error: unknown): void {
    log.error("Cannot keep a message: {code}", {
      code: error instanceof HistoryError ? error.code : "unknown",
    });
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.failed(error instanceof Error ? error : new Error("unknown"));
  }
}

/** Where everything of an account is kept. */
export function folderOf(data: string, account: Address): string {
  return join(data, "clients", "xmpp", encodeFileName(account));
}

async function logsOf(
  { settings, clock }: KeepingOptions,
  folder: string,
  history: FileHistory,
): Promise<LogWriter | undefined> {
  const { chatLogs, chatLogsDir } = settings;
  if (chatLogs === "off") return undefined;
  return await LogWriter.start({
    ...{ history, clock },
    format: FORMATS[chatLogs],
    folder: chatLogsDir,
    cursors: join(folder, "logs.json"),
    zone: Temporal.Now.timeZoneId(),
    logger: getLogger(["logs"]),
  });
}

/** Names of messages are as long as their authors like; keys are not. */
function keyOf(name: string): string {
  return createHash("sha256").update(name).digest("base64url");
}
