/**
 * Decides which events of ours become one object: what is sealed and not planned yet, of one room,
 * day and device.
 *
 * An object's name tells its first and last time, and times never fall within a room and a day. Cuts
 * are made between different times only, so that a name stands for one content for ever, also for
 * somebody who has forgotten what was planned before.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { OwnEvents, OwnLines } from "../../../history/own_lines.ts";
import type { RoomId } from "../../../message/event.ts";
import { fileKey } from "./names.ts";
import { pooled } from "./pooled.ts";
import type { PlannedObject } from "./push_records.ts";
import type { PushState } from "./push_state.ts";

/** An object is not made larger than this by adding to it. */
const OBJECT_BYTES = 8 * 1024 * 1024;
/** Bounds of what is planned at a time. */
const PLAN = { objects: 256, bytes: 64 * 1024 * 1024 };
/** Objects that are read at a time. */
const READERS = 4;

/** base64 SHA-256. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}

/** A planned object with its content, as long as that is in memory. */
export interface PlannedContent {
  readonly object: PlannedObject;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Objects for what follows the cursors, bounded: none means that everything is planned.
 *
 * @param wanted which rooms are looked at
 */
export async function planObjects(
  events: OwnEvents,
  state: PushState,
  wanted: (room: RoomId) => boolean,
): Promise<PlannedContent[]> {
  const next = await nextLines(events, state, wanted);
  const contents: (Content | undefined)[] = [];
  await pooled(next.entries(), READERS, async ([index, lines]) => {
    contents[index] = await contentOf(events, lines);
  });
  return contents.filter((each) => each !== undefined)
    .map(({ bytes, ...object }, index) => ({
      object: { ...object, id: state.nextId + index },
      bytes,
    }));
}

/** What comes next of every room, in order, up to the bounds. */
async function nextLines(
  events: OwnEvents,
  state: PushState,
  wanted: (room: RoomId) => boolean,
): Promise<OwnLines[]> {
  const found: OwnLines[] = [];
  let bytes = 0;
  for (const { room, next } of events.rooms()) {
    const from = state.cursor(room);
    if (from >= next || !wanted(room)) continue;
    for await (const lines of grouped(events.parts(room, from))) {
      found.push(lines);
      bytes += lines.bytes;
      if (found.length >= PLAN.objects || bytes >= PLAN.bytes) return found;
    }
  }
  return found;
}

/** Neighbours of one day and device together, as long as they stay small. */
async function* grouped(parts: AsyncIterable<OwnLines>): AsyncGenerator<OwnLines, void> {
  let group: OwnLines | undefined;
  for await (const part of parts) {
    if (group === undefined) group = part;
    else if (belongs(group, part)) group = together(group, part);
    else {
      yield group;
      group = part;
    }
  }
  if (group !== undefined) yield group;
}

function belongs(group: OwnLines, part: OwnLines): boolean {
  if (group.day !== part.day || group.writer !== part.writer) return false;
  // Equal times belong to one name.
  return group.bytes + part.bytes <= OBJECT_BYTES || part.start <= group.end;
}

function together(group: OwnLines, part: OwnLines): OwnLines {
  return {
    ...group,
    to: part.to,
    start: Math.min(group.start, part.start),
    end: Math.max(group.end, part.end),
    bytes: group.bytes + part.bytes,
    count: group.count + part.count,
  };
}

type Content = Omit<PlannedObject, "id"> & Pick<PlannedContent, "bytes">;

/** Undefined when nothing of it can be read. */
async function contentOf(
  events: OwnEvents,
  { room, day, writer, from, to, start, end, count }: OwnLines,
): Promise<Content | undefined> {
  const range = { room, day, writer, from, to };
  const bytes = await events.read(range);
  if (bytes.length === 0) return undefined;
  const key = fileKey({ room, day, start, end, writer });
  return { ...range, key, count, size: bytes.length, sha256: sha256(bytes), bytes };
}
