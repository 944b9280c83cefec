/**
 * Counts what is asked of a bucket, by the classes that stores charge for. Attempts that the bucket
 * repeats by itself are one request here.
 *
 * @module
 */
import type {
  Bucket,
  BucketObject,
  ByteRange,
  CallOptions,
  ListOptions,
  ListPage,
  ObjectInfo,
  PutCondition,
  PutResult,
} from "../stores/contract.ts";

/** Requests and bytes so far. */
export interface RequestCounts {
  readonly put: number;
  /** Conditional ones that found nothing new are among them. */
  readonly get: number;
  readonly head: number;
  readonly list: number;
  readonly delete: number;
  /** Of contents. */
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** See the module's description. */
export class CountedBucket implements Bucket {
  readonly #bucket: Bucket;
  readonly #counts = {
    put: 0,
    get: 0,
    head: 0,
    list: 0,
    delete: 0,
    bytesUp: 0,
    bytesDown: 0,
  };

  readonly folder?: string;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
    if (bucket.folder !== undefined) this.folder = bucket.folder;
  }

  get url(): string {
    return this.#bucket.url;
  }

  /** So far. */
  get counts(): RequestCounts {
    return { ...this.#counts };
  }

  async put(
    key: string,
    content: Uint8Array<ArrayBuffer>,
    options?: CallOptions & { readonly condition?: PutCondition },
  ): Promise<PutResult> {
    this.#counts.put++;
    const result = await this.#bucket.put(key, content, options);
    this.#counts.bytesUp += content.length;
    return result;
  }

  get(
    key: string,
    options?: CallOptions & { readonly range?: ByteRange },
  ): Promise<BucketObject | undefined>;
  get(
    key: string,
    options: CallOptions & { readonly range?: ByteRange; readonly unless: string },
  ): Promise<BucketObject | "unchanged" | undefined>;
  async get(
    key: string,
    options: CallOptions & { readonly range?: ByteRange; readonly unless?: string } = {},
  ): Promise<BucketObject | "unchanged" | undefined> {
    this.#counts.get++;
    const { unless, ...rest } = options;
    const found = unless === undefined
      ? await this.#bucket.get(key, rest)
      : await this.#bucket.get(key, { ...rest, unless });
    if (found === undefined || found === "unchanged") return found;
    const { start = 0, end = found.size } = options.range ?? {};
    this.#counts.bytesDown += Math.min(end, found.size) - start;
    return found;
  }

  head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    this.#counts.head++;
    return this.#bucket.head(key, options);
  }

  list(options: ListOptions): Promise<ListPage> {
    this.#counts.list++;
    return this.#bucket.list(options);
  }

  delete(key: string, options?: CallOptions): Promise<void> {
    this.#counts.delete++;
    return this.#bucket.delete(key, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#bucket[Symbol.asyncDispose]());
  }
}
