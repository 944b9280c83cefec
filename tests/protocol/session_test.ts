import assert from "node:assert/strict";
import fc from "fast-check";
import { eventually } from "../harness/eventually.ts";
import { lineOf, withLogs } from "../harness/logs.ts";
import { ManualClock } from "../harness/manual_clock.ts";
import { encodeFrame, OPCODE, RawWebSocket } from "../harness/raw_websocket.ts";
import { SocketClient } from "../harness/socket_client.ts";
import { test } from "../harness/test.ts";
import { identityOf, type ServerOptions, startServer } from "./stage.ts";

interface Frame {
  readonly type: string;
  readonly ref?: string;
  readonly code?: string;
  readonly [key: string]: unknown;
}

const hello = (name: string) => ({ type: "hello", token: `token ${name}` });

for (
  const { why, frame, code } of [
    { why: "nothing", frame: "", code: "json" },
    { why: "half an object", frame: '{"type":', code: "json" },
    { why: "two objects", frame: "{}{}", code: "json" },
    { why: "an array", frame: "[]", code: "object" },
    { why: "null", frame: "null", code: "object" },
    { why: "a string", frame: '"ping"', code: "object" },
    { why: "no type", frame: "{}", code: "type" },
    { why: "a type that is no string", frame: '{"type":1}', code: "type" },
    { why: "a type of JavaScript's own", frame: '{"type":"constructor"}', code: "type" },
    { why: "a prototype", frame: '{"__proto__":{"type":"ping"}}', code: "type" },
    { why: "deep nesting", frame: "[".repeat(100_000), code: "json" },
    {
      why: "deep nesting that is JSON",
      frame: `${'{"a":'.repeat(10_000)}0${"}".repeat(10_000)}`,
      code: "type",
    },
    { why: "a ref that is no string", frame: '{"type":"ping","ref":1}', code: "field" },
    { why: "an empty ref", frame: '{"type":"ping","ref":""}', code: "field" },
    { why: "a long ref", frame: `{"type":"ping","ref":"${"r".repeat(65)}"}`, code: "field" },
    { why: "a send to nowhere", frame: '{"type":"send","body":"x"}', code: "field" },
    {
      why: "a send to two places",
      frame: '{"type":"send","room":"a","to":"b","body":"x"}',
      code: "field",
    },
    { why: "a send of nothing", frame: '{"type":"send","room":"a"}', code: "field" },
    { why: "an empty body", frame: '{"type":"send","room":"a","body":""}', code: "field" },
    {
      why: "an unknown kind of text",
      frame: '{"type":"send","room":"a","body":"x","msgtype":"m.image"}',
      code: "field",
    },
    {
      why: "an unknown kind of event",
      frame: '{"type":"send","room":"a","event_type":"m.room.typing","content":{}}',
      code: "field",
    },
    {
      why: "a content that is no object",
      frame: '{"type":"send","room":"a","event_type":"m.room.message","content":[]}',
      code: "field",
    },
    { why: "a join to a number", frame: '{"type":"join","room":1}', code: "field" },
    { why: "a negative offset", frame: '{"type":"join","room":"a","offset":-1}', code: "field" },
    { why: "half an offset", frame: '{"type":"join","room":"a","offset":0.5}', code: "field" },
    { why: "too long a page", frame: '{"type":"history","room":"a","limit":201}', code: "field" },
    { why: "an empty page", frame: '{"type":"history","room":"a","limit":0}', code: "field" },
    {
      why: "two anchors",
      frame: '{"type":"history","room":"a","from":0,"before":{"timestamp":1,"id":"x"}}',
      code: "field",
    },
    { why: "half an anchor", frame: '{"type":"history","room":"a","before":{}}', code: "field" },
    { why: "an unknown state", frame: '{"type":"presence","show":"asleep"}', code: "field" },
    { why: "typing perhaps", frame: '{"type":"typing","room":"a","active":"yes"}', code: "field" },
    { why: "nothing to search", frame: '{"type":"search","text":""}', code: "field" },
    { why: "a second hello", frame: '{"type":"hello","token":"token alice"}', code: "greeted" },
  ]
) {
  test("a bad frame costs one error and nothing else", async () => {
    await using server = await startServer();
    const client = await server.enter("alice");
    client.send(frame);
    const error = await client.nextJson<Frame>();
    assert.deepEqual([error.type, error.code], ["error", `protocol/${code}`]);
    client.sendJson({ type: "ping", ref: "still here" });
    assert.equal((await client.nextJson<Frame>()).ref, "still here");
    assert.equal(server.hub.counters.badFrames, 1);
    await client.close();
  }, { why });
}

test("whatever text comes, the connection and the node live", async () => {
  await using server = await startServer({ limits: { ratePerSecond: Infinity } });
  const client = await server.enter("alice");
  const names = ["hello", "send", "join", "history", "search", "read", "command", "members"];
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom("lobby", "bob", 0, 1));
  const keys = fc.constantFrom(
    ...["ref", "room", "to", "body", "content", "event_type", "offset", "epoch", "limit", "from"],
    ...["before", "text", "show", "active", "key", "parent", "rooms", "token"],
  );
  const frame = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.tuple(fc.constantFrom(...names), fc.dictionary(keys, value))
      .map(([type, fields]) => JSON.stringify({ ...fields, type })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 10 }), async (frames) => {
      for (const text of frames) client.send(text);
      client.sendJson({ type: "ping", ref: "the end of the run" });
      await client.until<Frame>(({ type, ref }) => type === "pong" && ref === "the end of the run");
    }),
    { numRuns: 200 },
  );
  await client.close();
});

for (
  const { why, first, code, close } of [
    { why: "no token", first: { type: "hello" }, code: "auth/none", close: 4401 },
    { why: "garbage", first: { type: "hello", token: "x" }, code: "auth/invalid", close: 4401 },
  ]
) {
  test("who cannot say who they are is told and sent away", async () => {
    await using server = await startServer();
    const client = await server.connect();
    client.sendJson({ ...first, ref: "h" });
    const error = await client.nextJson<Frame>();
    assert.deepEqual([error.code, error.ref], [code, "h"]);
    assert.equal((await client.closed).code, close);
    assert.equal(server.hub.counters.refused, 1);
  }, { why });
}

test("nothing is answered before hello", async () => {
  await using server = await startServer();
  const client = await server.connect();
  client.sendJson({ type: "send", ref: "1", room: "lobby", body: "x" });
  assert.equal((await client.nextJson<Frame>()).code, "protocol/not-greeted");
  client.sendJson(hello("alice"));
  assert.equal((await client.nextJson<Frame>()).type, "welcome");
  assert.equal(server.history.room("lobby").next, 0);
  await client.close();
});

test("who says no hello in ten seconds is sent away", async () => {
  const clock = new ManualClock();
  await using server = await startServer({ clock });
  const client = await server.connect();
  await eventually("the connection", () => server.door.connections === 1);
  clock.advance(9_999);
  assert.equal(client.waiting.length, 0);
  clock.advance(1);
  assert.equal((await client.nextJson<Frame>()).code, "auth/none");
  assert.equal((await client.closed).code, 4401);
});

test("welcome tells the limits that hold here", async () => {
  const options = { links: { messageBytes: 5_000 }, limits: { textBytes: 900, burst: 7 } };
  await using server = await startServer(options);
  const client = await server.connect();
  client.sendJson(hello("alice"));
  const { limits } = await client.nextJson<{ limits: Record<string, unknown> }>();
  assert.deepEqual(
    [limits["frame_bytes"], limits["body_bytes"], limits["burst"]],
    [5_000, 900, 7],
  );
  await client.close();
});

test("whoever reads welcome is in the rooms of hello", async () => {
  await using server = await startServer();
  for (let round = 0; round < 20; round++) {
    const client = await server.connect();
    client.sendJson({ ...hello("alice"), rooms: [{ room: "lobby" }] });
    assert.equal((await client.nextJson<Frame>()).type, "welcome");
    // What is said from here on reaches it, whether `joined` was read or not.
    const author = { identity: identityOf("bob"), via: "test" };
    const content = { body: `round ${round}`, msgtype: "m.text" };
    await server.hub.publish(author, { room: "lobby", type: "m.room.message", content });
    const heard = await client.until<{ type: string; event: { content: { body: string } } }>(
      ({ type }) => type === "event",
    );
    assert.equal(heard.event.content.body, `round ${round}`);
    await client.close();
  }
});

test("frames may be sent without waiting for welcome", async () => {
  const gate = Promise.withResolvers<void>();
  const options: ServerOptions = {
    async verify(token) {
      await gate.promise;
      return { ok: true, identity: { address: "a@n", name: token ?? "", role: "user" } };
    },
  };
  await using server = await startServer(options);
  const client = await server.connect();
  client.sendJson(hello("alice"));
  client.sendJson({ type: "join", ref: "1", room: "lobby" });
  client.sendJson({ type: "send", ref: "2", room: "lobby", body: "early" });
  gate.resolve();
  const types = [await client.nextJson<Frame>(), await client.nextJson<Frame>()];
  assert.deepEqual(types.map(({ type }) => type), ["welcome", "joined"]);
  assert.equal((await client.nextJson<Frame>()).type, "ack");
  await client.close();
});

test("but not for ever", async () => {
  await using server = await startServer({ verify: () => new Promise(() => {}) });
  const client = await server.connect();
  client.sendJson(hello("alice"));
  for (let number = 0; number < 257; number++) client.sendJson({ type: "ping" });
  assert.equal((await client.nextJson<Frame>()).code, "protocol/impatient");
  assert.equal((await client.closed).code, 4429);
});

test("a client that leaves while its token is looked at is forgotten", async () => {
  const gate = Promise.withResolvers<void>();
  const options: ServerOptions = {
    async verify() {
      await gate.promise;
      return { ok: true, identity: { address: "a@n", name: "a", role: "user" } };
    },
  };
  await using server = await startServer(options);
  const client = await server.connect();
  client.sendJson(hello("alice"));
  await client.close();
  gate.resolve();
  await eventually("no connections", () => server.door.connections === 0);
  assert.equal(server.hub.counters.sessions, 0);
});

for (
  const { why, do: act, code, close } of [
    {
      why: "kicked",
      do: (hub) => void hub.kick("alice"),
      code: "session/kicked",
      close: 4403,
    },
    {
      why: "revoked",
      do: (hub) => void hub.revoke("token alice"),
      code: "session/revoked",
      close: 4401,
    },
    { why: "shutdown", do: (hub) => void hub.close(5_000), code: "session/shutdown", close: 1012 },
  ] as readonly {
    why: string;
    do: (hub: Awaited<ReturnType<typeof startServer>>["hub"]) => void;
    code: string;
    close: number;
  }[]
) {
  test("a session that the node ends is told why", async () => {
    await using server = await startServer();
    const client = await server.enter("alice");
    act(server.hub);
    assert.equal((await client.nextJson<Frame>()).code, code);
    assert.equal((await client.closed).code, close);
  }, { why });
}

for (
  const { why, limits, code, close } of [
    { why: "one only", limits: { singleSession: true }, code: "already-connected", close: 4409 },
    { why: "too many", limits: { sessionsPerAccount: 1 }, code: "too-many-sessions", close: 4429 },
  ]
) {
  test("one session too many is refused, the others are unharmed", async () => {
    await using server = await startServer({ limits });
    const first = await server.enter("alice", { rooms: [{ room: "lobby" }] });
    const second = await server.connect();
    second.sendJson(hello("alice"));
    assert.equal((await second.nextJson<Frame>()).code, `hub/${code}`);
    assert.equal((await second.closed).code, close);
    await first.until<Frame>(({ type }) => type === "joined");
    first.sendJson({ type: "ping", ref: "fine" });
    assert.equal((await first.nextJson<Frame>()).ref, "fine");
    await first.close();
  }, { why });
}

test("a hook can refuse a newcomer", async () => {
  await using server = await startServer();
  server.hub.hooks.add("PRE_AUTHENTICATE", () => ({ refuse: "closed for tonight" }), { name: "t" });
  const client = await server.connect();
  client.sendJson(hello("alice"));
  const error = await client.nextJson<Frame>();
  assert.deepEqual([error.code, error["message"]], [
    "hub/rejected",
    "Cannot do this: closed for tonight",
  ]);
  assert.equal((await client.closed).code, 4403);
});

test("a binary message is refused, whatever it holds", async () => {
  await using server = await startServer();
  const client = await server.enter("alice");
  client.send(new TextEncoder().encode('{"type":"ping"}'));
  assert.equal((await client.nextJson<Frame>()).code, "protocol/binary");
  await client.close();
});

test("fragments, oversize and bad UTF-8", async () => {
  await using server = await startServer();
  using client = await RawWebSocket.open(server.port, "/", {
    "Sec-WebSocket-Protocol": "chatnode.v1",
  });
  assert.equal(client.protocol, "chatnode.v1");
  const text = JSON.stringify(hello("alice"));
  await client.send({ opcode: OPCODE.text, payload: text.slice(0, 5), fin: false });
  await client.send({ opcode: OPCODE.ping, payload: "between" });
  await client.send({ opcode: OPCODE.continuation, payload: text.slice(5) });
  assert.equal((await client.frame()).opcode, OPCODE.pong);
  assert.equal(JSON.parse(await client.text()).type, "welcome");
  for (
    const { frame, code } of [
      { frame: encodeFrame({ opcode: 1, payload: "", announced: 1024 * 1024 + 1 }), code: 1009 },
      { frame: encodeFrame({ opcode: 1, payload: new Uint8Array([0x7b, 0xff]) }), code: 1007 },
    ]
  ) {
    using broken = await RawWebSocket.open(server.port, "/", {
      "Sec-WebSocket-Protocol": "chatnode.v1",
    });
    await broken.connection.write(frame);
    assert.equal((await broken.closing()).code, code);
  }
  await client.sendText('{"type":"ping"}');
  assert.equal(JSON.parse(await client.text()).type, "pong");
});

test("a resume that fails in hello does not keep anybody out", async () => {
  await using server = await startServer();
  const client = await server.connect();
  client.sendJson({
    ...hello("alice"),
    rooms: [{ room: "a::b" }, { room: `direct:bob@n,eve@n` }, { room: "lobby" }],
  });
  await client.until<Frame>(({ type }) => type === "welcome");
  const frames = [];
  for (let number = 0; number < 3; number++) frames.push(await client.nextJson<Frame>());
  assert.deepEqual(frames.map(({ type, code, room }) => [type, code, room]), [
    ["error", "hub/no-such-room", "a::b"],
    ["error", "hub/forbidden", "direct:bob@n,eve@n"],
    ["joined", undefined, "lobby"],
  ]);
  await client.close();
});

test("too many requests are refused with the time to wait", async () => {
  await using server = await startServer({
    clock: new ManualClock(),
    limits: { burst: 1, ratePerSecond: 10 },
  });
  const client = await server.enter("alice");
  for (const key of ["k1", "k2"]) {
    client.sendJson({ type: "send", ref: `r-${key}`, key, room: "lobby", body: "x" });
  }
  const answers = [await client.nextJson<Frame>(), await client.nextJson<Frame>()];
  const error = answers.find(({ type }) => type === "error");
  assert.deepEqual(
    [error?.ref, error?.["key"], error?.code, error?.["retry_after_ms"]],
    ["r-k2", "k2", "hub/rate-limited", 100],
  );
  await client.close();
});

test("a flood is read at the pace at which it is stored", async () => {
  const limits = { burst: 1e9, ratePerSecond: Infinity };
  await using server = await startServer({ limits });
  const client = await server.enter("alice");
  for (let number = 0; number < 3_000; number++) {
    client.sendJson({ type: "send", ref: `${number}`, room: "lobby", body: `m${number}` });
  }
  for (let number = 0; number < 3_000; number++) {
    const ack = await client.nextJson<Frame>();
    assert.deepEqual([ack.type, ack.ref, ack["offset"]], ["ack", `${number}`, number]);
  }
  await client.close();
});

test("a reader that stops is dropped and counted, the others get everything", async () => {
  const options: ServerOptions = {
    limits: { burst: 1e9, ratePerSecond: Infinity },
    links: { queueBytes: 256 * 1024 },
  };
  await using server = await startServer(options);
  using lazy = await RawWebSocket.open(server.port, "/", {
    "Sec-WebSocket-Protocol": "chatnode.v1",
  });
  await lazy.sendText(JSON.stringify({ ...hello("lazy"), rooms: [{ room: "lobby" }] }));
  await lazy.text();
  const eager = await server.enter("eager", { rooms: [{ room: "lobby" }] });
  await eager.until<Frame>(({ type }) => type === "joined");
  const author = await server.enter("alice");
  const body = "x".repeat(50_000);
  let sent = 0;
  for (; server.hub.counters.slowDropped === 0; sent++) {
    assert(sent < 2_000, "the bound holds");
    author.sendJson({ type: "send", ref: "r", room: "lobby", body });
    await author.until<Frame>(({ type }) => type === "ack");
  }
  for (let number = 0; number < sent; number++) {
    const event = await eager.until<Frame>(({ type }) => type === "event");
    assert.equal(event["offset"], number);
  }
  await lazy.connection.ended();
  assert.equal(server.hub.counters.sessions, 2);
  await eager.close();
  await author.close();
});

test("a page of large events is cut to what one frame may hold", async () => {
  await using server = await startServer({ limits: { ratePerSecond: Infinity } });
  const client = await server.enter("alice");
  const body = "x".repeat(250_000);
  for (let number = 0; number < 10; number++) {
    client.sendJson({ type: "send", room: "lobby", body });
    await client.until<Frame>(({ type }) => type === "ack");
  }
  interface Page extends Frame {
    readonly events: { offset: number; event: { event_id: string; timestamp_ms: number } }[];
  }
  client.sendJson({ type: "history", room: "lobby" });
  const newest = await client.nextJson<Page>();
  assert.deepEqual(newest.events.map(({ offset }) => offset), [6, 7, 8, 9]);
  assert.deepEqual([newest["more_before"], newest["more_after"]], [true, false]);
  const first = newest.events[0]?.event;
  const before = { timestamp: first?.timestamp_ms, id: first?.event_id };
  client.sendJson({ type: "history", room: "lobby", before });
  assert.deepEqual((await client.nextJson<Page>()).events.map(({ offset }) => offset), [
    2,
    3,
    4,
    5,
  ]);
  client.sendJson({ type: "history", room: "lobby", from: 0 });
  const oldest = await client.nextJson<Page>();
  assert.deepEqual(oldest.events.map(({ offset }) => offset), [0, 1, 2, 3]);
  assert.deepEqual([oldest["more_before"], oldest["more_after"]], [false, true]);
  await client.close();
});

test("an error of the node's own is not shown, and logged without the message", async () => {
  await withLogs(async (records) => {
    await using server = await startServer();
    server.history.append = () => Promise.reject(new TypeError("something inside"));
    const client = await server.enter("alice");
    client.sendJson({ type: "send", ref: "1", room: "lobby", body: "the secret body" });
    const error = await client.nextJson<Frame>();
    assert.deepEqual([error.code, error["message"]], [
      "protocol/internal",
      "Cannot answer the request: the node failed",
    ]);
    const lines = records.map(lineOf).join("\n");
    assert.match(lines, /something inside/);
    assert.doesNotMatch(lines, /secret body|token alice/);
    await client.close();
  });
});

for (
  const { why, path, headers, welcome } of [
    { why: "in the query", path: "/?token=token%20alice", headers: {}, welcome: true },
    { why: "in a cookie", path: "/", headers: { Cookie: "authToken=token alice" }, welcome: true },
    {
      why: "in a cookie, from the node's own page",
      path: "/",
      headers: { Cookie: "a=b; authToken=token alice", Origin: "http://127.0.0.1" },
      welcome: true,
    },
    {
      why: "in a cookie, from an allowed page",
      path: "/",
      headers: { Cookie: "authToken=token alice", Origin: "https://chat.example.org" },
      welcome: true,
    },
    {
      why: "in a cookie, but asked for by another site's page",
      path: "/",
      headers: { Cookie: "authToken=token alice", Origin: "https://evil.example.org" },
      welcome: false,
    },
    {
      why: "in a cookie, but asked for by a page without an origin of its own",
      path: "/",
      headers: { Cookie: "authToken=token alice", Origin: "null" },
      welcome: false,
    },
    {
      why: "in the query, asked for by any page",
      path: "/?token=token%20alice",
      headers: { Origin: "https://other.example.org" },
      welcome: true,
    },
  ] as readonly {
    why: string;
    path: string;
    headers: Record<string, string>;
    welcome: boolean;
  }[]
) {
  test("a token may come with the handshake", async () => {
    await using server = await startServer({ origins: ["https://chat.example.org"] });
    using client = await RawWebSocket.open(server.port, path, {
      "Sec-WebSocket-Protocol": "chatnode.v1",
      ...headers,
    });
    await client.sendText('{"type":"hello"}');
    const answer = JSON.parse(await client.text());
    assert.equal(answer.type === "welcome", welcome);
    if (!welcome) assert.equal(answer.code, "auth/none");
  }, { why });
}

test("a token may come as a subprotocol", async () => {
  await using server = await startServer();
  const client = await SocketClient.open(server.url, {
    protocols: ["chatnode.v1", "bearer.eyJhbGciOiJIUzI1NiJ9.alice"],
  });
  assert.equal(client.protocol, "chatnode.v1");
  client.sendJson({ type: "hello" });
  assert.equal((await client.nextJson<Frame>()).type, "welcome");
  await client.close();
});
