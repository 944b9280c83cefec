/** What breaks and comes back: nothing is lost, nothing doubled. */
import assert from "node:assert/strict";
import { XmppError } from "../../../src/transports/xmpp/errors.ts";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import { disco } from "../../../src/transports/xmpp/features/disco.ts";
import { type Feature, feature } from "../../../src/transports/xmpp/features/feature.ts";
import { presence } from "../../../src/transports/xmpp/features/presence.ts";
import type { SessionNews } from "../../../src/transports/xmpp/session/session.ts";
import { xml } from "../../../src/transports/xmpp/xml.ts";
import { eventually, inTime } from "../../harness/eventually.ts";
import { FaultProxy } from "../../harness/fault_proxy.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

const CUTS = 50;

/**
 * Messages that may be under way each way. Few: ejabberd's own archive reads all that it has of a
 * person to add one, so that a thousand messages cost a busy machine minutes.
 */
const WINDOW = 8;

/** Counts messages by their bodies, and is there for them. */
function counting(seen: Map<string, number>): Feature<void> {
  return feature({
    extensions: [],
    start(port) {
      port.onOnline((arrival) => {
        if (arrival === "fresh") port.post(xml("presence"));
      });
      port.onMessage((message) => {
        const body = message.getChildText("body");
        if (body !== null) seen.set(body, (seen.get(body) ?? 0) + 1);
      });
    },
  });
}

interface Pair extends AsyncDisposable {
  readonly proxy: FaultProxy;
  readonly alice: XmppClient;
  readonly bob: XmppClient;
  readonly toAlice: Map<string, number>;
  readonly toBob: Map<string, number>;
}

/** Alice behind a proxy, bob beside it. */
async function pair(server: XmppServer): Promise<Pair> {
  const { ca } = server.certificates;
  const proxy = new FaultProxy(server.ports.starttls);
  const toAlice = new Map<string, number>();
  const toBob = new Map<string, number>();
  const alice = new XmppClient({
    user: "alice",
    service: `xmpp://127.0.0.1:${proxy.port}`,
    ca,
    features: [counting(toAlice)],
  });
  const bob = new XmppClient({
    user: "bob",
    service: `xmpp://127.0.0.1:${server.ports.starttls}`,
    ca,
    features: [counting(toBob)],
  });
  await Promise.all([alice.online(), bob.online()]);
  return {
    proxy,
    alice,
    bob,
    toAlice,
    toBob,
    async [Symbol.asyncDispose]() {
      await Promise.all([alice.session.close(), bob.session.close()]);
      await proxy[Symbol.asyncDispose]();
    },
  };
}

/** Sends one message after the other until told to stop; resolves when the server has all. */
function talk(from: XmppClient, to: string): { stop(): Promise<number> } {
  let isOver = false;
  let count = 0;
  let failed = false;
  const all: Promise<void>[] = [];
  const running = (async () => {
    while (!isOver && !failed) {
      const body = xml("body", null, `${to} ${count++}`);
      const sent = from.session.send(xml("message", { to, type: "chat" }, body));
      sent.catch(() => failed = true);
      all.push(sent);
      // As fast as it goes, but not faster than a window of messages; cut off or not.
      await eventually("room in the window", () => from.session.unsent < WINDOW, 60_000);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await inTime("all sends", running.then(() => Promise.all(all)), 60_000);
      return count;
    },
  };
}

function assertOnce(seen: ReadonlyMap<string, number>, to: string, count: number): void {
  const wanted = Array.from({ length: count }, (_, index) => `${to} ${index}`);
  assert.deepEqual(wanted.filter((body) => !seen.has(body)), [], "lost");
  assert.deepEqual([...seen].filter(([, times]) => times !== 1), [], "doubled");
}

for (const kind of KINDS) {
  test(`${kind}: ${CUTS} cuts under two-way traffic`, async () => {
    await withServer(kind, async (server) => {
      await using parts = await pair(server);
      const { proxy, alice, bob, toAlice, toBob } = parts;
      const out = talk(alice, "bob@localhost");
      const back = talk(bob, "alice@localhost");
      for (let cut = 0; cut < CUTS; cut++) {
        const before = toAlice.size;
        // Some cuts fall into the negotiation: that is the point.
        await eventually("traffic", () => toAlice.size > before + cut % 7);
        proxy.cut();
      }
      const [sent, received] = await Promise.all([out.stop(), back.stop()]);
      const isThere = () => toBob.size >= sent && toAlice.size >= received;
      await eventually("everything arrives", isThere, 60_000);
      assertOnce(toBob, "bob@localhost", sent);
      assertOnce(toAlice, "alice@localhost", received);
      assert.ok(alice.all<SessionNews & { kind: "online" }>("online").length > CUTS / 2);
    });
  });

  test(`${kind}: messages wait for a server that restarts`, async () => {
    await withServer(kind, async (server) => {
      await using parts = await pair(server);
      const { alice, bob, toBob } = parts;
      await server.stop();
      await eventually("both notice", () => !alice.session.isOnline && !bob.session.isOnline);
      const sent = ["one", "two", "three"].map((body) =>
        alice.session.send(
          xml("message", { to: "bob@localhost", type: "chat" }, xml("body", null, body)),
        )
      );
      assert.equal(alice.session.unsent, 3);
      await server.start();
      await inTime("all sends", Promise.all(sent), 60_000);
      await eventually("bob has them", () => toBob.size === 3);
      assert.deepEqual([...toBob], [["one", 1], ["two", 1], ["three", 1]]);
      assert.equal(alice.session.unsent, 0);
    });
  });
}

test("a link that swallows everything is noticed, and gone round", async () => {
  await withServer("prosody", async (server) => {
    await using parts = await pair(server);
    const { proxy, alice, toBob } = parts;
    proxy.swallow();
    const sent = alice.session.send(
      xml("message", { to: "bob@localhost", type: "chat" }, xml("body", null, "into the dark")),
    );
    const { error } = await eventually(
      "the silence is noticed",
      () => alice.all<SessionNews & { kind: "offline" }>("offline")[0],
      60_000,
    );
    assert.ok(error instanceof XmppError && error.code === "xmpp/timeout", String(error));
    proxy.heal();
    await inTime("the message is there after all", sent, 60_000);
    await eventually("bob has it", () => toBob.size === 1);
    assert.deepEqual([...toBob], [["into the dark", 1]]);
  });
});

test("a resumed session still knows who is there, and what they can", async () => {
  await withServer("prosody", async (server) => {
    const { ca } = server.certificates;
    await using proxy = new FaultProxy(server.ports.starttls);
    const direct = `xmpp://127.0.0.1:${server.ports.starttls}`;
    const behind = `xmpp://127.0.0.1:${proxy.port}`;
    // Two clients of one account see each other without being asked.
    await using one = new XmppClient({ user: "alice", service: behind, ca, features: FEATURES });
    await using other = new XmppClient({ user: "alice", service: direct, ca, features: FEATURES });
    await Promise.all([one.online(), other.online()]);
    const seen = one.session.use(presence);
    await eventually("both are seen", () => seen.of("alice@localhost").length === 2);
    proxy.cut();
    await one.heard<SessionNews & { kind: "online" }>(
      "online",
      ({ arrival }) => arrival === "resumed",
    );
    assert.equal(seen.of("alice@localhost").length, 2);
    const info = await one.session.use(disco).ofClient(other.session.jid?.full ?? "");
    assert.ok(info?.features.has("urn:xmpp:receipts"));
    await other.session.close();
    await eventually("one has left", () => seen.of("alice@localhost").length === 1);
  });
});

test("a resource that somebody else takes over ends the session for good", async () => {
  await withServer("prosody", async (server) => {
    const { ca } = server.certificates;
    const service = `xmpp://127.0.0.1:${server.ports.starttls}`;
    const options = { user: "alice", service, ca, resource: "desk" };
    await using first = await new XmppClient(options).online();
    await using second = await new XmppClient(options).online();
    const error = await first.failure();
    assert.match(error.message, /elsewhere by the same resource/);
    assert.equal(second.session.jid?.full, "alice@localhost/desk");
    await assert.rejects(first.session.send(xml("message")), /conflict|elsewhere/);
  });
});
