/**
 * What a store reads when it is opened: the summaries of closed journal files and the whole of
 * those that were not closed properly.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import { JournalContents } from "./journal_contents.ts";
import { emptyJournal } from "./journal_set.ts";
import { type RecoveredJournal, recoverJournal } from "./journal_recovery.ts";
import type { JournalSet } from "./journal_set.ts";
import { journalName, type Layout, listJournals, readIfThere } from "./layout.ts";
import type { Quarantine } from "./quarantine.ts";
import type { RecentEvents } from "./recent.ts";
import type { Rooms } from "./rooms.ts";
import { at, StoredLine } from "./slice.ts";

/** What {@linkcode loadJournals} fills and where from. */
export interface LoadingOptions {
  readonly layout: Layout;
  readonly quarantine: Quarantine;
  readonly rooms: Rooms;
  readonly recent: RecentEvents;
  readonly journals: JournalSet;
  /** The id of this device. */
  readonly device: string;
  /** Called when an offset that was given to an event may be given again, before that can be. */
  readonly renumber: () => Promise<void>;
}

/** Where the store goes on. */
export interface LoadedJournals {
  /** The journal file to continue with and its good bytes. */
  readonly number: number;
  readonly length: number;
  /** No new event of ours may have an earlier timestamp. */
  readonly floor: number;
}

/** Loads the journal files above `sealed`, the last one that is in segments. */
export async function loadJournals(
  options: LoadingOptions,
  sealed: number = 0,
): Promise<LoadedJournals> {
  const { layout, journals } = options;
  const numbers = (await listJournals(layout)).filter((number) => number > sealed);
  let next = sealed + 1;
  let floor = 0;
  const summaries = readAhead(numbers, (number) => readIfThere(layout.summary(number)));
  for (const number of numbers) {
    const last = number === numbers.at(-1);
    const file = await openJournal(options, number, await summaries());
    const { contents, positions, length } = file;
    const info = { number, contents, positions, length };
    journals.add(info);
    if (takeOver(options.rooms, file) === "renumbered") await options.renumber();
    if (last && file.state === "whole") {
      return { number, length, floor: Math.max(floor, contents.latest) };
    }
    if (file.state !== "closed") await journals.saveSummary(info);
    floor = Math.max(floor, file.contents.latest + 1);
    next = number + 1;
  }
  journals.add(emptyJournal(next));
  return { number: next, length: 0, floor };
}

/** Files that are read while those before them are looked at. */
const AHEAD = 16;

/** Reads for each of `items` in their order, some of them ahead. */
function readAhead<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
): () => Promise<Result | undefined> {
  const begun: Promise<Result>[] = [];
  let next = 0;
  return async () => {
    while (next < items.length && begun.length < AHEAD) {
      const reading = read(at(items, next++));
      // It is awaited later, when its turn has come.
      reading.catch(() => undefined);
      begun.push(reading);
    }
    return await begun.shift();
  };
}

/** A journal file with a summary is closed; one that holds damaged lines is not continued. */
interface OpenedJournal extends RecoveredJournal {
  readonly state: "closed" | "whole" | "damaged";
}

async function openJournal(
  { layout, quarantine, recent, device }: LoadingOptions,
  number: number,
  summary: Uint8Array | undefined,
): Promise<OpenedJournal> {
  const path = layout.journal(number);
  const contents = summary && JournalContents.decode(summary);
  if (contents !== undefined) {
    const { size } = await Deno.stat(path);
    // What was read before would leave a hole where this file is not read.
    recent.clear();
    return { state: "closed", contents, positions: undefined, length: size, damaged: [], torn: "" };
  }
  const touched = new Set<RoomId>();
  const recovered = await recoverJournal({
    path,
    name: `journal/${journalName(number)}.jsonl`,
    quarantine,
    device,
    visit: ({ room, offset, json }, origin) => {
      touched.add(room);
      recent.add(new StoredLine(room, offset, json), origin);
    },
  });
  for (const room of touched) recent.touch(room);
  return { ...recovered, state: recovered.damaged.length > 0 ? "damaged" : "whole" };
}

/** What stands at the beginning of a line of ours, whatever became of its checksum. */
const LENIENT = /,(\d{1,15}),\{"event_id":"[^"\\]*","room_id":"([^"\\]*)"/;

/**
 * Adds a file's numbers to the rooms'. Every damaged line should show as a hole in the offsets, or
 * tell itself which one it had; otherwise an offset that somebody knows could be given again. A
 * line that was cut off is unknown to everybody, but its end may as well have been damaged later.
 */
function takeOver(rooms: Rooms, file: RecoveredJournal): "kept" | "renumbered" {
  let holes = 0;
  for (const [room, contents] of file.contents.rooms) {
    holes += contents.last - contents.first + 1 - contents.count;
    holes += contents.first - rooms.summary(room).next;
    rooms.load(room, contents, file.contents.latest);
  }
  for (const line of file.damaged) if (reserve(rooms, file, line)) holes++;
  reserve(rooms, file, file.torn);
  return file.damaged.length > holes ? "renumbered" : "kept";
}

/** Leaves out the offset that stands in a damaged line when it would be the room's next one. */
function reserve(rooms: Rooms, file: RecoveredJournal, line: string): boolean {
  const [, offset, room = ""] = LENIENT.exec(line) ?? [];
  if (offset === undefined || Number(offset) !== rooms.summary(room).next) return false;
  if (!file.contents.reserve(room, Number(offset))) return false;
  rooms.of(room).accepted = rooms.of(room).next = Number(offset) + 1;
  return true;
}
