/**
 * What every search must find, whatever finds it. Used by `tests/history/*_test.ts`.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { History, SearchQuery } from "../../src/history/contract.ts";
import { appendAll, draft, type Subject } from "./history.ts";

/** What is found, as it reads now: `room offset text`. */
export async function find(
  history: History,
  text: string,
  more: Partial<SearchQuery> = {},
): Promise<string[]> {
  const { hits } = await history.search({ text, limit: 200, ...more });
  return hits.map(({ room, offset, event, edit }) => {
    const { content } = edit?.event ?? event;
    const { body } = edit === undefined ? content : content["new_content"] as typeof content;
    return `${room} ${offset} ${body}`;
  });
}

type Case = readonly [name: string, run: (history: History) => Promise<void>];

const CASES: readonly Case[] = [
  ["a search sees everything that was acknowledged before it", async (history) => {
    for (let round = 0; round < 30; round++) {
      await appendAll(history, [`round ${round} one`, `round ${round} two`]);
      const offset = round * 2;
      assert.deepEqual(await find(history, `"round ${round}"`), [
        `lobby ${offset + 1} round ${round} two`,
        `lobby ${offset} round ${round} one`,
      ]);
    }
  }],
  ["an edit replaces the text, a redaction takes it away", async (history) => {
    const [stored] = await appendAll(history, ["a secret"]);
    const id = stored!.event.event_id;
    const edit = (body: string, sender: string) =>
      history.append(draft("", {
        type: "m.room.edit",
        sender,
        content: { replaces: id, new_content: { body, msgtype: "m.text" } },
      }));
    await edit("an apple", "alice@node");
    await edit("a worm", "mallory@node");
    assert.deepEqual(await find(history, "secret"), []);
    assert.deepEqual(await find(history, "worm"), []);
    assert.deepEqual(await find(history, "apple"), ["lobby 0 an apple"]);
    const again = await edit("a pear", "alice@node");
    assert.deepEqual(await find(history, "pear"), ["lobby 0 a pear"]);
    const redact = (redacts: string) =>
      history.append(draft("", { type: "m.room.redaction", content: { redacts } }));
    await redact(again.stored.event.event_id);
    assert.deepEqual(await find(history, "pear"), []);
    assert.deepEqual(await find(history, "apple"), ["lobby 0 an apple"], "the edit before counts");
    await redact(id);
    assert.deepEqual(await find(history, "apple"), []);
  }],
  ["filters, pages and the searcher's rights", async (history) => {
    await appendAll(history, ["fox 0", "fox 1", "fox 2"]);
    await appendAll(history, ["fox 3"], { room: "garden", sender: "bob@node" });
    assert.deepEqual(await find(history, "fox", { room: "garden" }), ["garden 0 fox 3"]);
    assert.deepEqual(await find(history, "fox", { sender: "bob@node" }), ["garden 0 fox 3"]);
    assert.deepEqual(await find(history, "fox", { rooms: ["garden"] }), ["garden 0 fox 3"]);
    assert.deepEqual(await find(history, "fox", { rooms: [] }), []);
    assert.deepEqual(await find(history, "fox", { rooms: ["lobby"], room: "garden" }), []);
    const first = await history.search({ text: "fox", limit: 3 });
    assert.deepEqual(first.hits.map(({ offset }) => offset), [0, 2, 1]);
    const rest = await history.search({ text: "fox", limit: 3, cursor: first.next! });
    assert.deepEqual(rest.hits.map(({ offset }) => offset), [0]);
    assert.equal(rest.next, undefined);
    const time = first.hits[0]!.event.timestamp_ms;
    assert.equal((await find(history, "fox", { until: time + 1 })).length, 4);
    assert.equal((await find(history, "fox", { since: time + 1 })).length, 0);
    for (const cursor of ["", "x", "a.b.c.d.e", "x.!.1.1", `${"9".repeat(50)}.1.1.1`]) {
      await assert.rejects(() => history.search({ text: "fox", limit: 1, cursor }), {
        code: "history/query",
      });
    }
    await assert.rejects(() => history.search({ text: "!", limit: 1 }), { code: "history/query" });
    await assert.rejects(() => history.search({ text: "fox", limit: 0 }), RangeError);
    await assert.rejects(() => history.search({ text: "fox", limit: 201 }), RangeError);
  }],
];

/** Registers the suite for one kind of history, which searches. */
export function testSearch(kind: string, open: () => Promise<Subject>): void {
  for (const [name, run] of CASES) {
    Deno.test({
      name: `${kind}: ${name}`,
      sanitizeOps: true,
      sanitizeResources: true,
      async fn() {
        await using subject = await open();
        await run(subject.history);
      },
    });
  }
}
