import assert from "node:assert/strict";
import fc from "fast-check";
import { checkLine, encodeLine, maxLineBytes, readLine } from "../../src/history/journal_line.ts";
import type { JournalEntry } from "../../src/history/journal_line.ts";
import { type JournalScan, scanJournal } from "../../src/history/journal_scan.ts";

function encode(entries: readonly JournalEntry[]): Uint8Array {
  const room = entries.reduce((sum, { json, writer }) => sum + maxLineBytes(json, writer), 0);
  const bytes = new Uint8Array(room);
  return bytes.subarray(
    0,
    entries.reduce(
      (at, { offset, json, writer }) => encodeLine(bytes, at, offset, json, writer),
      0,
    ),
  );
}

function decode(bytes: Uint8Array, { lines }: JournalScan): JournalEntry[] {
  return lines.map((place) => readLine(bytes, place));
}

const ENTRIES: readonly JournalEntry[] = [
  { offset: 9, json: '{"event_id":"a::b::c","x":"\\u2028 [\\"01234567\\",5,{}]"}' },
  { offset: 10, json: '{"event_id":"d::e::f","content":["01234567",7,{"a":1}]}', writer: "alice" },
  { offset: 123_456_789_012, json: '{"event_id":"\u00e4\u{1f600}::e::f"}' },
];
const BYTES = encode(ENTRIES);
const ENDS = Array.from(BYTES.entries()).filter(([, byte]) => byte === 10).map(([at]) => at);

Deno.test("a line is JSON: checksum, offset, event, writer", () => {
  const lines = new TextDecoder().decode(BYTES).split("\n");
  assert.deepEqual(lines.pop(), "");
  for (const [index, line] of lines.entries()) {
    const [checksum, offset, event, writer] = JSON.parse(line);
    assert.match(checksum, /^[0-9a-f]{8}$/);
    const entry = ENTRIES[index]!;
    assert.deepEqual([offset, event, writer], [entry.offset, JSON.parse(entry.json), entry.writer]);
  }
});

Deno.test("what is encoded is decoded", () => {
  const entry = fc.record({
    offset: fc.maxSafeNat(),
    json: fc.jsonValue().map((value) => JSON.stringify({ value })),
    writer: fc.option(fc.stringMatching(/^[A-Za-z0-9_.@-]{1,20}$/), { nil: undefined }),
  });
  fc.assert(fc.property(fc.array(entry, { maxLength: 20 }), (drawn) => {
    const entries = drawn.map(({ writer, ...rest }) =>
      writer === undefined ? rest : { ...rest, writer }
    );
    const bytes = encode(entries);
    const scan = scanJournal(bytes);
    assert.deepEqual(decode(bytes, scan), entries);
    assert.deepEqual([scan.damaged, scan.torn, scan.end], [[], undefined, bytes.length]);
  }));
});

Deno.test("a changed byte anywhere costs at most its own line", () => {
  for (let at = 0; at < BYTES.length; at++) {
    for (
      const value of new Set([BYTES[at]! ^ 1, BYTES[at]! ^ 0x80, BYTES[at]! ^ 0x20, 10, 0, 0x5b])
    ) {
      if (value === BYTES[at]) continue;
      const bytes = BYTES.slice();
      bytes[at] = value;
      const scan = scanJournal(bytes);
      const index = ENDS.findIndex((end) => at <= end);
      const others = ENTRIES.filter((_, each) => each !== index || ENDS.includes(at));
      assert.deepEqual(decode(bytes, scan), others, `byte ${at} is ${value}`);
      const faults = scan.damaged.length + (scan.torn === undefined ? 0 : 1);
      assert.equal(faults > 0, !ENDS.includes(at), `byte ${at} is ${value} and that is seen`);
    }
  }
});

Deno.test("a file cut anywhere keeps its complete lines and nothing else", () => {
  for (let length = 0; length <= BYTES.length; length++) {
    for (const filler of [0, 7]) {
      const bytes = new Uint8Array(length + filler).fill(10);
      bytes.set(BYTES.subarray(0, length));
      const scan = scanJournal(bytes);
      const whole = ENDS.filter((end) => end <= length).length;
      assert.deepEqual(decode(bytes, scan), ENTRIES.slice(0, whole), `${length} bytes`);
      const start = whole === 0 ? 0 : ENDS[whole - 1]! + 1;
      const isSeen = scan.torn?.start === start || scan.damaged[0]?.start === start;
      assert.equal(isSeen, start < length, `${length} bytes and ${filler} filled`);
      if (scan.torn !== undefined) assert.equal(scan.end, start);
    }
  }
});

Deno.test("text inside an event never passes for a line", () => {
  const inner = new TextDecoder().decode(encode([{ offset: 0, json: '{"forged":true}' }])).trim();
  const entries = [{ offset: 1, json: `{"content":{"x":[1,${inner}]}}` }];
  const whole = encode(entries);
  for (let at = 0; at < whole.length; at++) {
    const bytes = whole.slice();
    bytes[at] = bytes[at]! ^ 1;
    const found = decode(bytes, scanJournal(bytes));
    assert.ok(found.every(({ json }) => !json.startsWith('{"forged"')));
  }
  for (let length = 0; length < whole.length; length++) {
    const bytes = whole.subarray(0, length);
    const found = decode(bytes, scanJournal(bytes));
    assert.ok(found.every(({ json }) => !json.startsWith('{"forged"')), `cut at ${length}`);
  }
});

Deno.test("no bytes make the scan fail", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    const scan = scanJournal(bytes);
    assert.deepEqual(scan.lines, []);
    checkLine(bytes, 0, bytes.length);
  }));
});
