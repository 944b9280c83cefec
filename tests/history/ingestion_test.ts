/** Taking in what others have signed, much of it at once. */
import assert from "node:assert/strict";
import { OwnEvents } from "../../src/history/own_lines.ts";
import { openHistory } from "../../src/history/open.ts";
import { verifyHistory } from "../../src/history/verify.ts";
import { test } from "../harness/test.ts";
import { TempFolder } from "./temp_folder.ts";

/** Signed lines of another node. */
async function linesOf(dir: string, count: number, body: string): Promise<string[]> {
  const writer = await openHistory({ dir });
  const content = { body, msgtype: "m.text" };
  for (let each = 0; each < count; each++) {
    await writer.append({ room: "lobby", sender: "ann@a", type: "m.room.message", content });
  }
  await writer.seal();
  const own = new OwnEvents(writer);
  const lines: string[] = [];
  for await (const part of own.parts("lobby", 0)) {
    const text = new TextDecoder().decode(await own.read(part));
    lines.push(...text.trimEnd().split("\n"));
  }
  await writer.close();
  return lines;
}

test("others' events that arrive in any order are no fault; one that never comes is", async () => {
  await using from = await TempFolder.make();
  await using to = await TempFolder.make();
  const lines = await linesOf(from.path, 8, "hello");
  const reader = await openHistory({ dir: to.path });
  const take = (...numbers: readonly number[]) =>
    reader.ingest({
      ...{ room: "lobby", writer: "device" },
      lines: numbers.map((number) => lines[number - 1] ?? ""),
    });
  const faults = async () => (await verifyHistory({ dir: to.path })).faults;
  await take(1, 2, 6, 7);
  await reader.seal();
  await take(8, 3);
  await reader.seal();
  assert.deepEqual((await faults()).map(({ code, state }) => `${code} ${state}`), [
    "verify/chain-gap numbers 4 to 5 of its chain are missing",
  ]);
  await take(5, 4);
  assert.deepEqual(await faults(), [], "what came last is not sealed yet");
  await reader.seal();
  assert.deepEqual(await faults(), []);
  await reader.close();
});

test("more than may wait for the disk at a time is taken in all the same", async () => {
  await using from = await TempFolder.make();
  await using to = await TempFolder.make();
  const lines = await linesOf(from.path, 200, "x".repeat(250_000));
  assert.equal(lines.length, 200);
  const reader = await openHistory({ dir: to.path });
  const foreign = { room: "lobby", writer: "device", lines };
  const { stored, known } = await reader.ingest(foreign);
  assert.deepEqual([stored.length, known], [200, 0]);
  assert.equal((await reader.ingest(foreign)).known, 200);
  await reader.close();
});
