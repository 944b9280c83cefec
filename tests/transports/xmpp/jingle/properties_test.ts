/** Whatever is said in whatever order: no crash, no byte too many, nothing kept that is not right. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "../../../harness/test.ts";
import {
  BOB,
  checksumOf,
  IBB,
  JingleStage,
  MALLORY,
  MemorySink,
  offerOf,
  reasonOf,
  sha256,
  STREAM,
} from "./stage.ts";

/** Something that happens. */
type Happening = (stage: JingleStage, sinks: MemorySink[]) => Promise<unknown>;

const TEXT = "abcdefghijklmnopqrstuvwxyz012345";

const people = fc.constantFrom(BOB, BOB, BOB, MALLORY, "bob@localhost/other");
const sids = fc.constantFrom("s1", "s1", "s2");
const texts = fc.constantFrom(TEXT.slice(0, 16), TEXT.slice(16), "", "abc", TEXT, "\u00ff\u0000");

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ sid: sids, from: people, text: fc.constantFrom(TEXT, TEXT, "", "x") }).map(
    ({ sid, from, text }): Happening => (stage) =>
      stage.jingle("session-initiate", offerOf(text), sid, from),
  ),
  fc.record({ from: people, size: fc.nat(70_000) }).map(
    ({ from, size }): Happening => (stage) => stage.open(size % 3 === 0 ? 16 : size, STREAM, from),
  ),
  ...[0, 1].map((seq) =>
    fc.constant<Happening>((stage) => stage.block(seq, TEXT.slice(16 * seq, 16 * seq + 16)))
  ),
  fc.record({ seq: fc.nat(4), text: texts, from: people }).map(
    ({ seq, text, from }): Happening => (stage) => stage.block(seq, text, STREAM, from),
  ),
  fc.record({ data: fc.string(), seq: fc.string({ maxLength: 6 }) }).map(
    ({ data, seq }): Happening => (stage) =>
      stage.iq(
        `<data xmlns="${IBB}" sid="${STREAM}" seq="${escaped(seq)}">${escaped(data)}</data>`,
      ),
  ),
  fc.constant<Happening>((stage) => stage.iq(`<close xmlns="${IBB}" sid="${STREAM}"/>`)),
  fc.record({ sid: sids, from: people, reason: fc.constantFrom("cancel", "success", "weather") })
    .map(({ sid, from, reason }): Happening => (stage) =>
      stage.jingle("session-terminate", reasonOf(reason), sid, from)
    ),
  fc.record({
    action: fc.constantFrom(
      ...["session-accept", "session-info", "transport-accept", "transport-reject", "dance"],
      ...["transport-replace", "content-add", "content-remove", "content-modify", ""],
    ),
    inner: fc.constantFrom(
      ...["", offerOf(TEXT), checksumOf(sha256(TEXT)), checksumOf(sha256("else"))],
      ...["<content/>", "<reason/>", `<x xmlns="urn:example"/>`],
    ),
    sid: fc.constantFrom("s1", ""),
  }).map(({ action, inner, sid }): Happening => (stage) => stage.jingle(action, inner, sid)),
  fc.constant<Happening>((stage, sinks) => {
    const sink = new MemorySink();
    sinks.push(sink);
    const id = stage.transfers.open[0]?.id ?? "0";
    void stage.transfers.accept(id, sink).catch(() => {});
    return Promise.resolve();
  }),
  fc.constantFrom("declined", "cancelled").map((how): Happening => (stage) => {
    const [first] = stage.transfers.open;
    if (first !== undefined) stage.transfers.end(first.id, how as "declined" | "cancelled");
    return Promise.resolve();
  }),
);

function escaped(text: string): string {
  const printable = text.replace(/[^ -~]/g, "?");
  return printable.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
}

test("incoming: stanzas in whatever order", async () => {
  let kept = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(happenings, { maxLength: 30 }),
      fc.boolean(),
      async (all, isTaken) => {
        const sinks: MemorySink[] = [];
        {
          await using stage = new JingleStage();
          if (isTaken) {
            // Half of them begin where bytes flow.
            const sink = new MemorySink();
            sinks.push(sink);
            await stage.jingle("session-initiate", offerOf(TEXT));
            void stage.transfers.accept("1", sink).catch(() => {});
            await stage.open();
          }
          // Every request has one answer, or this throws.
          for (const happen of all) await happen(stage, sinks);
        }
        for (const sink of sinks) {
          const text = String.fromCharCode(...sink.bytes);
          assert.ok(text.length <= TEXT.length, "no more than was announced");
          assert.notEqual(sink.isKept, sink.isDiscarded, "kept or gone, never both or neither");
          if (sink.isKept) assert.ok(["", "x", TEXT].includes(text), "and only what was announced");
          if (sink.isKept) kept += 1;
        }
      },
    ),
    { numRuns: 400 },
  );
  assert.ok(kept > 0, "some of them go well");
});

test("incoming: whatever content in whatever blocks comes out as it was", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1 }),
      async (bytes, sizes) => {
        await using stage = new JingleStage();
        const text = String.fromCharCode(...bytes);
        const sink = new MemorySink();
        const file = `<size>${bytes.length}</size>\
<hash xmlns="urn:xmpp:hashes:2" algo="sha-256">${sha256(bytes)}</hash>`;
        await stage.jingle("session-initiate", offerOf("", { file }));
        const result = stage.transfers.accept("1", sink);
        await stage.says("session-accept");
        await stage.open();
        let at = 0;
        for (let seq = 0; at < text.length; seq += 1) {
          const block = text.slice(at, at + (sizes[seq % sizes.length] ?? 1));
          assert.equal(await stage.block(seq, block), "result");
          at += block.length;
        }
        assert.deepEqual(await result, { isVerified: true });
        assert.deepEqual([...sink.bytes], [...bytes]);
      },
    ),
    { numRuns: 60 },
  );
});
