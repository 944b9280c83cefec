/**
 * Pages of `ListObjectsV2`.
 *
 * @module
 */
import type { ListOptions, ListPage, ObjectInfo } from "../contract.ts";
import { BucketError } from "../errors.ts";
import { compareKeys, type KeyBase } from "../key.ts";
import { readXml, textOf, type XmlElement } from "../xml.ts";
import { bareEtag } from "./etag.ts";

/** A page of this many keys at their longest, each byte escaped, and some more for the rest. */
export const PAGE_BYTES = 8 * 1024 * 1024;

/** The query that asks for a page. @throws {BucketError} `bucket/key` */
export function listQuery(
  base: KeyBase,
  { prefix, startAfter = "", cursor, depth }: ListOptions,
  limit: number,
): Readonly<Record<string, string | undefined>> {
  return {
    "list-type": "2",
    // XML cannot hold every character of a key.
    "encoding-type": "url",
    "max-keys": `${limit}`,
    "prefix": base.fullPrefix(prefix),
    "delimiter": depth === "folder" ? "/" : undefined,
    "continuation-token": cursor,
    "start-after": startAfter === "" ? undefined : base.fullPrefix(startAfter),
  };
}

/** Reads a page. @throws {BucketError} `bucket/corrupt` */
export function readPage(what: string, base: KeyBase, bytes: Uint8Array): ListPage {
  const root = readXml(new TextDecoder().decode(bytes));
  if (root.name !== "ListBucketResult") throw corrupt(what, "the answer is no listing");
  const isEncoded = textOf(root, "EncodingType") === "url";
  const read = (text: string | undefined) => decodedKey(what, text ?? "", isEncoded);
  const children = (name: string) => root.children.filter((child) => child.name === name);
  const objects = children("Contents").flatMap((entry) => {
    const key = base.relative(read(textOf(entry, "Key")));
    // Consoles make an object with a slash at its end for a folder that somebody "created".
    return key === undefined || key.endsWith("/") ? [] : [objectOf(what, key, entry)];
  });
  const folders = children("CommonPrefixes").flatMap((entry) => {
    const folder = base.relative(read(textOf(entry, "Prefix")));
    return folder === undefined ? [] : [folder];
  });
  checkOrder(what, objects.map(({ key }) => key));
  const isTruncated = textOf(root, "IsTruncated") === "true";
  const next = isTruncated ? textOf(root, "NextContinuationToken") : undefined;
  if (isTruncated && (next ?? "") === "") throw corrupt(what, "the page has no next one");
  return { objects, folders, ...(next === undefined ? {} : { next }) };
}

function objectOf(what: string, key: string, entry: XmlElement): ObjectInfo {
  const size = textOf(entry, "Size") ?? "";
  const etag = bareEtag(textOf(entry, "ETag"));
  if (!/^\d{1,15}$/.test(size) || etag === "") throw corrupt(what, "an object has no size or etag");
  return { key, size: Number(size), etag };
}

function decodedKey(what: string, text: string, isEncoded: boolean): string {
  try {
    return isEncoded ? decodeURIComponent(text.replaceAll("+", "%20")) : text;
  } catch {
    throw corrupt(what, "a key is not encoded as announced");
  }
}

/** Everything that resumes a listing relies on it. */
function checkOrder(what: string, keys: readonly string[]): void {
  const isOrdered = keys.every((key, at) => at === 0 || compareKeys(keys[at - 1] ?? "", key) < 0);
  if (isOrdered) return;
  throw new BucketError(
    "bucket/unsupported",
    `Cannot ${what}: the store does not list in the order of the keys`,
    {
      hint: "Directory buckets (S3 Express One Zone) are such stores; use a general purpose bucket",
    },
  );
}

function corrupt(what: string, state: string): BucketError {
  return new BucketError("bucket/corrupt", `Cannot ${what}: ${state}`);
}
