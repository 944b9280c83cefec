/**
 * What the name of a message file says. It comes from strangers: nothing of it becomes a path.
 *
 * @module
 */
import { parseSegmentName } from "../../../history/segments.ts";
import { parseRoom } from "../../../message/address.ts";
import type { RoomId } from "../../../message/event.ts";
import { decodeFileName, encodeFileName } from "../../../message/file_name.ts";
import type { FaultCode } from "./contract.ts";

/** See the module's description. */
export interface ObjectKey {
  readonly room: RoomId;
  /** Least and greatest timestamp, milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  /** Fit for a file's name. */
  readonly writer: string;
}

const KEY = /^rooms\/([^/]+)\/logs\/(\d{4}-\d\d-\d\d)\/([^/]+)$/;
/** What a history adds to the names of foreign files that would be called alike. */
const APART = /~\d+$/;
const WRITER_LENGTH = 128;

/** Reads a key; the code of what is wrong otherwise. */
export function parseObjectKey(
  key: string,
): ObjectKey | { readonly fault: FaultCode & `object/${string}` } {
  const [, folder = "", day = "", name = ""] = KEY.exec(key) ?? [];
  const parsed = parseSegmentName(name);
  if (parsed === undefined || !isDay(day)) return { fault: "object/name" };
  const { start, end } = parsed;
  const writer = writerName(parsed.writer.replace(APART, ""));
  if (writer === undefined || start < 1 || start > end) return { fault: "object/name" };
  const room = roomOf(folder);
  return room === undefined ? { fault: "object/room" } : { room, start, end, writer };
}

/** The day may be the writer's local one: it is not compared with anything. */
function isDay(day: string): boolean {
  const time = Date.parse(day);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(day);
}

function writerName(text: string): string | undefined {
  try {
    const name = encodeFileName(text);
    return name.length <= WRITER_LENGTH ? name : undefined;
  } catch {
    return undefined;
  }
}

/** The room of a folder: chatnode escapes names, other programs write them as they are. */
function roomOf(folder: string): RoomId | undefined {
  try {
    const room = decoded(folder) ?? folder;
    // Only the one form of a name: everything else would be a second room that looks the same.
    return parseRoom(room) === room ? room : undefined;
  } catch {
    return undefined;
  }
}

function decoded(folder: string): string | undefined {
  try {
    return decodeFileName(folder);
  } catch {
    return undefined;
  }
}
