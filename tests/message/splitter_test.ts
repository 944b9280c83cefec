import assert from "node:assert/strict";
import * as fc from "fast-check";
import { LIMITS } from "../../src/message/event.ts";
import type { FileLine } from "../../src/message/splitter.ts";
import { LineSplitter, splitLines } from "../../src/message/splitter.ts";

const hermetic = { sanitizeOps: true, sanitizeResources: true };
const utf8 = new TextEncoder();

function split(chunks: Iterable<Uint8Array>): FileLine[] {
  const splitter = new LineSplitter();
  const lines: FileLine[] = [];
  for (const chunk of chunks) {
    lines.push(...splitter.push(chunk));
    // The reader's buffer is used again: nothing may point into it.
    chunk.fill(0x0a);
  }
  const tail = splitter.end();
  return tail === undefined ? lines : [...lines, tail];
}

/** `bytes` cut at some places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length]
    .toSorted((a, b) => a - b);
  return at.slice(1).map((end, index) => bytes.slice(at[index], end));
}

Deno.test("splitter: lines do not depend on where the chunks end", hermetic, () => {
  const text = fc.string({ unit: fc.constantFrom("a", "\n", "\r", "\u4e2d", "\ud83d\ude00") });
  fc.assert(fc.property(text, fc.array(fc.nat()), (file, places) => {
    const bytes = utf8.encode(file);
    const lines = split(cut(bytes, places));
    const expected = file.split("\n");
    if (expected.at(-1) === "") expected.pop();
    assert.deepEqual(lines.map((line) => "text" in line && line.text), expected);
    assert.deepEqual(lines.map((line) => line.number), expected.map((_, index) => index + 1));
    for (const line of lines) {
      const own = bytes.subarray(line.offset, line.offset + line.bytes);
      assert.equal(new TextDecoder().decode(own), "text" in line && line.text);
      const torn = line === lines.at(-1) && !file.endsWith("\n");
      assert.equal(line.end, torn ? "torn" : "complete");
    }
  }));
});

Deno.test("splitter: a bad line costs that line only", hermetic, () => {
  const file = Uint8Array.of(0x61, 0x0a, 0xff, 0x0a, 0xc3, 0x0a, 0x62, 0x0a);
  const lines = split(cut(file, [3]));
  assert.deepEqual(lines.map((line) => "text" in line ? line.text : line.fault.code), [
    "a",
    "line/encoding",
    "line/encoding",
    "b",
  ]);
  assert.deepEqual(lines.map((line) => [line.number, line.offset, line.bytes]), [
    [1, 0, 1],
    [2, 2, 1],
    [3, 4, 1],
    [4, 6, 1],
  ]);
});

Deno.test("splitter: an overlong line is skipped, not gathered", hermetic, () => {
  const longest = LIMITS.lineBytes - 1;
  const file = utf8.encode(`${"x".repeat(longest)}\n${"y".repeat(longest + 1)}\nz\n`);
  const places = Array.from({ length: 70 }, (_, index) => index * 65_536);
  for (const chunks of [[file.slice()], cut(file, places)]) {
    const [fits, over, after] = split(chunks);
    assert.ok(fits !== undefined && "text" in fits && fits.text.length === longest);
    assert.ok(over !== undefined && "fault" in over);
    assert.equal(over.fault.code, "line/too-long");
    assert.deepEqual([over.offset, over.bytes], [longest + 1, longest + 1]);
    assert.ok(after !== undefined && "text" in after && after.text === "z");
    assert.equal(after.offset, 2 * longest + 3);
  }
});

Deno.test("splitter: a file that is one endless line keeps nothing", hermetic, () => {
  const splitter = new LineSplitter();
  const chunk = new Uint8Array(65_536).fill(0x78);
  for (let count = 0; count < 1000; count++) assert.deepEqual([...splitter.push(chunk)], []);
  const tail = splitter.end();
  assert.ok(tail !== undefined && "fault" in tail);
  assert.deepEqual([tail.end, tail.bytes, tail.fault.code], [
    "torn",
    65_536_000,
    "line/too-long",
  ]);
});

Deno.test("splitter: a torn character is a torn line", hermetic, () => {
  const [tail] = split([utf8.encode("\u4e2d").slice(0, 2)]);
  assert.ok(tail !== undefined && "fault" in tail);
  assert.deepEqual([tail.end, tail.fault.code], ["torn", "line/encoding"]);
});

Deno.test("splitter: begins where it is told to", hermetic, () => {
  const splitter = new LineSplitter({ offset: 100, number: 7 });
  const [line] = splitter.push(utf8.encode("a\n"));
  assert.deepEqual([line?.offset, line?.number], [100, 7]);
  assert.equal(splitter.end(), undefined);
});

Deno.test("splitter: a stream gives the same lines, the torn one last", hermetic, async () => {
  const stream = ReadableStream.from([utf8.encode("a\nb"), utf8.encode("c\nd")]);
  const lines = await Array.fromAsync(splitLines(stream, { number: 5 }));
  assert.deepEqual(lines.map((line) => ["text" in line && line.text, line.number, line.end]), [
    ["a", 5, "complete"],
    ["bc", 6, "complete"],
    ["d", 7, "torn"],
  ]);
  assert.deepEqual(await Array.fromAsync(splitLines(ReadableStream.from([]))), []);
});

Deno.test("splitter: leaving early cancels the file", hermetic, async () => {
  let cancelled = false;
  const file = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(utf8.encode("a\nb\n")),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const line of splitLines(file)) {
    assert.equal(line.number, 1);
    break;
  }
  assert.equal(cancelled, true);
});
