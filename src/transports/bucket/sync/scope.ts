/**
 * Which rooms are shared. Whoever can read a bucket reads what is in it, so conversations that are
 * not open to everybody stay on the node unless somebody says otherwise.
 *
 * @module
 */
import { isPublicRoom } from "../../../message/address.ts";
import type { RoomId } from "../../../message/event.ts";

/** What was said about it. */
export interface Scope {
  /** Only these rooms; every room when absent. */
  readonly rooms?: readonly RoomId[] | undefined;
  /** Whether private conversations are shared, too: whoever reads the bucket reads them. */
  readonly direct: "share" | "keep";
}

/** Whether a room is shared. A room that was named is, whatever it is. */
export function scopeOf({ rooms, direct }: Scope): (room: RoomId) => boolean {
  const named = rooms === undefined ? undefined : new Set(rooms);
  return (room) => named?.has(room) ?? (direct === "share" || isPublicRoom(room));
}

/** Tells one scope from another; {@linkcode scopeNamed} reads it. */
export function scopeName({ rooms, direct }: Scope): string {
  return JSON.stringify(rooms === undefined ? direct : rooms.toSorted());
}

/** The scope of a name that {@linkcode scopeName} gave; undefined for the empty one. */
export function scopeNamed(name: string): Scope | undefined {
  if (name === "") return undefined;
  const value: Scope["direct"] | RoomId[] = JSON.parse(name);
  return Array.isArray(value) ? { rooms: value, direct: "keep" } : { direct: value };
}
