/**
 * A file of this machine that goes out: what it is, and its bytes.
 *
 * @module
 */
import { basename, extname } from "node:path";
import { ChatnodeError } from "../../errors.ts";
import { RunningHashes } from "../../transports/xmpp/jingle/content_hash.ts";
import type { PutBody } from "../../transports/xmpp/https_put.ts";
import { ANY_MEDIA, type FileFacts } from "../../transports/xmpp/jingle/file_facts.ts";
import type { FileSource } from "../../transports/xmpp/jingle/outgoing.ts";

/** By the end of the name, as browsers show such files; everything else is bytes. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ ".gif": "image/gif", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".png": "image/png" },
  ...{ ".webp": "image/webp", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".mp4": "video/mp4" },
  ...{ ".webm": "video/webm", ".pdf": "application/pdf", ".zip": "application/zip" },
  ...{ ".json": "application/json", ".log": "text/plain", ".md": "text/plain" },
  ".txt": "text/plain",
};
const CHUNK = 256 * 1024;

/** What a file is, by its name. */
export function mediaTypeOf(path: string): string {
  return TYPES[extname(path).toLowerCase()] ?? ANY_MEDIA;
}

/** See the module's description. Disposing of it closes the file. */
export class SentFile implements FileSource, Disposable {
  readonly facts: FileFacts;
  readonly #file: Deno.FsFile;

  private constructor(facts: FileFacts, file: Deno.FsFile) {
    this.facts = facts;
    this.#file = file;
  }

  /**
   * Opens a file and reads it once, for its hash.
   *
   * @param most bytes
   * @throws {ChatnodeError} `client/file`; the signal's reason
   */
  static async open(path: string, most: number, signal: AbortSignal): Promise<SentFile> {
    let file: Deno.FsFile | undefined;
    try {
      const { isFile, size } = await Deno.stat(path);
      // Not opened: a pipe would wait for its writer.
      if (!isFile) throw unreadable("it is no file");
      if (size > most) throw unreadable(`it is over ${most} bytes`);
      file = await Deno.open(path);
      const hashes = new RunningHashes();
      let length = 0;
      for await (const bytes of read(file, CHUNK, most + 1)) {
        signal.throwIfAborted();
        hashes.add(bytes);
        length += bytes.length;
      }
      if (length > most) throw unreadable(`it is over ${most} bytes`);
      return new SentFile({
        ...{ name: basename(path), size: length, mediaType: mediaTypeOf(path) },
        hashes: { said: new Map([["sha-256", hashes.sha256()]]), promised: [] },
      }, file);
    } catch (error) {
      file?.close();
      signal.throwIfAborted();
      throw asUnreadable(error);
    }
  }

  async *blocks(size: number): AsyncGenerator<Uint8Array> {
    try {
      yield* read(this.#file, size, this.facts.size);
    } catch (error) {
      throw asUnreadable(error);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** A file that is put somewhere, read while it is sent. Disposing of it closes the file. */
export class FileBody implements PutBody, Disposable {
  readonly size: number;
  readonly #file: Deno.FsFile;

  private constructor(size: number, file: Deno.FsFile) {
    this.size = size;
    this.#file = file;
  }

  /** @throws {ChatnodeError} `client/file` */
  static async open(path: string): Promise<FileBody> {
    try {
      const { isFile, size } = await Deno.stat(path);
      // Not opened: a pipe would wait for its writer.
      if (!isFile) throw unreadable("it is no file");
      return new FileBody(size, await Deno.open(path));
    } catch (error) {
      throw asUnreadable(error);
    }
  }

  async *blocks(size: number): AsyncGenerator<Uint8Array> {
    try {
      yield* read(this.#file, size, this.size);
    } catch (error) {
      throw asUnreadable(error);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** The first `most` bytes of a file, in blocks of `size` but for the last. */
async function* read(file: Deno.FsFile, size: number, most: number): AsyncGenerator<Uint8Array> {
  await file.seek(0, Deno.SeekMode.Start);
  for (let left = most; left > 0;) {
    const block = new Uint8Array(Math.min(size, left));
    let done = 0;
    while (done < block.length) {
      const count = await file.read(block.subarray(done));
      if (count === null) break;
      done += count;
    }
    if (done === 0) return;
    left -= done;
    yield block.subarray(0, done);
  }
}

/** What a file that cannot be read means. */
export function asUnreadable(error: unknown): ChatnodeError {
  if (error instanceof ChatnodeError) return error;
  if (error instanceof Deno.errors.NotFound) return unreadable("there is none of that name");
  return unreadable("it cannot be read", error);
}

/** @param state as in "Cannot send the file: <state>" */
export function unreadable(state: string, cause?: unknown): ChatnodeError {
  return new ChatnodeError("client/file", `Cannot send the file: ${state}`, { cause });
}
