/**
 * Takes in an export: signed event lines, checked against the public records of the devices that
 * signed them. An event that is here already is not stored again.
 *
 * @module
 */
import { ChatnodeError } from "../errors.ts";
import { type DeviceRecord, encodeDeviceRecord, parseDeviceRecord } from "../message/device.ts";
import type { ChatEvent, RoomId } from "../message/event.ts";
import { encodeFileName } from "../message/file_name.ts";
import { decodeEvent } from "../message/line.ts";
import { splitLines } from "../message/splitter.ts";
import { verifyEvent } from "../message/verify.ts";
import { replaceFile } from "../files.ts";
import { type Layout, readIfThere } from "./layout.ts";
import { join } from "node:path";
import type { FileHistory } from "./store.ts";
import { KnownKeys } from "./verify_signatures.ts";

/** A line that was not taken in. */
export interface RefusedLine {
  /** 1 for the first line. */
  readonly line: number;
  readonly code: string;
}

/** What became of an export's lines. */
export interface ImportReport {
  readonly stored: number;
  /** How many were here already. */
  readonly known: number;
  readonly refused: readonly RefusedLine[];
}

/** What is imported and where to. */
export interface ImportOptions {
  readonly history: FileHistory;
  /** The export's bytes. */
  readonly source: AsyncIterable<Uint8Array>;
  /** Public keys, base64 by device id. */
  readonly keys: ReadonlyMap<string, string>;
  /** `signed` refuses every line whose signer is not known. */
  readonly trust: "signed" | "insecure-unverified";
  readonly now: number;
  readonly signal: AbortSignal;
  /** Called with the bytes read so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** Lines stored at a time. */
const BATCH = 500;

/** Lines of one writer in one room that follow each other. */
interface Run {
  readonly room: RoomId;
  readonly writer: string;
  readonly lines: string[];
  readonly numbers: number[];
}

/**
 * Imports event lines; may be done again after an interruption, which resumes it.
 *
 * @throws {HistoryError} when the store cannot take more; what was stored before stays
 */
export async function importLines(options: ImportOptions): Promise<ImportReport> {
  const importing = new Import(options);
  for await (const line of splitLines(options.source)) {
    options.signal.throwIfAborted();
    await importing.line(line.number, "fault" in line ? line.fault : line.text);
    options.onProgress?.(line.offset + line.bytes);
  }
  return await importing.end();
}

class Import {
  readonly #options: ImportOptions;
  readonly #keys: KnownKeys;
  readonly #refused: RefusedLine[] = [];
  #run: Run | undefined;
  #stored = 0;
  #known = 0;

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#keys = new KnownKeys(options.keys);
  }

  async line(number: number, text: string | ChatnodeError): Promise<void> {
    try {
      if (typeof text !== "string") throw text;
      const event = this.#check(text);
      if (event !== undefined) await this.#add(number, text, event);
    } catch (error) {
      if (!(error instanceof ChatnodeError) || error.code.startsWith("history/")) throw error;
      this.#refused.push({ line: number, code: error.code });
    }
  }

  async end(): Promise<ImportReport> {
    await this.#flush();
    this.#refused.sort((a, b) => a.line - b.line);
    return { stored: this.#stored, known: this.#known, refused: this.#refused };
  }

  /** The event of a line that may be stored; undefined for an empty line. */
  #check(text: string): ChatEvent | undefined {
    const line = decodeEvent(text, { now: this.#options.now });
    if (line === undefined || this.#options.trust === "insecure-unverified") return line?.event;
    const key = this.#keys.of(line.event);
    if (key === undefined) {
      throw new ChatnodeError("import/unknown-signer", "Cannot import a line: signer unknown");
    }
    if (verifyEvent(line, key) === "valid") return line.event;
    throw new ChatnodeError("import/signature", "Cannot import a line: its signature is wrong");
  }

  async #add(number: number, text: string, event: ChatEvent): Promise<void> {
    const writer = writerOf(event);
    const run = this.#run;
    const fits = run?.room === event.room_id && run.writer === writer && run.lines.length < BATCH;
    if (!fits) {
      await this.#flush();
      this.#run = { room: event.room_id, writer, lines: [text], numbers: [number] };
      return;
    }
    run.lines.push(text);
    run.numbers.push(number);
  }

  async #flush(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    const { stored, known, refused } = await this.#options.history.ingest(run);
    this.#stored += stored.length;
    this.#known += known;
    for (const { index, code } of refused) {
      this.#refused.push({ line: run.numbers[index] ?? 0, code });
    }
  }
}

/** What a segment of the event is named after: the device, else the sender as a file name. */
function writerOf({ content: { chatnode }, sender_id: sender }: ChatEvent): string {
  return chatnode?.device ?? encodeFileName(sender).slice(0, 128);
}

/**
 * Reads device records, one a line.
 *
 * @throws {ChatnodeError} `device/...`, `json/...` for a line that is none
 */
export function readDeviceRecords(text: string): DeviceRecord[] {
  return text.split("\n").filter((line) => line.trim() !== "").map((line) =>
    parseDeviceRecord(line.trim())
  );
}

/** Keeps the records of other devices, so that what they signed can be verified here. */
export async function keepDeviceRecords(
  layout: Layout,
  records: readonly DeviceRecord[],
): Promise<void> {
  for (const record of records) {
    const path = join(layout.keys, `${record.device}.json`);
    if (await readIfThere(path) !== undefined) continue;
    await replaceFile(path, new TextEncoder().encode(`${encodeDeviceRecord(record)}\n`), 0o644);
  }
}

/** Every device record of a data folder, as lines. */
export async function exportDeviceRecords(layout: Layout): Promise<string> {
  const lines: string[] = [];
  for await (const { name } of Deno.readDir(layout.keys)) {
    if (!name.endsWith(".json")) continue;
    const record = parseDeviceRecord((await Deno.readTextFile(join(layout.keys, name))).trim());
    lines.push(`${encodeDeviceRecord(record)}\n`);
  }
  return lines.sort().join("");
}
