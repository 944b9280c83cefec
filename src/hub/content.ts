import type { Content, EventType, JsonObject } from "../message/event.ts";
import { LIMITS } from "../message/event.ts";
import { HubError } from "./errors.ts";

/** Keys of a content whose value names something, with the type that needs them. */
const NEEDED: Readonly<Record<EventType, readonly string[]>> = {
  "m.room.message": ["body"],
  "m.room.member": ["membership"],
  "m.room.redaction": ["redacts"],
  "m.room.edit": ["replaces"],
  "m.room.reaction": ["relates_to", "reaction"],
};

/** Checks what a client wants in an event's content. @throws {HubError} `hub/invalid` */
export function checkContent(type: EventType, content: Content): void {
  if (content.chatnode !== undefined) throw invalid("the content's key chatnode is the node's own");
  for (const key of NEEDED[type]) {
    if (typeof content[key] !== "string" || content[key] === "") {
      throw invalid(`its content has no ${key}`);
    }
  }
  if (type === "m.room.edit") {
    const text = content["new_content"] as JsonObject | undefined;
    if (typeof text?.["body"] !== "string") throw invalid("its content has no new_content.body");
  }
  // A UTF-16 unit is at least one byte: cheap, and decides for almost every message.
  const json = JSON.stringify(content);
  if (json.length * 3 > LIMITS.bodyBytes && byteLength(json) > LIMITS.bodyBytes + 4096) {
    throw invalid(`its content is longer than ${LIMITS.bodyBytes} bytes`);
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function invalid(state: string): HubError {
  return new HubError("hub/invalid", `Cannot publish: ${state}`);
}
