/**
 * Small objects as a whole.
 *
 * @module
 */
import type { Bucket, BucketObject, ByteRange, CallOptions } from "../stores/contract.ts";
import { BucketError } from "../stores/errors.ts";

/** An object with its content in memory. */
export interface SmallObject {
  readonly etag: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * An object, or the range of one, of at most `most` bytes; undefined when there is none, `"unchanged"` when it still has
 * the etag `unless`.
 *
 * @throws {BucketError} also `bucket/corrupt` for a larger one
 */
export async function readSmall(
  bucket: Bucket,
  key: string,
  most: number,
  options: CallOptions & {
    readonly unless?: string | undefined;
    readonly range?: ByteRange;
  } = {},
): Promise<SmallObject | "unchanged" | undefined> {
  const { unless, ...rest } = options;
  const found = unless === undefined
    ? await bucket.get(key, rest)
    : await bucket.get(key, { ...rest, unless });
  if (found === undefined || found === "unchanged") return found;
  return { etag: found.etag, bytes: await readBody(found, most) };
}

/** How often an object is read before what it holds is believed to be wrong. */
const READINGS = 4;

/**
 * As {@linkcode readSmall}, for what can be judged: bytes that are not accepted are read again,
 * since a transfer may have spoilt them, until the same bytes have come twice.
 *
 * @param accept throws or returns undefined for what it does not accept
 * @returns the object with what `accept` made of it, undefined for what it never accepted
 */
export async function readJudged<T>(
  bucket: Bucket,
  key: string,
  most: number,
  options: CallOptions & { readonly unless?: string | undefined },
  accept: (bytes: Uint8Array<ArrayBuffer>) => T | undefined,
): Promise<SmallObject & { readonly value: T | undefined } | "unchanged" | undefined> {
  let refused: Uint8Array | undefined;
  for (let reading = 1;; reading++) {
    const found = await readSmall(bucket, key, most, options);
    if (found === undefined || found === "unchanged") return found;
    const value = accept(found.bytes);
    if (value !== undefined) return { ...found, value };
    const isAgain = refused !== undefined && sameBytes(refused, found.bytes);
    if (isAgain || reading === READINGS) return { ...found, value };
    refused = found.bytes;
  }
}

/** The whole content of an object. @throws {BucketError} also `bucket/corrupt` beyond `most` bytes */
export async function readBody(
  object: BucketObject,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of object.body) {
    length += chunk.length;
    // Leaving the loop cancels the body.
    if (length > most) throw tooLarge(object.key, most);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function tooLarge(key: string, most: number): BucketError {
  return new BucketError("bucket/corrupt", `Cannot read ${key}: it is larger than ${most} bytes`);
}

/** Whether two contents are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
