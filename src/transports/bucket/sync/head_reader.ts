/**
 * Reads the head of another writer. Of one that carries lines, and is likely to carry more the next
 * time, only what follows the known ones is asked for; whether that fits them the signature tells.
 *
 * @module
 */
import type { Bucket } from "../stores/contract.ts";
import { BucketError } from "../stores/errors.ts";
import { SyncError } from "./errors.ts";
import { type Head, HEAD_BYTES, headBeginning, parseHead } from "./head.ts";
import { headKey } from "./names.ts";
import { readJudged, readSmall, sameBytes, type SmallObject } from "./reading.ts";

/** A head with its bytes; `value` is undefined when its writer has not signed it. */
export type ReadHead = SmallObject & { readonly value: Head | undefined };

/** See the module's description. */
export class HeadReader {
  readonly #bucket: Bucket;
  readonly #device: string;
  #etag: string | undefined;
  /** What the last head began with. */
  #beginning: Uint8Array | undefined;

  constructor(bucket: Bucket, device: string) {
    this.#bucket = bucket;
    this.#device = device;
  }

  /** Fetches the head if it has changed; undefined when there is none. @throws {BucketError} */
  async read(signal: AbortSignal): Promise<ReadHead | "unchanged" | undefined> {
    const found = await this.#readRest(signal) ?? await this.#readWhole(signal);
    if (found === undefined || found === "unchanged") return found;
    this.#etag = found.etag;
    this.#beginning = found.value === undefined ? undefined : beginningOf(found.value, found.bytes);
    return found;
  }

  /** What the last reading told was not taken in: the next one tells it again. */
  forget(): void {
    this.#etag = undefined;
    this.#beginning = undefined;
  }

  /** No more lines are expected: they need not be kept. */
  release(): void {
    this.#beginning = undefined;
  }

  /** Undefined when it is not the same head with more lines. */
  async #readRest(signal: AbortSignal): Promise<ReadHead | "unchanged" | undefined> {
    const beginning = this.#beginning;
    if (beginning === undefined || this.#etag === undefined) return undefined;
    const options = { signal, unless: this.#etag, range: { start: beginning.length } };
    try {
      const key = headKey(this.#device);
      const found = await readSmall(this.#bucket, key, HEAD_BYTES - beginning.length, options);
      if (found === undefined || found === "unchanged") return found;
      const bytes = new Uint8Array(beginning.length + found.bytes.length);
      bytes.set(beginning);
      bytes.set(found.bytes, beginning.length);
      const value = this.#parse(bytes);
      return value === undefined ? undefined : { etag: found.etag, bytes, value };
    } catch (error) {
      // It has become shorter, or much longer.
      const isOther = error instanceof BucketError &&
        (error.code === "bucket/range" || error.code === "bucket/corrupt");
      if (isOther) return undefined;
      throw error;
    }
  }

  #readWhole(signal: AbortSignal): Promise<ReadHead | "unchanged" | undefined> {
    const options = { signal, unless: this.#etag };
    const key = headKey(this.#device);
    return readJudged(this.#bucket, key, HEAD_BYTES, options, (bytes) => this.#parse(bytes));
  }

  #parse(bytes: Uint8Array): Head | undefined {
    try {
      return parseHead(bytes, this.#device);
    } catch (error) {
      if (error instanceof SyncError) return undefined;
      throw error;
    }
  }
}

/** Undefined when the next head will begin otherwise: without lines, or with other ones. */
function beginningOf({ tail, closing }: Head, bytes: Uint8Array): Uint8Array | undefined {
  if (tail.length === 0 || closing !== undefined) return undefined;
  const beginning = headBeginning(tail);
  return sameBytes(bytes.subarray(0, beginning.length), beginning) ? beginning : undefined;
}
