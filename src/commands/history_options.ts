/**
 * What the `history` commands have in common.
 *
 * @module
 */
import { join } from "node:path";
import { type Kind, not } from "../config/kind.ts";
import { ChatnodeError, UsageError } from "../errors.ts";
import { listNames } from "../history/layout.ts";
import { type HistoryReader, openReader } from "../history/reader.ts";
import { parseAddress, parseRoom } from "../message/address.ts";
import { MessageError } from "../message/error.ts";
import type { RoomId } from "../message/event.ts";
import { parseName } from "../message/name.ts";
import { visible } from "../text.ts";
import { optionalFlag } from "./command.ts";

/** `--room`. */
export const roomFlag = optionalFlag(roomKind(), "Only this room.");
/** `--since`. */
export const sinceFlag = optionalFlag(momentKind(), "Only what was sent then or later, UTC.");
/** `--until`. */
export const untilFlag = optionalFlag(momentKind(), "Only what was sent before, UTC.");

function roomKind(): Kind<RoomId> {
  return nameKind("ROOM", "the name of a room", parseRoom);
}

/** The address of somebody who wrote: chatnode's, or whatever another program calls its people. */
export function senderKind(): Kind<string> {
  return nameKind("ADDRESS", "an address", parseName);
}

/** The bare address of an XMPP account, in lower case. */
export function jidKind(): Kind<string> {
  return nameKind("ADDRESS", "an address as me@example.com", readJid);
}

/** The bare address in a text such as a setting's; undefined when it is none. */
export function jidOf(text: string): string | undefined {
  try {
    return readJid(text);
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}

function readJid(text: string): string {
  return parseAddress((text.split("/", 1)[0] ?? "").toLowerCase());
}

function nameKind(
  placeholder: string,
  wants: string,
  read: (value: string) => string,
): Kind<string> {
  const parse = (value: string) => {
    try {
      return read(value);
    } catch (error) {
      if (error instanceof MessageError) throw not(value, wants);
      throw error;
    }
  };
  return {
    placeholder,
    wants,
    parse,
    accept: (value) => parse(String(value)),
    print: (value) => value,
    json: (value) => value,
  };
}

/** A day or a time as ISO 8601 writes them, without a zone UTC. */
function momentKind(): Kind<number> {
  const wants = "a day or a time";
  const pattern =
    /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;
  const parse = (value: string) => {
    const zoned = /T[^Z+-]*$/.test(value) ? `${value}Z` : value;
    const time = pattern.test(value) ? Date.parse(zoned) : NaN;
    if (Number.isNaN(time)) {
      throw not(value, wants, "Write 2026-01-31 or 2026-01-31T09:30, which are UTC.");
    }
    return time;
  };
  const print = (value: number) => new Date(value).toISOString();
  return {
    placeholder: "DAY",
    wants,
    parse,
    accept: (value) => parse(String(value)),
    print,
    json: print,
  };
}

/**
 * Runs `read` on the history of a data folder, without its lock.
 *
 * @throws {UsageError} `usage/room` when a room is asked for in which nothing is stored
 */
export async function withReader<T>(
  dir: string,
  room: RoomId | undefined,
  read: (reader: HistoryReader) => Promise<T>,
): Promise<T> {
  const reader = await openReader({ dir }).catch(async (error) => {
    throw await pointed(error, dir);
  });
  try {
    requireRoom(reader, room);
    return await read(reader);
  } finally {
    reader.close();
  }
}

/** Somebody who chats by XMPP alone has no history in the data folder itself, but below it. */
async function pointed(error: unknown, dir: string): Promise<unknown> {
  if (!(error instanceof ChatnodeError) || (await listNames(join(dir, "history"))).length > 0) {
    return error;
  }
  const accounts = join(dir, "clients", "xmpp");
  const [first] = await listNames(accounts);
  if (first === undefined) return error;
  return new ChatnodeError(error.code, error.message, {
    hint: `What an XMPP account has said is below it: --data ${visible(join(accounts, first))}`,
    cause: error,
  });
}

function requireRoom(reader: HistoryReader, room: RoomId | undefined): void {
  if (room === undefined || reader.rooms().some((each) => each.room === room)) return;
  throw new UsageError("usage/room", `Cannot find the room ${visible(room)}: nothing is in it`, {
    hint: "chatnode history stat lists the rooms.",
  });
}
