/**
 * What the node's signals look like to AloneChat's clients, and what their messages are here.
 *
 * | signal | message |
 * | --- | --- |
 * | text in the lobby | TEXT |
 * | text of a direct conversation | TEXT with `target` |
 * | an encrypted message of an AloneChat client | ENCRYPTED |
 * | an emote (`/me waves`) | TEXT, `* waves` |
 * | an edit | TEXT, `(edited) ` and the new text: these clients cannot change what they have shown |
 * | somebody came, somebody went | JOIN, LEAVE |
 * | redaction, reaction, typing, read marker, presence | nothing: these clients have no way to show it |
 *
 * @module
 */
import type { Signal } from "../../hub/contract.ts";
import { localName, roomKind } from "../../message/address.ts";
import type { ChatEvent, Content, RoomId } from "../../message/event.ts";
import { type AloneMessage, MESSAGE_TYPE, type MessageType } from "./message.ts";

/** AloneChat's public chat. */
export const LOBBY: RoomId = "lobby";

/** A signal as a message; undefined when it means nothing to these clients. */
export function renderSignal(signal: Signal, node: string): AloneMessage | undefined {
  switch (signal.kind) {
    case "event":
      return renderEvent(signal.stored.event, node);
    case "joined":
      return coming(MESSAGE_TYPE.join, localName(signal.who.address, node), "joined the chat");
    case "left":
      return coming(MESSAGE_TYPE.leave, localName(signal.who.address, node), "left the chat");
    case "typing":
    case "read":
    case "presence":
      return undefined;
  }
}

/** A stored event as a message; undefined when it means nothing to these clients. */
export function renderEvent(event: ChatEvent, node: string): AloneMessage | undefined {
  const shown = renderContent(event);
  if (shown === undefined) return undefined;
  return {
    ...shown,
    sender: localName(event.sender_id, node),
    target: targetOf(event, node),
    command: null,
  };
}

/** What an AloneChat message of type TEXT or ENCRYPTED is in the history. */
export function contentOf(message: Pick<AloneMessage, "type" | "content">): Content {
  const text = { body: message.content.toWellFormed(), msgtype: "m.text" };
  if (message.type !== MESSAGE_TYPE.encrypted) return text;
  return { ...text, alonechat: { type: MESSAGE_TYPE.encrypted } };
}

function coming(type: MessageType, name: string, what: string): AloneMessage {
  return { type, sender: name, content: `${name} ${what}`, target: null, command: null };
}

function renderContent(event: ChatEvent): Pick<AloneMessage, "type" | "content"> | undefined {
  const { content } = event;
  if (event.type === "m.room.edit") {
    const text = bodyOf(content["new_content"]);
    return text === undefined
      ? undefined
      : { type: MESSAGE_TYPE.text, content: `(edited) ${text}` };
  }
  const text = bodyOf(content);
  if (event.type !== "m.room.message" || text === undefined) return undefined;
  if (isEncrypted(content)) return { type: MESSAGE_TYPE.encrypted, content: text };
  const emote = content.msgtype === "m.emote";
  return { type: MESSAGE_TYPE.text, content: emote ? `* ${text}` : text };
}

function bodyOf(content: unknown): string | undefined {
  const body = property(content, "body");
  return typeof body === "string" ? body : undefined;
}

function isEncrypted(content: Content): boolean {
  return property(content["alonechat"], "type") === MESSAGE_TYPE.encrypted;
}

function property(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

/** The other end of a direct conversation, seen from the sender. */
function targetOf(event: ChatEvent, node: string): string | null {
  const kind = roomKind(event.room_id);
  if (kind.kind !== "direct") return null;
  const [a, b] = kind.between;
  return localName(event.sender_id === a ? b : a, node);
}
