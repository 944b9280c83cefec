import assert from "node:assert/strict";
import { systemClock } from "../../src/clock.ts";
import { eventually, inTime } from "../harness/eventually.ts";
import { ManualClock } from "../harness/manual_clock.ts";
import { encodeFrame, OPCODE, RawWebSocket } from "../harness/raw_websocket.ts";
import { test } from "../harness/test.ts";
import { echoServer } from "./echo_server.ts";

test("texts come back, whatever their length and however they are cut", async () => {
  await using server = await echoServer(systemClock);
  using client = await RawWebSocket.open(server.port, "/");
  const texts = ["", "a", "b".repeat(125), "c".repeat(126), "d".repeat(65_535), "e".repeat(65_536)];
  for (const text of [...texts, "\u20ac".repeat(42), "\u20ac".repeat(30_000)]) {
    const bytes = encodeFrame({ opcode: OPCODE.text, payload: text });
    const cut = Math.floor(bytes.length / 2);
    await client.connection.write(bytes.subarray(0, cut));
    await client.connection.write(bytes.subarray(cut));
    assert.equal(await client.text(), text);
  }
});

test("what is sent with the handshake is not lost", async () => {
  await using server = await echoServer(systemClock);
  using client = await RawWebSocket.open(server.port, "/");
  await client.connection.write(
    new Uint8Array([
      ...encodeFrame({ opcode: OPCODE.text, payload: "one" }),
      ...encodeFrame({ opcode: OPCODE.text, payload: "two" }),
    ]),
  );
  assert.deepEqual([await client.text(), await client.text()], ["one", "two"]);
});

test("everything of one turn is one write, in order", async () => {
  await using server = await echoServer(systemClock);
  using client = await RawWebSocket.open(server.port, "/");
  const { link, socket } = await eventually("the link", () => server.accepted[0]);
  let writes = 0;
  const write = socket.write.bind(socket);
  socket.write = ((...parts: Parameters<typeof write>) => {
    writes += 1;
    return write(...parts);
  }) as typeof socket.write;
  link.send("one");
  link.send(server.links.shared.encoder.encode(["two", "three"]));
  link.send("four");
  const got = [await client.text(), await client.text(), await client.text(), await client.text()];
  assert.deepEqual(got, ["one", "two", "three", "four"]);
  assert.equal(writes, 1);
});

test("a ping is answered with its payload", async () => {
  await using server = await echoServer(systemClock);
  using client = await RawWebSocket.open(server.port, "/");
  await client.send({ opcode: OPCODE.ping, payload: "beat" });
  const frame = await client.frame();
  assert.deepEqual([frame.opcode, frame.text], [OPCODE.pong, "beat"]);
});

test("the client's goodbye is answered and ends the connection", async () => {
  await using server = await echoServer(systemClock);
  using client = await RawWebSocket.open(server.port, "/");
  await client.send({ opcode: OPCODE.close, payload: new Uint8Array([0x0f, 0xa1]) });
  assert.equal((await client.closing()).code, 4001);
  await client.connection.ended();
  assert.deepEqual(server.ends, [{ code: 4001, slow: false }]);
  await eventually("no links", () => server.links.size === 0);
});

test("the server's goodbye comes behind what is queued", async () => {
  await using server = await echoServer(systemClock);
  using client = await RawWebSocket.open(server.port, "/");
  const { link } = await eventually("the link", () => server.accepted[0]);
  link.send("last words");
  link.close(4000, "enough");
  link.send("never");
  assert.equal(await client.text(), "last words");
  const goodbye = await client.closing();
  assert.deepEqual([goodbye.code, goodbye.reason], [4000, "enough"]);
  assert.deepEqual(server.ends, [{ code: 4000, slow: false }]);
  await client.send({ opcode: OPCODE.close, payload: new Uint8Array([0x0f, 0xa0]) });
  await client.connection.ended();
});

test("a client that does not say goodbye is cut in the end", async () => {
  const clock = new ManualClock();
  await using server = await echoServer(clock);
  using client = await RawWebSocket.open(server.port, "/");
  const { link } = await eventually("the link", () => server.accepted[0]);
  link.close(4000, "");
  await client.closing();
  clock.advance(4_000);
  assert.equal(server.links.size, 1);
  clock.advance(2_000);
  await client.connection.ended();
});

test("a cut connection is told once", async () => {
  await using server = await echoServer(systemClock);
  const client = await RawWebSocket.open(server.port, "/");
  await eventually("the link", () => server.accepted[0]);
  client.close();
  await eventually("no links", () => server.links.size === 0);
  assert.deepEqual(server.ends, [{ code: 1006, slow: false }]);
});

for (
  const { why, frame, code } of [
    {
      why: "longer than it may be",
      frame: encodeFrame({ opcode: OPCODE.text, payload: "", announced: 5_000 }),
      code: 1009,
    },
    {
      why: "not masked",
      frame: encodeFrame({ opcode: 1, payload: "a", masked: false }),
      code: 1002,
    },
    {
      why: "not UTF-8",
      frame: encodeFrame({ opcode: OPCODE.text, payload: new Uint8Array([0xff]) }),
      code: 1007,
    },
  ]
) {
  test("a broken frame costs the connection and nothing else", async () => {
    await using server = await echoServer(systemClock, { messageBytes: 1_000 });
    using client = await RawWebSocket.open(server.port, "/");
    using other = await RawWebSocket.open(server.port, "/");
    await client.connection.write(frame);
    assert.equal((await client.closing()).code, code);
    await other.sendText("still here");
    assert.equal(await other.text(), "still here");
  }, { why });
}

test("a silent client is pinged, then closed with 1011", async () => {
  const clock = new ManualClock();
  await using server = await echoServer(clock);
  using client = await RawWebSocket.open(server.port, "/");
  await eventually("the link", () => server.accepted[0]);
  clock.advance(20_000);
  assert.equal((await client.frame()).opcode, OPCODE.ping);
  await client.send({ opcode: OPCODE.pong });
  await client.sendText("a sign that the pong came");
  await client.text();
  clock.advance(21_000);
  assert.equal((await client.frame()).opcode, OPCODE.ping);
  clock.advance(20_000);
  assert.equal((await client.closing()).code, 1011);
});

test("a message that never ends is ended", async () => {
  const clock = new ManualClock();
  await using server = await echoServer(clock, { pingMs: 1_000_000 });
  using client = await RawWebSocket.open(server.port, "/");
  await client.send({ opcode: OPCODE.text, payload: "a", fin: false });
  await client.send({ opcode: OPCODE.ping });
  await client.frame();
  clock.advance(59_000);
  assert.deepEqual(server.ends, []);
  clock.advance(2_000);
  assert.equal((await client.closing()).code, 1008);
});

test("a client that stops reading is dropped at the bound, others are not", async () => {
  await using server = await echoServer(systemClock, { queueBytes: 256 * 1024 });
  using lazy = await RawWebSocket.open(server.port, "/");
  const { link } = await eventually("the link", () => server.accepted[0]);
  using eager = await RawWebSocket.open(server.port, "/");
  const { link: other } = await eventually("the link", () => server.accepted[1]);
  const batch = server.links.shared.encoder.encode(["x".repeat(60_000)]);
  for (let sent = 0; link.isOpen; sent++) {
    assert(sent < 10_000, "the bound holds");
    link.send(batch);
    other.send(batch);
    assert.equal((await eager.text()).length, 60_000);
  }
  assert.deepEqual(server.ends, [{ code: 1006, slow: true }]);
  await lazy.connection.ended();
  await eager.sendText("fine");
  assert.equal(await eager.text(), "fine");
});

test("a client that reads nothing for too long is dropped, whatever waits", async () => {
  const clock = new ManualClock();
  await using server = await echoServer(clock, { queueBytes: 64 * 1024 * 1024, pingMs: 1e9 });
  using _lazy = await RawWebSocket.open(server.port, "/");
  const { link } = await eventually("the link", () => server.accepted[0]);
  const batch = server.links.shared.encoder.encode(["x".repeat(1_000_000)]);
  for (let sent = 0; sent < 20; sent++) link.send(batch);
  await eventually("what the network takes is taken", async () => {
    const before = link.queued;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return before > 0 && link.queued === before;
  });
  clock.advance(1_000);
  clock.advance(18_000);
  assert.deepEqual(server.ends, []);
  clock.advance(3_000);
  assert.deepEqual(server.ends, [{ code: 1006, slow: true }]);
});

test("a link says when it is drained, and when it has ended", async () => {
  await using server = await echoServer(systemClock, { queueBytes: 64 * 1024 * 1024 });
  using client = await RawWebSocket.open(server.port, "/");
  const { link } = await eventually("the link", () => server.accepted[0]);
  await link.drained();
  for (let sent = 0; sent < 20; sent++) link.send("x".repeat(500_000));
  const drained = link.drained();
  for (let got = 0; got < 20; got++) await client.text();
  await drained;
  for (let sent = 0; sent < 20; sent++) link.send("x".repeat(500_000));
  const ended = link.drained();
  link.destroy();
  await ended;
});

test("a link is drained too when the socket takes everything at once", async () => {
  await using server = await echoServer(systemClock);
  using client = await RawWebSocket.open(server.port, "/");
  const { link } = await eventually("the link", () => server.accepted[0]);
  // Just more than the socket calls much, and less than a kernel takes without being asked twice.
  for (let sent = 0; sent < 50; sent++) {
    link.send("x".repeat(70 * 1024));
    const drained = link.drained();
    await client.text();
    await inTime("drained", drained);
  }
});

test("a paused link reads nothing until it is resumed", async () => {
  await using server = await echoServer(systemClock);
  using client = await RawWebSocket.open(server.port, "/");
  const { link } = await eventually("the link", () => server.accepted[0]);
  link.pause();
  await client.sendText("later");
  using other = await RawWebSocket.open(server.port, "/");
  await other.sendText("now");
  await other.text();
  assert.deepEqual(server.received, ["now"]);
  link.resume();
  assert.equal(await client.text(), "later");
});

test("a pause takes effect in the middle of a chunk", async () => {
  await using server = await echoServer(systemClock);
  using client = await RawWebSocket.open(server.port, "/");
  const { link } = await eventually("the link", () => server.accepted[0]);
  const { length } = server.received;
  const send = link.send.bind(link);
  link.send = (data) => {
    send(data);
    if (data === "two") link.pause();
  };
  const frames = ["one", "two", "three", "four"].flatMap((payload) => [
    ...encodeFrame({ opcode: OPCODE.text, payload }),
  ]);
  await client.connection.write(new Uint8Array(frames));
  assert.deepEqual([await client.text(), await client.text()], ["one", "two"]);
  assert.deepEqual(server.received.slice(length), ["one", "two"]);
  link.resume();
  assert.deepEqual([await client.text(), await client.text()], ["three", "four"]);
});

test("all links can be closed at once", async () => {
  await using server = await echoServer(systemClock);
  using one = await RawWebSocket.open(server.port, "/");
  using other = await RawWebSocket.open(server.port, "/");
  await eventually("the links", () => server.accepted.length === 2);
  const closed = server.links.close();
  for (const client of [one, other]) {
    assert.equal((await client.closing()).code, 1001);
    await client.send({ opcode: OPCODE.close, payload: new Uint8Array([0x03, 0xe9]) });
  }
  await closed;
});
