/**
 * Who may do what, from the room's address form alone: public rooms are for every account, a
 * direct conversation for its two accounts. Nobody reads a conversation that is not theirs,
 * administrators included.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import { parseRoom, roomKind } from "../message/address.ts";
import { MessageError } from "../message/error.ts";
import type { Address, RoomId } from "../message/event.ts";
import { HubError } from "./errors.ts";

/** Whether `who` may enter, read and write `room`, a valid room id. */
export function mayUse(who: Identity, room: RoomId): boolean {
  const kind = roomKind(room);
  if (kind.kind === "public") return true;
  return kind.kind === "direct" && kind.between.includes(who.address);
}

/**
 * Whether `who` may read what was written in `room` before they came. A guest's name passes on to
 * whoever takes it next, so it opens nobody's earlier conversations.
 */
export function mayLookBack(who: Identity, room: RoomId): boolean {
  return mayUse(who, room) && (who.role !== "guest" || roomKind(room).kind === "public");
}

/** The two ends of a direct conversation; undefined for any other room. */
export function directEnds(room: RoomId): readonly [Address, Address] | undefined {
  const kind = roomKind(room);
  return kind.kind === "direct" ? kind.between : undefined;
}

/**
 * The room that `text` names, in its one form, when `who` may use it.
 *
 * @throws {HubError} `hub/no-such-room` when no room can have that name, `hub/forbidden`
 */
export function requireRoom(who: Identity, text: string): RoomId {
  const room = canonicalRoom(text);
  if (mayUse(who, room)) return room;
  throw new HubError("hub/forbidden", "Cannot use the room: it is not open to this account");
}

/**
 * {@linkcode requireRoom}, for reading what was written before.
 *
 * @throws {HubError} `hub/no-such-room`, `hub/forbidden`
 */
export function requirePast(who: Identity, text: string): RoomId {
  const room = requireRoom(who, text);
  if (mayLookBack(who, room)) return room;
  throw new HubError("hub/forbidden", "Cannot look back: guests' conversations are not kept", {
    hint: "Sign in with an account.",
  });
}

function canonicalRoom(text: string): RoomId {
  try {
    return parseRoom(text);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    const reason = error.message.slice(error.message.indexOf(": ") + 2);
    throw new HubError("hub/no-such-room", `Cannot use the room: ${reason}`);
  }
}
