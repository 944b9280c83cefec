import assert from "node:assert/strict";
import { join } from "node:path";
import { openDevice, readDevice, readPublicKeys } from "../../src/history/keys.ts";
import { createLayout } from "../../src/history/layout.ts";
import { systemRandom } from "../../src/history/random.ts";
import { parseDeviceRecord } from "../../src/message/device.ts";
import { TempFolder } from "./temp_folder.ts";

Deno.test("a device is made once: its key for nobody else, its record for everybody", async () => {
  await using folder = await TempFolder.make();
  const layout = createLayout(folder.path);
  assert.equal(await readDevice(layout), undefined);
  const origin = { random: systemRandom, node: "node-abc123", now: Date.UTC(2026, 0, 2) };
  const device = await openDevice(layout, origin);
  const again = await openDevice(layout, { ...origin, node: "other", now: 1 });
  assert.deepEqual(again.record, device.record);
  assert.equal(again.key.publicKey, device.key.publicKey);
  assert.deepEqual((await readDevice(layout))?.record, device.record);

  const recordPath = join(folder.path, "keys", `${device.id}.json`);
  const record = parseDeviceRecord(await Deno.readTextFile(recordPath));
  assert.equal(record.node, "node-abc123");
  assert.equal(record.created_at, "2026-01-02T00:00:00.000Z");
  assert.deepEqual(await readPublicKeys(layout), new Map([[device.id, device.key.publicKey]]));
  const mode = async (path: string) => (await Deno.stat(path)).mode! & 0o777;
  assert.equal(await mode(join(folder.path, "keys/device.pem")), 0o600);
  assert.equal(await mode(join(folder.path, "keys")), 0o700);
  assert.equal(await mode(recordPath), 0o644);
});
