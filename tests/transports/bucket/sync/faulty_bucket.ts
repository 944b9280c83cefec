/**
 * A bucket that fails in the ways buckets fail: before a call or after it was done, with every code,
 * by silence, by bodies that are short or wrong.
 */
import type { SeededRandom } from "../../../process/crash/random.ts";
import type {
  Bucket,
  BucketErrorCode,
  BucketObject,
  CallOptions,
  ListOptions,
  ListPage,
  ObjectInfo,
  PutCondition,
  PutResult,
} from "../../../../src/transports/bucket/stores/contract.ts";
import { BucketError } from "../../../../src/transports/bucket/stores/errors.ts";

/** What went wrong how often. */
export type FaultCounts = Record<string, number>;

/** How a {@linkcode FaultyBucket} fails. */
export interface Faults {
  readonly random: SeededRandom;
  /** One call in so many fails; 0 for none. May be changed at any time. */
  oneIn: number;
  readonly counts: FaultCounts;
}

const CODES: readonly BucketErrorCode[] = [
  "bucket/unavailable",
  "bucket/timeout",
  "bucket/forbidden",
  "bucket/full",
  "bucket/credentials",
  "bucket/corrupt",
];

/** See the module's description. */
export class FaultyBucket implements Bucket {
  readonly #bucket: Bucket;
  readonly #faults: Faults;

  constructor(bucket: Bucket, faults: Faults) {
    this.#bucket = bucket;
    this.#faults = faults;
  }

  get url(): string {
    return this.#bucket.url;
  }

  async put(
    key: string,
    content: Uint8Array<ArrayBuffer>,
    options: CallOptions & { readonly condition?: PutCondition } = {},
  ): Promise<PutResult> {
    await this.#maybe("put");
    if (options.condition !== undefined && this.#happens("refused for nothing", 4)) {
      return { outcome: "refused" };
    }
    const result = await this.#bucket.put(key, content, options);
    await this.#maybe("put, done");
    return result;
  }

  async get(key: string, options: object = {}): Promise<BucketObject> {
    await this.#maybe("get");
    const found = await this.#bucket.get(key, options) as BucketObject;
    if (typeof found !== "object" || !this.#happens("body", 2)) return found;
    return { ...found, body: await this.#spoilt(found) };
  }

  async head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    await this.#maybe("head");
    return await this.#bucket.head(key, options);
  }

  async list(options: ListOptions): Promise<ListPage> {
    await this.#maybe("list");
    return await this.#bucket.list(options);
  }

  async delete(key: string, options?: CallOptions): Promise<void> {
    await this.#maybe("delete");
    await this.#bucket.delete(key, options);
    await this.#maybe("delete, done");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bucket[Symbol.asyncDispose]();
  }

  /** Some stores check what comes, others do not: an error, or wrong bytes that nobody noticed. */
  async #spoilt(found: BucketObject): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const { random } = this.#faults;
    const bytes = await new Response(found.body).bytes();
    const at = random.integer(0, Math.max(0, bytes.length - 1));
    switch (random.integer(1, 3)) {
      case 1:
        return streamOf(bytes.slice(0, at));
      case 2:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(0, 7));
        return streamOf(bytes);
      default:
        return new ReadableStream({
          start(controller) {
            controller.enqueue(bytes.slice(0, at));
            controller.error(new BucketError("bucket/corrupt", "Cannot read: cut off"));
          },
        });
    }
  }

  async #maybe(what: string): Promise<void> {
    if (!this.#happens(what, 1)) return;
    const { random } = this.#faults;
    // Whatever else goes on gets its turns in between.
    await new Promise((resolve) => setTimeout(resolve, 0));
    const code = CODES[random.integer(0, CODES.length - 1)] ?? "bucket/unavailable";
    throw new BucketError(code, `Cannot ${what}: the test says so`);
  }

  #happens(what: string, less: number): boolean {
    const { random, oneIn, counts } = this.#faults;
    if (oneIn === 0 || random.integer(1, oneIn * less) !== 1) return false;
    counts[what] = (counts[what] ?? 0) + 1;
    return true;
  }
}

function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}
