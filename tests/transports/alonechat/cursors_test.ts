import assert from "node:assert/strict";
import { join } from "node:path";
import { CursorStore } from "../../../src/transports/alonechat/cursors.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { eventually } from "../../harness/eventually.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";

function open(path: string, options: { epoch?: string; accounts?: number } = {}) {
  const clock = new ManualClock();
  return CursorStore.open({ path, epoch: "e1", accounts: 100, clock, ...options });
}

test("cursors survive a restart", () =>
  withDataFolder(async (folder) => {
    const path = join(folder, "cursors.json");
    const first = await open(path);
    first.set("alice@node", new Map([["lobby", 7], ["direct:alice@node,bob@node", 2]]));
    await first.close();
    const second = await open(path);
    assert.deepEqual(
      [...second.get("alice@node") ?? []],
      [["lobby", 7], ["direct:alice@node,bob@node", 2]],
    );
    assert.equal(second.get("bob@node"), undefined);
  }));

test("changes are gathered, then written by themselves", () =>
  withDataFolder(async (folder) => {
    const path = join(folder, "cursors.json");
    const clock = new ManualClock();
    const store = await CursorStore.open({ path, epoch: "e1", accounts: 100, clock });
    store.onWrite(() => store.set("bob@node", new Map([["lobby", 2]])));
    store.set("alice@node", new Map([["lobby", 1]]));
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
    clock.advance(5_000);
    const text = await eventually("the file", () => Deno.readTextFile(path).catch(() => undefined));
    assert.match(text, /alice@node/);
    assert.match(text, /bob@node/);
    await store.close();
    assert.equal(clock.pending, 0);
  }));

test("the account that was unused for longest is forgotten first", async () => {
  const clock = new ManualClock();
  const store = await CursorStore.open({ epoch: "e1", accounts: 2, clock });
  for (const name of ["a", "b"]) store.set(name, new Map());
  store.set("a", new Map([["lobby", 1]]));
  store.set("c", new Map());
  assert.equal(store.get("b"), undefined);
  assert.ok(store.get("a") !== undefined && store.get("c") !== undefined);
});

const unusable: readonly { why: string; text: string }[] = [
  { why: "no JSON", text: '{"version":1,"epo' },
  { why: "another shape", text: "[]" },
  { why: "another version", text: '{"version":2,"epoch":"e1","accounts":[]}' },
  {
    why: "an offset that is no number",
    text: '{"version":1,"epoch":"e1","accounts":[["a",[["r","1"]]]]}',
  },
  { why: "an account that is no name", text: '{"version":1,"epoch":"e1","accounts":[[1,[]]]}' },
  { why: "empty", text: "" },
];

for (const { why, text } of unusable) {
  test("a damaged file is set aside, and all begins anew", () =>
    withDataFolder(async (folder) => {
      const path = join(folder, "cursors.json");
      await Deno.writeTextFile(path, text);
      const store = await open(path);
      assert.equal(store.get("alice@node"), undefined);
      assert.equal(await Deno.readTextFile(`${path}.damaged`), text);
      store.set("alice@node", new Map([["lobby", 1]]));
      await store.close();
      assert.equal((await open(path)).get("alice@node")?.get("lobby"), 1);
    }), { why });
}

test("cursors of another numbering mean nothing", () =>
  withDataFolder(async (folder) => {
    const path = join(folder, "cursors.json");
    const first = await open(path);
    first.set("alice@node", new Map([["lobby", 7]]));
    await first.close();
    assert.equal((await open(path, { epoch: "e2" })).get("alice@node"), undefined);
  }));

test("a folder that cannot be written costs a warning, not the node", () =>
  withDataFolder(async (folder) => {
    const store = await open(join(folder, "missing", "cursors.json"));
    store.set("alice@node", new Map([["lobby", 7]]));
    await store.close();
    assert.equal(store.get("alice@node")?.get("lobby"), 7);
  }));
