/** A process that is killed while it indexes: it goes on without skipping or doubling anything. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { JournalEnd } from "../../src/history/index_follow.ts";
import { parseQuery } from "../../src/history/search_query.ts";
import { test } from "../harness/test.ts";
import { HandJournal, scan } from "./index_fixture.ts";
import { TempFolder } from "./temp_folder.ts";

const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

function event(index: number) {
  const room = index % 3 === 0 ? "garden" : "lobby";
  return {
    event_id: `${room}::t::${index}`,
    room_id: room,
    timestamp_ms: 1_000 + index,
    sender_id: "alice@n",
    type: "m.room.message",
    parent_event_id: null,
    prev_event_hash: null,
    signature: null,
    content: { body: `fox ${index} ${"word ".repeat(index % 7)}`, msgtype: "m.text" },
  };
}

/** Runs the child and kills it after `lines` lines; true when it came to its end before. */
async function run(settings: string, ends: string, lines: number): Promise<boolean> {
  const program = new URL("./index_child.ts", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", CONFIG, program, settings, ends],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(process.stderr).text();
  let text = "";
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.split("\n").length > lines) {
      try {
        process.kill("SIGKILL");
      } catch {
        // It was faster.
      }
    }
  }
  const { code, signal } = await process.status;
  assert.ok(code === 0 || signal === "SIGKILL", await errors);
  await errors;
  return text.endsWith("done\n");
}

test("indexing that is killed again and again ends as if it never was", async () => {
  await using folder = await TempFolder.make();
  const journal = await HandJournal.make(folder.path);
  const ends: JournalEnd[] = [];
  for (let index = 0; index < 600; index++) {
    journal.write(event(index));
    ends.push(journal.end);
    if (index % 97 === 96) journal.rotate();
  }
  const path = join(folder.path, "ends.json");
  await Deno.writeTextFile(path, JSON.stringify(ends));
  let kills = 0;
  while (!await run(JSON.stringify(journal.settings), path, Math.floor(Math.random() * 300))) {
    kills++;
  }
  assert.ok(kills > 0, "it was killed");
  const service = journal.open();
  await journal.catchUp(service);
  const filters = { rooms: undefined, sender: undefined, since: undefined, until: undefined };
  for (const query of ["fox", "word", '"fox 3*"', "fox 599"]) {
    const phrases = parseQuery(query);
    const { found } = service.search({ phrases, ...filters, limit: 1_000, cursor: undefined });
    const expected = scan(journal.events, query);
    assert.deepEqual(found.map(({ room, offset, edit }) => [room, offset, edit]), expected);
  }
  assert.equal(service.counts().documents, 600);
  service.close();
});
