/**
 * The check that every content from outside passes before it is stored.
 *
 * @module
 */
import type { EventType, JsonObject } from "./event.ts";
import { EVENT_TYPES, LIMITS } from "./event.ts";
import type { ReasonOf } from "./error.ts";
import { MessageError } from "./error.ts";
import { parseEventId } from "./id.ts";
import { exceedsBytes } from "./utf8.ts";

/** How a message is meant: said, done (`/me`), or announced by a bot or the server. */
export const MESSAGE_KINDS = ["m.text", "m.emote", "m.notice"] as const;
/** See {@linkcode MESSAGE_KINDS}. */
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** What a member event says of its sender. */
export const MEMBERSHIPS = ["join", "leave", "invite", "ban", "kick"] as const;
/** See {@linkcode MEMBERSHIPS}. */
export type Membership = (typeof MEMBERSHIPS)[number];

/**
 * Whether a content from outside may be stored as an event of ours: the keys of its type within
 * their bounds, other keys tolerated; numbers only integers, so that every program spells the signed
 * form alike; no key `chatnode`, which is the history's own.
 *
 * @returns the reason against it, or undefined. Codes: `content/form`, `content/empty`,
 *   `content/too-long`, `content/depth`, `content/number`, `content/not-unicode`,
 *   `content/reserved`, `content/type`
 */
export function checkContent(type: string, content: unknown): MessageError | undefined {
  try {
    if (!isEventType(type)) throw fault("type", "no event of this type is stored");
    const object = jsonObject(content);
    if (Object.hasOwn(object, "chatnode")) {
      throw fault("reserved", "its key chatnode is set by the node alone");
    }
    RULES[type](object);
    if (!isPlainText(object)) checkWhole(object);
    return undefined;
  } catch (error) {
    if (error instanceof MessageError) return error;
    throw error;
  }
}

/** Whether events of a type are stored. */
export function isEventType(type: string): type is EventType {
  return (EVENT_TYPES as readonly string[]).includes(type);
}

/** One rule a type; each throws. */
const RULES: Readonly<Record<EventType, (content: JsonObject) => void>> = {
  "m.room.message": checkMessage,
  "m.room.edit"(content) {
    checkId(content, "replaces");
    const replacement = jsonObject(content["new_content"]);
    if (Object.hasOwn(replacement, "chatnode")) {
      throw fault("reserved", "its key chatnode is set by the node alone");
    }
    checkMessage(replacement);
  },
  "m.room.redaction"(content) {
    checkId(content, "redacts");
    checkNote(content, "reason");
  },
  "m.room.reaction"(content) {
    checkId(content, "relates_to");
    checkText(content, "reaction", LIMITS.reactionBytes);
  },
  "m.room.member"(content) {
    if (!MEMBERSHIPS.some((membership) => membership === content["membership"])) {
      throw fault("form", `its membership is none of ${MEMBERSHIPS.join(", ")}`);
    }
    checkNote(content, "displayname");
    checkNote(content, "avatar_url");
    checkNote(content, "reason");
  },
};

function checkMessage(content: JsonObject): void {
  checkText(content, "body", LIMITS.bodyBytes);
  if (!MESSAGE_KINDS.some((kind) => kind === content["msgtype"])) {
    throw fault("form", `its msgtype is none of ${MESSAGE_KINDS.join(", ")}`);
  }
  if (content["formatted_body"] !== undefined) {
    checkText(content, "formatted_body", LIMITS.bodyBytes);
    checkText(content, "format", LIMITS.noteBytes);
  }
}

/** A text that must be there. */
function checkText(content: JsonObject, key: string, bytes: number): void {
  const text = content[key];
  if (typeof text !== "string") throw fault("form", `its ${key} is not a string`);
  if (text === "") throw fault("empty", `its ${key} is empty`);
  if (exceedsBytes(text, bytes)) throw fault("too-long", `its ${key} is over ${bytes} bytes`);
  if (!text.isWellFormed()) throw fault("not-unicode", `its ${key} is not well-formed Unicode`);
}

/** A short text that may be absent or empty. */
function checkNote(content: JsonObject, key: string): void {
  const text = content[key];
  if (text !== undefined && text !== "") checkText(content, key, LIMITS.noteBytes);
}

function checkId(content: JsonObject, key: string): void {
  checkText(content, key, LIMITS.idBytes);
  try {
    parseEventId(content[key] as string);
  } catch {
    throw fault("form", `its ${key} is not an event id`);
  }
}

/** `{body, msgtype}`, nearly every content there is, has nothing left to check. */
function isPlainText(content: JsonObject): boolean {
  return Object.keys(content).every((key) => key === "body" || key === "msgtype");
}

/** What holds for any key: JSON, not too deep, integers, well-formed text, not too long. */
function checkWhole(content: JsonObject): void {
  for (const key of ["body", "msgtype"]) {
    if (content[key] !== undefined) checkText(content, key, LIMITS.bodyBytes);
  }
  // The event's own braces are one level.
  checkValue(content, LIMITS.depth - 1);
  if (exceedsBytes(JSON.stringify(content), LIMITS.contentBytes)) {
    throw fault("too-long", `it is over ${LIMITS.contentBytes} bytes`);
  }
}

function checkValue(value: unknown, depth: number): void {
  if (value === null || value === undefined || typeof value === "boolean") return;
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw fault("not-unicode", "it is not well-formed Unicode");
    return;
  }
  if (typeof value === "number") {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return;
    throw fault("number", "a number is not an integer that every program reads alike");
  }
  if (depth < 1) throw fault("depth", `it is nested deeper than ${LIMITS.depth} levels`);
  if (Array.isArray(value)) {
    for (const item of value) {
      if (item === undefined) throw fault("form", "a list has a hole");
      checkValue(item, depth - 1);
    }
    return;
  }
  for (const [key, member] of Object.entries(jsonObject(value))) {
    checkValue(key, 0);
    checkValue(member, depth - 1);
  }
}

function jsonObject(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw fault("form", "it is not an object");
}

/** Whether a value is an object as JSON knows them. */
export function isJsonObject(value: unknown): value is JsonObject {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function fault(reason: ReasonOf<"content">, state: string): MessageError {
  return new MessageError(`content/${reason}`, `Cannot accept the content: ${state}`);
}
