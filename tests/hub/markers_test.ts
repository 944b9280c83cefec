import assert from "node:assert/strict";
import { join } from "node:path";
import { Markers } from "../../src/hub/markers.ts";
import { getLogger } from "../../src/log.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { ManualClock } from "../harness/manual_clock.ts";
import { test } from "../harness/test.ts";

function open(path: string | undefined, epoch = "e1", clock = new ManualClock()): Promise<Markers> {
  return Markers.open({
    ...(path === undefined ? {} : { path }),
    epoch,
    clock,
    log: getLogger(["hub"]),
  });
}

test("a marker only moves forwards", async () => {
  const markers = await open(undefined);
  assert.equal(markers.get("alice@n", "lobby"), undefined);
  assert.deepEqual(
    [3, 2, 3, 4].map((offset) => markers.advance("alice@n", "lobby", offset)),
    [true, false, false, true],
  );
  assert.equal(markers.get("alice@n", "lobby"), 4);
  assert.equal(markers.get("bob@n", "lobby"), undefined);
});

test("markers survive a restart, but not another numbering", async () => {
  await withDataFolder(async (folder) => {
    const path = join(folder, "markers.json");
    const first = await open(path);
    first.advance("alice@n", "__proto__", 1);
    first.advance("__proto__", "lobby", 2);
    await first.close();
    const second = await open(path);
    assert.equal(second.get("alice@n", "__proto__"), 1);
    assert.equal(second.get("__proto__", "lobby"), 2);
    await second.close();
    assert.equal((await open(path, "e2")).get("alice@n", "__proto__"), undefined);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  });
});

test("many changes are one write, some seconds later", async () => {
  await withDataFolder(async (folder) => {
    const path = join(folder, "markers.json");
    const clock = new ManualClock();
    const markers = await open(path, "e1", clock);
    for (let offset = 0; offset < 100; offset++) markers.advance("alice@n", "lobby", offset);
    assert.equal(clock.pending, 1);
    clock.advance(4_999);
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
    clock.advance(1);
    await markers.close();
    assert.match(await Deno.readTextFile(path), /"lobby":99/);
    assert.equal(clock.pending, 0);
  });
});

for (const damage of ["", "{", "[]", '{"epoch":1}', '{"epoch":"e1","markers":{"a":7}}', "\ufffd"]) {
  test("a damaged file is set aside", async () => {
    await withDataFolder(async (folder) => {
      const path = join(folder, "markers.json");
      await Deno.writeTextFile(path, damage);
      const markers = await open(path);
      assert.equal(markers.get("a", "lobby"), undefined);
      assert.equal(await Deno.readTextFile(`${path}.damaged`), damage);
      markers.advance("a", "lobby", 1);
      await markers.close();
      assert.equal((await open(path)).get("a", "lobby"), 1);
    });
  }, { why: JSON.stringify(damage) });
}

test("a write that fails is tried again", async () => {
  await withDataFolder(async (folder) => {
    const path = join(folder, "gone", "markers.json");
    const clock = new ManualClock();
    const markers = await open(path, "e1", clock);
    markers.advance("alice@n", "lobby", 1);
    await markers.flush();
    await Deno.mkdir(join(folder, "gone"));
    assert.equal(clock.pending, 1);
    await markers.close();
    assert.equal((await open(path)).get("alice@n", "lobby"), 1);
  });
});
