import assert from "node:assert/strict";
import fc from "fast-check";
import {
  Crc32c,
  crc32cCheck,
  crc32cOf,
} from "../../../../../src/transports/bucket/stores/gcs/crc32c.ts";
import { crc32c as bitByBit } from "../../../../harness/google_storage/objects.ts";
import { test } from "../../../../harness/test.ts";

const VECTORS: readonly (readonly [Uint8Array, string, string])[] = [
  [new Uint8Array(), "00000000", "nothing"],
  [new TextEncoder().encode("123456789"), "e3069283", "the check value of the catalogues"],
  [new Uint8Array(32), "8a9136aa", "RFC 3720, B.4"],
  [new Uint8Array(32).fill(0xff), "62a8ab43", "RFC 3720, B.4"],
  [Uint8Array.from({ length: 32 }, (_, n) => n), "46dd794e", "RFC 3720, B.4"],
  [Uint8Array.from({ length: 32 }, (_, n) => 31 - n), "113fdb5c", "RFC 3720, B.4"],
];

for (const [bytes, hex, why] of VECTORS) {
  test(`crc32c: ${hex}`, () => {
    assert.equal(Uint8Array.fromBase64(crc32cOf(bytes)).toHex(), hex);
  }, { why });
}

test("crc32c: is what the definition gives, in whatever pieces it comes", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (pieces) => {
    const checksum = new Crc32c();
    for (const piece of pieces) checksum.update(piece);
    assert.equal(checksum.base64, bitByBit(Uint8Array.from(pieces.flatMap((piece) => [...piece]))));
  }));
});

test("crc32c: is found among Google's hashes", () => {
  const hello = new TextEncoder().encode("hello");
  const right = crc32cOf(hello);
  const rows: readonly (readonly [string | null, "right" | "wrong" | "none"])[] = [
    [`crc32c=${right}`, "right"],
    [`crc32c=${right}, md5=XUFAKrxLKna5cZ2REBfFkg==`, "right"],
    [`md5=XUFAKrxLKna5cZ2REBfFkg==,crc32c=${right}`, "right"],
    ["crc32c=AAAAAA==", "wrong"],
    ["md5=XUFAKrxLKna5cZ2REBfFkg==", "none"],
    [null, "none"],
  ];
  for (const [header, expected] of rows) {
    const check = crc32cCheck(header);
    check?.update(hello);
    const found = check === undefined ? "none" : check.fault() === undefined ? "right" : "wrong";
    assert.equal(found, expected, `${header}`);
  }
});
