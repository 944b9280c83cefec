import assert from "node:assert/strict";
import fc from "fast-check";
import { KEY_WINDOW } from "../../src/history/contract.ts";
import { KeyWindows } from "../../src/history/dedupe.ts";
import { fingerprint, Fingerprints } from "../../src/history/fingerprints.ts";
import { type KeyedEvent, KeyWindow } from "../../src/history/key_window.ts";
import { openHistory } from "../../src/history/open.ts";
import { draft } from "../conformance/history.ts";
import { TempFolder } from "./temp_folder.ts";

const waiting = new Promise<never>(() => undefined);

Deno.test("fingerprints give back every number that was added, and hardly any other", () => {
  const text = fc.string({ maxLength: 8 });
  const entry = fc.tuple(text, text, fc.nat());
  fc.assert(fc.property(fc.array(entry, { maxLength: 300 }), fc.integer(), (entries, seed) => {
    const prints = new Fingerprints();
    const get = (one: string, other: string) => prints.get(fingerprint(seed, one, other));
    for (const [one, other, number] of entries) prints.add(fingerprint(seed, one, other), number);
    for (const [one, other] of entries) {
      const expected = entries.filter(([a, b]) => a === one && b === other);
      assert.deepEqual(
        get(one, other).toSorted(),
        expected.map(([, , each]) => each).sort(),
      );
    }
    assert.deepEqual(get("another text", "than those"), []);
  }));
  const prints = new Fingerprints();
  for (let number = 0; number < 10_000; number++) {
    prints.add(fingerprint(7, "sender", `key ${number}`), number);
  }
  assert.equal(prints.size, 16_384 * 12);
});

/** What a window knows for certain here, where two texts never share a fingerprint. */
function find(window: KeyWindow, sender: string, key: string, next: number): number | undefined {
  return window.candidates(window.keyOf(sender, key), next)[0];
}

Deno.test("a key counts for exactly the window", () => {
  const window = new KeyWindow(1);
  window.add({ sender: "a", key: "k", offset: 5 });
  for (let offset = 6; offset < 3 * KEY_WINDOW; offset++) {
    assert.equal(find(window, "a", "k", offset), offset <= 5 + KEY_WINDOW ? 5 : undefined);
    window.add({ sender: "b", key: `${offset}`, offset });
  }
  assert.ok(window.size <= 2 * 16_384 * 12);
});

Deno.test("keys are their author's own, and what failed leads nowhere", () => {
  const key = fc.constantFrom("x", "y", "constructor", "__proto__");
  const sender = fc.constantFrom("a", "b", "c");
  const drawn = fc.array(fc.tuple(sender, key), { maxLength: 40 });
  fc.assert(fc.property(drawn, fc.nat(), (all, cut) => {
    const window = new KeyWindow(1);
    const accept = (index: number) => {
      const [sender = "", key = ""] = all[index] ?? [];
      window.accept(window.keyOf(sender, key), index, waiting);
      assert.equal(window.waitingAt(index)?.key, key);
    };
    const underWay = () => Array.from(all, (_, offset) => window.waitingAt(offset)?.offset);
    const kept = cut % (all.length + 1);
    for (let index = 0; index < kept; index++) {
      accept(index);
      if (index % 3 === 0) window.commit();
    }
    const before = underWay();
    for (let index = kept; index < all.length; index++) accept(index);
    for (let index = kept; index < all.length; index++) window.fail();
    assert.deepEqual(underWay(), before);
    while (!window.settled) window.commit();
    for (const [sender, key] of all) {
      const candidates = window.candidates(window.keyOf(sender, key), all.length);
      const last = all.findLastIndex((each, at) => at < kept && each.join() === `${sender},${key}`);
      assert.equal(candidates.find((offset) => offset < kept) ?? -1, last);
    }
  }));
});

Deno.test("windows are loaded once, and the longest unused are forgotten", async () => {
  const loads: string[] = [];
  const load = (room: string): Promise<KeyedEvent[]> => {
    loads.push(room);
    const key = (offset: number) => ({ sender: "a", key: `${room} ${offset}`, offset });
    return Promise.resolve(Array.from({ length: 9_000 }, (_, offset) => key(offset)));
  };
  const windows = new KeyWindows(load, 1);
  const ready = async (room: string): Promise<KeyWindow> => {
    for (;;) {
      const window = windows.get(room);
      if (window instanceof KeyWindow) return window;
      await Promise.all([window, windows.get(room)]);
    }
  };
  const busy = await ready("busy");
  busy.accept(busy.keyOf("a", "new"), 9_000, waiting);
  for (let room = 0; room < 400; room++) {
    const window = await ready(`room ${room}`);
    assert.equal(find(window, "a", `room ${room} 0`, 9_000), 0);
  }
  assert.equal(loads.length, 401);
  await ready("room 399");
  await ready("room 300");
  assert.equal(loads.length, 401, "the last hundred are kept");
  assert.equal(await ready("busy"), busy, "what is on its way is never forgotten");
  await ready("room 0");
  assert.equal(loads.length, 402, "the first ones were forgotten");
});

Deno.test("a failed loading of keys is tried again", async () => {
  let fail = true;
  const load = () => fail ? Promise.reject(new Error("disk")) : Promise.resolve([]);
  const windows = new KeyWindows(load, 1);
  await assert.rejects(async () => await windows.get("a"));
  fail = false;
  await windows.get("a");
  assert.ok(windows.get("a") instanceof KeyWindow);
});

Deno.test("keys hold across restarts, for the whole window and no further", async () => {
  await using folder = await TempFolder.make();
  const first = await openHistory({ dir: folder.path, journalBytes: 500_000 });
  const count = KEY_WINDOW + 500;
  const send = (index: number) => draft(`text ${index}`, { key: `key ${index}` });
  for (let at = 0; at < count; at += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, each) => first.append(send(at + each))));
  }
  await first.close();
  const second = await openHistory({ dir: folder.path, journalBytes: 500_000 });
  const rows: readonly (readonly [index: number, known: boolean])[] = [
    [count - 1, true],
    [count - KEY_WINDOW, true],
    [count - KEY_WINDOW - 1, false],
  ];
  for (const [index, known] of rows) {
    const { stored, duplicate } = await second.append(send(index));
    assert.equal(duplicate, known, `${index}`);
    assert.equal(stored.offset, known ? index : count);
  }
  await second.close();
});
