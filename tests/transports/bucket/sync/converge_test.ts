/** Whatever the order in which nodes push and pull: in the end all hold the same. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "../../../harness/test.ts";
import { type SyncNode, World } from "./world.ts";

const NAMES = ["a", "b", "c"] as const;
/** A poll looks at a second place every so often; see `pull.ts`. */
const SECOND_LOOK = 12;
const ROOMS = ["lobby", "Caf\u00e9", "direct:ann@a,ann@b"];

type Step =
  | { readonly kind: "say"; readonly who: number; readonly room: number; readonly count: number }
  | { readonly kind: "push" | "flush" | "pull" | "restart" | "forget"; readonly who: number };

const who = fc.integer({ min: 0, max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("say" as const),
      who,
      room: fc.integer({ min: 0, max: 2 }),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("push" as const), who }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("flush" as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pull" as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget" as const), who }) },
);

test("three writers in any order of pushing and pulling come to hold the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      await using world = await World.make();
      const nodes = await Promise.all(NAMES.map((name) => world.open(name)));
      const said = new Map<string, Set<string>>(ROOMS.map((room) => [room, new Set()]));
      let number = 0;
      for (const each of steps) {
        const node = nodes[each.who] as SyncNode;
        switch (each.kind) {
          case "say":
            for (let n = 0; n < each.count; n++) {
              const text = `${node.name} ${number++}`;
              const room = ROOMS[each.room === 2 && node.name === "c" ? 0 : each.room] ?? "";
              await node.say(text, room);
              said.get(room)?.add(text);
            }
            break;
          case "push":
            await node.push();
            break;
          case "flush":
            await node.flush();
            break;
          case "pull":
            await node.pull();
            break;
          case "restart":
          case "forget":
            await node[Symbol.asyncDispose]();
            if (each.kind === "forget") {
              await Deno.remove(`${node.dir}/sync`, { recursive: true });
            }
            nodes[each.who] = await world.open(node.name);
        }
      }
      for (const node of nodes) await node.push();
      // Heads alone have to tell everything.
      for (let polls = 0; polls < 2 * SECOND_LOOK; polls++) {
        for (const node of nodes) await node.pull();
      }
      for (const room of ROOMS) {
        const expected = [...said.get(room) ?? []].sort();
        for (const node of nodes) {
          assert.deepEqual(await node.texts(room), expected, `${node.name} ${room}`);
          const { pulled: { faults }, conflicts, lost } = node.sync.status();
          assert.deepEqual({ faults, conflicts, lost }, { faults: 0, conflicts: 0, lost: 0 });
        }
      }
      const ids = await world.storedIds();
      assert.equal(
        new Set(ids).size,
        ids.length,
        "nothing is stored twice, whatever was forgotten",
      );
      assert.equal(ids.length, number);
    }),
    { numRuns: 15 },
  );
});
