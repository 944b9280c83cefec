import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  advance,
  type ChainState,
  type ChainStep,
  MOST_GAPS,
  placeOf,
  UNSEEN,
} from "../../../src/transports/bucket/verification/chain_state.ts";
import { test } from "../../harness/test.ts";

/** Event `seq` of a chain; `story` tells chains with the same numbers apart. */
function step(seq: number, story = "a"): ChainStep {
  const hash = (at: number) => at === 0 ? null : `${story}${at}`;
  return { seq, previous: hash(seq - 1), hashes: [`${story}${seq}`] };
}

function walk(seqs: readonly number[]): ChainState {
  return seqs.reduce((state, seq) => advance(state, step(seq)), UNSEEN);
}

test("chain: whatever the order in which events come, the same is missing", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 30 }),
    (seqs) => {
      const state = walk(seqs);
      const came = new Set(seqs);
      const missing = state.gaps.flatMap(({ from, to }) =>
        Array.from({ length: to - from + 1 }, (_, index) => from + index)
      ).sort((a, b) => a - b);
      const highest = Math.max(...seqs);
      assert.equal(state.seq, highest);
      const expected = Array.from({ length: highest }, (_, index) => index + 1)
        .filter((seq) => !came.has(seq));
      assert.deepEqual(missing, expected);
      for (const seq of seqs) assert.equal(placeOf(state, step(seq)), "taken");
    },
  ));
});

test("chain: an event of another story never fits beside one of this", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 }),
    fc.integer({ min: 2, max: 21 }),
    (seqs, seq) => {
      const state = walk(seqs);
      const came = new Set(seqs);
      fc.pre(!came.has(seq) && (came.has(seq - 1) || came.has(seq + 1)));
      assert.equal(placeOf(state, step(seq, "b")), "hash");
    },
  ));
});

test("chain: the first event names none, and both forms of a hash are taken", () => {
  assert.equal(placeOf(UNSEEN, step(1)), "next");
  assert.equal(placeOf(UNSEEN, { ...step(1), previous: "a0" }), "hash");
  const both = advance(UNSEEN, { seq: 1, previous: null, hashes: ["null form", "absent form"] });
  for (const previous of both.hashes) {
    assert.equal(placeOf(both, { seq: 2, previous, hashes: ["x"] }), "next");
  }
});

test("chain: holes are bounded, and what fills one is taken all the same", () => {
  const odd = Array.from({ length: MOST_GAPS + 1 }, (_, index) => 2 * index + 1);
  const full = walk(odd);
  assert.equal(full.gaps.length, MOST_GAPS);
  assert.equal(placeOf(full, step(2 * MOST_GAPS + 3)), "gaps");
  assert.equal(placeOf(full, step(2 * MOST_GAPS + 2)), "next");
  assert.equal(placeOf(full, step(2)), "late");
});
