/**
 * The stored form of an event: one line of compact JSON, keys in the order of
 * {@linkcode ChatEvent}, as every Bucket Chat program reads it.
 *
 * @module
 */
import type { NullForm } from "./canonical.ts";
import { canonicalEvent, canonicalLine } from "./canonical.ts";
import type { ChatEvent } from "./event.ts";
import { LIMITS } from "./event.ts";
import { MessageError } from "./error.ts";
import { checkedEvent } from "./fields.ts";
import { isWithinDepth, plainObject, readJsonObject } from "./json.ts";
import { exceedsBytes } from "./utf8.ts";

/** An event with the line it came from, which alone says what was signed. */
export class EventLine {
  readonly event: ChatEvent;
  /** As read, without the line's end. */
  readonly json: string;
  readonly #own: boolean;

  /** @param spelling `own` when `json` is exactly what {@linkcode encodeEvent} gives for `event` */
  constructor(event: ChatEvent, json: string, spelling: "own" | "foreign") {
    this.event = event;
    this.json = json;
    this.#own = spelling === "own";
  }

  /** The canonical form of what was read, keys that chatnode does not know included. */
  canonical(form: NullForm): string {
    if (form === "null" && this.#own) return canonicalEvent(this.event);
    return canonicalLine(readJsonObject(this.json), form);
  }
}

/** Bounds of {@linkcode decodeEvent} that depend on who wrote the line. */
export interface DecodeOptions {
  /**
   * The time now, milliseconds since the epoch: refuses timestamps more than `LIMITS.futureMs`
   * ahead of it. Absent for lines of our own store, which were checked when they came.
   */
  readonly now?: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The line of an event, without LF. Only integers, as chatnode writes them, survive exactly. */
export function encodeEvent(event: ChatEvent): string {
  // One call: put together from quoted parts it took as long.
  return JSON.stringify({
    event_id: event.event_id,
    room_id: event.room_id,
    timestamp_ms: event.timestamp_ms,
    sender_id: event.sender_id,
    type: event.type,
    parent_event_id: event.parent_event_id,
    prev_event_hash: event.prev_event_hash,
    signature: event.signature,
    content: event.content,
  });
}

/**
 * Reads a line of any Bucket Chat writer: keys in any order, unknown keys ignored, the two optional
 * keys and the signature present or not.
 *
 * @returns undefined for a line of nothing but white space
 * @throws {MessageError} `line/encoding` (bytes that are not UTF-8), `line/too-long`, `json/...`,
 *   `event/...`
 */
export function decodeEvent(
  line: string | Uint8Array,
  options: DecodeOptions = {},
): EventLine | undefined {
  const text = typeof line === "string" ? line : decodeBytes(line);
  // The line's end counts too.
  if (exceedsBytes(text, LIMITS.lineBytes - 1)) throw tooLong();
  if (/^[ \t\r\n]*$/.test(text)) return undefined;
  const own = decodeOwn(text, options.now);
  if (own !== undefined) return own;
  const fields = plainObject(readJsonObject(text));
  return new EventLine(checkedEvent(fields, options.now), text, "foreign");
}

/**
 * The fast way for lines as we write them: `JSON.parse` is lenient, but what encodes to the very
 * same text again cannot have held two equal keys, a rounded number or a key unknown to us.
 */
function decodeOwn(text: string, now: number | undefined): EventLine | undefined {
  if (!text.startsWith('{"event_id":"')) return undefined;
  try {
    const event = checkedEvent(JSON.parse(text), now);
    const own = isWithinDepth(event.content, LIMITS.depth - 1) && encodeEvent(event) === text;
    return own ? new EventLine(event, text, "own") : undefined;
  } catch {
    // Whatever it was, the strict way names it without quoting the input.
    return undefined;
  }
}

function decodeBytes(bytes: Uint8Array): string {
  if (bytes.length >= LIMITS.lineBytes) throw tooLong();
  try {
    return utf8.decode(bytes);
  } catch {
    throw new MessageError("line/encoding", "Cannot read the line: it is not UTF-8");
  }
}

function tooLong(): MessageError {
  return new MessageError(
    "line/too-long",
    `Cannot read the line: it is longer than ${LIMITS.lineBytes} bytes`,
  );
}
