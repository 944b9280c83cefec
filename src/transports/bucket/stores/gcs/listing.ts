/**
 * Listings of Google's XML API (version 2, as Amazon's, with generations).
 *
 * @see https://cloud.google.com/storage/docs/xml-api/get-bucket-list
 * @module
 */
import { BucketError } from "../errors.ts";
import { readXml, textOf, type XmlElement } from "../xml.ts";
import { formatEtag } from "./etag.ts";

/** An object with its full name. */
export interface ListedObject {
  readonly name: string;
  readonly size: number;
  readonly etag: string;
}

/** One answer. */
export interface GoogleListing {
  readonly objects: readonly ListedObject[];
  /** Full names, each with its `/`. */
  readonly folders: readonly string[];
  /** Where the next answer begins. */
  readonly next?: string;
}

/** @throws {BucketError} `bucket/corrupt` */
export function readListing(xml: string): GoogleListing {
  const root = readXml(xml);
  if (root.name !== "ListBucketResult") throw corrupt("the answer is no listing");
  const next = textOf(root, "NextContinuationToken") ?? "";
  const truncated = textOf(root, "IsTruncated") === "true";
  if (truncated && next === "") throw corrupt("it goes on, but nobody says where");
  return {
    objects: root.children.filter(({ name }) => name === "Contents").map(objectOf),
    folders: root.children.filter(({ name }) => name === "CommonPrefixes")
      .map((element) => required(element, "Prefix")),
    ...(truncated ? { next } : {}),
  };
}

function objectOf(element: XmlElement): ListedObject {
  const size = required(element, "Size");
  const generation = required(element, "Generation");
  if (!/^\d{1,15}$/.test(size)) throw corrupt("a size is no number");
  return {
    name: required(element, "Key"),
    size: Number(size),
    etag: formatEtag(generation, required(element, "ETag")),
  };
}

function required(element: XmlElement, name: string): string {
  const text = textOf(element, name) ?? "";
  if (text === "") throw corrupt(`an entry has no ${name}`);
  return text;
}

function corrupt(state: string): BucketError {
  return new BucketError("bucket/corrupt", `Cannot list: ${state}`);
}
