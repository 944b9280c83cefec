import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { canonicalEvent } from "../../src/message/canonical.ts";
import { MessageError } from "../../src/message/error.ts";
import { decodeEvent, encodeEvent } from "../../src/message/line.ts";
import { SigningKey, VerifyingKey } from "../../src/message/signature.ts";
import { verifyEvent } from "../../src/message/verify.ts";
import { anyString, event } from "./arbitraries.ts";

const hermetic = { sanitizeOps: true, sanitizeResources: true };
const key = SigningKey.fromSeed(new Uint8Array(32).fill(7));
const verifier = new VerifyingKey(key.publicKey);

Deno.test("signature: RFC 8032, section 7.1, test 1", hermetic, () => {
  const hex = (text: string) => Buffer.from(text, "hex");
  const one = SigningKey.fromSeed(
    hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
  );
  const publicKey = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const signature = hex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb88215" +
      "90a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
  assert.equal(one.publicKey, publicKey.toString("base64"));
  assert.equal(one.sign(""), signature.toString("base64"));
  assert.ok(new VerifyingKey(one.publicKey).verify("", one.sign("")));
});

Deno.test("signature: a key survives its file and signs the same", hermetic, () => {
  const generated = SigningKey.generate((bytes) => crypto.getRandomValues(bytes));
  const again = SigningKey.fromPem(generated.export());
  assert.equal(again.publicKey, generated.publicKey);
  assert.equal(again.sign("a"), generated.sign("a"));
  const sevens = SigningKey.generate((bytes) => bytes.fill(7));
  assert.equal(sevens.publicKey, key.publicKey, "all randomness comes from outside");
});

Deno.test("signature: neither half of a key prints the secret", hermetic, () => {
  const secret = key.export().split("\n")[1] ?? "";
  assert.equal(secret.length, 64);
  for (const shown of [inspect(key, { depth: 9 }), Deno.inspect(key), JSON.stringify(key)]) {
    assert.ok(!shown.includes(secret) && shown.includes(key.publicKey));
  }
});

const pem = (der: string) =>
  `-----BEGIN PRIVATE KEY-----\n${
    Buffer.from(der, "hex").toString("base64")
  }\n-----END PRIVATE KEY-----\n`;
const NO_KEYS: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["a public key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"],
  ["a key cut short", key.export().replace("\n-----END", "").slice(0, 80)],
  ["an X25519 key", pem("302e020100300506032b656e04220420" + "07".repeat(32))],
  ["a seed of 31 bytes", pem("302d020100300506032b657004210420" + "07".repeat(31))],
  ["garbage in base64", pem("ffff")],
];

for (const [why, text] of NO_KEYS) {
  Deno.test(`signature: refuses ${why} as a private key`, hermetic, () => {
    assert.throws(() => SigningKey.fromPem(text), { name: "MessageError", code: "key/form" });
  });
}

Deno.test("signature: refuses a seed of another length", hermetic, () => {
  assert.throws(() => SigningKey.fromSeed(new Uint8Array(31)), { code: "key/form" });
});

/** Little-endian y of the points of small order; each with either sign. */
const SMALL_ORDER = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
];

Deno.test("signature: refuses public keys with which anybody can sign", hermetic, () => {
  for (const hex of SMALL_ORDER) {
    for (const sign of [0, 0x80]) {
      const raw = Buffer.from(hex, "hex");
      raw[31] = (raw[31] ?? 0) | sign;
      assert.throws(() => new VerifyingKey(raw.toString("base64")), { code: "key/weak" });
    }
  }
});

Deno.test("signature: a public key is 32 bytes in strict base64", hermetic, () => {
  const { publicKey } = key;
  const others = [
    "",
    publicKey.slice(0, -1),
    `${publicKey}\n`,
    ` ${publicKey}`.slice(0, 44),
    publicKey.replace(/[+/]/, "-"),
    Buffer.alloc(31, 7).toString("base64"),
    Buffer.alloc(33, 7).toString("base64"),
    // The last letter holds two bits that no byte uses.
    publicKey.slice(0, 42) + nextLetter(publicKey.charAt(42)) + "=",
  ].filter((text) => text !== publicKey);
  for (const text of others) {
    assert.throws(() => new VerifyingKey(text), { code: "key/form" }, JSON.stringify(text));
  }
});

function nextLetter(letter: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return letters.charAt(letters.indexOf(letter) + 1);
}

Deno.test("signature: only the very signature of the very text fits", hermetic, () => {
  const signature = key.sign("text");
  assert.equal(verifier.verify("text", signature), true);
  assert.equal(verifier.verify("texT", signature), false);
  const raw = Buffer.from(signature, "base64");
  for (let byte = 0; byte < raw.length; byte++) {
    const flipped = Buffer.from(raw);
    flipped[byte] = (flipped[byte] ?? 0) ^ 1;
    assert.equal(verifier.verify("text", flipped.toString("base64")), false);
  }
  const stranger = SigningKey.fromSeed(new Uint8Array(32).fill(8));
  assert.equal(new VerifyingKey(stranger.publicKey).verify("text", signature), false);
});

Deno.test("signature: verification never throws, whatever it is given", hermetic, () => {
  fc.assert(fc.property(anyString, anyString, (text, signature) => {
    assert.equal(verifier.verify(text, signature), false);
  }));
  const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const anySignature = fc.uint8Array({ minLength: 64, maxLength: 64 });
  fc.assert(fc.property(anyKey, anySignature, (publicKey, signature) => {
    try {
      const other = new VerifyingKey(Buffer.from(publicKey).toString("base64"));
      assert.equal(other.verify("text", Buffer.from(signature).toString("base64")), false);
    } catch (error) {
      assert.ok(error instanceof MessageError, String(error));
    }
  }));
});

Deno.test(
  "verify: what was signed verifies in either null form, and nothing else",
  hermetic,
  () => {
    fc.assert(fc.property(event, fc.boolean(), (original, absent) => {
      const unsigned = { ...original, signature: null };
      const form = absent ? "absent" : "null";
      const canonical = decodeEvent(encodeEvent(unsigned))?.canonical(form) ?? "";
      const signed = { ...unsigned, signature: key.sign(canonical) };
      const line = decodeEvent(encodeEvent(signed));
      assert.ok(line !== undefined);
      assert.equal(verifyEvent(line, verifier), "valid");
      const altered = decodeEvent(encodeEvent({ ...signed, sender_id: `${signed.sender_id}x` }));
      assert.ok(altered !== undefined);
      assert.equal(verifyEvent(altered, verifier), "invalid");
      const bare = decodeEvent(encodeEvent(unsigned));
      assert.ok(bare !== undefined);
      assert.equal(verifyEvent(bare, verifier), "unsigned");
    }));
  },
);

Deno.test("verify: a key hidden from readers is not hidden from the signature", hermetic, () => {
  const line = '{"event_id":"r::t::u","room_id":"r","timestamp_ms":1,"sender_id":"s","type":"x",' +
    '"content":{"body":"b"},"parent_event_id":null,"prev_event_hash":null';
  const plain = decodeEvent(`${line}}`);
  assert.ok(plain !== undefined);
  const signature = key.sign(canonicalEvent(plain.event));
  const honest = decodeEvent(`${line},"signature":"${signature}"}`);
  const extended = decodeEvent(`${line},"signature":"${signature}","extra":1}`);
  assert.ok(honest !== undefined && extended !== undefined);
  assert.equal(verifyEvent(honest, verifier), "valid");
  assert.equal(verifyEvent(extended, verifier), "invalid");
});
