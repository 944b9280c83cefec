/** The form of heads: those without lines are what they were before heads had lines. */
import assert from "node:assert/strict";
import { deviceId } from "../../../../src/message/device.ts";
import { SigningKey } from "../../../../src/message/signature.ts";
import {
  encodeHead,
  type Head,
  parseHead,
  TAIL_LINES,
} from "../../../../src/transports/bucket/sync/head.ts";

const key = SigningKey.fromSeed(new Uint8Array(32).fill(3));
const device = deviceId(key.publicKey);
const file = `rooms/lobby/logs/2026-01-02/messages_1_2_${device}.jsonl`;
const head: Head = {
  device,
  version: 57,
  count: 61,
  objects: [{
    number: 61,
    key: file,
    size: 4579,
    sha256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
  }],
  seen: new Map([["abcdefghijklmnop", 12]]),
  tail: [],
};

/** As nodes wrote it that knew of no lines. */
const FORMER = '{"type":"chatnode.head","device":"wyxim75c6m5p4ywv",' +
  '"public_key":"7UkoxijRwsbq6QM4kFmVYSlZJzpcY/k2NsFGFKyHN9E=","version":57,"count":61,' +
  '"objects":[{"number":61,' +
  '"key":"rooms/lobby/logs/2026-01-02/messages_1_2_wyxim75c6m5p4ywv.jsonl","size":4579,' +
  '"sha256":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}],"seen":{"abcdefghijklmnop":12},' +
  '"signature":"Bf2nEotzf0+7GQlStH1U/yWJcxNZ2uuu8w+i1Q66onFakCEPzRZlwWLftlaIf0xqgDMgCgOsFMks' +
  '7kXP4NaiAA=="}\n';

Deno.test("head: the former form is written and read as it was", () => {
  assert.equal(new TextDecoder().decode(encodeHead(head, key)), FORMER);
  assert.deepEqual(parseHead(new TextEncoder().encode(FORMER), device), head);
});

Deno.test("head: lines come back as they were, whatever they hold", () => {
  const tail = ["", '{"a":"\u00e9\ud83d\ude00 \\ud83d \\" \\\\"}', "\u0000\u007f\u2028"];
  const told = { ...head, tail, closing: file };
  assert.deepEqual(parseHead(encodeHead(told, key), device), told);
});

const refused: readonly (readonly [change: Partial<Record<keyof Head, unknown>>, why: string])[] = [
  [{ tail: [1] }, "a line that is no text"],
  [{ tail: "no list" }, "no list of lines"],
  [{ tail: Array.from({ length: TAIL_LINES + 1 }, () => "{}") }, "more lines than a head carries"],
  [{ closing: 1 }, "an announced file that is no text"],
  [{ closing: "x".repeat(2_000) }, "a key that no bucket can hold"],
];

for (const [change, why] of refused) {
  Deno.test(`head: refuses ${why}, whoever signed it`, () => {
    const bytes = encodeHead({ ...head, ...change } as Head, key);
    assert.throws(() => parseHead(bytes, device), { code: "sync/head" });
  });
}

Deno.test("head: lines are signed", () => {
  const bytes = encodeHead({ ...head, tail: ['{"body":"one"}'] }, key);
  const altered = new TextDecoder().decode(bytes).replace("one", "two");
  assert.throws(() => parseHead(new TextEncoder().encode(altered), device), { code: "sync/head" });
});
