import assert from "node:assert/strict";
import { FileCache } from "../../src/history/file_cache.ts";
import { ManualClock } from "../harness/manual_clock.ts";

Deno.test("the longest unused go first, the last one stays whatever its size", () => {
  const cache = new FileCache<{ size: number }>(new ManualClock(), 100);
  for (const key of ["a", "b", "c"]) cache.put(key, { size: 40 });
  assert.equal(cache.get("a"), undefined);
  assert.ok(cache.get("b"));
  cache.put("d", { size: 40 });
  assert.equal(cache.get("c"), undefined, "b was used later");
  cache.put("big", { size: 1_000 });
  assert.ok(cache.get("big"));
  assert.equal(cache.get("b"), undefined);
  cache.drop("big");
  assert.equal(cache.get("big"), undefined);
});

Deno.test("an entry that grew counts with what it holds now", () => {
  const cache = new FileCache<{ size: number }>(new ManualClock(), 100);
  const growing = { size: 0 };
  cache.put("growing", growing);
  cache.put("b", { size: 10 });
  growing.size = 95;
  cache.put("c", { size: 10 });
  assert.equal(cache.get("growing"), undefined);
  assert.ok(cache.get("b"));
});

Deno.test("everything is dropped when nobody reads", () => {
  const clock = new ManualClock();
  const cache = new FileCache<{ size: number }>(clock, 100);
  cache.put("a", { size: 1 });
  clock.advance(40_000);
  assert.ok(cache.get("a"));
  clock.advance(40_000);
  assert.equal(clock.pending, 1);
  clock.advance(20_000);
  assert.equal(cache.get("a"), undefined);
  assert.equal(clock.pending, 0, "and no timer is left");
});
