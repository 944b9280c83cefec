/** Heads are read as far as they are new, and never believed because of that. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { SigningKey } from "../../../../src/message/signature.ts";
import { deviceId } from "../../../../src/message/device.ts";
import { CountedBucket } from "../../../../src/transports/bucket/sync/counted.ts";
import {
  encodeHead,
  type Head,
  headBeginning,
} from "../../../../src/transports/bucket/sync/head.ts";
import { HeadReader } from "../../../../src/transports/bucket/sync/head_reader.ts";
import { headKey } from "../../../../src/transports/bucket/sync/names.ts";
import { test } from "../../../harness/test.ts";
import { forever, World } from "./world.ts";

const key = SigningKey.fromSeed(new Uint8Array(32).fill(3));
const device = deviceId(key.publicKey);
const other = SigningKey.fromSeed(new Uint8Array(32).fill(4));

function bytesOf(of: Partial<Head>, by: SigningKey = key): Uint8Array<ArrayBuffer> {
  const nothing = { device, version: 1, count: 0, objects: [], seen: new Map(), tail: [] };
  return encodeHead({ ...nothing, ...of }, by);
}

const line = (text: string) => `{"body":"${text} ${"x".repeat(400)}"}`;
const lines = (count: number) => Array.from({ length: count }, (_, at) => line(`${at}`));
const closing = `rooms/lobby/logs/2026-01-02/messages_1_2_${device}.jsonl`;

interface Row {
  readonly before: Uint8Array<ArrayBuffer>;
  readonly after: Uint8Array<ArrayBuffer>;
  /** Requests for the second head. */
  readonly asked: number;
  /** Whether most of it was not sent again. */
  readonly spared: boolean;
  readonly found: Pick<Head, "version"> | undefined;
  readonly why: string;
}

const rows: readonly Row[] = [
  {
    before: bytesOf({ tail: lines(50) }),
    after: bytesOf({ tail: lines(51), version: 2 }),
    ...{ asked: 1, spared: true, found: { version: 2 } },
    why: "more lines: what is known is not asked for",
  },
  {
    before: bytesOf({ tail: lines(50) }),
    after: bytesOf({ tail: lines(50), version: 2, count: 7 }),
    ...{ asked: 1, spared: true, found: { version: 2 } },
    why: "the same lines, and news behind them",
  },
  {
    before: bytesOf({ tail: lines(50) }),
    after: bytesOf({ tail: [line("other"), ...lines(49)], version: 2 }),
    ...{ asked: 2, spared: false, found: { version: 2 } },
    why: "other lines: the signature does not fit, so it is read as a whole",
  },
  {
    before: bytesOf({ tail: lines(50) }),
    after: bytesOf({ version: 2 }),
    ...{ asked: 2, spared: false, found: { version: 2 } },
    why: "no lines: it is shorter than what is known",
  },
  {
    before: bytesOf({ tail: lines(50), closing }),
    after: bytesOf({ version: 2 }),
    ...{ asked: 1, spared: false, found: { version: 2 } },
    why: "a file was announced: nobody expects the same lines again",
  },
  {
    before: bytesOf({ tail: lines(50) }),
    after: bytesOf({ tail: lines(51), version: 2 }, other),
    ...{ asked: 3, spared: false, found: undefined },
    why: "another's signature: read again, as everything that may have been spoilt",
  },
  {
    before: bytesOf({ tail: lines(50) }, other),
    after: bytesOf({ tail: lines(51), version: 2 }),
    ...{ asked: 1, spared: false, found: { version: 2 } },
    why: "what was not signed is no beginning of anything",
  },
  {
    before: bytesOf({}),
    after: bytesOf({ tail: lines(50), version: 2 }),
    ...{ asked: 1, spared: false, found: { version: 2 } },
    why: "the first lines",
  },
];

for (const { before, after, asked, spared, found, why } of rows) {
  test("a head is read", async () => {
    await using world = await World.make();
    await using folder = await world.bucket();
    const bucket = new CountedBucket(folder);
    const reader = new HeadReader(bucket, device);
    await folder.put(headKey(device), before);
    await reader.read(forever);
    assert.equal(await reader.read(forever), "unchanged");
    await folder.put(headKey(device), after);
    const { get, bytesDown } = bucket.counts;
    const read = await reader.read(forever);
    assert.ok(read !== undefined && read !== "unchanged");
    assert.equal(read.value?.version, found?.version);
    assert.equal(bucket.counts.get - get, asked);
    if (found !== undefined) assert.deepEqual(read.bytes, after);
    assert.equal(bucket.counts.bytesDown - bytesDown < after.length / 2, spared);
    await folder.delete(headKey(device));
    assert.equal(await reader.read(forever), undefined);
  }, { why });
}

Deno.test("a head with more lines begins with the bytes of the one before, whatever they hold", () => {
  fc.assert(fc.property(
    fc.array(fc.string({ unit: "binary" }), { minLength: 1 }),
    fc.array(fc.string({ unit: "binary" })),
    (first, more) => {
      const beginning = headBeginning(first);
      const bytes = bytesOf({ tail: [...first, ...more], version: 9 });
      assert.deepEqual(bytes.subarray(0, beginning.length), beginning);
    },
  ));
});
