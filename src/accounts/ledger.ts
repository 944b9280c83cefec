/**
 * The accounts file: changes are appended and synced; now and then the file is rewritten without
 * what no longer counts (written beside, synced, renamed). Several processes may have it open:
 * each reads on from where it was, and starts over when another file has taken the name.
 *
 * @module
 */
import { diskFault } from "./disk_fault.ts";
import {
  besideName,
  closeToOthers,
  readRange,
  removeIfThere,
  replaceFile,
  writeAll,
} from "../files.ts";
import { AccountError } from "./failure.ts";
import { decodeLine, encodeLine, FORMAT_VERSION, formatLine, type Line } from "./line.ts";
import type { Change } from "./record.ts";

const LF = 10;

/** What is new in the file since the last look. */
export interface News {
  /** True when the file was read from its beginning: what was known before no longer counts. */
  readonly fresh: boolean;
  readonly changes: readonly Change[];
}

const NOTHING: News = { fresh: false, changes: [] };

/** See the module's description. Calls must not overlap. */
export class Ledger {
  readonly path: string;
  #file: Deno.FsFile | undefined;
  #identity = "";
  /** Bytes and lines read so far; always the beginning of a line. */
  #offset = 0;
  #lines = 0;
  #behind = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Lines read or written so far, the first one not counted. */
  get lines(): number {
    return Math.max(0, this.#lines - 1);
  }

  /**
   * Bytes that stood behind the last whole line at the last look. With the lock held they are what
   * a crash left of a line that nobody was told of.
   */
  get torn(): number {
    return this.#behind;
  }

  /**
   * Reads what other processes have written. Needs no lock: a line that is still being written has
   * no LF yet and is left for the next look.
   *
   * @throws {AccountError} `accounts/corrupt`, `accounts/io`
   */
  async look(): Promise<News> {
    try {
      const stat = await this.#stat();
      if (stat === undefined) return this.#absent();
      const identity = `${stat.dev}:${stat.ino}`;
      const fresh = this.#file === undefined || identity !== this.#identity ||
        stat.size < this.#offset;
      if (!fresh && stat.size === this.#offset + this.#behind) return NOTHING;
      if (fresh) await this.#reopen();
      return { fresh, changes: await this.#readOn() };
    } catch (cause) {
      throw diskFault("read", this.path, cause);
    }
  }

  /**
   * Adds one line that holds `changes` in place of what was {@linkcode torn}; resolves once it is
   * on disk. The caller holds the lock and has just {@linkcode look looked}.
   *
   * @throws {AccountError} `accounts/disk-full`, `accounts/io`; the file is then as it was
   */
  async append(time: number, changes: readonly Change[]): Promise<void> {
    if (this.#file === undefined) return await this.rewrite(time, changes);
    const line = encodeLine(time, changes);
    try {
      await this.#file.truncate(this.#offset);
      await this.#file.seek(this.#offset, Deno.SeekMode.Start);
      await writeAll(this.#file, line);
      await this.#file.syncData();
    } catch (cause) {
      await this.#file.truncate(this.#offset).catch(() => {});
      throw diskFault("write", this.path, cause);
    }
    this.#offset += line.length;
    this.#behind = 0;
    this.#lines++;
  }

  /**
   * Puts a file that holds only `changes`, one a line, in place of the present one. The caller
   * holds the lock and has just {@linkcode look looked}.
   *
   * @throws {AccountError} `accounts/disk-full`, `accounts/io`; the file is then as it was
   */
  async rewrite(time: number, changes: readonly Change[]): Promise<void> {
    const lines = [formatLine(time), ...changes.map((change) => encodeLine(time, [change]))];
    const content = new Uint8Array(await new Blob(lines as BlobPart[]).arrayBuffer());
    try {
      await replaceFile(this.path, content);
      await this.#reopen();
    } catch (cause) {
      await removeIfThere(besideName(this.path)).catch(() => {});
      throw diskFault("write", this.path, cause);
    }
    this.#offset = content.length;
    this.#behind = 0;
    this.#lines = lines.length;
  }

  /** Removes what a crash left of a rewrite. The caller holds the lock. */
  async clear(): Promise<void> {
    try {
      await removeIfThere(besideName(this.path));
    } catch (cause) {
      throw diskFault("write", besideName(this.path), cause);
    }
  }

  /** Releases the file; harmless when done twice. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  async #stat(): Promise<Deno.FileInfo | undefined> {
    try {
      return await Deno.stat(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** The old file stays open until the new one is: its inode number cannot be taken meanwhile. */
  async #reopen(): Promise<void> {
    const file = await Deno.open(this.path, { read: true, write: true });
    this.#file?.close();
    this.#file = file;
    const stat = await file.stat();
    this.#identity = `${stat.dev}:${stat.ino}`;
    this.#offset = 0;
    this.#lines = 0;
    await closeToOthers(this.path, 0o600);
  }

  async #readOn(): Promise<Change[]> {
    const file = this.#file;
    if (file === undefined) return [];
    const bytes = await readRange(file, this.#offset, (await file.stat()).size);
    const changes: Change[] = [];
    let start = 0;
    let lines = this.#lines;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      changes.push(...this.#decode(bytes.subarray(start, end), ++lines));
      start = end + 1;
    }
    this.#checkTail(bytes.subarray(start), lines + 1);
    this.#offset += start;
    this.#behind = bytes.length - start;
    this.#lines = lines;
    return changes;
  }

  /** A whole line whose LF has become something else is damage; no crash leaves that behind. */
  #checkTail(tail: Uint8Array, number: number): void {
    if (tail.length === 0 || decodeLine(tail.subarray(0, -1)).kind === "damaged") return;
    throw this.#corrupt(number, "its end is damaged");
  }

  #decode(bytes: Uint8Array, number: number): readonly Change[] {
    const line = decodeLine(bytes);
    const first = number === 1;
    if (line.kind === "changes" && !first) return line.changes;
    if (line.kind === "format" && first && line.version === FORMAT_VERSION) return [];
    throw this.#corrupt(number, line.kind === "damaged" ? line.why : misplaced(line, first));
  }

  /** No file: a new node's, unless there was one before. */
  #absent(): News {
    if (this.#file === undefined) return NOTHING;
    throw new AccountError("accounts/io", `Cannot read ${this.path}: it has been removed`, {
      hint: "Put it back, or restart the node to begin without accounts.",
    });
  }

  #corrupt(number: number, why: string): AccountError {
    return new AccountError(
      "accounts/corrupt",
      `Cannot read ${this.path}: line ${number} is not usable, ${why}`,
      {
        hint: "Put a backup in its place; or stop the node, keep a copy, and remove that line: " +
          "what it changed is then as it was before.",
      },
    );
  }
}

function misplaced(line: Line & { kind: "changes" | "format" }, first: boolean): string {
  if (line.kind === "changes") return "the file does not begin with its format";
  if (!first) return "a file's beginning stands in its middle";
  return `it was written by another version of chatnode (format ${line.version})`;
}
