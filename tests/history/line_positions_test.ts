import assert from "node:assert/strict";
import fc from "fast-check";
import { LinePositions } from "../../src/history/line_positions.ts";

Deno.test("positions are read back as they were added", () => {
  const positions = fc.uniqueArray(fc.nat(2 ** 40), { minLength: 1 })
    .map((all) => all.toSorted((a, b) => a - b));
  const rooms = fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), positions);
  fc.assert(fc.property(rooms, (drawn) => {
    const subject = new LinePositions();
    for (const [room, all] of Object.entries(drawn)) {
      for (const position of all) subject.add(room, position);
    }
    const text = new TextEncoder().encode(`first line\n${subject.encode()}`);
    const decoded = LinePositions.decode(text);
    for (const [room, all] of Object.entries(drawn)) assert.deepEqual(decoded?.of(room), all);
    assert.deepEqual(decoded?.of("no room at all, surely"), []);
    text[text.length - 5] = text[text.length - 5]! ^ 1;
    assert.equal(LinePositions.decode(text), undefined);
  }));
  assert.equal(LinePositions.decode(new Uint8Array()), undefined);
});
