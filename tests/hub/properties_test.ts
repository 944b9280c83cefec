/**
 * Whatever happens in whatever order, each session gets, of each room it is in, a run of stored
 * events: in stored order, none twice, none missing, its own left out.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Session } from "../../src/hub/contract.ts";
import { test } from "../harness/test.ts";
import { RecordingPeer, type Stage, stage, text } from "./stage.ts";

const ROOMS = ["lobby", "den"] as const;
const NAMES = ["alice", "bob", "carol"] as const;

/** One session with what it ought to get. */
interface Actor {
  readonly session: Session;
  readonly peer: RecordingPeer;
  readonly stays: Stay[];
  readonly written: Set<string>;
}

/** From a join to a leave, or to the end. */
interface Stay {
  readonly room: string;
  /** The first offset due. */
  readonly from: number;
  /** The room's end at the join: what the session writes from there on is not sent to it. */
  readonly joined: number;
  /** How much of the room had come to the peer before, and until it left. */
  readonly start: number;
  end?: { readonly offset: number; readonly count: number };
}

const who = fc.nat({ max: 5 });
const room = fc.constantFrom(...ROOMS);
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("join" as const), who, room }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("resume" as const),
      who,
      room,
      back: fc.nat({ max: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), who, room }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("publish" as const), who, room }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("fill" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drain" as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("turn" as const), turns: fc.nat({ max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("tick" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A peer that can be slow: `drained` waits while it is full. */
class SlowPeer extends RecordingPeer {
  #release: (() => void) | undefined;

  fill(): void {
    if (this.#release !== undefined) return;
    this.full = new Promise((resolve) => this.#release = resolve);
  }

  drain(): void {
    this.#release?.();
    this.#release = undefined;
    this.full = undefined;
  }
}

function addActor({ hub, v1 }: Stage, name: string): Actor & { peer: SlowPeer } {
  const peer = new SlowPeer(v1);
  const identity = { address: `${name}@n`, name, role: "user" } as const;
  const session = hub.connect(identity, peer);
  peer.session = session;
  return { session, peer, stays: [], written: new Set() };
}

async function play(steps: readonly Step[], hooked: boolean): Promise<void> {
  const set = await stage({ ratePerSecond: Infinity });
  if (hooked) set.hub.hooks.add("PRE_BROADCAST", () => Promise.resolve(), { name: "test" });
  const actors = [...NAMES, ...NAMES].map((name) => addActor(set, name));
  const publishes: Promise<unknown>[] = [];
  for (const [index, one] of steps.entries()) {
    if (one.do === "turn") {
      for (let turn = 0; turn <= one.turns; turn++) await Promise.resolve();
    } else if (one.do === "tick") set.clock.advance(50);
    else {
      const actor = actors[one.who];
      assert(actor !== undefined);
      if (one.do === "fill") actor.peer.fill();
      else if (one.do === "drain") actor.peer.drain();
      else act(set, actor, one, index, publishes);
    }
  }
  await Promise.all(publishes);
  for (const actor of actors) actor.peer.drain();
  for (const actor of actors) {
    for (const room of actor.session.rooms) await actor.session.join(room).live;
  }
  for (const actor of actors) await check(set, actor);
  await set.hub.close(1_000);
}

function act(
  { hub, history }: Stage,
  actor: Actor,
  one: Extract<Step, { room: string }>,
  index: number,
  publishes: Promise<unknown>[],
): void {
  const { session, stays, written } = actor;
  const next = history.room(one.room).next;
  const count = received(actor, one.room).length;
  if (one.do === "publish") {
    written.add(`m${index}`);
    publishes.push(session.publish(text(one.room, `m${index}`)));
  } else if (one.do === "leave") {
    const stay = stays.findLast(({ room, end }) => room === one.room && end === undefined);
    if (stay !== undefined) stay.end = { offset: next, count };
    session.leave(one.room);
  } else if (!session.rooms.has(one.room)) {
    const from = one.do === "resume" ? Math.max(0, next - one.back) : next;
    const resume = one.do === "resume" ? { epoch: hub.epoch, offset: from } : undefined;
    const joined = session.join(one.room, resume === undefined ? {} : { resume });
    assert.equal(joined.recovered, one.do === "resume");
    stays.push({ room: one.room, from, joined: next, start: count });
  }
}

/** Every stay brought a run of what was stored; one that was not ended brought all of it. */
async function check({ history }: Stage, actor: Actor): Promise<void> {
  for (const room of ROOMS) {
    const stored = await history.read(room, 0, 1_000);
    const got = received(actor, room);
    let checked = 0;
    for (const { from, joined, start, end } of actor.stays.filter((stay) => stay.room === room)) {
      const due = stored
        .filter(({ offset }) => offset >= from && offset < (end?.offset ?? Infinity))
        .map(({ offset, event }) => ({ offset, body: event.content.body ?? "" }))
        .filter(({ offset, body }) => offset < joined || !actor.written.has(body))
        .map(({ body }) => body);
      const part = got.slice(start, end?.count);
      assert.equal(start, checked, "nothing comes between stays");
      assert.deepEqual(part, end === undefined ? due : due.slice(0, part.length));
      checked += part.length;
    }
    assert.equal(got.length, checked, "nothing comes outside stays");
  }
}

/** The bodies of a room's events that came to the peer. */
function received({ peer }: Actor, room: string): string[] {
  return peer.signals.flatMap((signal) =>
    signal.kind === "event" && signal.stored.room === room
      ? [signal.stored.event.content.body ?? ""]
      : []
  );
}

for (const hooked of [false, true]) {
  test("order, at most once, no loss", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 80, size: "max" }),
        (steps) => play(steps, hooked),
      ),
      { numRuns: 150 },
    );
  }, { why: hooked ? "with delivery waiting for a hook" : "delivered at once" });
}
