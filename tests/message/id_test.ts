import assert from "node:assert/strict";
import * as fc from "fast-check";
import { MessageError } from "../../src/message/error.ts";
import { createEventIds, parseEventId } from "../../src/message/id.ts";
import { anyString, room } from "./arbitraries.ts";

const hermetic = { sanitizeOps: true, sanitizeResources: true };
const UUID = "550e8400-e29b-41d4-a716-446655440000";

Deno.test(
  "id: the time has six digits, the last three count within a millisecond",
  hermetic,
  () => {
    const ids = createEventIds(() => UUID);
    const at = Date.UTC(2026, 0, 31, 12, 0, 0, 7);
    assert.equal(ids("lobby", at), `lobby::2026-01-31T12:00:00.007000Z::${UUID}`);
    assert.equal(ids("hall", at), `hall::2026-01-31T12:00:00.007001Z::${UUID}`);
    assert.equal(ids("lobby", at + 1), `lobby::2026-01-31T12:00:00.008000Z::${UUID}`);
    assert.equal(ids("lobby", at), `lobby::2026-01-31T12:00:00.007000Z::${UUID}`);
  },
);

Deno.test("id: ids of a room sort as they were made, up to 1,000 a millisecond", hermetic, () => {
  const ids = createEventIds(() => crypto.randomUUID());
  const made = Array.from(
    { length: 3000 },
    (_, count) => ids("lobby", 5 + Math.floor(count / 1000)),
  );
  assert.deepEqual(made.toSorted(), made);
  const more = Array.from({ length: 1500 }, () => ids("lobby", 9));
  assert.equal(new Set(more).size, 1500, "and stay different beyond that");
  assert.match(more[1499] ?? "", /\.009999Z::/);
});

Deno.test("id: what is made can be split", hermetic, () => {
  fc.assert(fc.property(room, fc.integer({ min: 0, max: 253_402_300_799_999 }), (name, at) => {
    const id = createEventIds(() => UUID)(name, at);
    const parts = parseEventId(id);
    assert.deepEqual([parts.room, parts.unique], [name, UUID]);
    assert.equal(Date.parse(parts.time), at);
  }));
});

Deno.test("id: other writers spell the time in their way", hermetic, () => {
  assert.deepEqual(parseEventId("r::2025-09-14 12:00::x"), {
    room: "r",
    time: "2025-09-14 12:00",
    unique: "x",
  });
});

Deno.test("id: anything else is refused", hermetic, () => {
  for (const id of ["", "a", "a::b", "a::b::", "::b::c", "a::::c", "a::b::c::d", ":::::"]) {
    assert.throws(() => parseEventId(id), { code: "id/form" });
  }
  assert.throws(() => parseEventId(`a::b::${"\u4e2d".repeat(200)}`), { code: "id/too-long" });
  fc.assert(fc.property(anyString, (id) => {
    try {
      parseEventId(id);
    } catch (error) {
      assert.ok(error instanceof MessageError, String(error));
    }
  }));
});
