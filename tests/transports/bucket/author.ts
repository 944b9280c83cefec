/**
 * A device that writes signed events and message files, for tests of those who read them.
 */
import { Buffer } from "node:buffer";
import { chainOf, type ChainTail, EMPTY_CHAIN, seal } from "../../../src/message/chain.ts";
import {
  createDeviceRecord,
  type DeviceRecord,
  encodeDeviceRecord,
} from "../../../src/message/device.ts";
import type { ChatEvent } from "../../../src/message/event.ts";
import { encodeEvent } from "../../../src/message/line.ts";
import { SigningKey } from "../../../src/message/signature.ts";
import { encodeFileName } from "../../../src/message/file_name.ts";
import type { SegmentObject } from "../../../src/transports/bucket/verification/contract.ts";

/** When events of tests happen: half past three on 2 January 2026, UTC. */
export const NOON = Date.UTC(2026, 0, 2, 3, 30);

/** What may be different about an event. */
export interface Saying {
  readonly room?: string;
  readonly sender?: string;
  readonly body?: string;
  readonly at?: number;
  readonly type?: string;
  readonly id?: string;
}

/** See the module's description. */
export class Author {
  readonly key: SigningKey;
  readonly record: DeviceRecord;
  readonly #tails = new Map<string, ChainTail>();
  #count = 0;

  /**
   * @param seed tells devices apart; the same seed is the same device
   * @param senders a person's device signs for these
   */
  constructor(seed: number, node = "alpha", ...senders: readonly string[]) {
    this.key = SigningKey.fromSeed(seedBytes(seed));
    this.record = createDeviceRecord(
      this.key,
      node,
      NOON,
      senders.length > 0 ? senders : undefined,
    );
  }

  get device(): string {
    return this.record.device;
  }

  /** The bytes of its record's object. */
  get recordBytes(): Uint8Array<ArrayBuffer> {
    return bytesOf(`${encodeDeviceRecord(this.record)}\n`);
  }

  /** A signed event, the next of its chain. */
  say(saying: Saying = {}): ChatEvent {
    this.#count++;
    const { room = "lobby", sender = `alice@${this.record.node}` } = saying;
    const at = saying.at ?? NOON + this.#count;
    const mark = Buffer.from(this.device).toString("hex").slice(0, 8);
    const uuid = `${mark}-0000-4000-8000-${String(this.#count).padStart(12, "0")}`;
    const draft: ChatEvent = {
      event_id: saying.id ?? `${room}::${new Date(at).toISOString().slice(0, -1)}000Z::${uuid}`,
      room_id: room,
      timestamp_ms: at,
      sender_id: sender,
      type: saying.type ?? "m.room.message",
      parent_event_id: null,
      prev_event_hash: null,
      signature: null,
      content: {
        body: saying.body ?? `message ${this.#count}`,
        msgtype: "m.text",
        chatnode: { device: this.device, seq: 1 },
      },
    };
    const chain = chainOf(draft);
    const tail = this.#tails.get(chain) ?? EMPTY_CHAIN;
    const chatnode = { device: this.device, seq: tail.seq + 1 };
    const sealed = seal({ ...draft, content: { ...draft.content, chatnode } }, tail, this.key);
    this.#tails.set(chain, sealed.tail);
    return sealed.event;
  }

  /** Several events, one after the other. */
  talk(count: number, saying: Saying = {}): ChatEvent[] {
    return Array.from({ length: count }, () => this.say(saying));
  }

  /** A device with the same key and the same past: what a copied folder is. */
  copy(): Author {
    const copy = new Author(0, this.record.node, ...this.record.senders ?? []);
    Object.assign(copy, { key: this.key, record: this.record });
    for (const [chain, tail] of this.#tails) copy.#tails.set(chain, tail);
    copy.#count = this.#count + 500;
    return copy;
  }
}

/** The name under which a writer stores events. */
export function keyOf(events: readonly ChatEvent[], writer: string, room?: string): string {
  const times = events.map(({ timestamp_ms: time }) => time);
  const [start, end] = [Math.min(...times), Math.max(...times)];
  const folder = encodeFileName(room ?? events[0]?.room_id ?? "lobby");
  const day = new Date(start).toISOString().slice(0, 10);
  return `rooms/${folder}/logs/${day}/messages_${start}_${end}_${writer}.jsonl`;
}

/** A message file of events, as its writer stores it. */
export function fileOf(author: Author, events: readonly ChatEvent[]): SegmentObject {
  const lines = events.map((event) => encodeEvent(event));
  return objectOf(keyOf(events, author.device), `${lines.join("\n")}\n`);
}

/** An object of any text, or bytes in pieces. */
export function objectOf(
  key: string,
  content: string | Uint8Array,
  announced?: SegmentObject["announced"],
): SegmentObject {
  const bytes = typeof content === "string" ? bytesOf(content) : content;
  return { key, body: pieces(bytes), ...(announced === undefined ? {} : { announced }) };
}

/** Pieces of an odd size, so that lines are cut anywhere. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7919) yield bytes.subarray(at, at + 7919);
}

/** UTF-8. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "utf8"));
}

/** Small seeds fill the bytes, so that golden keys stay as they are; larger ones stand in front. */
function seedBytes(seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(32).fill(seed);
  if (seed > 255) new DataView(bytes.buffer).setUint32(0, seed);
  return bytes;
}
