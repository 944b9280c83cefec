/** What is said of a history by those who look at it beside the node that has it. */
import assert from "node:assert/strict";
import { keepDeviceRecords } from "../../../../src/history/import.ts";
import { openReader } from "../../../../src/history/reader.ts";
import { statOf } from "../../../../src/history/stat.ts";
import { verifyHistory } from "../../../../src/history/verify.ts";
import { test } from "../../../harness/test.ts";
import { World } from "./world.ts";

test("what others have signed is not called unsigned while it lies in the journal", async () => {
  await using world = await World.make();
  await using alpha = await world.open("alpha");
  for (const text of ["one", "two"]) await alpha.say(text);
  await alpha.push();
  await using beta = await world.open("beta");
  await beta.say("three");
  await beta.pull();
  const reader = await openReader({ dir: beta.dir });
  const stat = statOf(reader);
  reader.close();
  assert.deepEqual([stat.events, stat.unsealed], [3, 1]);
  assert.deepEqual(stat.rooms.map(({ events, unsealed }) => [events, unsealed]), [[3, 1]]);
  const { events, verified, unsealed, unknownSigner, faults } = await verifyHistory({
    dir: beta.dir,
  });
  assert.deepEqual([events, verified, unsealed, unknownSigner], [3, 2, 1, 0]);
  assert.deepEqual(faults, []);
});

test("a signature that does not fit is named while the line lies in the journal", async () => {
  await using world = await World.make();
  await using alpha = await world.open("alpha");
  for (const text of ["one", "two"]) await alpha.say(text);
  await alpha.push();
  const [, line = ""] = [...(await alpha.lines()).values()];
  await using gamma = await world.open("gamma");
  // Its record is known here, and nothing of what it said.
  await keepDeviceRecords(gamma.history.parts.layout, [alpha.history.parts.device.record]);
  const forged = line.replace('"two"', '"2wo"');
  const writer = alpha.history.parts.device.id;
  await gamma.history.ingest({ room: "lobby", writer, lines: [forged] });
  const { faults, verified } = await verifyHistory({ dir: gamma.dir });
  assert.equal(verified, 0);
  assert.deepEqual(faults.map(({ code, line }) => [code, line]), [["verify/signature", 1]]);
});
