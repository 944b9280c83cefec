/**
 * The names of what a bucket holds besides device records.
 *
 * @module
 */
import type { RoomId } from "../../../message/event.ts";
import { decodeFileName, encodeFileName } from "../../../message/file_name.ts";
import { nameFault } from "../../../message/name.ts";
import { formatSegmentName, parseSegmentName } from "../../../history/segments.ts";

/** Below it lies every room. */
export const ROOMS = "rooms/";
/** Below it lies the head of every writer. */
export const HEADS = "heads/";
/** The hint that tells which heads are new; see `beacon.ts`. */
export const BEACON = "beacon.json";

/** What the key of a message file says. */
export interface FileKey {
  readonly key: string;
  readonly room: RoomId;
  /** `rooms/<room>/logs/<day>`. */
  readonly folder: string;
  /** The file's name in it. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The device of a chatnode, whatever others call themselves. */
  readonly writer: string;
}

/** What a message file's name is made of. */
export interface FileFacts {
  readonly room: RoomId;
  readonly day: string;
  readonly start: number;
  readonly end: number;
  readonly writer: string;
}

const FILE = /^(rooms\/([^/]{1,255})\/logs\/\d{4}-\d{2}-\d{2})\/([^/]{1,255})$/;
const FOLDER = /^rooms\/([^/]{1,255})\/$/;
const HEAD = /^heads\/([a-z2-7]{16})\.json$/;

/** The key of a message file. */
export function fileKey({ room, day, start, end, writer }: FileFacts): string {
  return `${ROOMS}${encodeFileName(room)}/logs/${day}/${formatSegmentName({ start, end, writer })}`;
}

/** What the keys of files begin with that begin at the same time as this one. */
export function siblingPrefix({ folder, start }: FileKey): string {
  return `${folder}/messages_${start}_`;
}

/** What a key says, or undefined when it is none of a message file. */
export function parseFileKey(key: string): FileKey | undefined {
  const [, folder, roomName, name] = FILE.exec(key) ?? [];
  if (folder === undefined || roomName === undefined || name === undefined) return undefined;
  const parsed = parseSegmentName(name);
  const room = roomOf(roomName);
  if (parsed === undefined || room === undefined) return undefined;
  return { key, room, folder, name, ...parsed };
}

/** The room of a folder as a listing shows it, `rooms/<room>/`; undefined when it is none of one. */
export function parseRoomFolder(prefix: string): RoomId | undefined {
  const [, name] = FOLDER.exec(prefix) ?? [];
  return name === undefined ? undefined : roomOf(name);
}

/** The key of a room's description. */
export function metadataKey(room: RoomId): string {
  return `${ROOMS}${encodeFileName(room)}/metadata.json`;
}

/** The key of a writer's head. */
export function headKey(device: string): string {
  return `${HEADS}${device}.json`;
}

/** The device whose head has this key. */
export function parseHeadKey(key: string): string | undefined {
  return HEAD.exec(key)?.[1];
}

/** Other programs use a room's id as it is. */
function roomOf(folder: string): RoomId | undefined {
  try {
    return decodeFileName(folder);
  } catch {
    return nameFault(folder) === undefined ? folder : undefined;
  }
}
