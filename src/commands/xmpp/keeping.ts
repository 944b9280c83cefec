/**
 * The history of one XMPP account on this machine: what was said in its conversations stays, is
 * there again at the next start, and can be searched, exported and written as logs.
 *
 * @module
 */
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import type { Settings } from "../../config/schema.ts";
import type { JournalFiles } from "../../history/journal_file.ts";
import { LogWriter } from "../../history/logs/log_writer.ts";
import { FORMATS } from "../../history/logs/write_formats.ts";
import { openHistory } from "../../history/open.ts";
import { systemRandom } from "../../history/random.ts";
import { workerIndex } from "../../history/search_index.ts";
import type { FileHistory } from "../../history/store.ts";
import { getLogger } from "../../log.ts";
import type { Address, ChatEvent, RoomId } from "../../message/event.ts";
import { encodeFileName } from "../../message/file_name.ts";
import type { Position } from "../../protocol/frames.ts";
import { KnownNames } from "./known_names.ts";
import { ReadMarks } from "./read_marks.ts";
import { Recorder } from "./recorder.ts";

/** What a {@linkcode Keeping} works with. */
export interface KeepingOptions {
  /** A bare JID. */
  readonly account: Address;
  readonly settings: Pick<
    Settings,
    "data" | "search" | "durability" | "chatLogs" | "chatLogsDir"
  >;
  readonly clock: Clock;
  /** How the history writes; for tests. */
  readonly files?: JournalFiles;
}

/** Conversations and messages of each that are there again at a start. */
const ROOMS = 200;
const EVENTS = 100;

/** See the module's description. */
export class Keeping implements AsyncDisposable {
  /** The folder of everything that is kept of the account. */
  readonly folder: string;
  /** Makes events of what is said. */
  readonly recorder: Recorder;
  /** What messages are known by. */
  readonly names: KnownNames;
  /** How far archives were read. */
  readonly marks: ReadMarks;
  readonly #history: FileHistory;
  readonly #logs: LogWriter | undefined;

  private constructor(
    { account, clock }: KeepingOptions,
    folder: string,
    { history, logs, marks }: {
      readonly history: FileHistory;
      readonly logs: LogWriter | undefined;
      readonly marks: ReadMarks;
    },
  ) {
    this.folder = folder;
    this.marks = marks;
    this.#history = history;
    this.#logs = logs;
    this.recorder = new Recorder({
      history,
      uuid: () => crypto.randomUUID(),
      origin: () => ({ random: systemRandom, node: nodeOf(account), now: clock.now() }),
    });
    this.names = new KnownNames(history, crypto.getRandomValues(new Int32Array(1))[0] ?? 0);
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
      node: () => Promise.resolve(nodeOf(account)),
      durability: settings.durability,
      clock,
      ...(settings.search ? { index: workerIndex } : {}),
      ...(options.files === undefined ? {} : { files: options.files }),
    });
    try {
      const marks = await ReadMarks.open(folder);
      return new Keeping(options, folder, {
        ...{ history, marks },
        logs: await logsOf(options, folder, history),
      });
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

  /** Whether the disk takes anything. */
  get isWritable(): boolean {
    return this.#history.health().writable;
  }

  /** Calls `listener` when the disk takes something again. */
  onWritable(listener: () => void): void {
    this.#history.onHealth(({ writable }) => {
      if (writable) listener();
    });
  }

  /** Resolves when everything that was handed over is on disk, or has failed. */
  async settled(): Promise<void> {
    await this.recorder.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled();
    await this.#logs?.close();
    await this.#history.close();
  }
}

function nodeOf(account: Address): string {
  return account.slice(account.indexOf("@") + 1);
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
