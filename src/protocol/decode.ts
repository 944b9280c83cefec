/**
 * From a client's text to a frame. Written by hand: each type reads exactly its fields.
 *
 * @module
 */
import type { Content, EventType } from "../message/event.ts";
import { EVENT_TYPES, LIMITS } from "../message/event.ts";
import { ProtocolError } from "./errors.ts";
import { Fields, isObject } from "./fields.ts";
import type { Anchor, ClientFrame, Position, WantedRoom } from "./frames.ts";
import { PROTOCOL_LIMITS as MOST } from "./limits.ts";

const MESSAGE_KINDS = ["m.text", "m.emote", "m.notice"] as const;
const SHOWS = ["online", "away", "busy", "offline"] as const;
const DEFAULT_PAGE = 50;
const DEFAULT_HITS = 20;
/** More rooms than any session may be in. */
const MOST_ROOMS = 10_000;

type Decoder = (fields: Fields) => ClientFrame;

/**
 * Decodes one frame of a client.
 *
 * @throws {ProtocolError} `protocol/json`, `protocol/object`, `protocol/type`, `protocol/field`;
 *   nothing of the text stands in it
 */
export function decodeClientFrame(text: string): ClientFrame {
  const object = parseObject(text);
  const ref = readRef(object);
  const decode = typeof object["type"] === "string" ? DECODERS.get(object["type"]) : undefined;
  if (decode === undefined) {
    throw new ProtocolError("protocol/type", "Cannot read the frame: its type is unknown", ref);
  }
  const frame = decode(new Fields(object, ref));
  return ref === undefined ? frame : Object.assign(frame, { ref });
}

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ["hello", decodeHello],
  ["auth", (fields) => ({ type: "auth", token: fields.text("token", 8 * 1024) })],
  ["send", decodeSend],
  ["join", decodeJoin],
  ["leave", (fields) => ({ type: "leave", room: readRoom(fields) })],
  ["members", (fields) => ({ type: "members", room: readRoom(fields) })],
  ["rooms", () => ({ type: "rooms" })],
  ["history", decodeHistory],
  ["search", decodeSearch],
  ["presence", decodePresence],
  [
    "typing",
    (fields) => ({ type: "typing", room: readRoom(fields), active: fields.flag("active") }),
  ],
  [
    "read",
    (fields) => ({ type: "read", room: readRoom(fields), offset: fields.integer("offset", 0) }),
  ],
  ["command", decodeCommand],
  ["ping", () => ({ type: "ping" })],
]);

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own error quotes its input.
    throw new ProtocolError("protocol/json", "Cannot read the frame: it is not JSON");
  }
  if (isObject(value)) return value;
  throw new ProtocolError("protocol/object", "Cannot read the frame: it is not an object");
}

function readRef(object: Record<string, unknown>): string | undefined {
  const ref = object["ref"];
  if (ref === undefined || ref === null) return undefined;
  if (typeof ref === "string" && ref !== "" && ref.length <= MOST.refLength) return ref;
  throw new Fields(object, undefined).fault("ref", `a string of 1 to ${MOST.refLength} characters`);
}

function readRoom(fields: Fields): string {
  return fields.text("room", MOST.nameLength);
}

function decodeHello(fields: Fields): ClientFrame {
  const token = fields.optionalText("token", 8 * 1024);
  const name = fields.optionalText("name", MOST.clientLength);
  const password = fields.optionalText("password", MOST.passwordLength);
  const client = fields.optionalText("client", MOST.clientLength);
  const epoch = fields.optionalText("epoch", MOST.refLength);
  const rooms = fields.has("rooms") ? fields.list("rooms", MOST_ROOMS).map(decodeWanted) : [];
  return {
    type: "hello",
    rooms,
    ...(token === undefined ? {} : { token }),
    ...(name === undefined ? {} : { name }),
    ...(password === undefined ? {} : { password }),
    ...(client === undefined ? {} : { client }),
    ...(epoch === undefined ? {} : { epoch }),
  };
}

function decodeWanted(fields: Fields): WantedRoom {
  const room = readRoom(fields);
  const offset = fields.optionalInteger("offset", 0);
  return offset === undefined ? { room } : { room, offset };
}

function decodeSend(fields: Fields): ClientFrame {
  if (fields.has("room") === fields.has("to")) {
    throw fields.fault("room", "given when to is not, and the other way round");
  }
  const { eventType, content } = decodeWhat(fields);
  return {
    type: "send",
    room: fields.optionalText("room", MOST.nameLength),
    to: fields.optionalText("to", MOST.nameLength),
    key: fields.optionalText("key", LIMITS.keyBytes),
    eventType,
    content,
    parent: fields.optionalText("parent", MOST.idLength),
  };
}

/** Either `body` with an optional `msgtype`, or `event_type` and `content`. */
function decodeWhat(fields: Fields): { readonly eventType: EventType; readonly content: Content } {
  if (fields.has("event_type")) {
    const eventType = fields.word("event_type", EVENT_TYPES);
    return { eventType, content: fields.object("content") as Content };
  }
  const body = fields.text("body", LIMITS.bodyBytes);
  const msgtype = fields.has("msgtype") ? fields.word("msgtype", MESSAGE_KINDS) : "m.text";
  return { eventType: "m.room.message", content: { body, msgtype } };
}

function decodeJoin(fields: Fields): ClientFrame {
  const epoch = fields.optionalText("epoch", MOST.refLength);
  return {
    type: "join",
    ...decodeWanted(fields),
    ...(epoch === undefined ? {} : { epoch }),
  };
}

function decodeHistory(fields: Fields): ClientFrame {
  const limit = fields.optionalInteger("limit", 1, MOST.historyEvents) ?? DEFAULT_PAGE;
  return { type: "history", room: readRoom(fields), anchor: decodeAnchor(fields), limit };
}

function decodeAnchor(fields: Fields): Anchor {
  const given = ["before", "after", "around", "from"].filter((key) => fields.has(key));
  if (given.length > 1) throw fields.fault(given[1] ?? "", `left out beside ${given[0]}`);
  if (fields.has("from")) return { from: fields.integer("from", 0) };
  if (fields.has("after")) return { after: decodePosition(fields.fields("after")) };
  if (fields.has("around")) return { around: decodePosition(fields.fields("around")) };
  return fields.has("before") ? { before: decodePosition(fields.fields("before")) } : {};
}

function decodePosition(fields: Fields): Position {
  return { timestamp: fields.integer("timestamp", 0), id: fields.text("id", MOST.idLength) };
}

function decodeSearch(fields: Fields): ClientFrame {
  const room = fields.optionalText("room", MOST.nameLength);
  const sender = fields.optionalText("sender", MOST.nameLength);
  const since = fields.optionalInteger("since", 0);
  const until = fields.optionalInteger("until", 0);
  const cursor = fields.optionalText("cursor", MOST.cursorLength);
  return {
    type: "search",
    text: fields.text("text", MOST.queryLength),
    limit: fields.optionalInteger("limit", 1, MOST.searchHits) ?? DEFAULT_HITS,
    ...(room === undefined ? {} : { room }),
    ...(sender === undefined ? {} : { sender }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

function decodePresence(fields: Fields): ClientFrame {
  const show = fields.word("show", SHOWS);
  const text = fields.optionalText("text", MOST.nameLength);
  return text === undefined ? { type: "presence", show } : { type: "presence", show, text };
}

function decodeCommand(fields: Fields): ClientFrame {
  const text = fields.text("text", MOST.queryLength);
  const room = fields.optionalText("room", MOST.nameLength);
  return room === undefined ? { type: "command", text } : { type: "command", text, room };
}
