/** The library's client over TCP: the same as over WebSocket, by name instead of token too. */
import assert from "node:assert/strict";
import { ChatClient, type ClientEvent } from "../../../src/protocol/client/client.ts";
import type { ClientConnection, Connector } from "../../../src/protocol/client/connection.ts";
import { connectTcp } from "../../../src/transports/tcp/client/native.ts";
import { parseTcpAddress } from "../../../src/transports/tcp/client/socket.ts";
import { FIRST_CERTIFICATE as CERTIFICATE } from "../../harness/certificates.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { PASSWORD, withRelay } from "./stage.ts";

const quick = { backOffMs: { first: 10, most: 50 } };

/** Collects what a client's events hold. */
function collect(client: ChatClient): ClientEvent[] {
  const all: ClientEvent[] = [];
  void (async () => {
    for await (const event of client.events()) all.push(event);
  })().catch(() => {});
  return all;
}

function bodies(events: readonly ClientEvent[]): (string | undefined)[] {
  return events.flatMap((event) => event.type === "event" ? [event.event.content.body] : []);
}

test("guests and accounts send and receive, and resume after a cut", () =>
  withRelay(async ({ port, hub }) => {
    const connections: ClientConnection[] = [];
    const connect: Connector = async (events, signal) => {
      const made = await connectTcp({ hostname: "127.0.0.1", port })(events, signal);
      connections.push(made);
      return made;
    };
    await using alice = new ChatClient({
      ...{ connect, introduction: { name: "alice", password: PASSWORD }, rooms: ["lobby"] },
      ...quick,
    });
    await using eve = new ChatClient({
      ...{ connect, introduction: { name: "Eve" }, rooms: ["lobby"], ...quick },
    });
    const heard = collect(alice);
    await eventually("both are there", () => hub.people().length === 2);
    await eve.send({ room: "lobby", body: "one" });
    await eventually("one is heard", () => bodies(heard).length === 1);
    const first = connections.length;
    for (const connection of connections.slice()) connection.close(1006, "");
    await eve.send({ room: "lobby", body: "two" });
    await eventually("two is heard", () => bodies(heard).length === 2);
    await eve.send({ room: "lobby", body: "three" });
    await eventually("three is heard", () => bodies(heard).length === 3);
    assert.deepEqual(bodies(heard), ["one", "two", "three"], "each once, in order");
    assert(connections.length > first, "they have come back");
    // The server may not have noticed yet that the first one is gone.
    assert.match(eve.welcome?.you.address ?? "", /^~Eve(\(2\))?@node-test$/);
    assert.equal(alice.welcome?.you.role, "user");
  }, { accounts: ["alice"] }));

test("a wrong password is final, and says why", () =>
  withRelay(async ({ port }) => {
    await using client = new ChatClient({
      connect: connectTcp({ hostname: "127.0.0.1", port }),
      introduction: { name: "alice", password: "wrong" },
      ...quick,
    });
    await eventually("it gives up", () => client.failure !== undefined);
    assert.equal((client.failure as { code?: string }).code, "accounts/credentials");
  }, { accounts: ["alice"] }));

test("over TLS, with a certificate that is checked", () =>
  withRelay(async ({ port, hub }) => {
    const target = { hostname: "localhost", port };
    const { cert: ca } = CERTIFICATE;
    await using client = new ChatClient({
      connect: connectTcp({ ...target, tls: { ca } }),
      introduction: { name: "Eve" },
      ...quick,
    });
    await eventually("it is there", () => hub.people().length === 1);
    const { signal } = new AbortController();
    const events = { text() {}, closed() {} };
    await assert.rejects(connectTcp({ ...target, tls: {} })(events, signal), {
      code: "client/unreachable",
    });
    assert(client.isConnected);
  }, { relay: { tls: "required", certificate: CERTIFICATE } }));

const addresses: readonly { why: string; text: string; is: unknown }[] = [
  { why: "plain", text: "tcp://a.example:5", is: { hostname: "a.example", port: 5 } },
  { why: "the usual port", text: "tcp://a.example", is: { hostname: "a.example", port: 50_000 } },
  { why: "TLS", text: "tls://a.example:5/", is: { hostname: "a.example", port: 5, tls: {} } },
  { why: "IPv6", text: "tcp://[::1]:5", is: { hostname: "::1", port: 5 } },
  { why: "another scheme", text: "http://a.example", is: undefined },
  { why: "no host", text: "tcp://", is: undefined },
  { why: "a path", text: "tcp://a.example/x", is: undefined },
  { why: "a password, which has no place there", text: "tcp://a:b@a.example", is: undefined },
];
for (const { why, text, is } of addresses) {
  test(`an address: ${why}`, () => {
    if (is !== undefined) return assert.deepEqual(parseTcpAddress(text), is);
    assert.throws(() => parseTcpAddress(text), { code: "tcp/address" });
  });
}
