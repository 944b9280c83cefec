import assert from "node:assert/strict";
import { canonicalEvent } from "../../src/message/canonical.ts";
import type { ChainTail } from "../../src/message/chain.ts";
import { chainOf, EMPTY_CHAIN, seal } from "../../src/message/chain.ts";
import type { ChainRules } from "../../src/message/chain_verifier.ts";
import { ChainVerifier } from "../../src/message/chain_verifier.ts";
import { REMEMBERED } from "../../src/message/chain_walk.ts";
import type { ChatEvent } from "../../src/message/event.ts";
import { encodeEvent, EventLine } from "../../src/message/line.ts";
import { eventHash, SigningKey } from "../../src/message/signature.ts";

const hermetic = { sanitizeOps: true, sanitizeResources: true };
const key = SigningKey.fromSeed(new Uint8Array(32).fill(7));

function accepted(seq: number, body: string): ChatEvent {
  return {
    event_id: `lobby::2026-01-01T00:00:00.000000Z::${seq}-${body}`,
    room_id: "lobby",
    timestamp_ms: 1767225600000 + seq,
    sender_id: "alice@node",
    type: "m.room.message",
    parent_event_id: null,
    prev_event_hash: null,
    signature: null,
    content: { body, msgtype: "m.text", chatnode: { device: "d1", seq } },
  };
}

/** Sealed events 1 to `count`, or those that follow `tail`. */
function chain(count: number, story = "a", tail: ChainTail = EMPTY_CHAIN): ChatEvent[] {
  const events: ChatEvent[] = [];
  for (let index = 0; index < count; index++) {
    const sealed = seal(accepted(tail.seq + 1, story), tail, key);
    events.push(sealed.event);
    tail = sealed.tail;
  }
  return events;
}

function tailOf(event: ChatEvent): ChainTail {
  return { seq: event.content.chatnode?.seq ?? 0, hash: eventHash(canonicalEvent(event)) };
}

function line(event: ChatEvent): EventLine {
  return new EventLine(event, encodeEvent(event), "own");
}

const [a1, a2, a3, a4, a5] = chain(5) as [ChatEvent, ChatEvent, ChatEvent, ChatEvent, ChatEvent];
const [b3, b4] = chain(2, "b", tailOf(a2)) as [ChatEvent, ChatEvent];
const altered: ChatEvent = { ...a2, content: { ...a2.content, body: "altered" } };
const bob = (event: ChatEvent): ChatEvent => ({ ...event, sender_id: "bob@node" });
const foreign = (body: string, previous: string | null): ChatEvent => ({
  ...accepted(1, body),
  prev_event_hash: previous,
  content: { body, msgtype: "m.text" },
});
const f1 = foreign("1", null);
const hashOf = (event: ChatEvent) => eventHash(canonicalEvent(event));
/** What a writer that leaves the empty keys out makes of `f1`. */
const absentHash = eventHash(line(f1).canonical("absent"));

interface Row {
  readonly why: string;
  readonly events: readonly ChatEvent[];
  readonly rules?: ChainRules;
  /** The kinds of faults of each event, joined. */
  readonly faults: readonly string[];
  readonly missing?: readonly string[];
}

const ROWS: readonly Row[] = [
  { why: "a sound chain", events: [a1, a2, a3, a4, a5], faults: ["", "", "", "", ""] },
  {
    why: "an event withheld",
    events: [a1, a2, a4, a5],
    faults: ["", "", "gap", ""],
    missing: ["3-3"],
  },
  {
    why: "several withheld, twice",
    events: [a2, a5],
    faults: ["gap", "gap"],
    missing: ["1-1", "3-4"],
  },
  {
    why: "the beginning withheld",
    events: [a3, a4],
    faults: ["gap", ""],
    missing: ["1-2"],
  },
  {
    why: "the beginning removed by retention",
    events: [a3, a4, a5],
    rules: { start: "anywhere" },
    faults: ["", "", ""],
  },
  {
    why: "a hole after what retention removed",
    events: [a2, a4],
    rules: { start: "anywhere" },
    faults: ["", "gap"],
    missing: ["3-3"],
  },
  {
    why: "two events in the wrong order",
    events: [a1, a3, a2, a4],
    faults: ["", "gap", "reorder", ""],
  },
  {
    why: "a chain backwards",
    events: [a3, a2, a1],
    faults: ["gap", "reorder", "reorder"],
  },
  {
    why: "a late event that its follower does not name",
    events: [a1, a3, altered],
    faults: ["", "gap", "reorder prev-hash"],
  },
  {
    why: "a late event that does not name the one before it",
    events: [a1, a2, a4, { ...b3, prev_event_hash: hashOf(a1) }],
    faults: ["", "", "gap", "reorder prev-hash prev-hash"],
  },
  {
    why: "an event stored twice",
    events: [a1, a2, a2, a3],
    faults: ["", "", "repeated-seq", ""],
  },
  {
    why: "an old event stored again",
    events: [a1, a2, a3, a1],
    faults: ["", "", "", "repeated-seq"],
  },
  {
    why: "a second story from number 3 on: each event of it is evidence",
    events: [a1, a2, a3, a4, b3, b4, a5],
    faults: ["", "", "", "", "fork", "fork", ""],
  },
  {
    why: "a fork whose first story was withheld",
    events: [a1, a2, b3, a4],
    faults: ["", "", "", "prev-hash"],
  },
  {
    why: "an event altered: the next one names another",
    events: [a1, altered, a3],
    faults: ["", "", "prev-hash"],
  },
  {
    why: "a link taken away",
    events: [a1, { ...a2, prev_event_hash: null }],
    faults: ["", "prev-hash"],
  },
  {
    why: "a first event that names another",
    events: [{ ...a1, prev_event_hash: hashOf(a5) }],
    faults: ["prev-hash"],
  },
  {
    why: "two senders: two chains",
    events: [a1, bob(a1), a2],
    faults: ["", "", ""],
  },
  {
    why: "two devices: two chains",
    events: [
      a1,
      { ...a1, content: { ...a1.content, chatnode: { device: "d2", seq: 1 } } },
      a2,
    ],
    faults: ["", "", ""],
  },
  {
    why: "two rooms: two chains",
    events: [a1, { ...a1, room_id: "hall" }, a2],
    faults: ["", "", ""],
  },
  {
    why: "a chain gone on with",
    events: [a3, a4],
    rules: { tails: new Map([[chainOf(a1), tailOf(a2)]]) },
    faults: ["", ""],
  },
  {
    why: "a chain gone on with by another story",
    events: [a3],
    rules: { tails: new Map([[chainOf(a1), { seq: 2, hash: hashOf(a5) }]]) },
    faults: ["prev-hash"],
  },
  {
    why: "an event from before the tail",
    events: [a2, a3],
    rules: { tails: new Map([[chainOf(a1), tailOf(a2)]]) },
    faults: ["reorder", ""],
  },
  {
    why: "other writers chain nothing",
    events: [f1, foreign("2", null)],
    faults: ["", ""],
  },
  {
    why: "what is in no chain, where that is refused",
    events: [f1, a1, foreign("2", null)],
    rules: { unchained: "refuse" },
    faults: ["unchained", "", "unchained"],
  },
  {
    why: "another writer's links",
    events: [f1, foreign("2", hashOf(f1))],
    faults: ["", ""],
  },
  {
    why: "another writer's links, hashed without the empty keys",
    events: [f1, foreign("2", absentHash)],
    faults: ["", ""],
  },
  {
    why: "another writer's broken link",
    events: [f1, foreign("2", null), foreign("3", hashOf(f1))],
    faults: ["", "", "prev-hash"],
  },
  {
    why: "another writer's link to what is not here",
    events: [foreign("2", hashOf(f1))],
    faults: ["prev-hash"],
  },
  {
    why: "another writer's link to what retention removed",
    events: [foreign("2", hashOf(f1))],
    rules: { start: "anywhere" },
    faults: [""],
  },
];

for (const { why, events, rules, faults, missing = [] } of ROWS) {
  Deno.test(`chain verifier: ${why}`, hermetic, () => {
    const verifier = new ChainVerifier(rules);
    const found = events.map((event) => {
      const list = verifier.check(line(event));
      for (const fault of list) {
        assert.equal(fault.event, event.event_id);
        assert.equal(fault.chain, chainOf(event));
        assert.match(fault.state, /^[a-z0-9 ]+$/);
      }
      return list.map((fault) => fault.kind).join(" ");
    });
    assert.deepEqual(found, faults);
    assert.deepEqual(verifier.missing().map(({ from, to }) => `${from}-${to}`), missing);
  });
}

Deno.test("chain verifier: remembers a bounded number of events", hermetic, () => {
  const verifier = new ChainVerifier();
  let previous: string | null = null;
  for (let seq = 1; seq <= REMEMBERED + 1; seq++) {
    const event: ChatEvent = { ...accepted(seq, "a"), prev_event_hash: previous };
    assert.deepEqual(verifier.check(new EventLine(event, "", "own")), []);
    previous = hashOf(event);
  }
  const kinds = (event: ChatEvent) => verifier.check(line(event)).map((fault) => fault.kind);
  assert.deepEqual(verifier.missing(), []);
  assert.deepEqual(kinds(accepted(2, "b")), ["fork"], "the oldest that is remembered");
  assert.deepEqual(kinds(accepted(1, "b"))[0], "reorder", "one that is not");
});

Deno.test("chain verifier: a walk in two parts finds what one finds", hermetic, () => {
  const first = new ChainVerifier();
  for (const event of [a1, a2]) assert.deepEqual(first.check(line(event)), []);
  assert.deepEqual(first.tails(), new Map([[chainOf(a1), tailOf(a2)]]));
  const second = new ChainVerifier({ tails: first.tails() });
  assert.deepEqual(second.check(line(a3)), []);
  const third = new ChainVerifier({ tails: new Map([[chainOf(a1), tailOf(a1)]]) });
  assert.deepEqual(third.check(line(a5)).map(({ state }) => state), [
    "numbers 2 to 4 of its chain are missing before it",
  ]);
  assert.deepEqual(second.check(line(a5)).map(({ kind, state }) => [kind, state]), [
    ["gap", "number 4 of its chain is missing before it"],
  ]);
});
