/**
 * How far the client has come in each room: what to resume from, and what it has seen already.
 *
 * @module
 */

/** One room. */
interface Cursor {
  /** The first offset not seen. */
  next: number;
  /** Own messages from `next` on: acked, so known, but they come again with a resume. */
  readonly own: Set<number>;
}

/** A part of a room that will not come by itself. */
export interface Gap {
  readonly room: string;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** See the module's description. */
export class Cursors {
  readonly #rooms = new Map<string, Cursor>();
  #epoch: string | undefined;

  /** The numbering that the offsets belong to; undefined before the first connection. */
  get epoch(): string | undefined {
    return this.#epoch;
  }

  /** The rooms to ask for in `hello`. */
  wanted(): readonly { readonly room: string; readonly offset?: number }[] {
    return [...this.#rooms].map(([room, { next }]) => next < 0 ? { room } : { room, offset: next });
  }

  /** Whether the room is followed or has been heard of. */
  has(room: string): boolean {
    return this.#rooms.has(room);
  }

  /** A server greeted: offsets of another numbering are worth nothing. */
  greeted(epoch: string): void {
    if (this.#epoch === epoch) return;
    this.#epoch = epoch;
    for (const cursor of this.#rooms.values()) cursor.own.clear();
  }

  /** The room shall be followed from wherever the server says. */
  want(room: string): void {
    if (!this.#rooms.has(room)) this.#rooms.set(room, { next: -1, own: new Set() });
  }

  /** The room is not followed any more. */
  forget(room: string): void {
    this.#rooms.delete(room);
  }

  /** The server's answer to a join. Returns what will never come, if anything. */
  joined(room: string, next: number, recovered: boolean): Gap | undefined {
    const cursor = this.#rooms.get(room);
    const before = cursor?.next ?? -1;
    if (recovered && before >= 0) return undefined;
    this.#rooms.set(room, { next, own: new Set() });
    if (before < 0 || before === next) return undefined;
    // Behind `next` after a restore: everything that is there may be news.
    return { room, from: before < next ? before : 0, to: next };
  }

  /** An own message was stored. */
  acked(room: string, offset: number): void {
    const cursor = this.#rooms.get(room);
    if (cursor === undefined && isDirect(room)) {
      this.#rooms.set(room, { next: offset + 1, own: new Set() });
    }
    if (cursor === undefined || cursor.next < 0 || offset < cursor.next) return;
    cursor.own.add(offset);
    // Between what others wrote nothing is missing: what is contiguous needs no remembering.
    while (cursor.own.delete(cursor.next)) cursor.next += 1;
  }

  /** An event came; false when it is known already. */
  take(room: string, offset: number): boolean {
    const cursor = this.#rooms.get(room) ?? { next: offset, own: new Set<number>() };
    this.#rooms.set(room, cursor);
    if (cursor.next >= 0 && offset < cursor.next) return false;
    const known = cursor.own.has(offset);
    cursor.next = offset + 1;
    for (const own of cursor.own) if (own <= offset) cursor.own.delete(own);
    while (cursor.own.delete(cursor.next)) cursor.next += 1;
    return !known;
  }
}

/** Conversations come without being joined. */
export function isDirect(room: string): boolean {
  return room.startsWith("direct:");
}
