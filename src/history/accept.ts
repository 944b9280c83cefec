/**
 * Makes an event of a draft: its id, time, place in the room and in its author's chain.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { checkContent } from "../message/content.ts";
import type { ChatEvent, Content } from "../message/event.ts";
import { LIMITS } from "../message/event.ts";
import { type EventIds, parseEventId } from "../message/id.ts";
import { exceedsBytes } from "../message/utf8.ts";
import type { Draft, StoredEvent } from "./contract.ts";
import { HistoryError } from "./errors.ts";
import { checkName, type RoomNumbers } from "./rooms.ts";

/** What {@linkcode Acceptance} needs. */
export interface AcceptanceOptions {
  readonly clock: Clock;
  readonly ids: EventIds;
  /** The id of the device that will sign. */
  readonly device: string;
  /** No event gets an earlier timestamp. */
  readonly floor: number;
}

const VIA = /^[a-z0-9][a-z0-9._-]{0,31}$/;

/** See the module's description. */
export class Acceptance {
  readonly #clock: Clock;
  readonly #ids: EventIds;
  readonly #device: string;
  #floor: number;
  #latest: number;
  /** The door that was checked last: most events come in by few doors. */
  #door = "";

  constructor(options: AcceptanceOptions) {
    this.#clock = options.clock;
    this.#ids = options.ids;
    this.#device = options.device;
    this.#floor = options.floor;
    this.#latest = options.floor;
  }

  /**
   * Raises the floor above every timestamp given so far: the next journal file begins, and no two
   * files may hold the same time, since segments are named by it.
   */
  raiseFloor(): void {
    this.#floor = this.#latest + 1;
  }

  /**
   * Notes a signed event from elsewhere. When it is one of this very device, come back from a
   * bucket or an export, our next ones have later times and higher numbers.
   *
   * @returns its number in a chain of this device, or undefined
   */
  follow(event: ChatEvent, room: RoomNumbers): number | undefined {
    const { sender_id: sender, timestamp_ms: timestamp, content: { chatnode } } = event;
    if (chatnode?.device !== this.#device) return undefined;
    this.#latest = Math.max(this.#latest, timestamp);
    this.#floor = Math.max(this.#floor, timestamp + 1);
    room.senders.set(sender, Math.max(room.senders.get(sender) ?? 0, chatnode.seq));
    return chatnode.seq;
  }

  /**
   * The event that `draft` would be as the next one of its room.
   *
   * @throws {HistoryError} `history/invalid`, `history/too-large`
   */
  accept(draft: Draft, room: RoomNumbers): StoredEvent {
    this.#check(draft);
    const last = room.senders.get(draft.sender);
    if (last === undefined) checkName(draft.sender, "sender");
    const seq = (last ?? 0) + 1;
    const timestamp = Math.max(this.#clock.now(), room.givenTimestamp, this.#floor);
    const event: ChatEvent = {
      event_id: this.#ids(draft.room, timestamp),
      room_id: draft.room,
      timestamp_ms: timestamp,
      sender_id: draft.sender,
      type: draft.type,
      parent_event_id: draft.parent ?? null,
      prev_event_hash: null,
      signature: null,
      content: { ...draft.content, chatnode: this.#provenance(draft, seq) } as Content,
    };
    // The keys stand in the stored order: this is `encodeEvent` at half its cost.
    const json = JSON.stringify(event);
    if (exceedsBytes(json, LIMITS.lineBytes - SPARE)) throw tooLarge();
    if (timestamp > this.#latest) this.#latest = timestamp;
    return { room: draft.room, offset: room.accepted, json, event };
  }

  #check({ type, content, key, via, parent }: Draft): void {
    const fault = checkContent(type, content);
    if (fault?.code === "content/too-long") throw tooLarge(fault);
    if (fault !== undefined) throw invalid("its content is not what its type asks for", fault);
    if (key !== undefined && (key === "" || exceedsBytes(key, LIMITS.keyBytes))) {
      throw invalid(`its key is not 1 to ${LIMITS.keyBytes} bytes`);
    }
    if (parent !== undefined) checkParent(parent);
    if (via !== undefined && via !== this.#door) this.#checkDoor(via);
  }

  #checkDoor(via: string): void {
    if (!VIA.test(via)) throw invalid("its door is not a short lower-case name");
    this.#door = via;
  }

  #provenance(draft: Draft, seq: number): Content["chatnode"] {
    const { key, via } = draft;
    if (key === undefined) {
      return via === undefined ? { device: this.#device, seq } : { device: this.#device, seq, via };
    }
    return via === undefined
      ? { device: this.#device, seq, key }
      : { device: this.#device, seq, key, via };
  }
}

/** A sealed line holds a signature and a hash where now stand two nulls, and the LF. */
const SPARE = 256;

function checkParent(parent: string): void {
  try {
    parseEventId(parent);
  } catch {
    throw invalid("what it refers to is no event id");
  }
}

function tooLarge(cause?: unknown): HistoryError {
  return new HistoryError("history/too-large", "Cannot store the event: it is too large", {
    cause,
  });
}

function invalid(state: string, cause?: unknown): HistoryError {
  return new HistoryError("history/invalid", `Cannot store the event: ${state}`, { cause });
}
