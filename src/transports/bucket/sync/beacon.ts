/**
 * The beacon: one object for all writers that says which version each head has, so that a watcher
 * of many writers polls one object. Nobody signs it and nobody relies on it: one that is lost,
 * forged or late costs time until the heads themselves are looked at, never correctness.
 *
 * @module
 */
import { plainObject, readJsonObject } from "../../../message/json.ts";
import type { Bucket } from "../stores/contract.ts";
import { MOST_SEEN } from "./head.ts";
import { BEACON } from "./names.ts";
import { readSmall } from "./reading.ts";

/** Bytes of the largest beacon that is read. */
const BEACON_BYTES = 64 * 1024;
/** How often a race with other writers is tried. */
const ATTEMPTS = 3;
const DEVICE = /^[a-z2-7]{16}$/;

/** Versions of heads by device. */
export type Versions = ReadonlyMap<string, number>;

/** The beacon of a bucket, with what was last seen of it. */
export class Beacon {
  readonly #bucket: Bucket;
  #etag: string | undefined;
  #versions: Versions = new Map();

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** As last seen. */
  get versions(): Versions {
    return this.#versions;
  }

  /** What it says now; undefined when that is what it said before. @throws {BucketError} */
  async poll(signal: AbortSignal): Promise<Versions | undefined> {
    const options = { signal, unless: this.#etag };
    const found = await readSmall(this.#bucket, BEACON, BEACON_BYTES, options);
    if (found === "unchanged") return undefined;
    this.#etag = found?.etag;
    this.#versions = found === undefined ? new Map() : decode(found.bytes);
    return this.#versions;
  }

  /**
   * Says that a writer's head has a version. Gives up quietly when others are faster again and
   * again: they took our last word along, and the next head tells anew.
   *
   * @returns false when it gave up
   * @throws {BucketError}
   */
  async announce(device: string, version: number, signal: AbortSignal): Promise<boolean> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      if (attempt > 1 || this.#etag === undefined) await this.poll(signal);
      const versions = new Map(this.#versions).set(device, version);
      const condition = this.#etag === undefined
        ? { kind: "absent" } as const
        : { kind: "match", etag: this.#etag } as const;
      const result = await this.#bucket.put(BEACON, encode(versions), { signal, condition });
      if (result.outcome === "refused") continue;
      this.#etag = result.etag;
      this.#versions = versions;
      return true;
    }
    return false;
  }
}

function encode(versions: Versions): Uint8Array<ArrayBuffer> {
  const latest = Array.from(versions).slice(-MOST_SEEN);
  return new TextEncoder().encode(`${JSON.stringify({ heads: Object.fromEntries(latest) })}\n`);
}

/** What can be understood of it. */
function decode(bytes: Uint8Array): Versions {
  const versions = new Map<string, number>();
  try {
    const text = new TextDecoder().decode(bytes);
    const { heads } = plainObject(readJsonObject(text, { length: BEACON_BYTES }));
    for (const [device, version] of Object.entries(heads ?? {})) {
      if (versions.size === MOST_SEEN) break;
      if (!DEVICE.test(device) || !Number.isSafeInteger(version)) continue;
      versions.set(device, Number(version));
    }
  } catch {
    // Whoever announces next writes a sound one.
  }
  return versions;
}
