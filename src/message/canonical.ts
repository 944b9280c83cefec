/**
 * The canonical form that signatures and hashes cover, byte for byte what Python's
 * `json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=True)` gives for the event
 * without its signature. It is pure ASCII, so a string of it is its bytes.
 *
 * Numbers: ours are integers, spelled the same in every language; foreign ones keep their lexeme.
 *
 * @module
 */
import { compareCodePoints } from "./code_points.ts";
import type { ChatEvent, Content, Json, JsonObject } from "./event.ts";
import type { JsonMap, JsonTree } from "./json.ts";
import { NumberLexeme } from "./json.ts";

/**
 * How the two optional keys `parent_event_id` and `prev_event_hash` are taken when they hold
 * nothing: as `null`, as chatnode signs, or as absent, as some writers sign even though they store
 * the nulls.
 */
export type NullForm = "null" | "absent";

const OPTIONAL = ["parent_event_id", "prev_event_hash"] as const;

/** The canonical form of an event of ours, with its nulls. Never throws on a decoded event. */
export function canonicalEvent(event: ChatEvent): string {
  return '{"content":' + canonicalContent(event.content) +
    ',"event_id":' + canonicalString(event.event_id) +
    ',"parent_event_id":' + nullable(event.parent_event_id) +
    ',"prev_event_hash":' + nullable(event.prev_event_hash) +
    ',"room_id":' + canonicalString(event.room_id) +
    ',"sender_id":' + canonicalString(event.sender_id) +
    ',"timestamp_ms":' + event.timestamp_ms +
    ',"type":' + canonicalString(event.type) + "}";
}

/** The canonical form of a foreign line, read by `readJsonObject`; keeps keys unknown to us. */
export function canonicalLine(line: JsonMap, form: NullForm): string {
  const fields = new Map(line);
  fields.delete("signature");
  for (const key of OPTIONAL) {
    if ((fields.get(key) ?? null) !== null) continue;
    if (form === "absent") fields.delete(key);
    else fields.set(key, null);
  }
  return canonicalTree(fields);
}

/** The canonical form of any plain JSON value; keys that hold `undefined` are left out. */
export function canonicalJson(value: Json): string {
  if (typeof value === "string") return canonicalString(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const object = value as JsonObject;
  const members: string[] = [];
  for (const key of Object.keys(object).sort(compareCodePoints)) {
    const member = object[key];
    if (member !== undefined) members.push(`${canonicalString(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

/** The canonical form of a tree; numbers keep their lexeme. */
export function canonicalTree(tree: JsonTree): string {
  if (typeof tree === "string") return canonicalString(tree);
  if (tree instanceof NumberLexeme) return tree.text;
  if (tree === null || typeof tree !== "object") return String(tree);
  if (tree instanceof Map) {
    const keys = Array.from((tree as JsonMap).keys()).sort(compareCodePoints);
    const members = keys.map((key) =>
      `${canonicalString(key)}:${canonicalTree(tree.get(key) ?? null)}`
    );
    return `{${members.join(",")}}`;
  }
  return `[${(tree as readonly JsonTree[]).map(canonicalTree).join(",")}]`;
}

/** What differs from `JSON.stringify`: everything from DEL on is escaped. */
const BEYOND = /[\u007f-\uffff]/;
const EACH_BEYOND = /[\u007f-\uffff]/g;

function canonicalString(text: string): string {
  const quoted = JSON.stringify(text);
  return BEYOND.test(quoted) ? quoted.replace(EACH_BEYOND, escapeUnit) : quoted;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function nullable(text: string | null): string {
  return text === null ? "null" : canonicalString(text);
}

/**
 * The content of nearly every event of ours, `{body, chatnode: {device, key?, seq, via?}, msgtype}`,
 * without sorting; anything else goes the general way.
 */
function canonicalContent(content: Content): string {
  const { body, chatnode, msgtype } = content;
  if (body === undefined || msgtype === undefined || chatnode === undefined) {
    return canonicalJson(content);
  }
  if (countKeys(content) !== 3) return canonicalJson(content);
  const { device, key, seq, via } = chatnode;
  const known = 2 + (key === undefined ? 0 : 1) + (via === undefined ? 0 : 1);
  if (countKeys(chatnode) !== known) return canonicalJson(content);
  return '{"body":' + canonicalString(body) +
    ',"chatnode":{"device":' + canonicalString(device) +
    (key === undefined ? "" : ',"key":' + canonicalString(key)) +
    ',"seq":' + seq +
    (via === undefined ? "" : ',"via":' + canonicalString(via)) +
    '},"msgtype":' + canonicalString(msgtype) + "}";
}

function countKeys(object: object): number {
  return Object.keys(object).length;
}
