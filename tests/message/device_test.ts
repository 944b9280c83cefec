import assert from "node:assert/strict";
import * as fc from "fast-check";
import { canonicalJson } from "../../src/message/canonical.ts";
import {
  createDeviceRecord,
  deviceId,
  encodeDeviceRecord,
  parseDeviceRecord,
} from "../../src/message/device.ts";
import { MessageError } from "../../src/message/error.ts";
import { isDeviceId } from "../../src/message/fields.ts";
import { SigningKey } from "../../src/message/signature.ts";
import { anyString } from "./arbitraries.ts";

const hermetic = { sanitizeOps: true, sanitizeResources: true };
const key = SigningKey.fromSeed(new Uint8Array(32).fill(7));
const record = createDeviceRecord(key, "node-1a2b3c", Date.UTC(2026, 0, 31, 12));

Deno.test("device: the id follows from the key", hermetic, () => {
  // printf %s A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg= | base64 -d | sha256sum | cut -c1-20 |
  //   xxd -r -p | base32 | tr A-Z a-z
  const known = deviceId("A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
  assert.equal(known, "kzdvvj2umnduyauf");
  assert.ok(isDeviceId(record.device));
  assert.throws(() => deviceId("AAAA"), { code: "key/form" });
});

Deno.test("device: a record comes back as it was written", hermetic, () => {
  const line = encodeDeviceRecord(record);
  assert.deepEqual(parseDeviceRecord(line), record);
  assert.deepEqual(Object.keys(JSON.parse(line)), [
    "device",
    "public_key",
    "created_at",
    "node",
    "signature",
  ]);
  assert.equal(record.created_at, "2026-01-31T12:00:00.000Z");
});

Deno.test("device: keys of later versions are signed too, and left out", hermetic, () => {
  const { signature: _signature, ...signed } = { ...record, algorithm: "ed25519" };
  const later = { ...signed, signature: key.sign(canonicalJson(signed)) };
  assert.equal(parseDeviceRecord(JSON.stringify(later)).device, record.device);
  assert.throws(() => parseDeviceRecord(JSON.stringify({ ...later, algorithm: "none" })), {
    code: "device/signature",
  });
});

const other = SigningKey.fromSeed(new Uint8Array(32).fill(8));
const REFUSED: readonly (readonly [string, object, string])[] = [
  ["another node", { node: "evil" }, "device/signature"],
  ["another time", { created_at: "2026-01-31T12:00:00.001Z" }, "device/signature"],
  ["another device's id", { device: deviceId(other.publicKey) }, "device/id"],
  ["another key under this id", { public_key: other.publicKey }, "device/id"],
  [
    "another key with its id",
    { public_key: other.publicKey, device: deviceId(other.publicKey) },
    "device/signature",
  ],
  ["no signature", { signature: undefined }, "device/form"],
  ["a signature that is a list", { signature: [] }, "device/form"],
  ["a node that is a path", { node: "a::b" }, "device/form"],
  ["a local time", { created_at: "2026-01-31T12:00:00" }, "device/form"],
  ["no time", { created_at: "yesterday" }, "device/form"],
  ["a key cut short", { public_key: record.public_key.slice(4) }, "key/form"],
  ["a key of small order", { public_key: `${"A".repeat(43)}=` }, "key/weak"],
];

for (const [why, change, code] of REFUSED) {
  Deno.test(`device: refuses ${why}`, hermetic, () => {
    assert.throws(() => parseDeviceRecord(JSON.stringify({ ...record, ...change })), {
      name: "MessageError",
      code,
    });
  });
}

Deno.test("device: never throws anything but its documented errors", hermetic, () => {
  const near = fc.dictionary(
    fc.constantFrom(...Object.keys(record)),
    fc.oneof(anyString, fc.jsonValue(), fc.constantFrom(...Object.values(record))),
  ).map((change) => JSON.stringify({ ...record, ...change }));
  fc.assert(
    fc.property(fc.oneof(near, anyString, fc.json()), (text) => {
      try {
        assert.equal(parseDeviceRecord(text).signature, record.signature);
      } catch (error) {
        assert.ok(error instanceof MessageError, String(error));
        assert.match(error.code, /^(json|key|device)\//);
      }
    }),
    { numRuns: 500 },
  );
});
