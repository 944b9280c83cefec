/**
 * Makes signed events of old messages. Their times lie in the past, so they cannot stand in the
 * chain of the node's own device, whose times only rise: each import signs with a device of its own,
 * made for it, whose public record stays and whose private key is forgotten with the import.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type ChainTail, EMPTY_CHAIN, seal } from "../../message/chain.ts";
import { createDeviceRecord, type DeviceRecord } from "../../message/device.ts";
import type {
  Address,
  ChatEvent,
  Content,
  EventId,
  EventType,
  JsonObject,
  RoomId,
} from "../../message/event.ts";
import { encodeEvent } from "../../message/line.ts";
import { SigningKey } from "../../message/signature.ts";
import type { Random } from "../random.ts";

/** An old message that becomes an event. */
export interface OldMessage {
  readonly room: RoomId;
  readonly sender: Address;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** How many messages of this room and millisecond are before it. */
  readonly place: number;
  readonly msgtype: "m.text" | "m.emote" | "m.notice";
  readonly body: string;
  /** The door it is said to have come by, see `Draft.via`. */
  readonly via: string;
  /** The event that it answers. */
  readonly parent?: EventId | null;
  /** What its content holds besides. */
  readonly more?: JsonObject;
}

/** Anything that was said, and becomes an event. */
export interface OldEvent extends Pick<OldMessage, "room" | "sender" | "time" | "place" | "via"> {
  readonly type: EventType;
  readonly content: Content;
  readonly parent: EventId | null;
}

/** What the record of an import's device says. */
export interface ScribeOrigin {
  readonly random: Pick<Random, "fill">;
  /** Name of the node. */
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** See the module's description. */
export class Scribe {
  readonly record: DeviceRecord;
  readonly #key: SigningKey;
  readonly #tails = new Map<string, ChainTail>();

  constructor({ random, node, now }: ScribeOrigin) {
    this.#key = SigningKey.generate(random.fill);
    this.record = createDeviceRecord(this.#key, node, now);
  }

  /** The signed line of the next message. */
  write(message: OldMessage): string {
    const { room, sender, time, place, msgtype, body, via, more = {}, parent = null } = message;
    const content = { ...more, body, msgtype };
    const type = "m.room.message";
    return encodeEvent(this.seal({ room, sender, time, place, type, content, via, parent }));
  }

  /** The next event, signed. */
  seal(old: OldEvent): ChatEvent {
    const { room, sender, time, type, content, via, parent } = old;
    const chain = `${room}\n${sender}`;
    const tail = this.#tails.get(chain) ?? EMPTY_CHAIN;
    const event: ChatEvent = {
      event_id: idOf(old),
      room_id: room,
      timestamp_ms: time,
      sender_id: sender,
      type,
      parent_event_id: parent,
      prev_event_hash: null,
      signature: null,
      content: { ...content, chatnode: { device: this.record.device, seq: tail.seq + 1, via } },
    };
    const sealed = seal(event, tail, this.#key);
    this.#tails.set(chain, sealed.tail);
    return sealed.event;
  }
}

/**
 * The same message of the same log gets the same id on every node that imports it. The last digits
 * of the time keep the order of messages of one second.
 */
function idOf({ room, sender, time, place, type, content }: OldEvent): string {
  const millis = new Date(time).toISOString().slice(0, -1);
  const micros = String(Math.min(place, 999)).padStart(3, "0");
  const { msgtype = type, body = JSON.stringify(content) } = content;
  const hash = createHash("sha256").update(JSON.stringify([room, sender, time, place, msgtype]))
    .update(body).digest("hex");
  // RFC 9562 section 5.8: version 8, variant 10.
  const variant = "89ab"[parseInt(hash.charAt(16), 16) & 3];
  const uuid = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-` +
    `${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
  return `${room}::${millis}${micros}Z::${uuid}`;
}
