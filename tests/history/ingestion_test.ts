/** Taking in what others have signed, much of it at once. */
import assert from "node:assert/strict";
import { OwnEvents } from "../../src/history/own_lines.ts";
import { openHistory } from "../../src/history/open.ts";
import { test } from "../harness/test.ts";
import { TempFolder } from "./temp_folder.ts";

test("more than may wait for the disk at a time is taken in all the same", async () => {
  await using from = await TempFolder.make();
  await using to = await TempFolder.make();
  const writer = await openHistory({ dir: from.path });
  const body = "x".repeat(250_000);
  const content = { body, msgtype: "m.text" };
  for (let each = 0; each < 200; each++) {
    await writer.append({ room: "lobby", sender: "ann@a", type: "m.room.message", content });
  }
  await writer.seal();
  const own = new OwnEvents(writer);
  const lines: string[] = [];
  for await (const part of own.parts("lobby", 0)) {
    const text = new TextDecoder().decode(await own.read(part));
    lines.push(...text.trimEnd().split("\n"));
  }
  assert.equal(lines.length, 200);
  const reader = await openHistory({ dir: to.path });
  const foreign = { room: "lobby", writer: "device", lines };
  const { stored, known } = await reader.ingest(foreign);
  assert.deepEqual([stored.length, known], [200, 0]);
  assert.equal((await reader.ingest(foreign)).known, 200);
  await reader.close();
  await writer.close();
});
