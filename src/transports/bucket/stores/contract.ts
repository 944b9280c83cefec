/**
 * What the rest of this door may ask of a bucket: a flat space of immutable or compare-and-swapped
 * objects, as S3, Google Cloud Storage, Azure Blob and a folder give it. One conformance suite runs
 * on every implementation (`tests/conformance/bucket.ts`).
 *
 * Keys are relative to the base of the URL that the bucket was opened with: UTF-8 without control
 * characters, no leading or trailing `/`, no empty, `.` or `..` part, at most
 * {@linkcode KEY_BYTES}. An implementation retries by itself what is worth it (network, 429, 5xx)
 * until the call's deadline.
 *
 * @module
 */

/** Longest key in bytes of UTF-8, base included; the bound of S3. */
export const KEY_BYTES = 1024;

/** What a bucket knows of an object without its content. */
export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Names this content of the key, opaque; as it is wanted by `put` and `get`. */
  readonly etag: string;
}

/** What has to hold for a `put` to happen. */
export type PutCondition =
  /** Nobody has stored this key. */
  | { readonly kind: "absent" }
  /** What is stored is still this. Only where {@linkcode BucketAbilities.putIfMatch} holds. */
  | { readonly kind: "match"; readonly etag: string };

/** What became of a `put`. */
export type PutResult =
  | { readonly outcome: "stored"; readonly etag: string }
  /**
   * The condition did not hold. For `absent` this also says nothing of who stored it: after a
   * retry it may have been this very call, so compare the bytes.
   */
  | { readonly outcome: "refused" };

/** A part of an object, in bytes; `end` is exclusive, absent means all the rest. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

/** An object's content. Read `body` to its end or cancel it: it holds a connection. */
export interface BucketObject extends ObjectInfo {
  /** Length and checksum are checked as far as the store gives them: the stream errors if not. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** One page of a listing, ascending by the bytes of UTF-8 of the keys. */
export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  /** Direct sub-folders, each with its trailing `/`; only when `delimiter` was asked for. */
  readonly folders: readonly string[];
  /** Pass to get the next page; absent on the last one. */
  readonly next?: string;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, retries included, with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds for the whole call, retries and the reading of a body included. When absent, the
   * bucket's own bound, which a body is not under: there each read has its own.
   */
  readonly deadlineMs?: number;
}

/** What a listing may ask for. */
export interface ListOptions extends CallOptions {
  /** Only keys that begin with this; may end within a part. Empty means all. */
  readonly prefix: string;
  /** Only keys after this one. */
  readonly startAfter?: string;
  /** The `next` of the page before; the other options must be the same. */
  readonly cursor?: string;
  /** `folder`: keys with a `/` after the prefix are folded into {@linkcode ListPage.folders}. */
  readonly depth?: "all" | "folder";
  /** Entries a page, 1 to 1,000 (default); a page may hold fewer and still have a next one. */
  readonly limit?: number;
}

/** What a store can do; found out by a probe, since equal servers differ. */
export interface BucketAbilities {
  /** `put` with `absent` is refused when the key is there, also against a racing writer. */
  readonly putIfAbsent: boolean;
  readonly putIfMatch: boolean;
  readonly delete: boolean;
}

/**
 * A bucket below a base. See the module's description. Disposing of it ends what is under way, with
 * `bucket/closed`.
 */
export interface Bucket extends AsyncDisposable {
  /** The URL it was opened with, without secrets; fit for logs. */
  readonly url: string;
  /** A folder on this machine that can be watched for hints, when it is one. */
  readonly folder?: string;

  /**
   * Stores a whole object.
   *
   * @throws {BucketError} see {@linkcode BucketErrorCode}
   */
  put(
    key: string,
    content: Uint8Array<ArrayBuffer>,
    options?: CallOptions & { readonly condition?: PutCondition },
  ): Promise<PutResult>;

  /**
   * An object or a part of it; undefined when there is none; `"unchanged"` when `unless` was given
   * and is still its etag.
   *
   * @throws {BucketError} also `bucket/range` when `range` begins behind the end
   */
  get(
    key: string,
    options?: CallOptions & { readonly range?: ByteRange },
  ): Promise<BucketObject | undefined>;
  get(
    key: string,
    options: CallOptions & { readonly range?: ByteRange; readonly unless: string },
  ): Promise<BucketObject | "unchanged" | undefined>;

  /** What is known of an object, or undefined. @throws {BucketError} */
  head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined>;

  /** One page of keys. @throws {BucketError} */
  list(options: ListOptions): Promise<ListPage>;

  /** Removes an object; one that is gone is fine. @throws {BucketError} */
  delete(key: string, options?: CallOptions): Promise<void>;
}

/** Why a call failed. */
export type BucketErrorCode =
  /** The key is none that a bucket can hold. Nothing was sent. */
  | "bucket/key"
  /** Who we are is not known, or no longer: credentials are wrong, missing or have expired. */
  | "bucket/credentials"
  /** We are known and may not do this (also: overwrite or delete under Object Lock). */
  | "bucket/forbidden"
  /** There is no such bucket or container. */
  | "bucket/missing"
  /** The range begins behind the end of the object. */
  | "bucket/range"
  /** No space, or a quota is used up. */
  | "bucket/full"
  /** Retries did not help: unreachable, overloaded, failing. `cause` is the last one. */
  | "bucket/unavailable"
  /** The deadline passed. */
  | "bucket/timeout"
  /** What came is not what was announced: length, checksum or form of the answer. */
  | "bucket/corrupt"
  /** The store cannot do this at all. */
  | "bucket/unsupported"
  /** The bucket was closed, before the call or under it. */
  | "bucket/closed"
  /** The store said no for another reason. */
  | "bucket/refused";
