/** What a flush puts: one object in a busy room, whatever was said. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type FlushFacts,
  flushLimits,
  type FlushPlan,
  planFlush,
  type RoomToFlush,
} from "../../../../src/transports/bucket/sync/flush_plan.ts";
import { TAIL_BYTES } from "../../../../src/transports/bucket/sync/head.ts";

const LIMITS = flushLimits(5_000) ?? assert.fail("five seconds are short");

const room = (of: Partial<RoomToFlush>): RoomToFlush => ({
  ...{ room: "lobby", bytes: 1_000, grown: 1_000, news: true, age: 0, days: 1, former: false },
  ...of,
});

type Row = readonly [
  facts: Partial<FlushFacts>,
  plan: Partial<Omit<FlushPlan, "close">> & { readonly close?: readonly string[] },
  why: string,
];

const rows: readonly Row[] = [
  [{}, {}, "nothing is said, nothing is put"],
  [{ open: [room({})] }, { tell: "head" }, "the first message is told at once"],
  [{ open: [room({ news: false, age: 20_000 })] }, {}, "it may go on: a file would be small"],
  [
    { open: [room({ news: false, age: 30_000 })] },
    { close: ["lobby"] },
    "it has become quiet: the file is put, of which a head has told every line",
  ],
  [
    { open: [room({ room: "a", news: false, age: 30_000 }), room({ news: false, age: 40_000 })] },
    { close: ["lobby"] },
    "one file in a flush, the oldest first",
  ],
  [{ open: [room({ age: 50_000 })] }, { tell: "head" }, "twelve heads before a file"],
  [
    { open: [room({ age: 54_000 })] },
    { tell: "head", announce: "lobby" },
    "the file that the next flush will put is announced",
  ],
  [
    { open: [room({ age: 59_000 })], announced: "lobby" },
    { close: ["lobby"] },
    "what was announced is put, and no head: who watches lists",
  ],
  [
    { open: [room({ age: 59_000, news: false })], announced: "lobby" },
    { close: ["lobby"] },
    "also when it became quiet just then",
  ],
  [
    { open: [room({ age: 59_000 }), room({ room: "other" })], announced: "lobby" },
    { close: ["lobby"], tell: "head" },
    "news of another room are not kept back",
  ],
  [
    { open: [room({ age: 60_000 })] },
    { close: ["lobby"], tell: "head" },
    "nobody announced it: nobody would list",
  ],
  [
    { open: [room({ age: 59_000, days: 2 })], announced: "lobby" },
    { close: ["lobby"], tell: "head" },
    "it is past midnight: there are two files, and the names of one begin otherwise",
  ],
  [{ untold: true }, { tell: "head" }, "what the last file brought is told by the next head"],
  [
    { untold: true, open: [room({})] },
    { tell: "head" },
    "together with what was said since",
  ],
  [
    { untold: true, open: [room({ age: 59_000 })], announced: "lobby" },
    { close: ["lobby"], tell: "head" },
    "a device's record has to be told of: no flush without a head",
  ],
  [
    { open: [room({ bytes: TAIL_BYTES * 0.6, grown: TAIL_BYTES * 0.5 })] },
    { tell: "head", announce: "lobby" },
    "as much again would not fit",
  ],
  [
    { open: [room({ bytes: TAIL_BYTES * 0.7, grown: 300 })] },
    { tell: "head", announce: "lobby" },
    "nobody knows how much is said next",
  ],
  [
    { open: [room({ bytes: TAIL_BYTES + 1 })] },
    { close: ["lobby"], tell: "head" },
    "more was said in a flush than a head carries",
  ],
  [
    {
      open: [
        room({ room: "a", bytes: TAIL_BYTES * 0.3 }),
        room({ room: "b", bytes: TAIL_BYTES * 0.8 }),
      ],
    },
    { close: ["b"], tell: "head" },
    "together too much: the biggest one gets a file",
  ],
  [
    { open: [room({ former: true })] },
    { close: ["lobby"], tell: "head" },
    "what a former device signed is not carried by the head of another one",
  ],
  [
    { open: [room({ age: 54_000 }), room({ room: "b", age: 54_000 })] },
    { tell: "head" },
    "two rooms at once: their files and a head, nobody has to list",
  ],
];

for (const [facts, plan, why] of rows) {
  Deno.test(`a flush: ${why}`, () => {
    const found = planFlush({ open: [], announced: undefined, untold: false, ...facts }, LIMITS);
    assert.deepEqual(
      { ...found, close: [...found.close] },
      { tell: "nothing", announce: undefined, close: [], ...plan },
    );
  });
}

Deno.test("the limits follow the interval, and end where they would save nothing", () => {
  assert.deepEqual([LIMITS.age, LIMITS.settled], [60_000, 30_000]);
  assert.equal(flushLimits(60_000)?.age, 300_000);
  assert.equal(flushLimits(60_001), undefined);
});

/** Flushes one room as `push.ts` does; how many objects each puts, and how old what it leaves. */
function* flushes(said: readonly number[]) {
  let [open, told, since, announced, untold] = [0, 0, 0, undefined as string | undefined, false];
  let before = 0;
  for (const [index, bytes] of said.entries()) {
    const now = index * LIMITS.interval;
    open += bytes;
    const rooms = open === 0 ? [] : [
      room({
        bytes: open,
        grown: open - before,
        news: open > told,
        age: told === 0 ? 0 : now - since,
      }),
    ];
    const plan = planFlush({ open: rooms, announced, untold }, LIMITS);
    if (plan.close.size > 0) {
      if (open > told) untold = true;
      open = told = 0;
    }
    if (plan.tell === "head") {
      if (told === 0) since = now;
      [told, untold] = [open, false];
    }
    announced = plan.announce;
    before = open;
    yield { plan, put: plan.close.size + (plan.tell === "head" ? 1 : 0), age: now - since, open };
  }
}

Deno.test("a room never costs more than one object a flush, and waits a minute for its file", () => {
  const most = Math.floor(TAIL_BYTES / 3);
  const said = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 300, max: most })), {
    minLength: 1,
    maxLength: 100,
  });
  fc.assert(fc.property(said, (each) => {
    for (const { put, age, open } of flushes(each)) {
      assert.ok(put <= 1, `${put} objects`);
      if (open > 0) assert.ok(age < LIMITS.age, `${age} ms`);
    }
  }));
});

Deno.test("a room that is busy without end costs exactly one object a flush", () => {
  const puts = Array.from(flushes(Array.from({ length: 1_000 }, () => 2_000)), ({ put }) => put);
  assert.deepEqual(new Set(puts), new Set([1]));
});
