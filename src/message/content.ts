/**
 * The content of each type of event: builders for the doors, and readers that make sense of any
 * writer's.
 *
 * @module
 */
import type { Content, EventId, EventType } from "./event.ts";
import { LIMITS } from "./event.ts";
import type { Membership, MessageKind } from "./content_check.ts";
import { checkContent, isJsonObject, MESSAGE_KINDS } from "./content_check.ts";
import { exceedsBytes } from "./utf8.ts";

export { checkContent, isEventType, MEMBERSHIPS, MESSAGE_KINDS } from "./content_check.ts";
export type { Membership, MessageKind } from "./content_check.ts";

/** Plain text. @throws {MessageError} `content/...` as {@linkcode checkContent} */
export function textContent(body: string): Content {
  return checked("m.room.message", { body, msgtype: "m.text" });
}

/** What somebody does, written without their name. @throws {MessageError} `content/...` */
export function emoteContent(body: string): Content {
  return checked("m.room.message", { body, msgtype: "m.emote" });
}

/** A text that no bot should answer. @throws {MessageError} `content/...` */
export function noticeContent(body: string): Content {
  return checked("m.room.message", { body, msgtype: "m.notice" });
}

/** Replaces an own message's content. @throws {MessageError} `content/...` */
export function editContent(replaces: EventId, content: Content): Content {
  return checked("m.room.edit", { replaces, new_content: content });
}

/** Takes a message back. @throws {MessageError} `content/...` */
export function redactionContent(redacts: EventId, reason?: string): Content {
  return checked("m.room.redaction", reason === undefined ? { redacts } : { redacts, reason });
}

/** Reacts to a message, `reaction` as it is shown. @throws {MessageError} `content/...` */
export function reactionContent(relatesTo: EventId, reaction: string): Content {
  return checked("m.room.reaction", { relates_to: relatesTo, reaction });
}

/** What else a member event may say. */
export interface MemberDetails {
  readonly displayname?: string;
  readonly avatar_url?: string;
  readonly reason?: string;
}

/** A change of membership that is kept. @throws {MessageError} `content/...` */
export function memberContent(membership: Membership, details: MemberDetails = {}): Content {
  return checked("m.room.member", { membership, ...details });
}

/** The body of a message event, or undefined for one that has none. Tolerates any writer. */
export function readBody(content: Content): string | undefined {
  return typeof content.body === "string" ? content.body : undefined;
}

/** How a message is meant; a kind unknown to us is read as text. */
export function readKind(content: Content): MessageKind {
  return MESSAGE_KINDS.find((kind) => kind === content.msgtype) ?? "m.text";
}

/** Which event an edit replaces by what; undefined when it says neither. Tolerates any writer. */
export function readEdit(
  content: Content,
): { readonly replaces: EventId; readonly content: Content } | undefined {
  const { replaces, new_content: replacement } = content;
  if (typeof replaces !== "string" || !isJsonObject(replacement)) return undefined;
  const { body } = replacement;
  if (typeof body !== "string" || exceedsBytes(body, LIMITS.bodyBytes)) return undefined;
  return { replaces, content: replacement as Content };
}

/** Which event a redaction takes back; undefined when it does not say. Tolerates any writer. */
export function readRedaction(content: Content): { readonly redacts: EventId } | undefined {
  const { redacts } = content;
  return typeof redacts === "string" ? { redacts } : undefined;
}

/** What a reaction reacts to and how; undefined when it does not say. Tolerates any writer. */
export function readReaction(
  content: Content,
): { readonly relatesTo: EventId; readonly reaction: string } | undefined {
  const { relates_to: relatesTo, reaction } = content;
  if (typeof relatesTo !== "string" || typeof reaction !== "string") return undefined;
  if (exceedsBytes(reaction, LIMITS.reactionBytes)) return undefined;
  return { relatesTo, reaction };
}

function checked(type: EventType, content: Content): Content {
  const error = checkContent(type, content);
  if (error !== undefined) throw error;
  return content;
}
