import assert from "node:assert/strict";
import { once } from "node:events";
import type { Writable } from "node:stream";
import fc from "fast-check";
import * as ws from "ws";
import { WireError } from "../../src/wire/errors.ts";
import { FrameEncoder, skipFrames } from "../../src/wire/frame.ts";
import { FrameReader } from "../../src/wire/frame_reader.ts";
import { encodeFrame, type FrameOptions, OPCODE } from "../harness/raw_websocket.ts";
import { test } from "../harness/test.ts";

type Seen = readonly [kind: string, value: string | number];

const MAXIMUM = 1_000;

/** What the reader under test makes of some chunks. */
function read(chunks: readonly Uint8Array[], maximum = MAXIMUM): Seen[] {
  const seen: Seen[] = [];
  const reader = new FrameReader(maximum, {
    onText: (text) => seen.push(["text", text]),
    onBinary: (bytes) => seen.push(["binary", hex(bytes)]),
    onPing: (payload) => seen.push(["ping", hex(payload)]),
    onPong: () => seen.push(["pong", ""]),
    onClose: (code) => seen.push(["close", code]),
  });
  try {
    for (const chunk of chunks) reader.push(new Uint8Array(chunk));
  } catch (error) {
    assert(error instanceof WireError);
    seen.push(["error", error.close]);
  }
  return seen;
}

/** What the receiver of the package `ws` makes of them. */
async function readWithWs(chunks: readonly Uint8Array[]): Promise<Seen[]> {
  const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable };
  const receiver = new Receiver({ isServer: true, maxPayload: MAXIMUM });
  const seen: Seen[] = [];
  receiver.on("message", (data, isBinary) => {
    seen.push(isBinary ? ["binary", hex(data)] : ["text", data.toString()]);
  });
  receiver.on("ping", (data) => seen.push(["ping", hex(data)]));
  receiver.on("pong", () => seen.push(["pong", ""]));
  receiver.on("conclude", (code) => seen.push(["close", code]));
  const failed = once(receiver, "error").then(([error]) => {
    const status = Object.getOwnPropertySymbols(error).find((key) => /status/.test(String(key)));
    seen.push(["error", status === undefined ? 0 : error[status]]);
  });
  const written = (async () => {
    for (const chunk of chunks) {
      if (receiver.destroyed || seen.at(-1)?.[0] === "close") return;
      await new Promise<void>((resolve) => receiver.write(new Uint8Array(chunk), () => resolve()));
    }
  })();
  await Promise.race([written, failed]);
  return seen;
}

function hex(bytes: Uint8Array): string {
  return new Uint8Array(bytes).toHex();
}

function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length]
    .sort((a, b) => a - b);
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

const text = (payload: string, more: Partial<FrameOptions> = {}) =>
  encodeFrame({ opcode: OPCODE.text, payload, ...more });
const continued = (payload: string | Uint8Array, more: Partial<FrameOptions> = {}) =>
  encodeFrame({ opcode: OPCODE.continuation, payload, ...more });
const close = (...payload: number[]) =>
  encodeFrame({ opcode: OPCODE.close, payload: new Uint8Array(payload) });

const CASES: readonly {
  readonly why: string;
  readonly frames: readonly Uint8Array[];
  readonly seen: readonly Seen[];
}[] = [
  { why: "a short text", frames: [text("hi")], seen: [["text", "hi"]] },
  { why: "an empty text", frames: [text("")], seen: [["text", ""]] },
  { why: "a two-byte length", frames: [text("a".repeat(126))], seen: [["text", "a".repeat(126)]] },
  {
    why: "characters of every length, the replacement character included",
    frames: [text("a\u00e9\u20ac\ud83d\ude00\ufffd")],
    seen: [["text", "a\u00e9\u20ac\ud83d\ude00\ufffd"]],
  },
  {
    why: "binary keeps its kind",
    frames: [encodeFrame({ opcode: OPCODE.binary, payload: "ab" })],
    seen: [["binary", "6162"]],
  },
  {
    why: "fragments become one message, a ping may stand between them",
    frames: [
      text("a", { fin: false }),
      encodeFrame({ opcode: OPCODE.ping, payload: "p" }),
      continued("", { fin: false }),
      continued("b"),
    ],
    seen: [["ping", "70"], ["text", "ab"]],
  },
  {
    why: "a character may be cut between fragments",
    frames: [
      encodeFrame({ opcode: OPCODE.text, payload: new Uint8Array([0xe2, 0x82]), fin: false }),
      continued(new Uint8Array([0xac])),
    ],
    seen: [["text", "\u20ac"]],
  },
  { why: "not masked", frames: [text("a", { masked: false })], seen: [["error", 1002]] },
  { why: "a reserved bit", frames: [text("a", { rsv: 4 })], seen: [["error", 1002]] },
  { why: "unknown opcode 3", frames: [encodeFrame({ opcode: 3 })], seen: [["error", 1002]] },
  { why: "unknown opcode 11", frames: [encodeFrame({ opcode: 11 })], seen: [["error", 1002]] },
  { why: "continues nothing", frames: [continued("a")], seen: [["error", 1002]] },
  {
    why: "a new message inside another",
    frames: [text("a", { fin: false }), text("b")],
    seen: [["error", 1002]],
  },
  {
    why: "a fragmented ping",
    frames: [encodeFrame({ opcode: OPCODE.ping, fin: false })],
    seen: [["error", 1002]],
  },
  {
    why: "a long ping",
    frames: [encodeFrame({ opcode: OPCODE.ping, payload: "a".repeat(126) })],
    seen: [["error", 1002]],
  },
  {
    why: "too long, refused when it is announced",
    frames: [text("", { announced: MAXIMUM + 1 })],
    seen: [["error", 1009]],
  },
  {
    why: "an absurd length",
    frames: [text("", { announced: 2 ** 52 })],
    seen: [["error", 1009]],
  },
  {
    why: "fragments that are too long together",
    frames: [text("a".repeat(600), { fin: false }), continued("a".repeat(600))],
    seen: [["error", 1009]],
  },
  {
    why: "no UTF-8",
    frames: [encodeFrame({ opcode: OPCODE.text, payload: new Uint8Array([0xff]) })],
    seen: [["error", 1007]],
  },
  {
    why: "a lone surrogate",
    frames: [encodeFrame({ opcode: OPCODE.text, payload: new Uint8Array([0xed, 0xa0, 0x80]) })],
    seen: [["error", 1007]],
  },
  { why: "goodbye without a code", frames: [close()], seen: [["close", 1005]] },
  { why: "goodbye", frames: [close(0x03, 0xe8, 0x61)], seen: [["close", 1000]] },
  { why: "half a code", frames: [close(3)], seen: [["error", 1002]] },
  { why: "a code that may not be sent", frames: [close(0x03, 0xed)], seen: [["error", 1002]] },
  { why: "a reason that is no UTF-8", frames: [close(0x03, 0xe8, 0xff)], seen: [["error", 1007]] },
  { why: "nothing after goodbye", frames: [close(), text("a")], seen: [["close", 1005]] },
];

for (const { why, frames, seen } of CASES) {
  test("reads frames whole and byte by byte", () => {
    assert.deepEqual(read([join(frames)]), seen);
    assert.deepEqual(read([...join(frames)].map((byte) => new Uint8Array([byte]))), seen);
  }, { why });
}

test("a thousand fragments of one byte are one message", () => {
  const parts = Array.from({ length: 998 }, () => continued("a", { fin: false }));
  const frames = [text("a", { fin: false }), ...parts, continued("a")];
  assert.deepEqual(read([join(frames)]), [["text", "a".repeat(1_000)]]);
});

const payload = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }).map((value) => new TextEncoder().encode(value)),
  fc.uint8Array({ maxLength: 200 }),
);
const frame = fc.record({
  opcode: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(0, 1, 1, 1, 2, 8, 9, 10) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 15 }) },
  ),
  payload,
  fin: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.boolean()),
  masked: fc.oneof({ weight: 20, arbitrary: fc.constant(true) }, fc.boolean()),
  rsv: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 7 })),
}).map(encodeFrame);

test("agrees with the package ws on any frames, cut anywhere", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      async (frames, cuts) => {
        const chunks = split(join(frames), cuts);
        assert.deepEqual(read(chunks), await readWithWs(chunks));
      },
    ),
    { numRuns: 500 },
  );
});

test("joined frames can be cut between any two", () => {
  const sizes = [0, 1, 125, 126, 65_535, 65_536].map((size) => "\u20ac".repeat(size / 3));
  const encoder = new FrameEncoder();
  for (const skipped of [0, 1, 3, 6, 9]) {
    const rest = skipFrames(encoder.encode(sizes), skipped);
    assert.deepEqual(new Uint8Array(rest), new Uint8Array(encoder.encode(sizes.slice(skipped))));
  }
});

test("whatever bytes come, only the documented error is thrown", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
    read(chunks);
  }));
});
