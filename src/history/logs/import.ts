/**
 * Takes the logs of other programs into the history: reads them twice, first for the names of
 * people, then for what they said.
 *
 * @module
 */
import { LIMITS } from "../../message/event.ts";
import { exceedsBytes } from "../../message/utf8.ts";
import { keepDeviceRecords } from "../import.ts";
import type { FileHistory } from "../store.ts";
import { LOG_DOOR, type LogFormatName, type LoggedLine, type ReadLog } from "./contract.ts";
import type { FoundLog } from "./find.ts";
import { Names } from "./names.ts";
import { type OldMessage, Scribe, type ScribeOrigin } from "./scribe.ts";
import { StoredAlready } from "./stored_already.ts";

/** A line that was left out. */
export interface LeftOutLine {
  readonly path: string;
  /** 1 for the first line; 0 for the whole file. */
  readonly line: number;
  readonly why: "unreadable" | "too long" | "future" | "file too large";
}

/** What became of the logs. */
export interface LogImportReport {
  readonly files: number;
  readonly stored: number;
  /** How many were here already. */
  readonly known: number;
  /** Lines of the programs themselves. */
  readonly notices: number;
  readonly leftOut: readonly LeftOutLine[];
  /** Conversations in which more than one name may be the peer's. */
  readonly unsettled: ReturnType<Names["unsettled"]>;
}

/** What is imported and how. */
export interface LogImportOptions {
  readonly history: FileHistory;
  readonly files: readonly FoundLog[];
  readonly format: LogFormatName;
  /** The account's own names in the logs. */
  readonly own: readonly string[];
  /** What local times are in where the files' names do not say it: IANA, `Europe/Berlin`. */
  readonly zone: string;
  readonly device: ScribeOrigin;
  readonly signal: AbortSignal;
  /** Called with the bytes read so far, of twice {@linkcode FoundLog.bytes} of all files. */
  readonly onProgress?: (bytes: number) => void;
}

/** A log file of a conversation that is larger than this is none. */
const FILE_BYTES = 64 * 1024 * 1024;
/** Lines stored at a time. */
const BATCH = 500;

/**
 * Imports log files; may be done again, also after an interruption: what is here is not stored
 * twice.
 *
 * @throws {HistoryError} when the store cannot take more; what was stored before stays
 */
export async function importLogs(options: LogImportOptions): Promise<LogImportReport> {
  return await new LogImport(options).run();
}

class LogImport {
  readonly #options: LogImportOptions;
  readonly #names: Names;
  readonly #scribe: Scribe;
  readonly #leftOut: LeftOutLine[] = [];
  #stored = 0;
  #known = 0;
  #notices = 0;
  #bytes = 0;

  constructor(options: LogImportOptions) {
    this.#options = options;
    this.#names = new Names(options.own);
    this.#scribe = new Scribe(options.device);
  }

  async run(): Promise<LogImportReport> {
    const { files } = this.#options;
    for (const file of files) {
      const { lines } = await this.#read(file);
      for (const { speaker } of lines) this.#names.note(file, speaker);
    }
    for (const file of files) await this.#take(file);
    return {
      files: files.length,
      stored: this.#stored,
      known: this.#known,
      notices: this.#notices,
      leftOut: this.#leftOut,
      unsettled: this.#names.unsettled(),
    };
  }

  async #read(file: FoundLog): Promise<ReadLog> {
    const { signal, zone, onProgress } = this.#options;
    signal.throwIfAborted();
    this.#bytes += file.bytes;
    onProgress?.(this.#bytes);
    if (file.bytes > FILE_BYTES) return { lines: [], notices: 0, unreadable: [] };
    // Bytes that are no UTF-8 come from old locales: their place is kept, the rest of the log is fine.
    const text = new TextDecoder().decode(await Deno.readFile(file.path));
    const { day, began, account, offset } = file;
    return file.read(text, { day, began, account, zone: offset ?? zone });
  }

  async #take(file: FoundLog): Promise<void> {
    const { lines, notices, unreadable } = await this.#read(file);
    const { path } = file;
    if (file.bytes > FILE_BYTES) this.#leaveOut(path, 0, "file too large");
    for (const line of unreadable) this.#leaveOut(path, line, "unreadable");
    this.#notices += notices;
    const messages = await this.#unknown(this.#sound(file, lines));
    for (let begin = 0; begin < messages.length; begin += BATCH) {
      this.#options.signal.throwIfAborted();
      await this.#store(messages.slice(begin, begin + BATCH));
    }
  }

  /** The messages of a file that can be stored, in the order of time. */
  #sound(file: FoundLog, lines: readonly LoggedLine[]): OldMessage[] {
    const latest = this.#options.device.now + LIMITS.futureMs;
    const kept = lines.filter(({ line, time, body }) => {
      const why = exceedsBytes(body, LIMITS.bodyBytes)
        ? "too long"
        : time > latest || time <= 0
        ? "future"
        : undefined;
      if (why !== undefined) this.#leaveOut(file.path, line, why);
      return why === undefined;
    });
    const sorted = kept.toSorted((a, b) => a.time - b.time);
    let [last, place] = [0, 0];
    return sorted.map((line) => {
      place = line.time === last ? place + 1 : 0;
      last = line.time;
      return this.#messageOf(file, line, place);
    });
  }

  #messageOf(file: FoundLog, { speaker, kind, time, body }: LoggedLine, place: number): OldMessage {
    return {
      room: file.room,
      sender: this.#names.addressOf(file, speaker),
      time,
      place,
      msgtype: speaker.kind === "bot" ? "m.notice" : kind === "emote" ? "m.emote" : "m.text",
      body,
      via: `${this.#options.format}${LOG_DOOR}`,
    };
  }

  /** Those that the history does not have. */
  async #unknown(messages: readonly OldMessage[]): Promise<readonly OldMessage[]> {
    const [first, last] = [messages[0], messages.at(-1)];
    if (first === undefined || last === undefined) return [];
    const { history } = this.#options;
    const known = await StoredAlready.between(history, first.room, first.time, last.time);
    const unknown = messages.filter((message) => !known.take(message));
    this.#known += messages.length - unknown.length;
    return unknown;
  }

  async #store(messages: readonly OldMessage[]): Promise<void> {
    const { history } = this.#options;
    const { record } = this.#scribe;
    // Before the first event: whoever finds it must be able to verify it.
    if (this.#stored === 0) await keepDeviceRecords(history.parts.layout, [record]);
    const lines = messages.map((message) => this.#scribe.write(message));
    const room = messages[0]?.room ?? "";
    const ingested = await history.ingest({ room, writer: record.device, lines });
    this.#stored += ingested.stored.length;
    this.#known += ingested.known;
  }

  #leaveOut(path: string, line: number, why: LeftOutLine["why"]): void {
    this.#leftOut.push({ path, line, why });
  }
}
