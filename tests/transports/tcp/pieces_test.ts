/** Frames, lines and long messages in pieces: however they are cut, nothing is lost or added. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameEncoder } from "../../../src/transports/tcp/frame.ts";
import { FrameReader } from "../../../src/transports/tcp/frame_reader.ts";
import { LineReader } from "../../../src/transports/tcp/line_reader.ts";
import { readProxyHeader } from "../../../src/transports/tcp/proxy_header.ts";
import { split } from "../../../src/transports/tcp/split.ts";
import { printable } from "../../../src/text.ts";
import { test } from "../../harness/test.ts";

const encoder = new TextEncoder();

/** `bytes` cut at some places. */
function cuts(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

const places = fc.array(fc.nat(), { maxLength: 20 });

test("frames are the same however they come", () => {
  fc.assert(fc.property(
    fc.array(fc.string({ unit: "grapheme", maxLength: 200 })),
    places,
    (texts, at) => {
      const got: string[] = [];
      const reader = new FrameReader(10_000, {
        frame: (body) => void got.push(new TextDecoder("utf-8", { ignoreBOM: true }).decode(body)),
        oversize: () => assert.fail(),
      });
      for (const piece of cuts(new FrameEncoder().encode(texts), at)) reader.push(piece);
      assert.deepEqual(got, texts.map((text) => text.toWellFormed()));
      assert.equal(reader.isPartial, false);
    },
  ));
});

test("lines are the same however they come, with telnet in between or not", () => {
  const text = fc.stringMatching(/^[ -~\u00e4\u4f60]{0,40}$/);
  const end = fc.constantFrom("\n", "\r\n", "\r\0\n");
  fc.assert(fc.property(fc.array(fc.tuple(text, end)), places, (lines, at) => {
    const got: string[] = [];
    const reader = new LineReader(10_000, {
      line: (bytes) => void got.push(new TextDecoder().decode(bytes)),
      oversize: () => assert.fail(),
    });
    const telnet = [255, 253, 3, 255, 250, 24, 1, 10, 255, 240, 255, 241];
    for (const piece of cuts(encoder.encode(lines.flat().join("")), at)) {
      reader.push(new Uint8Array(telnet));
      reader.push(piece);
    }
    reader.finish();
    assert.deepEqual(got, lines.map(([line]) => line));
  }));
});

test("no bytes make a reader fail, or take more than it may", () => {
  const bytes = fc.uint8Array({ maxLength: 2_000 });
  fc.assert(fc.property(bytes, places, (all, at) => {
    const longest = (body: Uint8Array) => assert(body.length <= 100);
    const frames = new FrameReader(100, { frame: longest, oversize: () => {} });
    const lines = new LineReader(100, { line: longest, oversize: () => {} });
    for (const piece of cuts(all, at)) {
      frames.push(piece);
      lines.push(piece);
    }
    lines.finish();
    readProxyHeader(all);
    readProxyHeader(new Uint8Array([...encoder.encode("PROXY "), ...all]));
  }));
});

test("a long message is whole again when its pieces are put together", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 4_000 });
  const prefix = fc.constantFrom("Bob: ", "", "\u4f60\u597d (2): ", `${"x".repeat(200)}: `);
  fc.assert(fc.property(text, prefix, fc.integer({ min: 600, max: 1_024 }), (body, start, most) => {
    const whole = body.toWellFormed();
    const pieces = split(start, whole, most);
    for (const piece of pieces) {
      assert(encoder.encode(piece).length <= most);
      assert(piece.startsWith(start) && piece.isWellFormed());
      assert(piece.length > start.length);
    }
    assert.equal(pieces.map((piece) => piece.slice(start.length)).join(""), whole);
  }));
});

test("a name that is too long itself is cut, so that something of the message fits", () => {
  const pieces = split(`${"\u4f60".repeat(500)}: `, "hello ".repeat(500), 1_024);
  for (const piece of pieces) {
    assert(encoder.encode(piece).length <= 1_024);
    assert.match(piece, /^\u4f60+: /);
  }
});

test("printable text holds nothing that drives a terminal, and loses nothing else", () => {
  const hostile = fc.array(
    fc.oneof(
      fc.constantFrom("\x1b[", "\x1b]0;", "\x9b", "\x07", "\x1b\\", "\r", "\x1bP", "31m", "\u202e"),
      fc.string({ unit: "binary", maxLength: 5 }),
    ),
  ).map((parts) => parts.join(""));
  fc.assert(fc.property(hostile, (text) => {
    // deno-lint-ignore no-control-regex -- that none is left
    assert.doesNotMatch(printable(text), /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  }));
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    assert.equal(printable(text), text);
  }));
});
