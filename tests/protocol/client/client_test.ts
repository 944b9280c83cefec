import assert from "node:assert/strict";
import { MemoryHistory } from "../../../src/history/memory.ts";
import { ChatClient, type ClientEvent } from "../../../src/protocol/client/client.ts";
import { connectWebSocket } from "../../../src/protocol/client/websocket_connection.ts";
import { eventually, inTime } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { startServer, type TestServer } from "../stage.ts";

const QUICK = { first: 5, most: 20 };

/** A client and everything that it has told. */
function follow(
  server: { readonly url: string },
  name: string,
  options: Partial<ConstructorParameters<typeof ChatClient>[0]> = {},
): { readonly client: ChatClient; readonly seen: ClientEvent[]; readonly bodies: () => string[] } {
  const client = new ChatClient({
    connect: connectWebSocket(server.url),
    token: `token ${name}`,
    rooms: ["lobby"],
    backOffMs: QUICK,
    ...options,
  });
  const seen: ClientEvent[] = [];
  void (async () => {
    for await (const event of client.events()) seen.push(event);
  })();
  const bodies = () =>
    seen.flatMap((event) => event.type === "event" ? [event.event.content.body ?? ""] : []);
  return { client, seen, bodies };
}

function connected(client: ChatClient): Promise<boolean> {
  return eventually("a connection", () => client.isConnected);
}

/** Cuts the connections of the server as a broken network does. */
function cut(server: TestServer): void {
  for (const socket of server.sockets) socket.destroy();
}

test("messages go out, are acked, and reach the others in order", async () => {
  await using server = await startServer();
  const [alice, bob] = [follow(server, "alice"), follow(server, "bob")];
  await connected(bob.client);
  const acks = await Promise.all(
    ["1", "2", "3"].map((body) => alice.client.send({ room: "lobby", body })),
  );
  assert.deepEqual(acks.map(({ offset }) => offset), [0, 1, 2]);
  await eventually("all events", () => bob.bodies().length === 3);
  assert.deepEqual(bob.bodies(), ["1", "2", "3"]);
  assert.deepEqual(alice.bodies(), []);
  await alice.client.close();
  await bob.client.close();
});

test("every request has its answer", async () => {
  await using server = await startServer();
  const { client } = follow(server, "alice");
  await connected(client);
  const { id } = await client.send({ room: "lobby", body: "helo" });
  await client.send({
    room: "lobby",
    event_type: "m.room.edit",
    content: { replaces: id, new_content: { body: "hello", msgtype: "m.text" } },
  });
  assert.equal((await client.join("den")).room, "den");
  assert.deepEqual((await client.members("den")).map(({ name }) => name), ["alice"]);
  assert.deepEqual((await client.rooms()).map(({ room }) => room).sort(), ["den", "lobby"]);
  assert.equal((await client.history("lobby", { limit: 1 })).events[0]?.offset, 1);
  assert.equal((await client.history("lobby", { from: 0, limit: 1 })).events[0]?.offset, 0);
  assert.equal((await client.command("/echo hi")).text, "Echo: hi");
  await client.presence("away", "lunch");
  await client.read("lobby", 1);
  await client.renew("token alice");
  await client.leave("den");
  await assert.rejects(client.history("a::b"), { code: "hub/no-such-room" });
  const found = (await client.search({ text: "hello" })).hits;
  assert.deepEqual(found.map(({ offset }) => offset), [0], "by what it says now");
  await assert.rejects(client.search({ text: "!" }), { code: "history/query" });
  await assert.rejects(client.send({ room: "lobby", body: "" }), { code: "protocol/field" });
  await client.close();
});

test("a cut connection is made again, and what was missed comes", async () => {
  await using server = await startServer();
  const [alice, bob] = [follow(server, "alice"), follow(server, "bob")];
  await connected(alice.client);
  await connected(bob.client);
  await alice.client.send({ room: "lobby", body: "before" });
  await eventually("the first", () => bob.bodies().length === 1);
  const author = { identity: alice.client.welcome!.you, via: "test" };
  const what = (body: string) =>
    ({ room: "lobby", type: "m.room.message", content: { body, msgtype: "m.text" } }) as const;
  cut(server);
  await server.hub.publish(author, what("while away"));
  await eventually("the missed one", () => bob.bodies().length === 2);
  await server.hub.publish(author, what("after"));
  await eventually("the live one", () => bob.bodies().length === 3);
  assert.deepEqual(bob.bodies(), ["before", "while away", "after"]);
  assert.deepEqual(alice.bodies(), ["while away", "after"]);
  assert(bob.seen.some(({ type }) => type === "disconnected"));
  assert(!bob.seen.some(({ type }) => type === "gap"));
  await alice.client.close();
  await bob.client.close();
});

test("thirty cuts under traffic in both directions: nothing lost, nothing doubled", async () => {
  await using server = await startServer({ limits: { burst: 1e6, ratePerSecond: Infinity } });
  const names = ["alice", "bob", "carol"];
  const people = names.map((name) => ({ name, ...follow(server, name) }));
  for (const { client } of people) await connected(client);
  const count = 400;
  let cuts = 0;
  let done = false;
  const cutting = (async () => {
    while (!done && cuts < 30) {
      await eventually(
        "some traffic",
        () => done || server.history.room("lobby").next >= (cuts + 1) * (count * 3 / 35),
      );
      if (done) break;
      // One connection at a time, then all of them.
      const open = server.sockets.filter((socket) => !socket.destroyed);
      const victims = cuts % 3 === 2 ? open : open.slice(0, 1);
      for (const socket of victims) socket.destroy();
      cuts += 1;
    }
  })();
  const sent = await Promise.all(people.map(async ({ name, client }) => {
    const acks = [];
    for (let number = 0; number < count; number += 8) {
      const batch = Array.from(
        { length: 8 },
        (_, at) => client.send({ room: "lobby", body: `${name} ${number + at}` }),
      );
      acks.push(...await Promise.all(batch));
    }
    return acks;
  }));
  done = true;
  await cutting;
  assert(cuts >= 20, `${cuts} cuts`);
  const stored = (await server.history.read("lobby", 0, 1_000))
    .concat(await server.history.read("lobby", 1_000, 1_000))
    .map(({ event }) => event.content.body ?? "");
  assert.equal(stored.length, count * 3, "each is stored once");
  assert.equal(new Set(stored).size, count * 3);
  for (const [index, { name, bodies, client }] of people.entries()) {
    const others = stored.filter((body) => !body.startsWith(`${name} `));
    await eventually(`all of the others for ${name}`, () => bodies().length >= others.length);
    assert.deepEqual(bodies(), others, "in stored order, each once");
    const own = stored.filter((body) => body.startsWith(`${name} `));
    assert.deepEqual(
      own,
      own.toSorted((a, b) => Number(a.split(" ")[1]) - Number(b.split(" ")[1])),
    );
    assert.deepEqual(sent[index]?.map(({ offset }) => stored[offset]), own);
    await client.close();
  }
});

test("a server that comes back with the same history is resumed, unacked messages are sent", async () => {
  const history = new MemoryHistory();
  let server = await startServer({ history });
  const { port, url } = server;
  const [alice, bob] = [follow(server, "alice"), follow({ url }, "bob")];
  await connected(alice.client);
  await connected(bob.client);
  await alice.client.send({ room: "lobby", body: "1" });
  await server[Symbol.asyncDispose]();
  const waiting = alice.client.send({ room: "lobby", body: "2" });
  await eventually(
    "failures",
    () => bob.seen.filter(({ type }) => type === "disconnected").length >= 3,
  );
  server = await startServer({ history, port });
  assert.equal((await waiting).offset, 1);
  await eventually("both", () => bob.bodies().length === 2);
  assert.deepEqual(bob.bodies(), ["1", "2"]);
  await alice.client.close();
  await bob.client.close();
  await server[Symbol.asyncDispose]();
});

test("another numbering is told as a gap", async () => {
  let server = await startServer();
  const { port } = server;
  const bob = follow(server, "bob");
  await connected(bob.client);
  const alice = follow(server, "alice");
  for (const body of ["1", "2", "3"]) await alice.client.send({ room: "lobby", body });
  await eventually("all", () => bob.bodies().length === 3);
  await alice.client.close();
  await server[Symbol.asyncDispose]();
  const history = new MemoryHistory();
  const draft = { room: "lobby", sender: "x@n", type: "m.room.message" } as const;
  await history.append({ ...draft, content: { body: "new", msgtype: "m.text" } });
  server = await startServer({ port, history });
  const gap = await eventually("a gap", () => bob.seen.find(({ type }) => type === "gap"));
  assert.deepEqual(gap, { type: "gap", room: "lobby", from: 0, to: 1 });
  await bob.client.close();
  await server[Symbol.asyncDispose]();
});

test("conversations are resumed too, those that began meanwhile included", async () => {
  await using server = await startServer();
  const bob = follow(server, "bob", { rooms: [] });
  await connected(bob.client);
  const hub = server.hub;
  const say = (name: string, body: string) =>
    hub.publish({ identity: { address: `${name}@node-1a2b3c`, name, role: "user" }, via: "test" }, {
      room: `direct:${["bob@node-1a2b3c", `${name}@node-1a2b3c`].sort().join(",")}`,
      type: "m.room.message",
      content: { body, msgtype: "m.text" },
    });
  await say("alice", "1");
  await eventually("the first", () => bob.bodies().length === 1);
  cut(server);
  await say("alice", "2");
  await say("carol", "3");
  await say("carol", "4");
  await eventually("the others", () => bob.bodies().length === 4);
  assert.deepEqual(bob.bodies().toSorted(), ["1", "2", "3", "4"]);
  await say("carol", "5");
  await eventually("the last", () => bob.bodies().length === 5);
  await bob.client.close();
});

test("a reader that is far behind is waited for, and nothing is lost", async () => {
  await using server = await startServer({ limits: { burst: 1e6, ratePerSecond: Infinity } });
  const alice = follow(server, "alice");
  const bob = new ChatClient({
    connect: connectWebSocket(server.url),
    token: "token bob",
    rooms: ["lobby"],
    backOffMs: QUICK,
    queue: 20,
  });
  await connected(bob);
  for (let number = 0; number < 200; number++) {
    await alice.client.send({ room: "lobby", body: `${number}` });
  }
  const bodies: string[] = [];
  let pauses = 0;
  for await (const event of bob.events()) {
    if (event.type === "disconnected") pauses += 1;
    if (event.type === "event") bodies.push(event.event.content.body ?? "");
    if (bodies.length === 200) break;
  }
  assert.deepEqual(bodies, Array.from({ length: 200 }, (_, at) => `${at}`));
  assert(pauses > 0);
  await bob.close();
  await alice.client.close();
});

test("a refused token is asked for once more, then the client gives up and says why", async () => {
  await using server = await startServer();
  const asked: boolean[] = [];
  const { client, seen } = follow(server, "", {
    token: (refused) => {
      asked.push(refused);
      return "stolen";
    },
  });
  await eventually("giving up", () => client.failure);
  assert.deepEqual(asked, [false, true]);
  assert.equal((client.failure as { code?: string }).code, "auth/invalid");
  await assert.rejects(client.send({ room: "lobby", body: "x" }), { code: "client/closed" });
  assert.deepEqual(seen.map(({ type }) => type), ["disconnected"]);
  await client.close();
});

test("a newer token is used when the old one is refused", async () => {
  await using server = await startServer();
  const { client } = follow(server, "", {
    token: (refused) => refused ? "token alice" : "old",
  });
  await connected(client);
  assert.equal(client.welcome?.you.name, "alice");
  await client.close();
});

test("who was kicked does not come back by itself", async () => {
  await using server = await startServer();
  const { client } = follow(server, "alice");
  await connected(client);
  const waiting = new Promise((resolve) => client.history("lobby").catch(resolve));
  server.hub.kick("alice");
  await eventually("giving up", () => client.failure);
  assert.equal((client.failure as { code?: string }).code, "session/kicked");
  await waiting;
  await client.close();
});

test("requests end with the connection, and time out without an answer", async () => {
  await using server = await startServer();
  server.history.page = () => new Promise(() => {});
  const { client } = follow(server, "alice", { patienceMs: { connect: 5_000, answer: 50 } });
  await connected(client);
  await assert.rejects(client.history("lobby"), { code: "client/timeout" });
  await client.close();
  await assert.rejects(client.history("lobby"), { code: "client/closed" });
});

test("the outbox is bounded, and a message can be taken back", async () => {
  const { client } = follow({ url: "ws://127.0.0.1:9/" }, "alice", { outbox: 2 });
  const stop = new AbortController();
  const first = client.send({ room: "lobby", body: "1" }, { signal: stop.signal });
  const second = client.send({ room: "lobby", body: "2" });
  await assert.rejects(client.send({ room: "lobby", body: "3" }), { code: "client/outbox-full" });
  stop.abort();
  await assert.rejects(first, { code: "client/closed" });
  const third = client.send({ room: "lobby", body: "3" });
  const ended = Promise.all([
    assert.rejects(second, { code: "client/closed" }),
    assert.rejects(third, { code: "client/closed" }),
  ]);
  await client.close();
  await ended;
});

test("a signal closes the client", async () => {
  await using server = await startServer();
  const stop = new AbortController();
  const { client } = follow(server, "alice", { signal: stop.signal });
  await connected(client);
  stop.abort();
  await eventually("the end", () => client.failure);
  await eventually("no connection", () => server.door.connections === 0);
});

test("messages beyond the server's rate are sent later, not refused", async () => {
  await using server = await startServer({ limits: { burst: 20, ratePerSecond: 200 } });
  const { client } = follow(server, "alice");
  await connected(client);
  const sends = Array.from(
    { length: 60 },
    (_, at) => client.send({ room: "lobby", body: `${at}` }),
  );
  const acks = await inTime("all acks", Promise.all(sends));
  assert.deepEqual(acks.map(({ offset }) => offset), Array.from({ length: 60 }, (_, at) => at));
  await client.close();
});
