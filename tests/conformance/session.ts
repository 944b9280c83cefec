/**
 * What every session has to keep, whatever protocol it goes over.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ChatEvent } from "../../src/message/event.ts";
import type { ChatSession, SessionEvent } from "../../src/ui/terminal/session.ts";
import { eventually, inTime } from "../harness/eventually.ts";
import { test } from "../harness/test.ts";

/** A server, and lines to it. */
export interface SessionStage {
  /** A session of somebody, over the line that can be cut. */
  open(name: string): ChatSession;
  /** One to an address where nobody listens. */
  nowhere(): ChatSession;
  cut(): void;
  mend(): void;
}

/** A session and everything that it has told. */
class Follower {
  readonly session: ChatSession;
  readonly told: SessionEvent[] = [];
  readonly over: Promise<void>;

  constructor(session: ChatSession) {
    this.session = session;
    this.over = (async () => {
      for await (const event of session.events()) this.told.push(event);
    })();
  }

  get events(): readonly ChatEvent[] {
    return this.told.flatMap((one) => one.kind === "event" ? [one.event] : []);
  }

  get bodies(): readonly (string | undefined)[] {
    return this.events.map(({ content }) => content.body);
  }

  async online(): Promise<this> {
    await eventually("it is online", () => this.session.isOnline && this.told.length > 0);
    return this;
  }

  async hears(...bodies: readonly string[]): Promise<void> {
    await eventually(
      `${bodies.at(-1)} is heard, after ${JSON.stringify(this.told).slice(0, 2_000)}`,
      () => this.bodies.length >= bodies.length,
    );
    assert.deepEqual(this.bodies, bodies);
  }

  async saw(kind: SessionEvent["kind"], times = 1): Promise<void> {
    const count = () => this.told.filter((one) => one.kind === kind).length;
    await eventually(`${kind} is told`, () => count() >= times);
  }

  async close(): Promise<void> {
    await this.session.close();
    await inTime("the end of the events", this.over);
  }
}

/** Waits until the node counts somebody among those in the lobby. */
async function inRoom(name: string, who: Follower, first: Follower, others: number): Promise<void> {
  // The original protocol does not greet: whoever came hears nothing before the others know.
  if (!who.session.abilities.has("acks")) return await first.saw("member", others);
  await eventually(`${name} is in the lobby`, async () => {
    return (await who.session.occupants("lobby")).some((one) => one.name === name);
  });
}

const say = (body: string) => ({ room: "lobby", body });

/** Runs the suite. */
export function testSessions(
  name: string,
  withStage: (body: (stage: SessionStage) => Promise<void>) => Promise<void>,
): void {
  const sessionTest = (
    what: string,
    people: readonly string[],
    body: (stage: SessionStage, ...followers: Follower[]) => Promise<void>,
  ) =>
    test(`session, ${name}: ${what}`, () =>
      withStage(async (stage) => {
        const followers: Follower[] = [];
        try {
          // One after the other: whoever comes before somebody is in the room is not told to them.
          for (const name of people) {
            const follower = new Follower(stage.open(name));
            followers.push(follower);
            await follower.online();
            await inRoom(name, follower, followers[0] ?? follower, followers.length - 1);
          }
          await body(stage, ...followers);
        } finally {
          for (const one of followers) await one.close();
        }
      }));

  sessionTest("it tells first that it is online, and as whom", ["Alice"], async (_, alice) => {
    await alice?.saw("online");
    const [first] = alice?.told ?? [];
    assert.equal(first?.kind, "online");
    assert.equal(first?.kind === "online" ? first.you.name : "", "Alice");
    assert.equal(alice?.session.you?.name, "Alice");
  });

  sessionTest(
    "others hear what is said, once, in order",
    ["Alice", "Bob"],
    async (_, alice, bob) => {
      assert.ok(alice && bob);
      const bodies = Array.from({ length: 60 }, (__, at) => `message ${at}`);
      const sent = await Promise.all(bodies.map((body) => alice.session.send(say(body))));
      assert.deepEqual(sent.map(({ content }) => content.body), bodies);
      for (const one of sent) {
        assert.equal(one.sender_id, alice.session.you?.address);
        assert.equal(one.room_id, "lobby");
        assert.equal(one.type, "m.room.message");
        assert.ok(one.event_id.startsWith("lobby::"));
        assert.ok(Number.isInteger(one.timestamp_ms));
      }
      await bob.hears(...bodies);
      for (const { sender_id: sender } of bob.events) {
        assert.equal(sender.split("@")[0], alice.session.you?.address.split("@")[0]);
      }
      await bob.session.send(say("back"));
      await alice.hears("back");
    },
  );

  sessionTest("a long text arrives whole", ["Alice", "Bob"], async (_, alice, bob) => {
    const text = "\u65e5\u672c\u8a9e ".repeat(1_000).trim();
    await alice?.session.send(say(text));
    await eventually("all of it", () => {
      const heard = (bob?.bodies ?? []).join("").replaceAll(/\s/g, "");
      return heard.length >= text.replaceAll(/\s/g, "").length;
    });
    assert.equal(bob?.bodies.join("").replaceAll(/\s/g, ""), text.replaceAll(/\s/g, ""));
  });

  sessionTest("comings and goings are told", ["Alice", "Bob"], async (_, alice, bob) => {
    const states = () =>
      (alice?.told ?? []).flatMap((one) =>
        one.kind === "member" ? [`${one.who.name} ${one.state}`] : []
      );
    await eventually("Bob came", () => states().includes("Bob joined"));
    await bob?.close();
    await eventually("Bob left", () => states().includes("Bob left"));
  });

  sessionTest(
    "what is said while the line is cut is sent afterwards, in order, once",
    ["Alice", "Bob"],
    async (stage, alice, bob) => {
      assert.ok(alice && bob);
      await alice.session.send(say("before"));
      await bob.hears("before");
      stage.cut();
      await alice.saw("offline");
      await bob.saw("offline");
      assert.equal(alice.session.isOnline, false);
      const sending = ["one", "two", "three"].map((body) => alice.session.send(say(body)));
      stage.mend();
      await bob.saw("online", 2);
      await Promise.all(sending);
      await alice.saw("online", 2);
      if (!bob.session.abilities.has("acks")) return;
      // With history, whoever was away hears it too.
      await bob.hears("before", "one", "two", "three");
    },
  );

  test(`session, ${name}: an address where nobody listens ends it and says so`, () =>
    withStage(async (stage) => {
      const lost = new Follower(stage.nowhere());
      const sending = lost.session.send(say("into the void"));
      const refused = assert.rejects(sending);
      await inTime("the end of the events", lost.over);
      await refused;
      assert.match(lost.session.failure?.message ?? "", /^Cannot connect/);
      await lost.close();
    }));

  sessionTest("closing rejects what waits, and is no failure", ["Alice"], async (stage, alice) => {
    assert.ok(alice);
    stage.cut();
    await alice.saw("offline");
    const refused = assert.rejects(alice.session.send(say("never")), { code: "client/closed" });
    await alice.close();
    await refused;
    await alice.close();
    assert.equal(alice.session.failure, undefined);
    assert.equal(alice.session.isOnline, false);
    await assert.rejects(alice.session.send(say("after")), { code: "client/closed" });
  });

  sessionTest(
    "finishing lets the server have everything",
    ["Alice", "Bob"],
    async (_, alice, bob) => {
      assert.ok(alice && bob);
      const bodies = Array.from({ length: 100 }, (__, at) => `${at}`);
      const sending = bodies.map((body) => alice.session.send(say(body)));
      await Promise.all(sending);
      await alice.session.finish();
      await bob.hears(...bodies);
      assert.equal(alice.session.failure, undefined);
    },
  );

  sessionTest("a name means the room that the server takes it for", ["Alice", "Bob"], async (
    _,
    alice,
    bob,
  ) => {
    assert.ok(alice && bob);
    const { session } = alice;
    assert.equal(await session.find("lobby", "room"), "lobby");
    if (!session.abilities.has("direct")) {
      await assert.rejects(session.find("Bob", "person"), { code: "client/unable" });
      return;
    }
    const room = await session.find("Bob", "person");
    const sent = await session.send({ to: "Bob", body: "psst" });
    assert.equal(room, sent.room_id);
    assert.equal(await bob.session.find(alice.session.you?.address ?? "", "person"), room);
    await bob.hears("psst");
  });

  sessionTest("typing, reading and states are told where there are such", ["Alice", "Bob"], async (
    _,
    alice,
    bob,
  ) => {
    assert.ok(alice && bob);
    const { signals, status } = bob.session;
    const told = (kind: SessionEvent["kind"]) => alice.told.filter((one) => one.kind === kind);
    if (signals !== undefined) {
      const sent = await alice.session.send(say("read this"));
      await bob.hears("read this");
      signals.typing("lobby", "typing");
      await eventually("she sees him type", () => told("typing").length > 0);
      signals.typing("lobby", "idle");
      await eventually("and that he stopped", () => {
        const last = told("typing").at(-1);
        return last?.kind === "typing" && last.state === "idle";
      });
      signals.seen("lobby", sent.event_id);
      // A guest's marker is kept nowhere and told to nobody.
      if (!bob.session.you?.address.startsWith("~")) {
        await eventually("she sees that he read it", () => {
          return told("receipt").some((one) => one.kind === "receipt" && one.id === sent.event_id);
        });
      }
    }
    if (status === undefined) return;
    assert.equal(status.current, "available");
    await status.set("away", "back at two");
    assert.equal(status.current, "away");
    await eventually("she sees that he is away", () => {
      return told("presence").some((one) =>
        one.kind === "presence" && one.show === "away" && one.text === "back at two"
      );
    });
  });

  sessionTest("what the protocol cannot do is refused", ["Alice"], async (_, alice) => {
    assert.ok(alice);
    const { session } = alice;
    const asked = [
      ["rooms", () => session.rooms()],
      ["rooms", () => session.occupants("lobby")],
      ["history", () => session.history("lobby", 5)],
    ] as const;
    for (const [ability, ask] of asked) {
      if (session.abilities.has(ability)) await ask();
      else await assert.rejects(ask(), { code: "client/unable" });
    }
    assert.equal(await session.command("/no-such-command", "lobby"), undefined);
    await assert.rejects(session.send(say("")));
  });
}
