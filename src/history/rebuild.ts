/**
 * Makes the catalog again from the files themselves when it was lost or damaged. Slow, since every
 * segment is read; complete, since segments hold everything but the order of arrival between
 * writers. The numbering of offsets is a new one, and needs a new epoch.
 *
 * @module
 */
import { join } from "node:path";
import type { Address, RoomId } from "../message/event.ts";
import type { ChainTail } from "../message/chain.ts";
import { decodeFileName } from "../message/file_name.ts";
import { breathe } from "./breather.ts";
import { CatalogState } from "./catalog_state.ts";
import { recoverJournal } from "./journal_recovery.ts";
import type { Device } from "./keys.ts";
import { removeIfThere } from "../files.ts";
import { journalName, type Layout, listJournals, listNames } from "./layout.ts";
import type { Quarantine } from "./quarantine.ts";
import { type FoundSegment, inspectSegment, type SegmentPlace } from "./rebuild_segment.ts";
import { sealJournal, type SenderTail } from "./sealing.ts";
import { parseSegmentName, type SegmentInfo } from "./segments.ts";

/** What a rebuilding works on. */
export interface RebuildOptions {
  readonly layout: Layout;
  readonly device: Device;
  readonly quarantine: Quarantine;
  /** Called after each file. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A room whose events have no offsets yet. */
interface FoundRoom {
  readonly segments: Map<string, Omit<SegmentInfo, "runs">>;
  readonly tails: Map<Address, ChainTail>;
}

/** The catalog that fits the files; every journal file is in segments afterwards. */
export async function rebuildCatalog(options: RebuildOptions): Promise<CatalogState> {
  const { layout } = options;
  const numbers = await listJournals(layout);
  const places = await findSegments(options);
  const total = numbers.length * 2 + places.length;
  let done = 0;
  const step = () => options.onProgress?.(++done, total);

  const journals: Journal[] = [];
  for (const number of numbers) {
    journals.push(await readJournal(options, number));
    step();
  }
  const earliest = Math.min(...journals.map((journal) => journal.earliest));
  const rooms = new Map<RoomId, FoundRoom>();
  for (const place of places) {
    // What a journal file that is still here gave, or will give, is made from it again.
    const isLate = place.origin === "own" && place.start >= earliest;
    if (!isLate) addFound(rooms, await readSegment(options, place));
    step();
  }
  for (const { segments } of rooms.values()) leaveOutParts(segments);
  for (const journal of journals) {
    await sealInto(rooms, options, journal);
    step();
  }
  return numberAll(rooms, numbers.at(-1) ?? 0);
}

interface Journal {
  readonly number: number;
  readonly length: number;
  readonly earliest: number;
}

async function readJournal(options: RebuildOptions, number: number): Promise<Journal> {
  const { layout, quarantine, device } = options;
  const { length, contents } = await recoverJournal({
    path: layout.journal(number),
    name: `journal/${journalName(number)}.jsonl`,
    quarantine,
    device: device.id,
    visit: () => undefined,
  });
  return { number, length, earliest: contents.earliest };
}

type FoundPlace = SegmentPlace & { readonly start: number };

async function findSegments({ layout, device, quarantine }: RebuildOptions): Promise<FoundPlace[]> {
  const places: FoundPlace[] = [];
  for (const folder of await listNames(layout.rooms)) {
    const room = roomOf(folder);
    if (room === undefined) {
      quarantine.report({ file: `rooms/${folder}`, byte: 0, state: "A folder is no room's" });
      continue;
    }
    for (const day of await listNames(join(layout.rooms, folder, "logs"))) {
      for (const name of await listNames(join(layout.rooms, folder, "logs", day))) {
        const path = join("rooms", folder, "logs", day, name);
        const parsed = parseSegmentName(name);
        // A file that was being written when the process ended.
        if (name.endsWith(".new")) await removeIfThere(layout.within(path));
        if (parsed === undefined) continue;
        const origin = parsed.writer === device.id ? "own" : "foreign";
        places.push({ room, path, origin, start: parsed.start });
      }
    }
  }
  return places;
}

function roomOf(folder: string): RoomId | undefined {
  try {
    return decodeFileName(folder);
  } catch {
    return undefined;
  }
}

async function readSegment(
  { layout, device, quarantine }: RebuildOptions,
  { room, path, origin }: FoundPlace,
): Promise<FoundSegment | undefined> {
  const bytes = await Deno.readFile(layout.within(path));
  const found = await inspectSegment({ room, path, origin }, bytes, device, breathe);
  if (found === undefined) {
    quarantine.report({ file: path, byte: 0, state: "A segment holds no event" });
  }
  for (const { start, end } of found?.damaged ?? []) {
    const fault = { file: path, byte: start, state: "A line is not what was signed" };
    await quarantine.keep(fault, bytes.subarray(start, end));
  }
  return found;
}

function addFound(rooms: Map<RoomId, FoundRoom>, found: FoundSegment | undefined): void {
  if (found === undefined) return;
  const room = foundRoom(rooms, found.info.room);
  room.segments.set(found.info.path, found.info);
  for (const [sender, tail] of found.tails) {
    if (tail.seq > (room.tails.get(sender)?.seq ?? 0)) room.tails.set(sender, tail);
  }
}

function foundRoom(rooms: Map<RoomId, FoundRoom>, id: RoomId): FoundRoom {
  const room = rooms.get(id) ?? { segments: new Map(), tails: new Map() };
  rooms.set(id, room);
  return room;
}

/**
 * A merging that was interrupted leaves the whole and its parts. No two of our segments share a
 * time otherwise, so what lies within another one's time is a part of it.
 */
function leaveOutParts(segments: FoundRoom["segments"]): void {
  const own = Array.from(segments.values()).filter(({ origin }) => origin === "own");
  own.sort((a, b) => a.start - b.start || b.end - a.end);
  let end = -1;
  for (const segment of own) {
    if (segment.end <= end) segments.delete(segment.path);
    else end = segment.end;
  }
}

async function sealInto(
  rooms: Map<RoomId, FoundRoom>,
  { layout, device }: RebuildOptions,
  { number, length }: Journal,
): Promise<void> {
  const tails: SenderTail[] = [];
  for (const [id, room] of rooms) {
    for (const [sender, { seq, hash }] of room.tails) tails.push([id, sender, seq, hash]);
  }
  const task = {
    path: layout.journal(number),
    length,
    history: layout.history,
    device: device.id,
    key: device.key.export(),
    tails,
    pace: "swift",
  } as const;
  const sealed = await sealJournal(task, breathe);
  for (const segment of sealed.segments) {
    foundRoom(rooms, segment.room).segments.set(segment.path, segment);
  }
  for (const [id, sender, seq, hash] of sealed.tails) {
    foundRoom(rooms, id).tails.set(sender, { seq, hash });
  }
}

/** Gives offsets in the order of time. */
function numberAll(rooms: ReadonlyMap<RoomId, FoundRoom>, sealed: number): CatalogState {
  const state = new CatalogState();
  const own: number[] = [];
  for (const [id, { segments, tails }] of rooms) {
    let next = 0;
    const ordered = Array.from(segments.values()).sort((a, b) => a.start - b.start);
    const numbered = ordered.map((segment): SegmentInfo => {
      const runs = [next, segment.count];
      next += segment.count;
      if (segment.origin === "own") own.push(segment.end);
      return { ...segment, runs };
    });
    state.apply({
      type: "room",
      room: id,
      first: 0,
      next,
      lastTimestamp: ordered.reduce((latest, { end }) => Math.max(latest, end), 0),
      tails: Array.from(tails, ([sender, { seq, hash }]) => [sender, seq, hash]),
      segments: numbered,
    });
  }
  const latest = own.reduce((last, end) => Math.max(last, end), 0);
  state.apply({ type: "catalog", version: 1, sealed, latest, rooms: rooms.size });
  return state;
}
