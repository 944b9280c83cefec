/**
 * What the door's text dialects, original frames and lines, make of the hub's signals and errors.
 *
 * | signal | text |
 * | --- | --- |
 * | a message | `Bob: hello` |
 * | of a direct conversation | `Bob -> alice: hello` |
 * | an emote (`/me waves`) | `* Bob waves` |
 * | an edit | `Bob (edited): hello` |
 * | somebody came, somebody went | `[+] Bob has joined the chat!`, `[-] Bob has left the chat.` |
 * | redaction, reaction, typing, read marker, presence | nothing |
 *
 * @module
 */
import { AccountError } from "../../accounts/failure.ts";
import { ChatnodeError } from "../../errors.ts";
import type { EndReason, Signal } from "../../hub/contract.ts";
import { roomKind } from "../../message/address.ts";
import type { ChatEvent } from "../../message/event.ts";
import { shownName } from "../../message/guest.ts";
import { printable, visible } from "../../text.ts";

/** A text and who says it; the node itself when nobody does. */
export interface Said {
  /** Ends with what stands between name and text. */
  readonly prefix: string;
  readonly text: string;
}

/** A signal in words; undefined when these dialects have none for it. */
export function wordsOf(signal: Signal, node: string): Said | undefined {
  switch (signal.kind) {
    case "event":
      return wordsOfEvent(signal.stored.event, node);
    case "joined":
      return { prefix: "", text: `[+] ${visible(signal.who.name)} has joined the chat!` };
    case "left":
      return { prefix: "", text: `[-] ${visible(signal.who.name)} has left the chat.` };
    case "typing":
    case "read":
    case "presence":
      return undefined;
  }
}

/** A stored event in words; undefined when there are none for it. */
export function wordsOfEvent(event: ChatEvent, node: string): Said | undefined {
  const name = visible(shownName(event.sender_id, node)) + recipientOf(event, node);
  if (event.type === "m.room.edit") {
    const text = bodyOf(event.content["new_content"]);
    return text === undefined ? undefined : { prefix: `${name} (edited): `, text: printable(text) };
  }
  const text = bodyOf(event.content);
  if (event.type !== "m.room.message" || text === undefined) return undefined;
  const emote = event.content.msgtype === "m.emote";
  return { prefix: emote ? `* ${name} ` : `${name}: `, text: printable(text) };
}

/** Lines after the first begin with spaces: nothing within a message can pass for another one. */
export function indented(text: string): string {
  return text.includes("\n") ? text.replaceAll("\n", "\n  ") : text;
}

/** What went wrong, for the one who asked: the state alone, and what can be done about it. */
export function complaintOf(error: unknown): string {
  if (!(error instanceof ChatnodeError)) return "the node failed";
  const state = error.message.slice(error.message.indexOf(": ") + 2);
  const hint = error instanceof AccountError ? error.hint : undefined;
  return visible(hint === undefined ? state : `${state}. ${hint}`);
}

/** Why the node ends a connection. */
export const FAREWELLS: Readonly<Record<EndReason, string>> = {
  kicked: "You have been kicked by an administrator.",
  replaced: "Another session has taken the place of this one.",
  expired: "Your authentication has expired.",
  revoked: "Your authentication was revoked.",
  slow: "Too much is waiting to be read.",
  failed: "The node failed.",
  shutdown: "The node is shutting down.",
};

function recipientOf(event: ChatEvent, node: string): string {
  const kind = roomKind(event.room_id);
  if (kind.kind !== "direct") return "";
  const [a, b] = kind.between;
  return ` -> ${visible(shownName(event.sender_id === a ? b : a, node))}`;
}

function bodyOf(content: unknown): string | undefined {
  if (typeof content !== "object" || content === null || !("body" in content)) return undefined;
  return typeof content.body === "string" ? content.body : undefined;
}
