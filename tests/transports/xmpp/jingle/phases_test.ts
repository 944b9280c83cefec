/** What may come next in a transfer: the whole table. */
import assert from "node:assert/strict";
import { after, type Phase, type Step } from "../../../../src/transports/xmpp/jingle/phases.ts";
import { test } from "../../../harness/test.ts";

const STEPS: readonly Step[] = [
  ...["accept", "replace", "replaced", "open", "block", "whole", "checksum", "received", "end"],
] as readonly Step[];

const ALLOWED: readonly (readonly [Phase, readonly Step[], string])[] = [
  ["offered", ["accept", "replace", "checksum", "end"], "no byte comes without a yes"],
  ["replacing", ["replaced", "checksum", "end"], "another transport is agreed on first"],
  ["agreed", ["open", "checksum", "end"], "a stream is opened, once"],
  ["flowing", ["block", "whole", "checksum", "end"], "nobody says yes twice"],
  ["checking", ["checksum", "received", "end"], "what is whole takes no more"],
  ["over", [], "what has ended has ended"],
];

for (const [phase, allowed, why] of ALLOWED) {
  test(`phases: ${phase}: ${why}`, () => {
    assert.deepEqual(STEPS.filter((step) => after(phase, step) !== undefined), allowed);
  });
}

test("phases: a file goes from its offer to its end", () => {
  const steps: readonly Step[] = ["accept", "open", "block", "block", "whole", "received", "end"];
  const phases = steps.reduce<Phase[]>(
    (gone, step) => [...gone, after(gone.at(-1) ?? "offered", step) ?? "offered"],
    [],
  );
  assert.deepEqual(phases, [
    ...["agreed", "flowing", "flowing", "flowing", "checking", "checking", "over"],
  ]);
});
