/**
 * Where each room's lines begin in a journal file: with it, reading a room touches its own lines
 * only. Saved behind the summary as differences, seven bits a byte, in base64.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { RoomId } from "../message/event.ts";
import { decodeChecked, encodeChecked } from "../checked_json.ts";

/** See the module's description. */
export class LinePositions {
  readonly #rooms = new Map<RoomId, number[]>();

  /** The first bytes of a room's lines, ascending. */
  of(room: RoomId): readonly number[] {
    return this.#rooms.get(room) ?? [];
  }

  /** Adds a room's next line. */
  add(room: RoomId, position: number): void {
    const positions = this.#rooms.get(room);
    if (positions === undefined) this.#rooms.set(room, [position]);
    else positions.push(position);
  }

  /** One checksummed line, LF included. */
  encode(): string {
    const rooms = Array.from(this.#rooms, ([room, positions]) => [room, pack(positions)]);
    return encodeChecked(Object.fromEntries(rooms));
  }

  /** The positions behind a summary, or undefined when the file's second line is not that. */
  static decode(summary: Uint8Array): LinePositions | undefined {
    const [, line = ""] = new TextDecoder().decode(summary).split("\n");
    const rooms = decodeChecked(line) as Readonly<Record<RoomId, string>> | undefined;
    if (rooms === undefined) return undefined;
    const decoded = new LinePositions();
    for (const [room, packed] of Object.entries(rooms)) decoded.#rooms.set(room, unpack(packed));
    return decoded;
  }
}

function pack(positions: readonly number[]): string {
  const bytes: number[] = [];
  let last = 0;
  for (const position of positions) {
    let rest = position - last;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
    bytes.push(rest);
    last = position;
  }
  return Buffer.from(bytes).toString("base64");
}

function unpack(packed: string): number[] {
  const positions: number[] = [];
  let last = 0;
  let value = 0;
  let factor = 1;
  for (const byte of Buffer.from(packed, "base64")) {
    value += (byte & 0x7f) * factor;
    factor *= 0x80;
    if (byte >= 0x80) continue;
    last += value;
    positions.push(last);
    value = 0;
    factor = 1;
  }
  return positions;
}
