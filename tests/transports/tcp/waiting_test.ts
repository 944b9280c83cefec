/** Everything that takes time, on sockets in memory and with a clock that only the tests move. */
import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { Admission } from "../../../src/transports/tcp/admission.ts";
import { plainAddress } from "../../../src/wire/proxies.ts";
import { FramedCaller, type Speaker } from "../../../src/transports/tcp/framed.ts";
import { Intake } from "../../../src/transports/tcp/intake.ts";
import { DEFAULT_TCP_LIMITS, type TcpLimits } from "../../../src/transports/tcp/limits.ts";
import { Link, type LinkEvents, type TcpLinks } from "../../../src/transports/tcp/link.ts";
import { FrameEncoder } from "../../../src/transports/tcp/frame.ts";
import { Links } from "../../../src/wire/links.ts";
import { eventually } from "../../harness/eventually.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";
import { frame } from "./peer.ts";

/** A socket whose other end is the test. */
class MemorySocket extends Duplex {
  readonly written: Uint8Array[] = [];
  /** Set to make writes wait: the reader has stopped. */
  stuck = false;

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    if (!this.stuck) done();
  }
}

/** Writes down what it is told. */
class Recorder implements LinkEvents, Speaker {
  readonly told: string[] = [];
  data(chunk: Uint8Array): void {
    this.told.push(`data ${chunk.length}`);
  }
  frame(body: Uint8Array): void {
    this.told.push(`frame ${new TextDecoder().decode(body)}`);
  }
  oversize(length: number): void {
    this.told.push(`oversize ${length}`);
  }
  ended(): void {
    this.told.push("ended");
  }
  closed({ slow }: { slow: boolean }): void {
    this.told.push(slow ? "closed, slow" : "closed");
  }
  beat(silentMs: number): void {
    this.silentMs = silentMs;
  }
  silentMs = 0;
}

interface Scene {
  readonly clock: ManualClock;
  readonly socket: MemorySocket;
  readonly link: Link;
  readonly speaker: Recorder;
  /** What a client sends, seen by the door before this resolves. */
  say(bytes: Uint8Array): Promise<void>;
}

function scene(limits: Partial<TcpLimits> = {}): Scene {
  const clock = new ManualClock();
  const bounds = { ...DEFAULT_TCP_LIMITS, ...limits };
  const links: TcpLinks = new Links(clock, { limits: bounds, encoder: new FrameEncoder() });
  const socket = new MemorySocket();
  const speaker = new Recorder();
  const context = { clock, limits: bounds, speaker: () => speaker };
  const attach = (each: Link) => new FramedCaller(context, each, "192.0.2.1");
  const link = links.open((all) => new Link(all, socket, attach), new Uint8Array(0));
  return {
    ...{ clock, socket, link, speaker },
    async say(bytes) {
      const heard = new Promise((resolve) => socket.once("data", resolve));
      socket.push(bytes);
      await heard;
    },
  };
}

test("a frame that comes byte by byte over 30 seconds is a frame", async () => {
  const { clock, speaker, say } = scene();
  await say(frame("first"));
  for (const byte of frame("0123456789abcdefghijklmnop")) {
    await say(new Uint8Array([byte]));
    clock.advance(1_000);
  }
  assert.deepEqual(speaker.told, ["frame first", "frame 0123456789abcdefghijklmnop"]);
});

test("a frame that takes longer than a minute ends the connection", async () => {
  const { clock, speaker, say, link } = scene();
  await say(frame("first"));
  for (const byte of frame("0123456789abcdefghijklmnop").subarray(0, 29)) {
    await say(new Uint8Array([byte]));
    clock.advance(2_200);
    if (!link.isOpen) break;
  }
  assert.deepEqual(speaker.told, ["frame first", "closed"]);
});

test("the time of a frame begins anew with each", async () => {
  const { clock, speaker, say } = scene();
  await say(frame("first"));
  for (let round = 0; round < 4; round++) {
    const bytes = frame(`${round}`);
    await say(bytes.subarray(0, 3));
    clock.advance(50_000);
    await say(bytes.subarray(3));
  }
  assert.deepEqual(speaker.told, ["first", "0", "1", "2", "3"].map((body) => `frame ${body}`));
});

test("the first frame has ten seconds", async () => {
  const { clock, speaker, say, link } = scene();
  await say(frame("__alias__:Bob").subarray(0, 9));
  clock.advance(9_999);
  assert.equal(link.isOpen, true);
  clock.advance(1);
  assert.equal(link.isOpen, false);
  assert.deepEqual(speaker.told, []);
});

test("silence is told, and ends with anything", async () => {
  const { clock, speaker, say } = scene();
  await say(frame("a"));
  clock.advance(30_000);
  assert.equal(speaker.silentMs, 30_000);
  await say(frame(""));
  clock.advance(1_000);
  assert.equal(speaker.silentMs, 1_000);
});

test("a reader who takes nothing for 20 seconds is cut, one who is slow is not", async () => {
  const { clock, speaker, say, socket, link } = scene();
  await say(frame("a"));
  socket.stuck = true;
  link.send(new Uint8Array(10));
  await eventually("it is on its way", () => socket.written.length === 1);
  clock.advance(19_000);
  assert.equal(link.isOpen, true);
  clock.advance(3_000);
  assert.deepEqual(speaker.told.slice(1), ["closed, slow"]);
});

test("a reader who lets too much gather is cut with the next message", async () => {
  const { speaker, say, socket, link } = scene({ queueBytes: 1_000 });
  await say(frame("a"));
  socket.stuck = true;
  link.send(new Uint8Array(999));
  link.send(new Uint8Array(5_000));
  assert.equal(link.isOpen, true, "one message alone may be longer");
  link.send(new Uint8Array(1));
  assert.deepEqual(speaker.told.slice(1), ["closed, slow"]);
  assert.equal(socket.destroyed, true);
});

test("goodbye waits for what is queued, and not for ever", async () => {
  const { clock, say, socket, link } = scene();
  await say(frame("a"));
  socket.stuck = true;
  link.send(new Uint8Array(10));
  link.close();
  assert.equal(socket.destroyed, false);
  clock.advance(7_000);
  assert.equal(socket.destroyed, true);
});

test("what is sent in one turn is written at once", async () => {
  const { socket, say, link } = scene();
  await say(frame("a"));
  for (let byte = 1; byte <= 3; byte++) link.send(new Uint8Array([byte]));
  await eventually("it is written", () => socket.written.length > 0);
  assert.deepEqual(socket.written.map((chunk) => [...chunk]), [[1, 2, 3]]);
});

test("a client that is too fast is read more slowly: nothing is refused, all is in order", async () => {
  const clock = new ManualClock();
  const [done, calls]: [number[], string[]] = [[], []];
  const intake = new Intake<number>(
    {
      isAlone: () => false,
      handle: (item) => Promise.resolve(void done.push(item)),
      pause: () => void calls.push("pause"),
      resume: () => void calls.push("resume"),
    },
    clock,
    { burst: 3, ratePerSecond: 10 },
  );
  for (let item = 0; item < 6; item++) intake.add(item);
  assert.deepEqual(done, [0, 1, 2]);
  assert.deepEqual(calls, ["pause"]);
  clock.advance(100);
  assert.deepEqual(done, [0, 1, 2, 3]);
  clock.advance(200);
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5]);
  await intake.done();
  assert.deepEqual(calls, ["pause", "resume"]);
});

test("what has to be alone waits for all before it, and all after wait for it", async () => {
  const order: string[] = [];
  const gates = new Map<string, () => void>();
  const intake = new Intake<string>(
    {
      isAlone: (item) => item.startsWith("/"),
      handle: (item) => {
        order.push(item);
        return new Promise((resolve) => gates.set(item, resolve));
      },
      pause: () => {},
      resume: () => {},
    },
    new ManualClock(),
    { burst: 100, ratePerSecond: Infinity },
  );
  for (const item of ["a", "b", "/who", "c", "d"]) intake.add(item);
  assert.deepEqual(order, ["a", "b"]);
  gates.get("b")?.();
  gates.get("a")?.();
  await eventually("the command runs", () => order.includes("/who"));
  assert.deepEqual(order, ["a", "b", "/who"]);
  gates.get("/who")?.();
  await eventually("the rest runs", () => order.length === 5);
  assert.deepEqual(order.slice(3), ["c", "d"]);
});

test("connections are counted by address, IPv6 by its /64", () => {
  const clock = new ManualClock();
  const limits = {
    ...DEFAULT_TCP_LIMITS,
    ...{ connectionsPerAddress: 2, connectBurst: 4, connectsPerSecond: 1, connections: 1 },
  };
  const admission = new Admission(limits, clock);
  assert.equal(admission.enter(), undefined);
  assert.equal(admission.enter(), "too many");
  assert.equal(admission.count("2001:db8::1"), undefined);
  assert.equal(admission.count("2001:db8:0:0:5::2"), undefined);
  assert.equal(admission.count("2001:0DB8::3"), "too many of this address");
  assert.equal(admission.count("2001:db8:0:1::1"), undefined, "a neighbour");
  admission.discount("2001:db8::1");
  assert.equal(admission.count("2001:db8::4"), undefined);
  assert.equal(admission.count("2001:db8::5"), "too fast");
  clock.advance(2_000);
  assert.equal(admission.count("2001:db8::5"), "too many of this address");
  assert.equal(plainAddress("::ffff:192.0.2.1"), "192.0.2.1");
  for (const mapped of ["::ffff:c000:201", "::ffff:c000:202", "::ffff:192.0.2.3"]) {
    assert.equal(admission.count(mapped), undefined, "IPv4 addresses are not one network");
  }
});
