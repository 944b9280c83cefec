/**
 * Listings of the Blob service, and how "only keys after this one" is made of them.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/list-blobs
 * @module
 */
import { compareKeys } from "../key.ts";
import { BucketError } from "../errors.ts";
import { childOf, readXml, textOf, type XmlElement } from "../xml.ts";

/** A blob with its full name. */
export interface ListedBlob {
  readonly name: string;
  readonly size: number;
  readonly etag: string;
}

/** One answer. */
export interface AzureListing {
  readonly blobs: readonly ListedBlob[];
  /** Full names, each with its `/`. */
  readonly folders: readonly string[];
  /** Where the next answer begins. */
  readonly marker?: string;
}

/** @throws {BucketError} `bucket/corrupt` */
export function readListing(xml: string): AzureListing {
  const root = readXml(xml);
  const blobs = childOf(root, "Blobs");
  if (root.name !== "EnumerationResults" || blobs === undefined) {
    throw new BucketError("bucket/corrupt", "Cannot list: the answer is no listing");
  }
  const marker = textOf(root, "NextMarker") ?? "";
  return {
    blobs: blobs.children.filter(({ name }) => name === "Blob").map(blobOf),
    folders: blobs.children.filter(({ name }) => name === "BlobPrefix").map(nameOf),
    ...(marker === "" ? {} : { marker }),
  };
}

function blobOf(element: XmlElement): ListedBlob {
  const properties = childOf(element, "Properties") ?? element;
  const size = textOf(properties, "Content-Length") ?? "";
  const etag = bareEtag(textOf(properties, "Etag") ?? "");
  if (!/^\d{1,15}$/.test(size) || etag === "") {
    throw new BucketError("bucket/corrupt", "Cannot list: an object without its size or ETag");
  }
  return { name: nameOf(element), size: Number(size), etag };
}

function nameOf(element: XmlElement): string {
  const name = textOf(element, "Name");
  if (name === undefined) throw new BucketError("bucket/corrupt", "Cannot list: a name is missing");
  return name;
}

/** Headers put quotes around an ETag, listings do not. */
export function bareEtag(value: string): string {
  return value.replace(/^"(.*)"$/, "$1");
}

/**
 * A name from which the service may start without leaving out a key behind `startAfter`, whether it
 * orders by code points or by UTF-16 units: both agree below U+D800. Undefined when that is no more
 * than the prefix.
 */
export function surelyBefore(startAfter: string, prefix: string): string | undefined {
  const certain = startAfter.replace(/[\ud800-\uffff][^]*$/, "");
  return certain.length > prefix.length ? certain : undefined;
}

/** Where a listing goes on. */
export interface Position {
  /** The service's own; empty for the first answer. */
  readonly marker: string;
  /** Of that answer everything up to this one was handed out: it held more than a page may. */
  readonly after?: string;
}

/** As the contract's opaque cursor. */
export function encodePosition({ marker, after }: Position): string {
  return new URLSearchParams({ marker, ...(after === undefined ? {} : { after }) }).toString();
}

/** @throws {RangeError} for what {@linkcode encodePosition} did not make */
export function decodePosition(cursor: string): Position {
  const fields = new URLSearchParams(cursor);
  const marker = fields.get("marker");
  const after = fields.get("after");
  if (marker === null) throw new RangeError("not a cursor of this bucket");
  return { marker, ...(after === null ? {} : { after }) };
}

/** What of one answer belongs to a page. */
export interface Cut {
  readonly blobs: readonly ListedBlob[];
  readonly folders: readonly string[];
  /** Absent when nothing follows. */
  readonly next?: Position;
}

/**
 * The entries of `listing` behind `startAfter` and behind what was handed out of it already, at
 * most `limit`. It trusts the service's order only within one answer's reach, so that a service
 * that orders otherwise costs order and nothing else.
 */
export function cutListing(
  listing: AzureListing,
  position: Position,
  options: { readonly startAfter?: string | undefined; readonly limit: number },
): Cut {
  const { startAfter, limit } = options;
  const entries = [
    ...listing.blobs.map((blob) => ({ name: blob.name, blob })),
    ...listing.folders.map((name) => ({ name, blob: undefined })),
  ].filter(({ name, blob }) =>
    isBehind(name, position.after) &&
    // A folder that startAfter lies in may hold keys on both sides of it.
    (isBehind(name, startAfter) || (blob === undefined && startAfter?.startsWith(name) === true))
  ).sort((a, b) => compareKeys(a.name, b.name));
  const page = entries.slice(0, limit);
  const last = page.at(-1);
  const next = entries.length > limit && last !== undefined
    ? { marker: position.marker, after: last.name }
    : listing.marker === undefined
    ? undefined
    : { marker: listing.marker };
  return {
    blobs: page.flatMap(({ blob }) => blob === undefined ? [] : [blob]),
    folders: page.flatMap(({ name, blob }) => blob === undefined ? [name] : []),
    ...(next === undefined ? {} : { next }),
  };
}

function isBehind(name: string, border: string | undefined): boolean {
  return border === undefined || compareKeys(name, border) > 0;
}
