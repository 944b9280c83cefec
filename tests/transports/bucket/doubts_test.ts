import assert from "node:assert/strict";
import type { Signers } from "../../../src/transports/bucket/trust/contract.ts";
import { VerifyingKey } from "../../../src/message/signature.ts";
import {
  type Authority,
  Doubts,
  isSettled,
} from "../../../src/transports/bucket/verification/doubts.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";
import { Author, fileOf } from "./author.ts";
import { Reader } from "./reader.ts";

function authority(
  keys: readonly string[],
  { claimed = false, unknownKeys = "refuse" as "refuse" | "insecure-accept" } = {},
): Authority {
  const signers: Signers = {
    verdict: () => ({ kind: "unknown" }),
    keysOf: () => ({ keys: keys.map((each) => new VerifyingKey(each)), claimed }),
  };
  return { signers, policy: { unknownKeys } };
}

const [one, two] = [new Author(1).key.publicKey, new Author(2).key.publicKey];

for (
  const { before, after, settled, why } of [
    { before: authority([]), after: authority([one]), settled: true, why: "a key was bound" },
    { before: authority([one]), after: authority([two]), settled: true, why: "another one was" },
    {
      before: authority([one, two]),
      after: authority([two, one]),
      settled: false,
      why: "the same",
    },
    {
      before: authority([], { claimed: true }),
      after: authority([]),
      settled: true,
      why: "is not claimed now",
    },
    {
      before: authority([]),
      after: authority([], { unknownKeys: "insecure-accept" }),
      settled: true,
      why: "the settings changed",
    },
  ]
) {
  test(`doubts about a sender without devices: ${why}`, () => {
    const { content: { chatnode: _, ...content }, ...event } = new Author(1).say();
    const doubts = new Doubts();
    doubts.add({ ...event, content }, before);
    assert.ok(doubts.all !== "any");
    assert.deepEqual(doubts.all.map((doubt) => isSettled(doubt, after)), [settled]);
  });
}

test("doubts are bounded: too many senders without devices may be anything", () => {
  const { content: { chatnode: _, ...content }, ...event } = new Author(1).say();
  const doubts = new Doubts();
  for (let index = 0; index < 20; index++) {
    doubts.add({ ...event, content, sender_id: `person ${index}` }, authority([]));
  }
  assert.equal(doubts.all, "any");
});

test("doubts about a node's device are few, however many people it signs for", () =>
  withDataFolder(async (data) => {
    const reader = await Reader.open(data);
    const [first, second] = [new Author(1), new Author(2)];
    await reader.meet(first);
    await reader.meet(second);
    const events = Array.from({ length: 30 }, (_, index) => {
      return second.say({ sender: `person${index}@alpha` });
    });
    const { doubts } = await reader.pull(fileOf(second, events));
    assert.ok(doubts !== "any");
    assert.equal(doubts.length, 8);
    assert.ok(doubts.every((doubt) => doubt.answer === "waiting"));
    assert.ok(
      doubts.every((doubt) =>
        !isSettled(doubt, { signers: reader.trust, policy: { unknownKeys: "refuse" } })
      ),
    );
    assert.deepEqual(reader.quarantine.held()[0]?.doubts, doubts);
  }));
