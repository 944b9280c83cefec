import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { openHistory } from "../../../src/history/open.ts";
import { canonicalEvent } from "../../../src/message/canonical.ts";
import type { ChatEvent } from "../../../src/message/event.ts";
import { encodeEvent } from "../../../src/message/line.ts";
import { getLogger } from "../../../src/log.ts";
import { openTrust } from "../../../src/transports/bucket/trust/trust.ts";
import { recordKey } from "../../../src/transports/bucket/trust/statement.ts";
import type { VerifiedObject } from "../../../src/transports/bucket/verification/contract.ts";
import { HistoryEvents } from "../../../src/transports/bucket/verification/known_events.ts";
import { openVerification } from "../../../src/transports/bucket/verification/verification.ts";
import type { SegmentObject } from "../../../src/transports/bucket/verification/contract.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";
import { Author, fileOf, keyOf, objectOf } from "./author.ts";
import { bodiesOf, codesOf, Reader } from "./reader.ts";

/** What somebody does to the lines of a file. */
type Damage = (lines: Buffer[]) => Buffer[];

const at = fc.nat({ max: 30 });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  at.map((index): Damage => (lines) => lines.filter((_, each) => each !== index)),
  at.map((index): Damage => (lines) =>
    lines.flatMap((line, each) => each === index ? [line, line] : [line])
  ),
  fc.tuple(at, at).map(([from, to]): Damage => (lines) => {
    const moved = lines.slice();
    const [line] = moved.splice(from % lines.length, 1);
    moved.splice(to % lines.length, 0, line!);
    return moved;
  }),
  fc.tuple(at, fc.nat({ max: 700 }), fc.nat({ max: 255 })).map(
    ([index, byte, value]): Damage => (lines) =>
      lines.map((line, each) => {
        if (each !== index) return line;
        const changed = Buffer.from(line);
        changed[byte % changed.length] = value;
        return changed;
      }),
  ),
  fc.tuple(at, fc.uint8Array({ maxLength: 80 })).map(([index, bytes]): Damage => (lines) =>
    lines.toSpliced(index % (lines.length + 1), 0, Buffer.from(bytes))
  ),
);

test("verification: whatever is done to a file, nothing is accepted that was not written", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(damage, { minLength: 1, maxLength: 6 }),
      fc.constantFrom("each" as const, "chain-ends" as const),
      (damages, signatures) =>
        withDataFolder(async (data) => {
          const reader = await Reader.open(data, { signatures });
          const alpha = new Author(1);
          await reader.meet(alpha);
          const events = [...alpha.talk(5), ...alpha.talk(3, { sender: "bob@alpha" })];
          const written = new Set(events.map(canonicalEvent));
          const lines = damages.reduce<Buffer[]>(
            (all, spoil) => all.length === 0 ? all : spoil(all),
            events.map((event) => Buffer.from(encodeEvent(event))),
          );
          const bytes = Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")]));
          const verified = await reader.pull(objectOf(keyOf(events, alpha.device), bytes));
          for (const { event, json } of verified.accepted) {
            assert.ok(written.has(canonicalEvent(event)), json);
          }
          const ids = verified.accepted.map(({ event }) => event.event_id);
          assert.equal(new Set(ids).size, ids.length);
          // The sound file is accepted afterwards, and nobody is shut out for what others did.
          const sound = await reader.pull(fileOf(alpha, events));
          assert.equal(sound.accepted.length, events.length);
          assert.deepEqual(reader.verification.missing(), []);
        }),
    ),
    { numRuns: 150 },
  ));

test("verification: a state that is lost is made again, without false alarm", () =>
  withDataFolder(async (data) => {
    const alpha = new Author(1);
    const [first, second] = [alpha.talk(4), alpha.talk(4)];
    const reader = await Reader.open(data);
    await reader.meet(alpha);
    await reader.pull(fileOf(alpha, first));
    await reader.verification.save();
    await Deno.remove(join(data, "sync", "bucket", "chains.jsonl"));
    const anew = await Reader.open(data, {}, reader.stored);
    assert.deepEqual(codesOf(await anew.pull(fileOf(alpha, second))), ["chain/gap"]);
    assert.deepEqual(codesOf(await anew.pull(fileOf(alpha, first))), []);
    assert.deepEqual(anew.verification.missing(), []);
  }));

test("verification: a chain goes on after a restart, and so does what is missing in it", () =>
  withDataFolder(async (data) => {
    const alpha = new Author(1);
    const events = alpha.talk(6);
    const other = new Author(1);
    other.talk(2, { body: "another story" });
    const reader = await Reader.open(data);
    await reader.meet(alpha);
    await reader.pull(fileOf(alpha, [events[0]!, events[3]!]));
    await reader.verification.save();
    const again = await Reader.open(data, {}, reader.stored);
    assert.deepEqual(again.verification.missing().map(({ from, to }) => [from, to]), [[2, 3]]);
    assert.deepEqual(codesOf(await again.pull(fileOf(alpha, events.slice(1, 3)))), []);
    assert.deepEqual(codesOf(await again.pull(fileOf(alpha, events.slice(4)))), []);
    const fork = await again.pull(fileOf(alpha, other.talk(1)));
    assert.deepEqual(codesOf(fork), ["chain/fork"]);
  }));

test("verification: what is not committed is as if it had not been verified", () =>
  withDataFolder(async (data) => {
    const alpha = new Author(1);
    const events = alpha.talk(4);
    const reader = await Reader.open(data);
    await reader.meet(alpha);
    // The history could not store it.
    await reader.verify(fileOf(alpha, events));
    const verified = await reader.pull(fileOf(alpha, events));
    assert.deepEqual(codesOf(verified), []);
    assert.deepEqual(bodiesOf(verified), ["message 1", "message 2", "message 3", "message 4"]);
  }));

test("verification: an aborted one ends with the signal's reason", () =>
  withDataFolder(async (data) => {
    const reader = await Reader.open(data);
    const alpha = new Author(1);
    const reason = new Error("enough");
    const aborted = AbortSignal.abort(reason);
    await assert.rejects(
      reader.verification.verify(fileOf(alpha, alpha.talk(1)), aborted),
      reason,
    );
    // And does not stand in the way of the next one.
    assert.equal((await reader.verify(fileOf(alpha, alpha.talk(1)))).unknownDevices.length, 1);
  }));

/** Verifies against a real history and stores what is accepted. */
async function withHistory(
  body: (pull: (object: SegmentObject) => Promise<VerifiedObject>) => Promise<void>,
  ...authors: readonly Author[]
): Promise<void> {
  await withDataFolder(async (data) => {
    const history = await openHistory({ dir: data, node: () => Promise.resolve("home") });
    try {
      const logger = getLogger(["test"]);
      const { device } = history.parts;
      const trust = await openTrust({ data, device, clock: systemClock, logger });
      for (const { device, recordBytes } of authors) {
        await trust.learn(recordKey(device), recordBytes);
      }
      const verification = await openVerification({
        folder: join(data, "sync", "bucket"),
        signers: trust,
        known: new HistoryEvents(history),
        policy: { unknownKeys: "refuse", unchained: "accept" },
        clock: systemClock,
      });
      await body(async (object) => {
        const verified = await verification.verify(object, new AbortController().signal);
        const { room = "", writer, accepted } = verified;
        await history.ingest({ room, writer, lines: accepted.map(({ json }) => json) });
        verification.commit(verified);
        return verified;
      });
    } finally {
      await history.close();
    }
  });
}

test("verification: a real history shows the other event of a fork", () => {
  const alpha = new Author(1);
  return withHistory(async (pull) => {
    const before = alpha.talk(3);
    const other = alpha.copy();
    const events = alpha.talk(2);
    await pull(fileOf(alpha, [...before, ...events]));
    const forked: ChatEvent[] = other.talk(1);
    const { faults } = await pull(fileOf(alpha, forked));
    assert.deepEqual(faults.map(({ code }) => code), ["chain/fork"]);
    assert.deepEqual(faults[0]?.evidence, [encodeEvent(forked[0]!), encodeEvent(events[0]!)]);
  }, alpha);
});

test("verification: an id that is given again at another time is found in a real history", () => {
  const [alpha, beta] = [new Author(1), new Author(2, "beta")];
  return withHistory(
    async (pull) => {
      const [event] = alpha.talk(1);
      await pull(fileOf(alpha, [event!]));
      const again = beta.talk(1, {
        id: event!.event_id,
        at: event!.timestamp_ms + 30 * 24 * 60 * 60 * 1000,
        sender: "eve@beta",
      });
      assert.deepEqual(codesOf(await pull(fileOf(beta, again))), ["id/replayed"]);
    },
    alpha,
    beta,
  );
});
