/**
 * Lines of lists about people, rooms, conversations and messages: what stands in them, safe to show.
 *
 * @module
 */
import type { ChatEvent, RoomId } from "../../../message/event.ts";
import { printable, truncated } from "../../../text.ts";
import type { Contact, Occupant, RoomSummary } from "../session.ts";
import { dayOf, timeOf } from "../times.ts";
import { authorName, nameOf, peerOf, roomName, safeName, type Viewpoint } from "../wording.ts";
import type { Account } from "./model/account.ts";
import type { Conversation } from "./model/conversation.ts";
import { bodyOf, type Message } from "./model/entry.ts";

/** What a line says. */
export interface Words {
  readonly text: string;
  readonly detail: string;
}

/** So much stands before the first word that was found, UTF-16 units. */
const LEAD = 16;

/** Somebody in a room. */
export function occupantWords({ name, show, role, text }: Occupant): Words {
  return {
    text: safeName(name),
    detail: [show, role, text].filter((one) => one !== undefined).map(oneLine).join("  "),
  };
}

/** Somebody of the contact list. */
export function contactWords(
  { name, show, address, isBlocked, hasPicture, text = "" }: Contact,
): Words {
  const marks = [isBlocked ? "blocked" : "", hasPicture === true ? "has a picture" : ""];
  return {
    text: safeName(name),
    detail: [show, address, ...marks, text].filter((one) => one !== "").map(oneLine).join("  "),
  };
}

/** A room that there is. */
export function roomWords(summary: RoomSummary, view: Viewpoint): Words {
  const { room, name, members, topic = "" } = summary;
  const isPersonal = peerOf(room, view) !== undefined;
  return {
    text: `${isPersonal ? "@" : "#"} ${safeName(name ?? roomName(room, view))}`,
    detail: isPersonal ? "" : `${members} here  ${oneLine(topic)}`,
  };
}

/** A conversation: what is unread there, and what was said last. */
export function conversationWords(account: Account, conversation: Conversation): Words {
  const { timeline, unread, lastMs, room } = conversation;
  const last = timeline.entries.findLast((entry): entry is Message => entry.kind === "message");
  const waiting = unread > 0 ? `${unread} unread  ` : "";
  const when = lastMs === 0 ? "" : `${dayOf(lastMs)} ${timeOf(lastMs)}  `;
  const words = last === undefined
    ? ""
    : `${nameOf(last.sender, account.view(room))}: ${oneLine(bodyOf(last))}`;
  return { text: account.titleOf(conversation), detail: `${waiting}${when}${words}` };
}

/**
 * A message that was found: when and who, then where, unless that is `here`, and the part in which
 * the first of the words stands.
 */
export function hitWords(
  event: ChatEvent,
  { account, words, here }: {
    readonly account: Account;
    readonly words: string;
    readonly here: RoomId | undefined;
  },
): Words {
  const { room_id: room, timestamp_ms: at, sender_id: sender, content } = event;
  const view = account.view(room);
  const place = account.conversations.get(room);
  const name = place === undefined ? roomName(room, view) : account.shortTitleOf(place);
  return {
    text: `${dayOf(at)} ${timeOf(at)}  ${authorName({ sender, content }, view)}`,
    detail: (room === here ? "" : `[${name}] `) + around(oneLine(content.body ?? ""), words),
  };
}

/** Text from anywhere as one line, safe to show. */
export function oneLine(text: string): string {
  return truncated(printable(text).replaceAll(/\s+/g, " "), 1_000);
}

/** The text from just before the first of the words on; all of it when that is near. */
function around(text: string, words: string): string {
  const lower = text.toLowerCase();
  const places = words.toLowerCase().split(/\s+/).filter((word) => word !== "")
    .map((word) => lower.indexOf(word)).filter((place) => place >= 0);
  const first = Math.min(...places, text.length);
  if (first <= 2 * LEAD || first === text.length) return text;
  const from = text.lastIndexOf(" ", first - LEAD) + 1;
  return from === 0 ? text : `\u2026 ${text.slice(from)}`;
}
