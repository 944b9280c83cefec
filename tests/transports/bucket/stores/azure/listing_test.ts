import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type AzureListing,
  cutListing,
  decodePosition,
  encodePosition,
  type Position,
  readListing,
  surelyBefore,
} from "../../../../../src/transports/bucket/stores/azure/listing.ts";
import { BucketError } from "../../../../../src/transports/bucket/stores/errors.ts";
import { compareKeys } from "../../../../../src/transports/bucket/stores/key.ts";
import { test } from "../../../../harness/test.ts";

const ANSWER = '\ufeff<?xml version="1.0" encoding="utf-8"?><EnumerationResults ' +
  'ServiceEndpoint="https://acct.blob.core.windows.net/" ContainerName="chat"><Prefix>p/</Prefix>' +
  "<MaxResults>2</MaxResults><Delimiter>/</Delimiter><Blobs><Blob><Name>p/a&amp;b.txt</Name>" +
  "<Properties><Creation-Time>Fri, 20 Nov 2026 10:00:00 GMT</Creation-Time>" +
  "<Etag>0x8DE27F3A1B2C3D4</Etag><Content-Length>17</Content-Length>" +
  "<Content-MD5>XrY7u+Ae7tCTyyK7j1rNww==</Content-MD5><BlobType>BlockBlob</BlobType></Properties>" +
  "<OrMetadata /></Blob><BlobPrefix><Name>p/f/</Name></BlobPrefix></Blobs>" +
  "<NextMarker>2!72!MDAwMDA-</NextMarker></EnumerationResults>";

test("azure listing: an answer of the service", () => {
  assert.deepEqual(readListing(ANSWER), {
    blobs: [{ name: "p/a&b.txt", size: 17, etag: "0x8DE27F3A1B2C3D4" }],
    folders: ["p/f/"],
    marker: "2!72!MDAwMDA-",
  });
});

const WRONG: readonly (readonly [string, string])[] = [
  ["<Error><Code>x</Code></Error>", "an error is no listing"],
  ["<EnumerationResults/>", "no list in it"],
  [ANSWER.replace("17", "many"), "a size that is none"],
  [ANSWER.replace("0x8DE27F3A1B2C3D4", ""), "nothing to compare and swap with"],
  [ANSWER.replace("<Name>p/a&amp;b.txt</Name>", ""), "an object without a name"],
  [ANSWER.slice(0, 300), "cut off"],
];

for (const [xml, why] of WRONG) {
  test("azure listing: refuses another answer", () => {
    assert.throws(
      () => readListing(xml),
      (error) => error instanceof BucketError && error.code === "bucket/corrupt",
    );
  }, { why });
}

/** Names with the characters that are ordered differently by code points and by UTF-16 units. */
const NAMES = fc.uniqueArray(
  fc.array(fc.constantFrom("a", "b", "-", "/", "\uffee", "\u{1f600}"), {
    minLength: 1,
    maxLength: 4,
  }).map((parts) => `p/${parts.join("")}`),
  { maxLength: 12 },
);

/** A service: orders `names` by `compare`, and starts behind a marker. */
function serve(
  names: readonly string[],
  compare: (a: string, b: string) => number,
  request: { readonly marker: string; readonly size: number; readonly startFrom?: string },
): AzureListing {
  const ordered = names.toSorted(compare)
    .filter((name) => request.startFrom === undefined || compare(name, request.startFrom) >= 0);
  const start = Number(request.marker);
  const page = ordered.slice(start, start + request.size);
  const more = start + request.size < ordered.length;
  return {
    blobs: page.map((name) => ({ name, size: 1, etag: "e" })),
    folders: [],
    ...(more ? { marker: `${start + request.size}` } : {}),
  };
}

const byUnits = (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;

test("azure listing: all keys behind one, each once, whatever the service's order", () => {
  const size = fc.integer({ min: 1, max: 5 });
  const order = fc.constantFrom(compareKeys, byUnits);
  fc.assert(
    fc.property(
      NAMES,
      fc.option(NAMES.filter((names) => names.length > 0).map((names) => names[0])),
      order,
      size,
      size,
      fc.boolean(),
      (names, after, compare, pageSize, limit, knowsStartFrom) => {
        const startAfter = after ?? undefined;
        const startFrom = knowsStartFrom && startAfter !== undefined
          ? surelyBefore(startAfter, "p/")
          : undefined;
        const found: string[] = [];
        let position: Position = { marker: "0" };
        for (let pages = 0;; pages++) {
          assert.ok(pages < 100);
          const listing = serve(names, compare, {
            marker: position.marker,
            size: pageSize,
            ...(startFrom === undefined ? {} : { startFrom }),
          });
          const cut = cutListing(listing, position, { startAfter, limit });
          assert.ok(cut.blobs.length <= limit);
          found.push(...cut.blobs.map(({ name }) => name));
          if (cut.next === undefined) break;
          position = decodePosition(encodePosition(cut.next));
        }
        const expected = names
          .filter((name) => startAfter === undefined || compareKeys(name, startAfter) > 0)
          .sort(compareKeys);
        assert.deepEqual(found.toSorted(compareKeys), expected);
      },
    ),
    { numRuns: 500 },
  );
});

test("azure listing: a cursor of another kind is refused", () => {
  assert.throws(() => decodePosition("nonsense"), RangeError);
});
