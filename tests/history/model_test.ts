/** Whatever is done to a store in whatever order, it holds what a simple model holds. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import type { PageQuery, StoredEvent } from "../../src/history/contract.ts";
import type { FileHistory } from "../../src/history/store.ts";
import { openHistory } from "../../src/history/open.ts";
import type { ChatEvent } from "../../src/message/event.ts";
import { encodeEvent } from "../../src/message/line.ts";
import { draft } from "../conformance/history.ts";
import { eventually } from "../harness/eventually.ts";
import { ManualClock } from "../harness/manual_clock.ts";
import { TempFolder } from "./temp_folder.ts";

const START = Date.UTC(2026, 4, 1, 23, 0, 0);
const ROOMS = ["lobby", "garden"] as const;

type Step =
  | { readonly do: "append"; readonly room: 0 | 1; readonly sender: number; readonly count: number }
  | { readonly do: "resend"; readonly room: 0 | 1; readonly which: number }
  | { readonly do: "ingest"; readonly room: 0 | 1; readonly ages: readonly number[] }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "seal" | "rotate" | "reopen" | "crash" };

const room = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("append" as const),
      room,
      sender: fc.nat(2),
      count: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("resend" as const), room, which: fc.nat() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("ingest" as const),
      room,
      ages: fc.array(fc.integer({ min: -1_000, max: 5_000_000 }), { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(0, 1, 1_000, 3_600_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("seal" as const, "rotate" as const, "reopen" as const, "crash" as const),
    }),
  },
);

/** A store beside what it should hold. */
class Pair {
  readonly clock = new ManualClock(START);
  readonly events: [StoredEvent[], StoredEvent[]] = [[], []];
  #folder!: TempFolder;
  #history!: FileHistory;
  #foreign = 0;

  static async begin(): Promise<Pair> {
    const pair = new Pair();
    pair.#folder = await TempFolder.make();
    await pair.#open();
    return pair;
  }

  async end(): Promise<void> {
    await this.#history.close();
    await this.#folder[Symbol.asyncDispose]();
  }

  async run(each: Step): Promise<void> {
    switch (each.do) {
      case "append":
        return await this.#append(each.room, each.sender, each.count);
      case "resend":
        return await this.#resend(each.room, each.which);
      case "ingest":
        return await this.#ingest(each.room, each.ages);
      case "wait":
        return this.clock.advance(each.ms);
      case "seal":
        return await this.#history.seal();
      case "rotate":
        return await this.#history.parts.writer.rotate();
      case "reopen":
        await this.#history.close();
        return await this.#open();
      case "crash":
        return await this.#crash();
    }
  }

  async check(): Promise<void> {
    for (const [index, name] of ROOMS.entries()) {
      const expected = this.events[index]!;
      const summary = this.#history.room(name);
      assert.deepEqual([summary.first, summary.next], [0, expected.length]);
      const read = await this.#history.read(name, 0, 1000);
      assert.deepEqual(read.map(lineOf), expected.map(lineOf));
      const from = expected.length >> 1;
      const some = await this.#history.read(name, from, 7);
      assert.deepEqual(some.map(lineOf), expected.slice(from, from + 7).map(lineOf));
      await this.#checkPages(name, expected);
    }
  }

  async #checkPages(name: string, expected: readonly StoredEvent[]): Promise<void> {
    const timeline = expected.toSorted((a, b) =>
      a.event.timestamp_ms - b.event.timestamp_ms || (a.event.event_id < b.event.event_id ? -1 : 1)
    );
    for (const at of [0, timeline.length >> 1, timeline.length - 1]) {
      const event = timeline[at]?.event;
      if (event === undefined) continue;
      const place = { timestamp: event.timestamp_ms, id: event.event_id };
      const rows: readonly (readonly [PageQuery, number, number])[] = [
        [{ limit: 5, before: place }, Math.max(0, at - 5), at],
        [{ limit: 5, after: place }, at + 1, at + 6],
        [{ limit: 5 }, Math.max(0, timeline.length - 5), timeline.length],
      ];
      for (const [query, begin, end] of rows) {
        const page = await this.#history.page(name, query);
        assert.deepEqual(page.events.map(lineOf), timeline.slice(begin, end).map(lineOf));
        assert.equal(page.moreBefore, begin > 0);
        assert.equal(page.moreAfter, end < timeline.length);
      }
      const found = await this.#history.get(name, event.event_id);
      assert.equal(found && lineOf(found), lineOf(timeline[at]!));
    }
  }

  async #append(index: 0 | 1, sender: number, count: number): Promise<void> {
    const target = this.events[index];
    const base = target.length;
    const drafts = Array.from({ length: count }, (_, each) =>
      draft(`text ${base + each}`, {
        room: ROOMS[index],
        sender: `sender${sender}@node`,
        key: `key ${base + each}`,
      }));
    const appended = await Promise.all(drafts.map((each) => this.#history.append(each)));
    for (const { stored, duplicate } of appended) {
      assert.equal(duplicate, false);
      target.push(stored);
    }
  }

  async #resend(index: 0 | 1, which: number): Promise<void> {
    const own = this.events[index].filter(({ event }) => event.content.chatnode?.key !== undefined);
    const chosen = own[which % own.length];
    if (chosen === undefined) return;
    const { sender_id: sender, content: { chatnode } } = chosen.event;
    const again = draft("again", { room: ROOMS[index], sender, key: chatnode?.key ?? "" });
    const { stored, duplicate } = await this.#history.append(again);
    assert.deepEqual([lineOf(stored), duplicate], [lineOf(chosen), true]);
  }

  /** Other writers' events, each twice, with some that are known already among them. */
  async #ingest(index: 0 | 1, ages: readonly number[]): Promise<void> {
    const target = this.events[index];
    const fresh = ages.map((age) => foreignEvent(ROOMS[index], START - age, ++this.#foreign));
    const known = target.filter(({ event }) => event.content.chatnode === undefined).slice(0, 3);
    const lines = [...fresh, ...known.map(({ event }) => event), ...fresh].map(encodeEvent);
    const result = await this.#history.ingest({ room: ROOMS[index], writer: "carol", lines });
    assert.deepEqual(result.stored.map(({ event }) => event), fresh);
    assert.equal(result.known, known.length + fresh.length);
    target.push(...result.stored);
  }

  /** The process ends without a word: what is on the disk is all that is left. */
  async #crash(): Promise<void> {
    // A copy made while files change would show a state that no disk ever had.
    const copy = await eventually("the store rests", async () => {
      const before = await fingerprint(this.#folder.path).catch(() => "changing");
      const made = await TempFolder.copyOf(this.#folder.path).catch(() => undefined);
      if (made !== undefined && before === await fingerprint(this.#folder.path).catch(() => "")) {
        return made;
      }
      await made?.[Symbol.asyncDispose]();
      return undefined;
    });
    await this.#history.close();
    await this.#folder[Symbol.asyncDispose]();
    this.#folder = copy;
    await this.#open();
  }

  async #open(): Promise<void> {
    const { clock } = this;
    this.#history = await openHistory({ dir: this.#folder.path, clock, journalBytes: 15_000 });
  }
}

/** Every file's name and time of change. */
async function fingerprint(folder: string): Promise<string> {
  let text = "";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    const { mtime, size } = await Deno.stat(path);
    text += `${path} ${mtime?.getTime()} ${size}\n`;
    if (isDirectory) text += await fingerprint(path);
  }
  return text;
}

function foreignEvent(room: string, timestamp: number, count: number): ChatEvent {
  const uuid = `00000000-0000-4000-8000-${String(count).padStart(12, "0")}`;
  return {
    event_id: `${room}::${new Date(timestamp).toISOString()}::${uuid}`,
    room_id: room,
    timestamp_ms: timestamp,
    sender_id: "carol@example.org",
    type: "m.room.message",
    parent_event_id: null,
    prev_event_hash: null,
    signature: "AAAA",
    content: { body: `foreign ${count}`, msgtype: "m.text" },
  };
}

/** What stays the same whether an event is sealed or not. */
function lineOf({ offset, event }: StoredEvent): string {
  const signature = event.content.chatnode === undefined ? event.signature : null;
  return `${offset} ${encodeEvent({ ...event, signature, prev_event_hash: null })}`;
}

Deno.test("a store holds what a model holds, through restarts, crashes and sealing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const pair = await Pair.begin();
      try {
        for (const each of steps) await pair.run(each);
        await pair.check();
        await pair.run({ do: "reopen" });
        await pair.check();
      } finally {
        await pair.end();
      }
    }),
    { numRuns: 25, endOnFailure: true },
  );
});
