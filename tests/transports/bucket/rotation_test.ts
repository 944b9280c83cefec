import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { systemRandom } from "../../../src/history/random.ts";
import { openHistory } from "../../../src/history/open.ts";
import { verifyHistory } from "../../../src/history/verify.ts";
import { createLayout } from "../../../src/history/layout.ts";
import { readDevice } from "../../../src/history/keys.ts";
import { encodeDeviceRecord } from "../../../src/message/device.ts";
import { getLogger } from "../../../src/log.ts";
import { openTrustByHand } from "../../../src/transports/bucket/trust/by_hand.ts";
import { recordKey } from "../../../src/transports/bucket/trust/statement.ts";
import { rotateDevice } from "../../../src/transports/bucket/trust/rotation.ts";
import { openTrust } from "../../../src/transports/bucket/trust/trust.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";
import { tree } from "../../history/bucket_check.ts";
import { objectOf } from "./author.ts";
import { codesOf, Reader } from "./reader.ts";

const rotation = (data: string) => ({ data, clock: systemClock, random: systemRandom });

/** Says something and seals it; the device that did. */
async function say(data: string, bodies: readonly string[]): Promise<string> {
  const history = await openHistory({ dir: data, node: () => Promise.resolve("alpha") });
  for (const body of bodies) {
    const content = { body, msgtype: "m.text" };
    const draft = {
      room: "lobby",
      sender: "alice@alpha",
      type: "m.room.message",
      content,
    } as const;
    await history.append(draft);
  }
  await history.seal();
  const { id } = history.parts.device;
  await history.close();
  return id;
}

async function publish(data: string, reader: Reader): Promise<string[]> {
  const layout = createLayout(data);
  const device = await readDevice(layout);
  const trust = await openTrust({
    data,
    device: device!,
    clock: systemClock,
    logger: getLogger(["test"]),
  });
  const outcomes: string[] = [];
  for (const { key, bytes } of trust.publications()) {
    outcomes.push((await reader.trust.learn(key, bytes)).outcome);
  }
  return outcomes;
}

test("rotation: the next device begins chains of its own and is believed", () =>
  withDataFolder((folder) => rotateAndRead(folder)));

async function rotateAndRead(folder: string): Promise<void> {
  const [data, elsewhere] = [join(folder, "alpha"), join(folder, "reader")];
  const reader = await Reader.open(elsewhere);
  reader.clock.step(Date.now() - reader.clock.now());
  const before = await say(data, ["one", "two"]);
  assert.deepEqual(await publish(data, reader), ["new"]);
  assert.deepEqual((await rotateDevice(rotation(data))).from, before);
  const after = await say(data, ["three", "four"]);
  assert.notEqual(before, after);
  assert.deepEqual(await publish(data, reader), ["new", "new", "new"]);
  const standings = new Map(reader.trust.list().map(({ device, standing }) => [device, standing]));
  assert.equal(standings.get(before), "pinned");
  assert.equal(standings.get(after), "endorsed");
  const bodies: unknown[] = [];
  for (const [name, text] of tree(join(data, "history", "rooms"), "rooms/")) {
    if (!name.endsWith(".jsonl")) continue;
    const verified = await reader.pull(objectOf(name, text));
    assert.deepEqual(codesOf(verified), []);
    bodies.push(...verified.accepted.map(({ event }) => event.content.body));
  }
  assert.deepEqual(bodies, ["one", "two", "three", "four"]);
  assert.deepEqual(reader.verification.missing(), []);
  const { faults, verified } = await verifyHistory({ dir: data });
  assert.deepEqual(faults, []);
  assert.equal(verified, 4);
}

test("rotation: who sees the new device first believes the old one, too", () =>
  withDataFolder(async (folder) => {
    const data = join(folder, "alpha");
    const before = await say(data, ["one"]);
    const old = await readDevice(createLayout(data));
    await rotateDevice(rotation(data));
    await say(data, ["two"]);
    const reader = await Reader.open(join(folder, "reader"));
    await publish(data, reader);
    const bytes = new TextEncoder().encode(encodeDeviceRecord(old!.record));
    await reader.trust.learn(recordKey(before), bytes);
    await publish(data, reader);
    const standing = reader.trust.list().find(({ device }) => device === before)?.standing;
    assert.equal(standing, "endorsed");
  }));

test("rotation: interrupted before the change it goes on with the same device", () =>
  withDataFolder(async (folder) => {
    const data = join(folder, "alpha");
    const before = await say(data, ["one"]);
    const { to } = await rotateDevice(rotation(data));
    // As if it had been killed before the last step: the old key is back, the next one still there.
    const keys = join(data, "keys");
    const second = join(folder, "beta");
    await say(second, ["one"]);
    await Deno.rename(join(keys, "device.pem"), join(keys, "next.pem"));
    await Deno.copyFile(join(second, "keys", "device.pem"), join(keys, "device.pem"));
    await say(data, []);
    const again = await rotateDevice(rotation(data));
    assert.notEqual(again.from, before);
    assert.equal(again.to, to);
    const byHand = await openTrustByHand({ data, clock: systemClock });
    assert.deepEqual(byHand.endorsedBy(again.from), [to]);
  }));

test("rotation: the private key of the old device is gone", () =>
  withDataFolder(async (data) => {
    await say(data, ["one"]);
    const old = await Deno.readTextFile(join(data, "keys", "device.pem"));
    await rotateDevice(rotation(data));
    const secret = old.split("\n")[2]!;
    for (const [name, text] of tree(data)) assert.ok(!text.includes(secret), name);
  }));

test("rotation: a folder without a device has none to change", () =>
  withDataFolder(async (data) => {
    await assert.rejects(rotateDevice(rotation(data)), { code: "trust/unknown" });
  }));

test("revocation: after a theft the old device counts up to where it was known", () =>
  withDataFolder(async (folder) => {
    const [data, elsewhere] = [join(folder, "alpha"), join(folder, "reader")];
    const reader = await Reader.open(elsewhere);
    reader.clock.step(Date.now() - reader.clock.now());
    const before = await say(data, ["one", "two"]);
    await publish(data, reader);
    const { to } = await rotateDevice(rotation(data));
    await say(data, ["three"]);
    await publish(data, reader);
    const byHand = await openTrustByHand({ data, clock: systemClock });
    await byHand.revoke(
      before,
      { chains: [["lobby", "alice@alpha", 1]] },
      byHand.endorsedBy(before),
    );
    assert.deepEqual(await publish(data, reader), ["known", "known", "known", "new"]);
    const found: string[] = [];
    for (const [name, text] of tree(join(data, "history", "rooms"), "rooms/")) {
      if (name.endsWith(".jsonl")) found.push(...codesOf(await reader.pull(objectOf(name, text))));
    }
    assert.deepEqual(found, ["signer/revoked"]);
    const standings = new Map(reader.trust.list().map((each) => [each.device, each.standing]));
    assert.equal(standings.get(to), "endorsed");
    assert.equal(standings.get(before), "revoked");
    await assert.rejects(byHand.revoke(reader.trust.device, { last_object: 0 }, []), {
      code: "trust/unknown",
    });
  }));
