/**
 * What every history must do, whatever it is made of. Used by `tests/history/*_test.ts`.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Committed, Draft, History, StoredEvent } from "../../src/history/contract.ts";
import { decodeEvent } from "../../src/message/line.ts";

/** An opened history under test, and how to end it. */
export interface Subject extends AsyncDisposable {
  readonly history: History;
}

/** A draft of a plain text. */
export function draft(text: string, more: Partial<Draft> = {}): Draft {
  return {
    room: "lobby",
    sender: "alice@node",
    type: "m.room.message",
    content: { body: text, msgtype: "m.text" },
    ...more,
  };
}

/** The texts of some events. */
export function texts(events: readonly StoredEvent[]): (string | undefined)[] {
  return events.map(({ event }) => event.content.body);
}

/** Appends plain texts one after the other. */
export async function appendAll(
  history: History,
  bodies: readonly string[],
  more: Partial<Draft> = {},
): Promise<StoredEvent[]> {
  const appended = await Promise.all(bodies.map((body) => history.append(draft(body, more))));
  return appended.map(({ stored }) => stored);
}

const TEXT = { body: "x", msgtype: "m.text" };

type Case = readonly [name: string, run: (history: History) => Promise<void>];

const CASES: readonly Case[] = [
  ["gives an event its id, time, place and chain", async (history) => {
    const before = Date.now();
    const { stored, duplicate } = await history.append(
      draft("hello", { key: "k1", via: "websocket", parent: "lobby::2026::x" }),
    );
    assert.equal(duplicate, false);
    assert.equal(stored.room, "lobby");
    assert.equal(stored.offset, 0);
    assert.ok(stored.event.timestamp_ms >= before && stored.event.timestamp_ms <= Date.now());
    assert.match(stored.event.event_id, /^lobby::\d{4}-\d\d-\d\dT[\d:.]+Z::[0-9a-f-]{36}$/);
    assert.equal(stored.event.parent_event_id, "lobby::2026::x");
    assert.equal(stored.event.content.body, "hello");
    assert.equal(stored.event.content.chatnode?.seq, 1);
    assert.equal(stored.event.content.chatnode?.key, "k1");
    assert.equal(stored.event.content.chatnode?.via, "websocket");
    assert.deepEqual(decodeEvent(stored.json)?.event, stored.event);
  }],
  ["numbers each room from 0 and each sender in a room from 1", async (history) => {
    await appendAll(history, ["a", "b"]);
    await appendAll(history, ["c"], { sender: "bob@node" });
    const [other] = await appendAll(history, ["d"], { room: "garden" });
    assert.equal(other?.offset, 0);
    const events = await history.read("lobby", 0, 10);
    assert.deepEqual(events.map(({ offset }) => offset), [0, 1, 2]);
    assert.deepEqual(events.map(({ event }) => event.content.chatnode?.seq), [1, 2, 1]);
  }],
  ["keeps the order of the calls", async (history) => {
    const bodies = Array.from({ length: 300 }, (_, index) => `text ${index}`);
    await appendAll(history, bodies);
    assert.deepEqual(texts(await history.read("lobby", 0, 1000)), bodies);
    const times = (await history.read("lobby", 0, 1000)).map(({ event }) => event.timestamp_ms);
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
  }],
  ["tells rooms", async (history) => {
    assert.deepEqual(history.rooms(), []);
    assert.deepEqual(history.room("x"), { room: "x", first: 0, next: 0, lastTimestamp: undefined });
    const [stored] = await appendAll(history, ["a"]);
    const lobby = {
      room: "lobby",
      first: 0,
      next: 1,
      lastTimestamp: stored?.event.timestamp_ms,
    };
    assert.deepEqual(history.room("lobby"), lobby);
    assert.deepEqual(history.rooms(), [lobby]);
  }],
  ["reads from an offset, as many as asked", async (history) => {
    await appendAll(history, ["a", "b", "c", "d"]);
    assert.deepEqual(texts(await history.read("lobby", 1, 2)), ["b", "c"]);
    assert.deepEqual(texts(await history.read("lobby", 3, 1000)), ["d"]);
    assert.deepEqual(await history.read("lobby", 4, 1), []);
    assert.deepEqual(await history.read("nowhere", 0, 1), []);
    for (const limit of [0, 1001, 1.5, Number.NaN]) {
      await assert.rejects(() => history.read("lobby", 0, limit), RangeError);
    }
  }],
  ["announces a commit before its appends resolve, with the origin", async (history) => {
    const heard: string[] = [];
    const origin = {};
    const stop = history.onCommit((commit: readonly Committed[]) => {
      for (const { stored, origin: from } of commit) {
        heard.push(`commit ${stored.offset} ${from === origin}`);
        assert.equal(history.room("lobby").next, commit.at(-1)!.stored.offset + 1);
      }
    });
    await Promise.all([
      history.append(draft("a", { origin })).then(() => heard.push("ack 0")),
      history.append(draft("b")).then(() => heard.push("ack 1")),
    ]);
    stop();
    await history.append(draft("c"));
    assert.deepEqual(heard.filter((line) => line.startsWith("commit")), [
      "commit 0 true",
      "commit 1 false",
    ]);
    assert.ok(heard.indexOf("commit 0 true") < heard.indexOf("ack 0"));
    assert.ok(heard.indexOf("commit 1 false") < heard.indexOf("ack 1"));
  }],
  ["does not store a key twice", async (history) => {
    const first = await history.append(draft("a", { key: "k" }));
    const again = await history.append(draft("another text", { key: "k" }));
    assert.equal(again.duplicate, true);
    assert.deepEqual(again.stored.event, first.stored.event);
    assert.equal(history.room("lobby").next, 1);
    const others = await Promise.all([
      history.append(draft("b", { key: "k", sender: "bob@node" })),
      history.append(draft("c", { key: "k", room: "garden" })),
      history.append(draft("d", { key: "K" })),
    ]);
    assert.deepEqual(others.map(({ duplicate }) => duplicate), [false, false, false]);
  }],
  ["joins a key that is on its way", async (history) => {
    const [one, two] = await Promise.all([
      history.append(draft("a", { key: "k" })),
      history.append(draft("a", { key: "k" })),
    ]);
    assert.deepEqual([one?.duplicate, two?.duplicate], [false, true]);
    assert.equal(one?.stored.event.event_id, two?.stored.event.event_id);
    assert.equal(history.room("lobby").next, 1);
  }],
  ["refuses what cannot be stored, and nothing is left of it", async (history) => {
    const nested = (depth: number): Draft["content"] =>
      JSON.parse('{"a":'.repeat(depth) + "1" + "}".repeat(depth));
    const rows: readonly (readonly [string, Draft, string])[] = [
      ["a text over its bound", draft("x".repeat(256 * 1024 + 1)), "history/too-large"],
      [
        "an event over the line's bound",
        draft("x", { content: { ...TEXT, x: Array(60).fill("x".repeat(50_000)) } }),
        "history/too-large",
      ],
      ["deep nesting", draft("x", { content: { ...TEXT, x: nested(40) } }), "history/invalid"],
      ["what no type allows", draft("x", { content: { body: 1 } as never }), "history/invalid"],
      ["an empty key", draft("x", { key: "" }), "history/invalid"],
      ["a long key", draft("x", { key: "k".repeat(65) }), "history/invalid"],
      ["a room that is no name", draft("x", { room: "a::b" }), "history/invalid"],
      ["a sender that is no name", draft("x", { sender: "" }), "history/invalid"],
      ["a reference to no event", draft("x", { parent: "nothing" }), "history/invalid"],
      ["a door that is no name", draft("x", { via: "No Door" }), "history/invalid"],
    ];
    for (const [why, bad, code] of rows) {
      await assert.rejects(() => history.append(bad), { code }, why);
    }
    assert.deepEqual(history.rooms(), []);
    const { stored } = await history.append(draft("good"));
    assert.equal(stored.offset, 0);
    assert.equal(stored.event.content.chatnode?.seq, 1);
  }],
  ["pages through the timeline", async (history) => {
    const stored = await appendAll(history, Array.from("abcdefg"));
    const position = (index: number) => {
      const { timestamp_ms, event_id } = stored[index]!.event;
      return { timestamp: timestamp_ms, id: event_id };
    };
    const rows: readonly (readonly [Parameters<History["page"]>[1], string, boolean, boolean])[] = [
      [{ limit: 3 }, "efg", true, false],
      [{ limit: 10 }, "abcdefg", false, false],
      [{ limit: 7 }, "abcdefg", false, false],
      [{ limit: 2, before: position(3) }, "bc", true, true],
      [{ limit: 3, before: position(3) }, "abc", false, true],
      [{ limit: 3, before: position(0) }, "", false, true],
      [{ limit: 2, after: position(3) }, "ef", true, true],
      [{ limit: 9, after: position(3) }, "efg", true, false],
      [{ limit: 9, after: position(6) }, "", true, false],
      [{ limit: 3, around: position(3) }, "cde", true, true],
      [{ limit: 4, around: position(0) }, "abcd", false, true],
      [{ limit: 4, around: position(6) }, "defg", true, false],
      [{ limit: 9, after: { timestamp: 0, id: "" } }, "abcdefg", false, false],
      [{ limit: 1, around: { timestamp: 1e15, id: "" } }, "g", true, false],
    ];
    // Events of one millisecond are ordered by id, which need not be the order of arrival.
    const order = stored.toSorted((a, b) =>
      a.event.timestamp_ms - b.event.timestamp_ms || (a.event.event_id < b.event.event_id ? -1 : 1)
    );
    assert.deepEqual(
      texts(order),
      Array.from("abcdefg"),
      "ids of one store sort as they were made",
    );
    for (const [query, expected, moreBefore, moreAfter] of rows) {
      const page = await history.page("lobby", query);
      const found = { text: texts(page.events).join(""), ...page };
      assert.equal(found.text, expected, JSON.stringify(query));
      assert.equal(page.moreBefore, moreBefore, `more before ${JSON.stringify(query)}`);
      assert.equal(page.moreAfter, moreAfter, `more after ${JSON.stringify(query)}`);
    }
    assert.deepEqual(await history.page("nowhere", { limit: 5 }), {
      events: [],
      moreBefore: false,
      moreAfter: false,
    });
    await assert.rejects(() => history.page("lobby", { limit: 201 }), RangeError);
  }],
  ["finds an event by id", async (history) => {
    const [a, b] = await appendAll(history, ["a", "b"]);
    assert.deepEqual((await history.get("lobby", b!.event.event_id))?.event, b?.event);
    assert.deepEqual((await history.get("lobby", a!.event.event_id))?.offset, 0);
    assert.equal(await history.get("garden", a!.event.event_id), undefined);
    for (const id of ["", "lobby::x::y", "lobby::2026-01-01T00:00:00.000000Z::z", "::::"]) {
      assert.equal(await history.get("lobby", id), undefined);
    }
  }],
  ["keeps every text as it is", async (history) => {
    const text = fc.string({ unit: "binary", minLength: 1, maxLength: 200 })
      .filter((each) => each.isWellFormed());
    const draws = fc.sample(text, 100);
    await appendAll(history, draws);
    assert.deepEqual(texts(await history.read("lobby", 0, 1000)), draws);
    for (const { json, event } of await history.read("lobby", 0, 1000)) {
      assert.deepEqual(JSON.parse(json), event);
    }
  }],
  ["refuses everything once closed, and closes once", async (history) => {
    await history.append(draft("a"));
    await Promise.all([history.close(), history.close()]);
    const code = { code: "history/closed" };
    await assert.rejects(() => history.append(draft("b")), code);
    await assert.rejects(() => history.read("lobby", 0, 1), code);
    await assert.rejects(() => history.page("lobby", { limit: 1 }), code);
    await assert.rejects(() => history.get("lobby", "lobby::2026::x"), code);
  }],
];

/** Registers the suite for one kind of history. */
export function testHistory(kind: string, open: () => Promise<Subject>): void {
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
