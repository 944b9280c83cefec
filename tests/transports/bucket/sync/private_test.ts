/** What is said between people stays off a bucket that others read, names and addresses included. */
import assert from "node:assert/strict";
import { systemClock } from "../../../../src/clock.ts";
import { directRoom, xmppRoom } from "../../../../src/message/address.ts";
import { openTrustByHand } from "../../../../src/transports/bucket/trust/by_hand.ts";
import { knownChainEnds } from "../../../../src/transports/bucket/trust/chain_ends.ts";
import { test } from "../../../harness/test.ts";
import { type SyncNode, World } from "./world.ts";

const PRIVATE = [
  { room: directRoom("ann@alpha", "secret@alpha"), why: "of two people" },
  { room: xmppRoom("ann@alpha", "secret@example.org"), why: "of an XMPP account and a person" },
  { room: xmppRoom("ann@alpha", "secret@rooms.example.org/Nick"), why: "of one in an XMPP room" },
];

const KEEP = { direct: "keep" } as const;

/** Everything that a bucket's folder holds, names included. */
async function everything(folder: string): Promise<string> {
  const parts: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const inside = isDirectory ? await everything(path) : await Deno.readTextFile(path);
    parts.push(decodeURIComponent(name.replaceAll(/%(?![0-9A-Fa-f]{2})/g, "%25")), inside);
  }
  return parts.join("\n");
}

async function sayAll(node: SyncNode): Promise<void> {
  await node.say("for all");
  for (const { room } of PRIVATE) await node.say(`words ${room}`, room, "ann@alpha");
}

test("private conversations are neither stored nor taken in, and no statement names them", async () => {
  await using world = await World.make();
  await using alpha = await world.open("alpha", { direct: "keep" });
  await sayAll(alpha);
  await alpha.push();
  const { id } = alpha.history.parts.device;
  assert.deepEqual(await knownChainEnds(alpha.dir, id, KEEP), [["lobby", "ann@alpha", 1]]);
  const trust = await openTrustByHand({ data: alpha.dir, clock: systemClock });
  await trust.revoke(id, { chains: await knownChainEnds(alpha.dir, id, KEEP) }, []);
  await alpha.push();
  const held = await everything(world.bucketFolder);
  assert.match(held, /for all/);
  assert.match(held, /"chains":/);
  assert.doesNotMatch(held, /secret|xmpp:|direct:/);
});

for (const { room, why } of PRIVATE) {
  test(`a conversation ${why} is shared only by those who both say so`, async () => {
    await using world = await World.make();
    await using alpha = await world.open("alpha", { direct: "share" });
    await sayAll(alpha);
    await alpha.push();
    const known = await knownChainEnds(alpha.dir, alpha.history.parts.device.id, KEEP);
    assert.ok(known.some(([each]) => each === room), "a revocation leaves it standing");
    await using beta = await world.open("beta", { direct: "keep" });
    await beta.pull();
    assert.deepEqual(await beta.texts(), ["for all"]);
    assert.equal(beta.history.room(room).next, 0);
    await using gamma = await world.open("gamma");
    await gamma.pull();
    assert.deepEqual(await gamma.texts(room), [`words ${room}`]);
    await using delta = await world.open("delta", { direct: "keep", rooms: [room] });
    await delta.pull();
    assert.deepEqual(await delta.texts(room), [`words ${room}`], "named by hand");
    assert.equal(delta.history.room("lobby").next, 0);
  });
}

const ONLY = { rooms: ["lobby"], direct: "keep" } as const;

test("rooms that are open to all and not shared are named nowhere in the bucket", async () => {
  await using world = await World.make();
  await using alpha = await world.open("alpha", ONLY);
  await alpha.say("for all");
  await alpha.say("among us", "secret plans");
  await alpha.push();
  await alpha.pull();
  await alpha.history.seal();
  const { id } = alpha.history.parts.device;
  const trust = await openTrustByHand({ data: alpha.dir, clock: systemClock });
  // Whoever revokes may not have the settings of the server.
  const chains = await knownChainEnds(alpha.dir, id, KEEP);
  assert.deepEqual(chains, [["lobby", "ann@alpha", 1]]);
  await trust.revoke(id, { chains }, []);
  await alpha.push();
  const held = await everything(world.bucketFolder);
  assert.match(held, /"chains":/);
  assert.doesNotMatch(held, /secret/);
});

for (
  const { scope, before, rooms, why } of [
    { scope: KEEP, before: [], rooms: ["lobby", "plans"], why: "before the first sync" },
    { scope: ONLY, before: [], rooms: ["lobby"], why: "before the first sync, by the settings" },
    { scope: ONLY, before: [KEEP], rooms: ["lobby", "plans"], why: "what a bucket has stays" },
    { scope: KEEP, before: [KEEP, ONLY], rooms: ["lobby", "plans"], why: "also later" },
  ] as const
) {
  test(`rooms that a revocation names: ${why}`, async () => {
    await using world = await World.make();
    const scopes = before.length === 0 ? [undefined] : before;
    for (const shared of scopes) {
      await using alpha = await world.open("alpha", shared ?? KEEP);
      if (alpha.history.room("plans").next === 0) {
        await alpha.say("one");
        await alpha.say("two", "plans");
      }
      await alpha.history.seal();
      if (shared !== undefined) await alpha.push();
    }
    if (before.length === 0) await Deno.remove(`${world.path}/alpha/sync`, { recursive: true });
    const { device = "" } = (await openTrustByHand({
      data: `${world.path}/alpha`,
      clock: systemClock,
    })).list()[0] ?? {};
    const ends = await knownChainEnds(`${world.path}/alpha`, device, scope);
    assert.deepEqual(ends.map(([room]) => room).sort(), rooms);
  });
}
