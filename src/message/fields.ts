/**
 * The bounds of every key of an event, for lines of any writer.
 *
 * @module
 */
import { nameFault } from "./name.ts";
import type { ChatEvent, Content, Json, JsonObject } from "./event.ts";
import { LIMITS } from "./event.ts";
import type { ReasonOf } from "./error.ts";
import { MessageError } from "./error.ts";
import { parseEventId } from "./id.ts";
import { exceedsBytes } from "./utf8.ts";

/** The last millisecond of the year 9999: beyond it no four-digit date can be written. */
const LATEST_TIMESTAMP = 253_402_300_799_999;
/** base64 of an Ed25519 signature or a hash, with room for other algorithms. */
const SIGNATURE_LENGTH = 128;
const TYPE = /^[\x21-\x7e]{1,64}$/;
/** As it stands in the names of segment files. */
const DEVICE = /^[a-z0-9][a-z0-9-]{0,63}$/;
const VIA = /^[a-z0-9][a-z0-9._-]{0,31}$/;

/** Whether a text may name a device: 1 to 64 of `a-z 0-9 -`, no hyphen first. */
export function isDeviceId(text: string): boolean {
  return DEVICE.test(text);
}

/**
 * An event of a parsed line, with the keys in order and nothing else but them. `now` bounds the
 * timestamp, see `DecodeOptions`.
 *
 * @throws {MessageError} `event/...`
 */
export function checkedEvent(line: Json, now: number | undefined): ChatEvent {
  if (!isObject(line)) throw fault("form", "it is not an object");
  return {
    event_id: eventId(line["event_id"], "id"),
    room_id: room(line["room_id"]),
    timestamp_ms: timestamp(line["timestamp_ms"], now),
    sender_id: sender(line["sender_id"]),
    type: type(line["type"]),
    parent_event_id: (line["parent_event_id"] ?? null) === null
      ? null
      : eventId(line["parent_event_id"], "parent"),
    prev_event_hash: shortText(line["prev_event_hash"], "hash", "previous event's hash"),
    signature: shortText(line["signature"], "signature", "signature"),
    content: content(line["content"]),
  };
}

function eventId(value: Json | undefined, reason: "id" | "parent"): string {
  const what = reason === "id" ? "event id" : "parent's event id";
  if (typeof value !== "string") throw fault(reason, `its ${what} is not a string`);
  try {
    parseEventId(value);
  } catch {
    throw fault(reason, `its ${what} is not three parts joined by ::, or too long`);
  }
  if (!value.isWellFormed() || CONTROL.test(value)) {
    throw fault(reason, `its ${what} holds a control character`);
  }
  return value;
}

function room(value: Json | undefined): string {
  if (typeof value !== "string" || nameFault(value) !== undefined) {
    throw fault("room", "its room is not a usable name");
  }
  return value;
}

function sender(value: Json | undefined): string {
  if (typeof value !== "string" || nameFault(value) !== undefined) {
    throw fault("sender", "its sender is not a usable name");
  }
  return value;
}

function timestamp(value: Json | undefined, now: number | undefined): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw fault("timestamp", "its timestamp is not an integer");
  }
  if (value < 1 || value > LATEST_TIMESTAMP) {
    throw fault("timestamp", "its timestamp is not between 1970 and 9999");
  }
  if (now !== undefined && value > now + LIMITS.futureMs) {
    throw fault("future", "its timestamp is more than an hour ahead");
  }
  return value;
}

function type(value: Json | undefined): string {
  if (typeof value !== "string" || !TYPE.test(value)) {
    throw fault("type", "its type is not 1 to 64 printable ASCII characters");
  }
  return value;
}

function shortText(
  value: Json | undefined,
  reason: "hash" | "signature",
  what: string,
): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "string" || value.length > SIGNATURE_LENGTH) {
    throw fault(reason, `its ${what} is not a short string`);
  }
  return value;
}

function content(value: Json | undefined): Content {
  if (!isObject(value)) throw fault("content", "its content is not an object");
  const { body, msgtype, chatnode } = value;
  if (body !== undefined && (typeof body !== "string" || exceedsBytes(body, LIMITS.bodyBytes))) {
    throw fault("content", `its body is not a string of at most ${LIMITS.bodyBytes} bytes`);
  }
  if (msgtype !== undefined && typeof msgtype !== "string") {
    throw fault("content", "its msgtype is not a string");
  }
  if (chatnode !== undefined) checkProvenance(chatnode);
  return value as Content;
}

function checkProvenance(value: Json): void {
  if (!isObject(value)) throw fault("provenance", "content.chatnode is not an object");
  const { device, seq, key, via } = value;
  if (typeof device !== "string" || !isDeviceId(device)) {
    throw fault("provenance", "its device is not a device id");
  }
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 1) {
    throw fault("provenance", "its sequence number is not an integer above 0");
  }
  if (key !== undefined && (typeof key !== "string" || exceedsBytes(key, LIMITS.keyBytes))) {
    throw fault("provenance", `its key is not a string of at most ${LIMITS.keyBytes} bytes`);
  }
  if (via !== undefined && (typeof via !== "string" || !VIA.test(via))) {
    throw fault("provenance", "its door is not a short lower-case name");
  }
}

// deno-lint-ignore no-control-regex -- controls are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fault(reason: ReasonOf<"event">, state: string): MessageError {
  return new MessageError(`event/${reason}`, `Cannot read the event: ${state}`);
}
