/** A bucket that two nodes share, read by a program that knows only the specification. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { openTrustByHand } from "../../../src/transports/bucket/trust/by_hand.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";
import { World } from "../../transports/bucket/sync/world.ts";
import { readStrictly } from "./python.ts";

const INTERVAL = 5_000;

/** Two nodes that have written to each other, a second device and what was said about it. */
async function share(world: World): Promise<void> {
  await using alpha = await world.open("alpha");
  await using beta = await world.open("beta");
  await using second = await world.open("alpha_2");
  for (const [index, node] of [alpha, beta, second, alpha].entries()) {
    await node.say(`message ${index}`);
    await node.say(`to one ${index}`, "direct:ann@alpha,ann@beta");
    await node.push();
  }
  await alpha.pull();
  const byHand = await openTrustByHand({ data: alpha.dir, clock: systemClock });
  await byHand.endorse(second.history.parts.device.id);
  await byHand.revoke(beta.history.parts.device.id, { last_object: 9 }, []).catch(() => undefined);
  await byHand.revoke(second.history.parts.device.id, { last_object: 9 }, []);
  await alpha.push();
}

test("synced bucket: a strict reader finds no fault", async () => {
  await using world = await World.make();
  await share(world);
  const { rooms, events, faults } = await readStrictly(world.bucketFolder, []);
  assert.deepEqual(faults, []);
  assert.deepEqual(rooms, { "lobby": 4, "direct:ann@alpha,ann@beta": 4 });
  assert.equal(events, 8);
});

test("synced bucket: who reads files alone has everything about a minute later", async () => {
  await using world = await World.make();
  // Not ahead of the reader's clock in the end.
  const clock = new ManualClock(Date.now() - 20 * 60_000);
  await using alpha = await world.open("alpha", { clock, interval: INTERVAL });
  await alpha.say("first");
  await alpha.push();
  let said = 1;
  for (let flush = 0; flush < 30; flush++) {
    await alpha.say(`message ${said++}`);
    await alpha.flush();
    clock.advance(INTERVAL);
    const { events, ahead, faults } = await readStrictly(world.bucketFolder, []);
    assert.deepEqual(faults, []);
    assert.ok(events >= said - 13, `flush ${flush}: ${events} of ${said}`);
    // A file in the place of a head brings what no head has told.
    assert.ok(events + ahead === said, `flush ${flush}: ${events} and ${ahead} of ${said}`);
  }
  for (let flush = 0; flush < 7; flush++) {
    await alpha.flush();
    clock.advance(INTERVAL);
  }
  const { events, ahead } = await readStrictly(world.bucketFolder, []);
  assert.deepEqual([events, ahead], [said, 0]);
});

/** What somebody who may write to the bucket does, and the rule that names it. */
const SPOILT: readonly (readonly [string, RegExp, (text: string) => string, string])[] = [
  [
    "an altered head",
    /^heads\/[a-z2-7]{16}\.json$/,
    (text) => text.replace('"count":', '"count":1'),
    "head: signature",
  ],
  [
    "an altered record",
    /^devices\/[a-z2-7]{16}\.json$/,
    (text) => text.replace('"node":"', '"node":"x'),
    "device: signature",
  ],
  [
    "an altered endorsement",
    /\/endorsed_/,
    (text) => text.replace('"created_at":"2', '"created_at":"1'),
    "statement: signature",
  ],
  [
    "an altered revocation",
    /\/revoked_/,
    (text) => text.replace('"last_object":9', '"last_object":0'),
    "statement: signature",
  ],
  [
    "a message file that a head tells otherwise",
    /\/messages_/,
    (text) => `${text}\n`,
    "head: size",
  ],
];

for (const [why, path, spoil, rule] of SPOILT) {
  test(`synced bucket: a strict reader refuses ${why}`, async () => {
    await using world = await World.make();
    await share(world);
    const found = names(world.bucketFolder).find((name) => path.test(name));
    assert.ok(found !== undefined);
    const file = join(world.bucketFolder, found);
    await Deno.writeTextFile(file, spoil(await Deno.readTextFile(file)));
    const { faults } = await readStrictly(world.bucketFolder, []);
    assert.ok(faults.some((fault) => fault.rule === rule), JSON.stringify(faults));
  });
}

function names(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? names(join(folder, name), `${prefix}${name}/`) : [`${prefix}${name}`]
  );
}
