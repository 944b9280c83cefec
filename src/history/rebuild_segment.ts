/**
 * Reads one segment file of which nothing is known but its name.
 *
 * @module
 */
import type { Address, RoomId } from "../message/event.ts";
import { decodeEvent, type EventLine } from "../message/line.ts";
import { eventHash, VerifyingKey } from "../message/signature.ts";
import type { ChainTail } from "../message/chain.ts";
import type { Breather } from "./breather.ts";
import type { DamagedBytes } from "./journal_scan.ts";
import type { Device } from "./keys.ts";
import { divideIntoBlocks } from "./segment_blocks.ts";
import { hashBytes, type SegmentInfo } from "./segments.ts";

/** A segment file, before its events have offsets. */
export interface FoundSegment {
  /** `sha256` is empty when lines are damaged: whoever reads it checks every line then. */
  readonly info: Omit<SegmentInfo, "runs">;
  /** The last of each sender's events of this device. */
  readonly tails: ReadonlyMap<Address, ChainTail>;
  readonly damaged: readonly DamagedBytes[];
}

/** Which file it is. */
export interface SegmentPlace {
  readonly room: RoomId;
  /** Relative to `history/`. */
  readonly path: string;
  readonly origin: "own" | "foreign";
}

const BATCH = 64;
const LF = 0x0a;

/** Reads a segment; undefined when it holds no event of its room. */
export async function inspectSegment(
  place: SegmentPlace,
  bytes: Uint8Array,
  device: Device,
  breathe: Breather,
): Promise<FoundSegment | undefined> {
  const reading = new Reading(place, device);
  let lines = 0;
  for (let at = 0; at < bytes.length; lines++) {
    const lf = bytes.indexOf(LF, at);
    const end = lf < 0 ? bytes.length : lf;
    if (end > at) reading.add(bytes, { start: at, end });
    at = end + 1;
    if (lines % BATCH === BATCH - 1) await breathe();
  }
  return reading.result(bytes);
}

class Reading {
  readonly #place: SegmentPlace;
  readonly #device: string;
  readonly #key: VerifyingKey;
  readonly #tails = new Map<Address, ChainTail>();
  readonly #damaged: DamagedBytes[] = [];
  #count = 0;
  #start = Number.POSITIVE_INFINITY;
  #end = 0;

  constructor(place: SegmentPlace, device: Device) {
    this.#place = place;
    this.#device = device.id;
    this.#key = new VerifyingKey(device.key.publicKey);
  }

  add(bytes: Uint8Array, at: DamagedBytes): void {
    const line = this.#decode(bytes.subarray(at.start, at.end));
    if (line === undefined) {
      this.#damaged.push(at);
      return;
    }
    const { timestamp_ms: timestamp, sender_id: sender, content: { chatnode } } = line.event;
    this.#count++;
    this.#start = Math.min(this.#start, timestamp);
    this.#end = Math.max(this.#end, timestamp);
    if (chatnode?.device !== this.#device) return;
    if (chatnode.seq <= (this.#tails.get(sender)?.seq ?? 0)) return;
    this.#tails.set(sender, { seq: chatnode.seq, hash: eventHash(line.canonical("null")) });
  }

  result(bytes: Uint8Array): FoundSegment | undefined {
    if (this.#count === 0) return undefined;
    const whole = this.#damaged.length === 0;
    const info = {
      ...this.#place,
      count: this.#count,
      start: this.#start,
      end: this.#end,
      bytes: bytes.length,
      sha256: whole ? hashBytes(bytes) : "",
      ...(whole ? { blocks: divideIntoBlocks(bytes) } : {}),
    };
    return { info, tails: this.#tails, damaged: this.#damaged };
  }

  #decode(bytes: Uint8Array): EventLine | undefined {
    try {
      const line = decodeEvent(bytes);
      if (line === undefined || line.event.room_id !== this.#place.room) return undefined;
      if (this.#place.origin === "foreign") return line;
      return this.#key.verify(line.canonical("null"), line.event.signature ?? "")
        ? line
        : undefined;
    } catch {
      return undefined;
    }
  }
}
