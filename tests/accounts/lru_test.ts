import assert from "node:assert/strict";
import fc from "fast-check";
import { LruMap } from "../../src/accounts/lru.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

Deno.test("an LruMap is the last so many entries that were touched", strict, () => {
  const acts = fc.array(
    fc.record({
      act: fc.constantFrom("get", "set", "delete"),
      key: fc.integer({ min: 0, max: 9 }),
      value: fc.integer(),
    }),
    { maxLength: 100 },
  );
  fc.assert(fc.property(acts, fc.integer({ min: 1, max: 5 }), (list, limit) => {
    const map = new LruMap<number, number>(limit);
    let model: (readonly [number, number])[] = [];
    for (const { act, key, value } of list) {
      const held = model.find(([other]) => other === key);
      const others = model.filter(([other]) => other !== key);
      if (act === "get") {
        assert.equal(map.get(key), held?.[1]);
        if (held !== undefined) model = [...others, held];
      } else if (act === "set") {
        map.set(key, value);
        model = [...others, [key, value] as const].slice(-limit);
      } else {
        map.delete(key);
        model = others;
      }
      assert.equal(map.size, model.length);
    }
    for (const [key, value] of model) assert.equal(map.get(key), value);
  }));
});
