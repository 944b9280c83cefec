/**
 * Writes our own head, so that nobody ever sees it go back: by compare-and-swap where the bucket
 * can. Where nothing may be overwritten there is no head, and readers list.
 *
 * @module
 */
import { getLogger } from "../../../log.ts";
import type { SigningKey } from "../../../message/signature.ts";
import type { Bucket, BucketAbilities, PutCondition } from "../stores/contract.ts";
import { BucketError } from "../stores/errors.ts";
import { SyncError } from "./errors.ts";
import { encodeHead, type Head, HEAD_BYTES, parseHead } from "./head.ts";
import { headKey } from "./names.ts";
import { readJudged, sameBytes } from "./reading.ts";

/** Our head as it stands in the bucket. */
export interface OwnHead {
  /** Undefined when somebody wrote what we have not signed. */
  readonly head: Head | undefined;
  readonly bytes: Uint8Array;
}

/** What a {@linkcode HeadWriter} works with. */
export interface HeadWriterOptions {
  readonly bucket: Bucket;
  readonly abilities: BucketAbilities;
  readonly device: string;
  readonly key: SigningKey;
}

const log = getLogger(["sync"]);

/** See the module's description. */
export class HeadWriter {
  readonly #options: HeadWriterOptions;
  /** Of what we know to be there; null when nothing is, undefined when that is not known. */
  #etag: string | null | undefined;
  #possible = true;

  constructor(options: HeadWriterOptions) {
    this.#options = options;
  }

  /** Whether heads can be written at all; false once the bucket has refused it. */
  get possible(): boolean {
    return this.#possible;
  }

  /** Whether they can be, again and again, for certain. */
  get replaceable(): boolean {
    return this.#possible && this.#options.abilities.putIfMatch;
  }

  /** What stands in the bucket; undefined when nothing does. @throws {BucketError} */
  async read(signal: AbortSignal): Promise<OwnHead | undefined> {
    const { bucket, device } = this.#options;
    const parse = (bytes: Uint8Array) => parseOrNothing(bytes, device);
    const found = await readJudged(bucket, headKey(device), HEAD_BYTES, { signal }, parse);
    if (found === undefined || found === "unchanged") {
      this.#etag = null;
      return undefined;
    }
    this.#etag = found.etag;
    return { head: found.value, bytes: found.bytes };
  }

  /**
   * Puts a head in place of the one before.
   *
   * @throws {BucketError}
   * @throws {SyncError} `sync/behind` when another process has written a head as this device
   */
  async write(head: Head, signal: AbortSignal): Promise<void> {
    if (!this.#possible) return;
    if (this.#etag === undefined) await this.read(signal);
    const bytes = encodeHead(head, this.#options.key);
    try {
      if (await this.#put(bytes, signal)) return;
      await this.#settle(head, bytes, signal);
    } catch (error) {
      // Whether it arrived is not known: look before the next one.
      this.#etag = undefined;
      const isDenied = error instanceof BucketError && error.code === "bucket/forbidden";
      // Where it was found to be possible, the refusal will pass.
      if (!isDenied || this.#options.abilities.putIfMatch) throw error;
      this.#possible = false;
      log.warn("The bucket lets nothing be overwritten: others find new messages by listing");
    }
  }

  async #put(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<boolean> {
    const { bucket, device } = this.#options;
    const condition = this.#condition();
    const result = await bucket.put(headKey(device), bytes, {
      signal,
      ...(condition === undefined ? {} : { condition }),
    });
    if (result.outcome === "stored") this.#etag = result.etag;
    return result.outcome === "stored";
  }

  #condition(): PutCondition | undefined {
    const { putIfAbsent, putIfMatch } = this.#options.abilities;
    if (typeof this.#etag === "string") {
      return putIfMatch ? { kind: "match", etag: this.#etag } : undefined;
    }
    return putIfAbsent ? { kind: "absent" } : undefined;
  }

  /** The condition did not hold: an attempt of this very call may have been the reason. */
  async #settle(head: Head, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
    const there = await this.read(signal);
    if (there !== undefined && sameBytes(there.bytes, bytes)) return;
    if ((there?.head?.version ?? 0) >= head.version) throw twoWriters();
    if (await this.#put(bytes, signal)) return;
    throw new BucketError("bucket/unavailable", "Cannot write the head: it changes all the time");
  }
}

function parseOrNothing(bytes: Uint8Array, device: string): Head | undefined {
  try {
    return parseHead(bytes, device);
  } catch {
    return undefined;
  }
}

function twoWriters(): SyncError {
  return new SyncError(
    "sync/behind",
    "Cannot write the head: another process writes as the device of this data folder",
    { hint: "Stop the copy of this data folder; this node gets a new device at its next start" },
  );
}
