/** A process that is killed at any moment: what it acknowledged is there, in order, once. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { FileHistory } from "../../src/history/store.ts";
import { openHistory } from "../../src/history/open.ts";
import type { ChatEvent } from "../../src/message/event.ts";
import { appendAll, draft, texts } from "../conformance/history.ts";
import { eventually } from "../harness/eventually.ts";
import { ManualClock } from "../harness/manual_clock.ts";
import { checkBase, tree } from "./bucket_check.ts";
import { TempFolder } from "./temp_folder.ts";

const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

function child(script: string, args: readonly string[]): Deno.ChildProcess {
  const program = new URL(script, import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", CONFIG, program, ...args],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

interface Ack {
  readonly room: string;
  readonly offset: number;
  readonly body: string;
}

/** Runs the appending child, kills it after `count` acknowledgements and gives all it has made. */
async function killAfter(dir: string, run: string, count: number): Promise<Ack[]> {
  const process = child("./append_child.ts", [dir, run]);
  const errors = new Response(process.stderr).text();
  let text = "";
  let killed = false;
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (killed || text.split("\n").length <= count) continue;
    process.kill("SIGKILL");
    killed = true;
  }
  await process.status;
  assert.ok(killed, await errors);
  await errors;
  return text.split("\n").slice(0, -1).map((line) => {
    const [room = "", offset, body = ""] = line.split("\t");
    return { room, offset: Number(offset), body };
  });
}

async function bodies(history: FileHistory, room: string): Promise<Map<number, ChatEvent>> {
  const found = new Map<number, ChatEvent>();
  const { first, next } = history.room(room);
  for (let from = first; from < next;) {
    const events = await history.read(room, from, 1000);
    assert.ok(events.length > 0, `${room} ends at ${from}, not at ${next}`);
    for (const { offset, event } of events) found.set(offset, event);
    from = events.at(-1)!.offset + 1;
  }
  return found;
}

Deno.test("kill -9 under load, again and again", async () => {
  await using folder = await TempFolder.make();
  const acked: Ack[] = [];
  for (let round = 0; round < 10; round++) {
    const count = Math.floor(Math.random() * 1_500);
    acked.push(...await killAfter(folder.path, `run${round}`, count));
    const history = await openHistory({ dir: folder.path });
    const rooms = new Map<string, Map<number, ChatEvent>>();
    for (const { room } of history.rooms()) rooms.set(room, await bodies(history, room));
    for (const { room, offset, body } of acked) {
      assert.equal(rooms.get(room)?.get(offset)?.content.body, body, `${room} ${offset}`);
    }
    for (const events of rooms.values()) {
      const all = Array.from(events.values(), (event) => event.content.body);
      assert.equal(new Set(all).size, all.length, "nothing is there twice");
      assert.deepEqual(Array.from(events.keys()), all.map((_, index) => index), "without holes");
    }
    await history.close();
  }
  const history = await openHistory({ dir: folder.path });
  await history.seal();
  const { device } = history.parts;
  const sealed = checkBase(join(folder.path, "history"), { [device.id]: device.key.publicKey });
  const total = history.rooms().reduce((sum, { first, next }) => sum + next - first, 0);
  assert.equal(Array.from(sealed.values()).flat().length, total);
  await history.close();
});

Deno.test("sealing killed at each of its steps is done again to the same bytes", async () => {
  await using template = await TempFolder.make();
  const worker = new URL("./silent_worker.ts", import.meta.url);
  const first = await openHistory({ dir: template.path, worker });
  for (const room of ["lobby", "garden"]) await appendAll(first, TEXTS, { room });
  await first.parts.writer.rotate();
  await first.close();
  await killEverywhere(template.path);
});

Deno.test("merging killed at each of its steps is done again to the same bytes", async () => {
  await using template = await TempFolder.make();
  const clock = new ManualClock(Date.UTC(2026, 0, 2));
  const first = await openHistory({ dir: template.path, clock });
  for (const text of TEXTS) {
    await first.append(draft(text));
    await first.seal();
    clock.advance(1_000);
  }
  await first.close();
  const files = await killEverywhere(template.path);
  assert.equal(files.filter((name) => name.endsWith(".jsonl")).length, 1, "it was merged");
});

const TEXTS = ["a", "b", "c", "d", "e"];

/**
 * Opens copies of a store and seals and merges all there is, killed before each single change to the
 * file system, on the main thread and in the worker; then again without being killed.
 *
 * @returns the names of all files of the bucket in the end
 */
async function killEverywhere(template: string): Promise<string[]> {
  const expected = await finishedTree(await TempFolder.copyOf(template));
  let steps = 0;
  for (const thread of ["main", "worker"]) {
    for (let step = 1;; step++) {
      await using folder = await TempFolder.copyOf(template);
      const process = child("./crash_child.ts", [folder.path, thread, `${step}`]);
      const errors = new Response(process.stderr).text();
      const output = new Response(process.stdout).text();
      const { signal } = await process.status;
      const printed = `${await errors}${await output}`;
      assert.ok(signal === "SIGKILL" || printed.includes("finished"), printed);
      const copy = await TempFolder.copyOf(folder.path);
      assert.deepEqual(await finishedTree(copy), expected, `${thread} killed at step ${step}`);
      if (signal !== "SIGKILL") break;
      steps++;
    }
  }
  assert.ok(steps > 12, `${steps} steps were tried`);
  return Array.from(expected.keys());
}

/** Seals and merges what is in a folder, and gives every file of the bucket. The folder is removed. */
async function finishedTree(folder: TempFolder): Promise<Map<string, string>> {
  await using used = folder;
  const history = await openHistory({ dir: used.path });
  await history.seal();
  await eventually("the sealer rests", () => !history.parts.sealer.busy);
  const events = await history.read("lobby", 0, 100);
  assert.deepEqual(texts(events), TEXTS);
  assert.deepEqual(events.map(({ offset }) => offset), [0, 1, 2, 3, 4]);
  await history.close();
  return tree(join(used.path, "history/rooms"));
}
