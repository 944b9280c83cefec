import assert from "node:assert/strict";
import { eventKey } from "../../src/history/index_schema.ts";
import { createEventIds } from "../../src/message/id.ts";
import { test } from "../harness/test.ts";

const DAY = 24 * 60 * 60 * 1000;
const START = Date.UTC(2026, 0, 1);
const SEED = 0x1b_1234_5678;

test("keys of event ids are exact numbers, apart, and rise from day to day", () => {
  const ids = createEventIds(() => crypto.randomUUID());
  let before = -1;
  for (let day = 0; day < 40; day++) {
    const keys = Array.from(
      { length: 1_000 },
      (_, index) => eventKey(ids("lobby", START + day * DAY + index), SEED),
    );
    assert.ok(keys.every(Number.isSafeInteger));
    assert.equal(new Set(keys).size, keys.length);
    assert.ok(Math.min(...keys) > before, `day ${day}`);
    before = Math.max(...keys);
  }
});

test("ids without a time have keys as well, and another index has other ones", () => {
  const ids = ["a::b::c", "a::2026-13-45T::c", "", "::", "a::9999-12-31T00::c", "a::1900-01-01::c"];
  const keys = ids.map((id) => eventKey(id, SEED));
  assert.ok(keys.every((key) => Number.isSafeInteger(key) && key >= 0));
  assert.equal(new Set(keys).size, ids.length);
  assert.notDeepEqual(ids.map((id) => eventKey(id, SEED + 1)), keys);
  assert.notDeepEqual(ids.map((id) => eventKey(id, SEED + 0x1_0000_0000)), keys);
});
