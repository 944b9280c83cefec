import assert from "node:assert/strict";
import * as fc from "fast-check";
import { openReadableIndex } from "../../src/history/index_opening.ts";
import { IndexOverlay } from "../../src/history/index_overlay.ts";
import type { IndexService } from "../../src/history/index_service.ts";
import { parseQuery } from "../../src/history/search_query.ts";
import type { ChatEvent, Content } from "../../src/message/event.ts";
import { test } from "../harness/test.ts";
import { DEVICE, type Filters, HandJournal, type Match, scan } from "./index_fixture.ts";
import { TempFolder } from "./temp_folder.ts";

const ROOMS = ["lobby", "garden", "direct:alice@n,bob@n"];
const SENDERS = ["alice@n", "bob@n"];
const WORDS = ["red", "reed", "blue", "caf\u00e9", "\u65e5\u672c", "\u672c\u8a9e", "e-mail"];
const QUERIES = [...WORDS, "re*", "r*", '"red blue"', "red blue", "\u672c", "cafe", "e*", "none"];

/** What happens next. Targets are counted backwards and forwards from here. */
type Action =
  | { readonly kind: "message"; readonly words: readonly string[] }
  | { readonly kind: "edit"; readonly target: number; readonly words: readonly string[] }
  | { readonly kind: "redaction"; readonly target: number }
  | { readonly kind: "rotate" | "restart" | "step" };

interface Planned {
  readonly action: Action;
  readonly room: number;
  readonly sender: number;
  readonly device: string | undefined;
  readonly delay: number;
}

const words = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 4 });
const target = fc.integer({ min: -6, max: 3 });
const planned: fc.Arbitrary<Planned> = fc.record({
  action: fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("message" as const), words }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("edit" as const), target, words }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("redaction" as const), target }) },
    fc.record({ kind: fc.constantFrom("rotate" as const, "restart" as const, "step" as const) }),
  ),
  room: fc.nat({ max: ROOMS.length - 1 }).map((room) => room % 2 === 0 ? 0 : room),
  sender: fc.nat({ max: SENDERS.length - 1 }),
  device: fc.constantFrom(DEVICE, "other", "third", undefined),
  delay: fc.integer({ min: -3, max: 5 }),
});

/** An event that is what `plan` says; ids can be told beforehand, so targets may come later. */
function eventOf(plan: readonly Planned[], index: number, time: number): ChatEvent {
  const planned = plan[index]!;
  const { action, device } = planned;
  // A change is made in the room of what it changes, but for one in seven.
  const strays = index % 7 === 6 || !("target" in action);
  const target = strays ? undefined : plan[index + action.target];
  const room = ROOMS[(target ?? planned).room] ?? "";
  const idOf = (at: number) => `${ROOMS[plan[at]?.room ?? planned.room]}::t::${at}`;
  const said = (words: readonly string[]) => ({ body: words.join(" "), msgtype: "m.text" });
  const content: Content = action.kind === "message"
    ? said(action.words)
    : action.kind === "edit"
    ? { replaces: idOf(index + action.target), new_content: said(action.words) }
    : action.kind === "redaction"
    ? { redacts: idOf(index + action.target) }
    : {};
  return {
    event_id: idOf(index),
    room_id: room,
    timestamp_ms: time,
    sender_id: SENDERS[planned.sender] ?? "",
    type: `m.room.${action.kind}`,
    parent_event_id: null,
    prev_event_hash: null,
    signature: null,
    content: device === undefined
      ? content
      : { ...content, chatnode: { device, seq: index + 1 } } as Content,
  };
}

const filters = fc.record({
  rooms: fc.option(fc.subarray([...ROOMS, "nowhere"]), { nil: undefined }),
  sender: fc.option(fc.constantFrom(...SENDERS, "nobody@n"), { nil: undefined }),
  since: fc.option(fc.integer({ min: 990, max: 1_060 }), { nil: undefined }),
  until: fc.option(fc.integer({ min: 990, max: 1_060 }), { nil: undefined }),
}) as fc.Arbitrary<Filters>;

function find(
  service: Pick<IndexService, "search">,
  text: string,
  filters: Filters,
  limit = 200,
): Match[] {
  const found: Match[] = [];
  const { rooms, sender, since, until } = filters;
  let cursor: string | undefined;
  for (;;) {
    const phrases = parseQuery(text);
    const page = service.search({ phrases, rooms, sender, since, until, limit, cursor });
    found.push(...page.found.map(({ room, offset, edit }) => [room, offset, edit] as const));
    if (page.next === undefined) return found;
    assert.equal(page.found.length, limit);
    cursor = page.next;
  }
}

test("an index that only adds to another one finds the same", async () => {
  const plan = fc.array(planned, { minLength: 10, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(plan, fc.nat({ max: 10 }), filters, async (plan, kept, filters) => {
      await using folder = await TempFolder.make();
      const journal = await HandJournal.make(folder.path);
      const events = plan.filter(({ action }) => !("rotate restart step".includes(action.kind)));
      const service = journal.open();
      let time = 1_000;
      const half = Math.floor(events.length * kept / 10);
      const write = (planned: Planned, index: number) => {
        journal.write(eventOf(events, index, time += planned.delay));
      };
      events.slice(0, half).forEach(write);
      // Wanted texts are left to the overlay, too.
      while ((await service.step(journal.end)).progress !== "reached");
      const { end } = journal;
      service.close();
      events.slice(half).forEach((planned, index) => write(planned, index + half));
      const { path, epoch } = journal.settings;
      const base = openReadableIndex({ path, epoch, quarantine: journal.layout.quarantine });
      assert.ok(typeof base !== "string");
      const overlay = new IndexOverlay(base, DEVICE);
      if (journal.end.byte > end.byte) {
        overlay.read(journal.layout.journal(1), end.byte, journal.end.byte);
      }
      for (let wanted = overlay.wanted(); wanted.length > 0; wanted = overlay.wanted()) {
        overlay.refresh(journal.texts(wanted));
      }
      for (const query of QUERIES) {
        assert.deepEqual(find(overlay, query, {}), scan(journal.events, query), query);
        const expected = scan(journal.events, query, filters);
        assert.deepEqual(find(overlay, query, filters, 2), expected, `${query} with filters`);
      }
      overlay.close();
      base.db.close();
    }),
    { numRuns: 60 },
  );
});

test("the index finds what a look at every event finds", async () => {
  const plan = fc.array(planned, { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      plan,
      filters,
      fc.integer({ min: 1, max: 5 }),
      async (plan, filters, limit) => {
        await using folder = await TempFolder.make();
        const journal = await HandJournal.make(folder.path);
        let service = journal.open();
        let time = 1_000;
        for (const [index, planned] of plan.entries()) {
          const { kind } = planned.action;
          if (kind === "rotate") journal.rotate();
          else if (kind === "step") await service.step(journal.end);
          else if (kind === "restart") {
            service.close();
            service = journal.open();
          } else journal.write(eventOf(plan, index, time += planned.delay));
        }
        await journal.catchUp(service);
        for (const query of QUERIES) {
          assert.deepEqual(find(service, query, {}), scan(journal.events, query), query);
          assert.deepEqual(
            find(service, query, filters, limit),
            scan(journal.events, query, filters),
            `${query} with filters`,
          );
        }
        service.close();
      },
    ),
    { numRuns: 60 },
  );
});

test("an end of the journal that was lost and written anew is noticed", async () => {
  await using folder = await TempFolder.make();
  const journal = await HandJournal.make(folder.path);
  const plan = [said("red"), said("reed"), said("blue")];
  const first = journal.open();
  journal.write(eventOf(plan, 0, 1_000));
  journal.write(eventOf(plan, 1, 1_001));
  await journal.catchUp(first);
  assert.equal(find(first, "reed", {}).length, 1);
  first.close();
  journal.forgetLast();
  // As long as the line that was lost: only its checksum tells.
  journal.write(eventOf([said("red"), said("blue")], 1, 1_001));
  const second = journal.open();
  await journal.catchUp(second);
  assert.deepEqual(find(second, "reed", {}), []);
  assert.deepEqual(find(second, "blue", {}), [["lobby", 1, undefined]]);
  second.close();
});

test("times are from since on and before until", async () => {
  await using folder = await TempFolder.make();
  const journal = await HandJournal.make(folder.path);
  const plan = [said("red"), said("red"), said("red")];
  plan.forEach((_, index) => journal.write(eventOf(plan, index, 1_000 + index)));
  const service = journal.open();
  await journal.catchUp(service);
  const offsets = (filters: Filters) => find(service, "red", filters).map(([, offset]) => offset);
  assert.deepEqual(offsets({ since: 1_001 }), [2, 1]);
  assert.deepEqual(offsets({ until: 1_001 }), [0]);
  assert.deepEqual(offsets({ since: 1_001, until: 1_002 }), [1]);
  assert.deepEqual(offsets({ since: 1_003 }), []);
  service.close();
});

/** A message of one word. */
function said(word: string): Planned {
  const action = { kind: "message" as const, words: [word] };
  return { action, room: 0, sender: 0, device: DEVICE, delay: 1 };
}
