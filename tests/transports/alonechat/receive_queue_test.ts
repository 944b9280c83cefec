import assert from "node:assert/strict";
import fc from "fast-check";
import type { Identity } from "../../../src/accounts/contract.ts";
import { serverMessage } from "../../../src/transports/alonechat/message.ts";
import {
  type Entry,
  type Item,
  RECEIVE_LIMITS,
  ReceiveQueue,
} from "../../../src/transports/alonechat/receive_queue.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";

const ALICE: Identity = { address: "alice@node", name: "alice", role: "user" };
const STAYS = new AbortController().signal;

function item(offset: number, room = "lobby"): Item {
  return { message: serverMessage(`${room} ${offset}`), place: { room, offset } };
}

function queue(limits: Partial<typeof RECEIVE_LIMITS> = {}, clock = new ManualClock()) {
  return new ReceiveQueue({ ...RECEIVE_LIMITS, ...limits }, clock);
}

async function take(from: ReceiveQueue): Promise<Entry> {
  const polled = await from.poll(ALICE, STAYS);
  assert.equal(polled.kind, "message");
  return (polled as { entry: Entry }).entry;
}

const textOf = ({ item: { message } }: Entry) => message.content;

test("messages come in order, to polls in order", async () => {
  const waiting = queue();
  const polls = [take(waiting), take(waiting)];
  for (let offset = 0; offset < 3; offset++) waiting.push(item(offset));
  assert.deepEqual((await Promise.all(polls)).map(textOf), ["lobby 0", "lobby 1"]);
  assert.equal(textOf(await take(waiting)), "lobby 2");
});

test("a message that comes back is the next one, before those that came later", async () => {
  const waiting = queue();
  for (let offset = 0; offset < 4; offset++) waiting.push(item(offset));
  const [first, second, third] = [await take(waiting), await take(waiting), await take(waiting)];
  waiting.returned(second);
  waiting.returned(first);
  waiting.delivered(third);
  const rest = [await take(waiting), await take(waiting), await take(waiting)];
  assert.deepEqual(rest.map(textOf), ["lobby 0", "lobby 1", "lobby 3"]);
});

test("a message that comes back goes straight to a poll that waits", async () => {
  const waiting = queue();
  waiting.push(item(0));
  const entry = await take(waiting);
  const poll = take(waiting);
  waiting.returned(entry);
  assert.equal(textOf(await poll), "lobby 0");
});

test("the oldest give way, also to one that comes back", async () => {
  const waiting = queue({ messages: 2 });
  for (let offset = 0; offset < 3; offset++) waiting.push(item(offset));
  const entry = await take(waiting);
  assert.equal(textOf(entry), "lobby 1");
  waiting.push(item(3));
  waiting.returned(entry);
  assert.deepEqual([textOf(await take(waiting)), textOf(await take(waiting))], [
    "lobby 2",
    "lobby 3",
  ]);
});

test("a poll ends after its time, and is not served afterwards", async () => {
  const clock = new ManualClock();
  const waiting = queue({}, clock);
  const poll = waiting.poll(ALICE, STAYS);
  clock.advance(RECEIVE_LIMITS.pollMs);
  assert.deepEqual(await poll, { kind: "nothing" });
  assert.equal(waiting.polls, 0);
  waiting.push(item(0));
  assert.equal(textOf(await take(waiting)), "lobby 0");
  assert.equal(clock.pending, 0);
});

test("a poll whose client is gone takes nothing, whether it left before or while it waited", async () => {
  const waiting = queue();
  const gone = new AbortController();
  const poll = waiting.poll(ALICE, gone.signal);
  gone.abort();
  assert.deepEqual(await poll, { kind: "nothing" });
  waiting.push(item(0));
  assert.deepEqual(await waiting.poll(ALICE, gone.signal), { kind: "nothing" });
  assert.equal(textOf(await take(waiting)), "lobby 0");
});

test("more polls than may wait: the one that waited longest is answered early", async () => {
  const waiting = queue({ polls: 2 });
  const polls = [1, 2, 3].map(() => waiting.poll(ALICE, STAYS));
  assert.deepEqual(await polls[0], { kind: "nothing" });
  assert.equal(waiting.polls, 2);
  waiting.end("nothing");
  await Promise.all(polls);
});

test("polls of a revoked token end, the others go on", async () => {
  const waiting = queue();
  const revoked = waiting.poll({ ...ALICE, token: "old" }, STAYS);
  const good = waiting.poll({ ...ALICE, token: "new" }, STAYS);
  assert.equal(waiting.end("revoked", ({ token }) => token === "old"), 1);
  assert.deepEqual(await revoked, { kind: "revoked" });
  waiting.push(item(0));
  assert.equal((await good).kind, "message");
});

test("cursors stand before everything that is not delivered, whatever came back or gave way", () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ do: fc.constant("push" as const), room: fc.constantFrom("lobby", "other") }),
      fc.record({ do: fc.constantFrom("take", "deliver", "return") }),
    ),
    { maxLength: 60 },
  );
  return fc.assert(fc.asyncProperty(steps, async (script) => {
    const waiting = queue({ messages: 5 });
    const next = new Map<string, number>();
    const missing = new Set<string>();
    const out: Entry[] = [];
    const key = ({ item: { place } }: Entry) => `${place?.room} ${place?.offset}`;
    for (const step of script) {
      if (step.do === "push" && "room" in step) {
        const offset = next.get(step.room) ?? 0;
        next.set(step.room, offset + 1);
        waiting.push(item(offset, step.room));
        missing.add(`${step.room} ${offset}`);
      } else if (step.do === "take") {
        const gone = new AbortController();
        const polled = waiting.poll(ALICE, gone.signal);
        gone.abort();
        const result = await polled;
        if (result.kind === "message") out.push(result.entry);
      } else {
        const entry = out.shift();
        if (entry === undefined) continue;
        if (step.do === "return") waiting.returned(entry);
        else {
          waiting.delivered(entry);
          missing.delete(key(entry));
        }
      }
      const cursors = waiting.cursors();
      for (const entry of out) {
        const { place } = entry.item;
        assert.ok(place !== undefined && (cursors.get(place.room) ?? 0) <= place.offset);
      }
    }
    // What the queue still gives out is behind the cursors, and in order.
    const cursors = waiting.cursors();
    let last = -1;
    for (;;) {
      const gone = new AbortController();
      const polled = waiting.poll(ALICE, gone.signal);
      gone.abort();
      const result = await polled;
      if (result.kind !== "message") break;
      const { serial, item: { place } } = result.entry;
      assert.ok(serial > last);
      last = serial;
      assert.ok(place !== undefined && (cursors.get(place.room) ?? 0) <= place.offset);
      assert.ok(missing.has(key(result.entry)), "nothing is given out after it was delivered");
    }
  }));
});
