import assert from "node:assert/strict";
import { systemClock } from "../../../../src/clock.ts";
import { openTrustByHand } from "../../../../src/transports/bucket/trust/by_hand.ts";
import { test } from "../../../harness/test.ts";
import { World } from "./world.ts";

test("sync: a revocation by hand reaches the others though nobody says anything", async () => {
  await using world = await World.make();
  await using alpha = await world.open("alpha");
  await alpha.say("one");
  await alpha.push();
  await using alpha2 = await world.open("alpha_2");
  await alpha2.say("two");
  await alpha2.push();
  await alpha.pull();
  const [first, second] = [alpha.history.parts.device.id, alpha2.history.parts.device.id];
  const byHand = await openTrustByHand({ data: alpha.dir, clock: systemClock });
  await byHand.endorse(second);
  await alpha.push();
  // Each for the other: whichever beta sees first is pinned.
  await alpha2.pull();
  await (await openTrustByHand({ data: alpha2.dir, clock: systemClock })).endorse(first);
  await alpha2.push();
  await using beta = await world.open("beta");
  await beta.pull();
  assert.deepEqual(await beta.texts(), ["one", "two"]);
  await byHand.revoke(second, { last_object: 0 }, []);
  await alpha.push();
  await alpha2.say("three");
  await alpha2.push();
  await beta.pull();
  await beta.sync.scan(new AbortController().signal);
  assert.deepEqual(await beta.texts(), ["one", "two"]);
  const { list } = await openTrustByHand({ data: beta.dir, clock: systemClock }).then((trust) => ({
    list: new Map(trust.list().map(({ device, standing }) => [device, standing])),
  }));
  assert.ok(["pinned", "endorsed"].includes(list.get(first) ?? ""));
  assert.equal(list.get(second), "revoked");
});
