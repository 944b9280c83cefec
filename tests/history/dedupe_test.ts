import assert from "node:assert/strict";
import fc from "fast-check";
import { KEY_WINDOW } from "../../src/history/contract.ts";
import { type KeyedEvent, KeyWindow, KeyWindows } from "../../src/history/dedupe.ts";
import { openHistory } from "../../src/history/open.ts";
import { draft } from "../conformance/history.ts";
import { TempFolder } from "./temp_folder.ts";

const waiting = new Promise<never>(() => undefined);

Deno.test("a key counts for exactly the window", () => {
  const window = new KeyWindow();
  window.add({ sender: "a", key: "k", offset: 5 }, undefined);
  for (let offset = 6; offset < 3 * KEY_WINDOW; offset++) {
    const found = window.find("a", "k", offset);
    assert.equal(found?.offset, offset <= 5 + KEY_WINDOW ? 5 : undefined);
    window.add({ sender: "b", key: `${offset}`, offset }, undefined);
    assert.ok(window.size <= 2 * KEY_WINDOW);
  }
});

Deno.test("keys are their author's own, and what failed is forgotten", () => {
  const key = fc.constantFrom("x", "y", "constructor", "__proto__");
  const sender = fc.constantFrom("a", "b", "c");
  fc.assert(
    fc.property(fc.array(fc.tuple(sender, key), { maxLength: 40 }), fc.nat(), (all, cut) => {
      const window = new KeyWindow();
      const model = new Map<string, number>();
      const kept = all.slice(0, cut % (all.length + 1));
      const add = ([sender, key]: [string, string], offset: number) => {
        if (window.find(sender, key, offset) !== undefined) return undefined;
        return window.add({ sender, key, offset }, waiting);
      };
      kept.forEach((each, offset) => {
        const entry = add(each, offset);
        if (entry === undefined) return;
        window.settle(entry);
        model.set(each.join(), offset);
      });
      assert.ok(window.settled);
      const failed = all.slice(kept.length).map((each, index) => add(each, kept.length + index));
      for (const entry of failed.toReversed()) if (entry !== undefined) window.remove(entry);
      assert.ok(window.settled);
      for (const [sender, key] of all) {
        assert.equal(window.find(sender, key, all.length)?.offset, model.get([sender, key].join()));
      }
    }),
  );
});

Deno.test("windows are loaded once, and the longest unused are forgotten", async () => {
  const loads: string[] = [];
  const load = (room: string): Promise<KeyedEvent[]> => {
    loads.push(room);
    return Promise.resolve([{ sender: "a", key: room, offset: 0 }]);
  };
  const windows = new KeyWindows(load);
  const ready = async (room: string): Promise<KeyWindow> => {
    for (;;) {
      const window = windows.get(room);
      if (window instanceof KeyWindow) return window;
      await Promise.all([window, windows.get(room)]);
    }
  };
  const busy = await ready("busy");
  busy.add({ sender: "a", key: "new", offset: 1 }, waiting);
  for (let room = 0; room < 300; room++) {
    const window = await ready(`room ${room}`);
    assert.equal(window.find("a", `room ${room}`, 1)?.offset, 0);
  }
  assert.equal(loads.length, 301);
  await ready("room 299");
  assert.equal(loads.length, 301, "the last ones are kept");
  assert.equal(await ready("busy"), busy, "what is on its way is never forgotten");
  await ready("room 0");
  assert.equal(loads.length, 302, "the first ones were forgotten");
});

Deno.test("a failed loading of keys is tried again", async () => {
  let fail = true;
  const windows = new KeyWindows(() =>
    fail ? Promise.reject(new Error("disk")) : Promise.resolve([])
  );
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
