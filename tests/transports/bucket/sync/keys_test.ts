import assert from "node:assert/strict";
import { systemClock } from "../../../../src/clock.ts";
import type { Bucket } from "../../../../src/transports/bucket/stores/contract.ts";
import { openTrustByHand } from "../../../../src/transports/bucket/trust/by_hand.ts";
import { test } from "../../../harness/test.ts";
import { watched } from "./watched_bucket.ts";
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
  // Whoever has not heard of a revocation cannot heed it.
  await beta.sync.scan(new AbortController().signal);
  await alpha2.say("three");
  await alpha2.push();
  await beta.sync.scan(new AbortController().signal);
  assert.deepEqual(await beta.texts(), ["one", "two"]);
  const { list } = await openTrustByHand({ data: beta.dir, clock: systemClock }).then((trust) => ({
    list: new Map(trust.list().map(({ device, standing }) => [device, standing])),
  }));
  assert.ok(["pinned", "endorsed"].includes(list.get(first) ?? ""));
  assert.equal(list.get(second), "revoked");
});

test("sync: a file that waits for trust is not fetched again and again", async () => {
  await using world = await World.make();
  for (const name of ["alpha", "alpha_2"]) {
    await using node = await world.open(name);
    await node.say(`said by ${name}`);
    await node.push();
  }
  let later = 0;
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + later };
  const fetched: string[] = [];
  await using beta = await world.open("beta", {
    clock,
    wrap: (bucket) => watched(bucket, { onGet: (key) => fetched.push(key) }),
  });
  await beta.pull();
  assert.equal((await beta.texts()).length, 1);
  const [waiting] = (await openTrustByHand({ data: beta.dir, clock: systemClock })).list()
    .filter(({ standing }) => standing === "waiting");
  const messages = () => fetched.splice(0).filter((key) => key.includes("/logs/"));
  // What was learnt on the way may ask for one more look.
  await beta.pull();
  assert.ok(messages().length >= 2);
  for (let hour = 1; hour <= 3; hour++) {
    later += 60 * 60 * 1000;
    await beta.pull();
  }
  assert.deepEqual(messages(), []);
  const byHand = await openTrustByHand({ data: beta.dir, clock: systemClock });
  await byHand.trust(waiting?.device ?? "");
  await beta.pull();
  assert.equal(messages().length, 1);
  assert.equal((await beta.texts()).length, 2);
});

test("sync: what was said here and comes back from the bucket has happened once", async () => {
  await using world = await World.make();
  const alpha = await world.open("alpha");
  await alpha.say("one");
  const byHand = await openTrustByHand({ data: alpha.dir, clock: systemClock });
  await byHand.revoke(alpha.history.parts.device.id, { last_object: 0 }, []);
  await alpha.push();
  await alpha[Symbol.asyncDispose]();
  await using again = await world.open("alpha");
  await again.pull();
  const past = (await openTrustByHand({ data: again.dir, clock: systemClock })).past();
  assert.equal(past.filter(({ what }) => what === "revoked").length, 1);
});

test("sync: what is refused or held is counted once, however often it is looked at", async () => {
  await using world = await World.make();
  for (const name of ["alpha", "alpha_2"]) {
    await using node = await world.open(name);
    for (const text of ["one", "two"]) await node.say(`${text} by ${name}`);
    await node.push();
  }
  let later = 0;
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + later };
  {
    await using beta = await world.open("beta", { clock });
    for (let day = 0; day < 3; day++) {
      later += 25 * 60 * 60 * 1000;
      await beta.sync.scan(new AbortController().signal);
      await beta.pull();
      const { pulled, held } = beta.sync.status();
      assert.deepEqual([pulled.faults, held], [2, 1], `day ${day}`);
      // Something is learnt of somebody else.
      await using other = await world.open(`other${day}`);
      await other.say("hello");
      await other.push();
    }
  }
  await using again = await world.open("beta");
  await again.pull();
  const { pulled, held } = again.sync.status();
  assert.deepEqual([pulled.faults, held], [0, 1], "those of earlier days are known");
});

test("sync: what is learnt of one device lets no other device's files be fetched again", async () => {
  await using world = await World.make();
  for (const name of ["alpha", "alpha_2", "beta", "beta_2"]) {
    await using node = await world.open(name);
    for (const room of ["lobby", "garden"]) await node.say(`said by ${name}`, room);
    await node.push();
  }
  const fetched: string[] = [];
  const messages = () => fetched.splice(0).filter((key) => key.includes("/logs/"));
  const options = {
    wrap: (bucket: Bucket) => watched(bucket, { onGet: (key) => fetched.push(key) }),
  };
  {
    await using gamma = await world.open("gamma", options);
    await gamma.pull();
    await gamma.pull();
    assert.equal(gamma.sync.status().held, 4);
    messages();
    // A device that decides nothing turns up.
    await using delta = await world.open("delta");
    await delta.say("hello");
    await delta.push();
    gamma.sync.wake(delta.history.parts.device.id);
    await gamma.pull();
    assert.equal(messages().length, 1, "its own file alone");
    const byHand = await openTrustByHand({ data: gamma.dir, clock: systemClock });
    const waiting = byHand.list().filter(({ standing }) => standing === "waiting");
    assert.equal(waiting.length, 2);
    const [first] = waiting;
    await byHand.trust(first?.device ?? "");
    await gamma.pull();
    const again = messages();
    assert.equal(again.length, 2, "the two files of the device that is trusted now");
    assert.ok(again.every((key) => key.includes(first?.device ?? "?")), again.join(" "));
    assert.equal(gamma.sync.status().held, 2);
  }
  await using gamma = await world.open("gamma", options);
  await gamma.pull();
  await gamma.pull();
  assert.deepEqual(messages(), [], "nothing was learnt since, also after a restart");
  assert.equal(gamma.sync.status().held, 2);
  const byHand = await openTrustByHand({ data: gamma.dir, clock: systemClock });
  for (const { device, standing } of byHand.list()) {
    if (standing === "waiting") await byHand.trust(device);
  }
  await gamma.pull();
  assert.equal(messages().length, 2);
  assert.equal(gamma.sync.status().held, 0);
  assert.equal((await gamma.texts()).length, 5);
});
