/** Vectors made with the cryptography of another Bucket Chat program. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { canonicalEvent, canonicalLine, canonicalTree } from "../../src/message/canonical.ts";
import type { NullForm } from "../../src/message/canonical.ts";
import { NumberLexeme, readJsonObject } from "../../src/message/json.ts";
import type { JsonMap, JsonTree } from "../../src/message/json.ts";
import { decodeEvent } from "../../src/message/line.ts";
import { eventHash, SigningKey, VerifyingKey } from "../../src/message/signature.ts";

const file = readJsonObject(
  await Deno.readTextFile(new URL("bucket_vectors.json", import.meta.url)),
);

function text(map: JsonMap, key: string): string {
  const value = map.get(key);
  assert.ok(typeof value === "string");
  return value;
}

function object(tree: JsonTree | undefined): JsonMap {
  assert.ok(tree instanceof Map);
  return tree;
}

/** The line as a file holds it: the vectors' file is indented, and its keys are in no order. */
function lineOf(tree: JsonTree): string {
  if (tree instanceof NumberLexeme) return tree.text;
  if (tree instanceof Map) {
    return `{${
      Array.from(tree as JsonMap, ([key, value]) => `${JSON.stringify(key)}:${lineOf(value)}`)
        .join(",")
    }}`;
  }
  if (Array.isArray(tree)) return `[${(tree as readonly JsonTree[]).map(lineOf).join(",")}]`;
  return JSON.stringify(tree);
}

const vectors = file.get("vectors");
assert.ok(Array.isArray(vectors) && vectors.length === 3);
const signer = SigningKey.fromSeed(Buffer.from(text(file, "private_key_b64"), "base64"));
const verifier = new VerifyingKey(text(file, "public_key_b64"));

Deno.test("vectors: the public key follows from the private one", () => {
  assert.equal(signer.publicKey, text(file, "public_key_b64"));
});

for (const vector of vectors.map(object)) {
  const event = object(vector.get("event"));
  const form: NullForm = event.has("parent_event_id") ? "null" : "absent";
  const canonical = text(vector, "canonical");

  Deno.test(`vectors: ${text(vector, "name")}`, () => {
    const line = decodeEvent(lineOf(event));
    assert.ok(line !== undefined);
    assert.equal(canonicalLine(event, form), canonical);
    assert.equal(line.canonical(form), canonical);
    assert.equal(eventHash(canonical), text(vector, "hash"));
    assert.equal(signer.sign(canonical), text(vector, "signature"));
    assert.equal(verifier.verify(canonical, text(vector, "signature")), true);
    assert.equal(verifier.verify(`${canonical} `, text(vector, "signature")), false);
  });
}

Deno.test("vectors: an event of ours takes the fast way to the same form", () => {
  const line = decodeEvent(lineOf(object(object(vectors[0]).get("event"))));
  assert.ok(line !== undefined);
  assert.equal(canonicalEvent(line.event), text(object(vectors[0]), "canonical"));
});

Deno.test("vectors: numbers keep their spelling", () => {
  const tree = readJsonObject('{"b":[1.0,-0,1e+16,12345678901234567890],"a":1E2}');
  assert.equal(canonicalTree(tree), '{"a":1E2,"b":[1.0,-0,1e+16,12345678901234567890]}');
});
