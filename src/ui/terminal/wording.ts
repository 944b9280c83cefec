/**
 * Events and news as lines of a chat. Everything that came from elsewhere is made safe here: nothing
 * behind this file sees a text that could drive a terminal.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import { roomKind } from "../../message/address.ts";
import {
  readBody,
  readEdit,
  readKind,
  readReaction,
  readRedaction,
} from "../../message/content.ts";
import { MessageError } from "../../message/error.ts";
import type { Address, ChatEvent, Content, EventId, RoomId } from "../../message/event.ts";
import { shownName } from "../../message/guest.ts";
import { printable, truncated, visible } from "../../text.ts";
import type { Paint } from "./paint.ts";
import type { JoinOptions, RoomSummary } from "./session.ts";
import { dayOf, longDayOf, timeOf } from "./times.ts";

/** What the words depend on. */
export interface Viewpoint {
  /** One's own address; undefined before the first connection. */
  readonly you: Address | undefined;
  /** Addresses of this node are called by their name alone. */
  readonly node: string;
  /** The room that is looked at: what comes from another one says so. */
  readonly room: RoomId;
  /** An event that was seen lately. */
  recall(id: EventId): ChatEvent | undefined;
  /** What the session told of a room. */
  about?(room: RoomId): RoomSummary | undefined;
  /** What this person calls somebody there; not safe to show. */
  nameIn?(address: Address, room: RoomId): string | undefined;
}

/** Longest name shown, terminal columns. */
const NAME_COLUMNS = 32;
const EXCERPT_COLUMNS = 40;

/** What others call somebody, in the room that is looked at unless told; safe to show. */
export function nameOf(
  address: Address,
  view: Pick<Viewpoint, "node" | "room" | "nameIn">,
  room = view.room,
): string {
  return safeName(view.nameIn?.(address, room) ?? shownName(address, view.node));
}

/** What a program is called that speaks for this person, as in the logs of its conversations. */
const BOT = "AI Bot";

/** What the author of a message is called; safe to show. */
export function authorName(
  { sender, content }: { readonly sender: Address; readonly content: Content },
  view: Pick<Viewpoint, "you" | "node" | "room" | "nameIn">,
  room = view.room,
): string {
  const isProgram = sender === view.you && readKind(content) === "m.notice";
  return isProgram ? BOT : nameOf(sender, view, room);
}

/** A name, safe to show. */
export function safeName(name: string): string {
  return truncated(visible(name), NAME_COLUMNS);
}

/** What a room is called: its name, or who the conversation is with. */
export function roomName(room: RoomId, view: Omit<Viewpoint, "recall">): string {
  const given = view.about?.(room)?.name;
  if (given !== undefined) return safeName(given);
  const peer = peerOf(room, view);
  return peer === undefined ? safeName(placeName(room)) : nameOf(peer, view, room);
}

/** A room's name within its kind: of an XMPP account's room, that of the room. */
function placeName(room: RoomId): string {
  return /^xmpp:[^/]+\/(.+)$/s.exec(room)?.[1] ?? room;
}

/** The other one of a conversation; undefined for what is none. */
export function peerOf(
  room: RoomId,
  { you, about }: Pick<Viewpoint, "you" | "about">,
): Address | undefined {
  try {
    const kind = roomKind(room);
    if (kind.kind === "public") return undefined;
    if (kind.kind === "xmpp") return about?.(room)?.kind === "room" ? undefined : kind.peer;
    return kind.between.find((one) => one !== you) ?? kind.between[0];
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}

/**
 * Whether a room has to be entered before one is in it. Of an XMPP JID only its server knows what it
 * is: what somebody asks to enter, which `options` say, the session has to look at.
 */
export function isToEnter(
  room: RoomId,
  view: Pick<Viewpoint, "you" | "about">,
  options: JoinOptions | undefined,
): boolean {
  const isAsked = options !== undefined && room.startsWith("xmpp:");
  return isAsked || peerOf(room, view) === undefined;
}

/** An event as a line, more when its text has several; undefined when there is nothing to show. */
export function eventLine(event: ChatEvent, view: Viewpoint, paint: Paint): string | undefined {
  const words = wordsOf(event, view, paint);
  if (words === undefined) return undefined;
  const place = placeOf(event.room_id, view);
  const head = place === "" ? "" : `${paint.dim(place)} `;
  return `${paint.dim(timeOf(event.timestamp_ms))} ${head}${words}`;
}

/** The same with its day and room, for what is looked up. */
export function foundLine(event: ChatEvent, view: Viewpoint, paint: Paint): string | undefined {
  const words = wordsOf(event, view, paint);
  if (words === undefined) return undefined;
  const when = `${dayOf(event.timestamp_ms)} ${timeOf(event.timestamp_ms)}`;
  return `${paint.dim(`${when} [${roomName(event.room_id, view)}]`)} ${words}`;
}

/** Stands between two days. */
export function dayLine(ms: number, paint: Paint): string {
  return paint.dim(`-- ${longDayOf(ms)}`);
}

/** What the program itself says. `text` must be safe already. */
export function noteLine(text: string, paint: Paint): string {
  return paint.dim(`-- ${text}`);
}

/** What went wrong, calmly. `text` may come from elsewhere. */
export function faultLine(text: string, paint: Paint): string {
  return paint.warn(`-- ${visible(text).replace(/\.$/, "")}.`);
}

/** What went wrong, with what can be done about it; safe to show. */
export function faultText(error: unknown): string {
  const { message, hint } = error instanceof ChatnodeError
    ? error
    : { message: "Cannot do this: the client failed", hint: undefined };
  const sentence = `${visible(message).replace(/\.$/, "")}.`;
  return hint === undefined ? sentence : `${sentence} ${visible(hint).replace(/\.$/, "")}.`;
}

/** Lines after the first begin with spaces: nothing within a text can pass for another line. */
export function indented(text: string): string {
  return printable(text).replaceAll("\t", "    ").replaceAll("\n", "\n      ");
}

/** Whether somebody is called by name in a text: as a word, whatever its case. */
export function isNamed(text: string, name: string): boolean {
  const [body, wanted] = [text.toLowerCase(), name.toLowerCase()];
  if (wanted === "") return false;
  for (let at = body.indexOf(wanted); at >= 0; at = body.indexOf(wanted, at + 1)) {
    const around = [body.slice(0, at).at(-1) ?? "", body[at + wanted.length] ?? ""];
    if (!around.some((one) => /[\p{L}\p{N}_]/u.test(one))) return true;
  }
  return false;
}

/** Whether the event is said to `you` alone. */
export function isDirect(event: ChatEvent, view: Pick<Viewpoint, "you" | "about">): boolean {
  return peerOf(event.room_id, view) !== undefined;
}

function wordsOf(event: ChatEvent, view: Viewpoint, paint: Paint): string | undefined {
  switch (event.type) {
    case "m.room.message":
      return said(event, view, paint);
    case "m.room.edit":
      return edited(event, view, paint);
    case "m.room.redaction":
      return redacted(event, view, paint);
    case "m.room.reaction":
      return reacted(event, view, paint);
    default:
      return undefined;
  }
}

function said(event: ChatEvent, view: Viewpoint, paint: Paint): string | undefined {
  const body = readBody(event.content);
  if (body === undefined) return undefined;
  const text = indented(body);
  const who = author(event, view, paint);
  const kind = readKind(event.content);
  const answered = event.parent_event_id === null ? undefined : view.recall(event.parent_event_id);
  const parent = answered === undefined ? "" : `${paint.dim(`(to ${excerpt(answered, view)})`)} `;
  if (kind === "m.emote") return `${parent}* ${who} ${text}`;
  return kind === "m.notice" ? `${parent}${who}: ${paint.dim(text)}` : `${parent}${who}: ${text}`;
}

function edited(event: ChatEvent, view: Viewpoint, paint: Paint): string | undefined {
  const edit = readEdit(event.content);
  const body = edit === undefined ? undefined : readBody(edit.content);
  if (edit === undefined || body === undefined) return undefined;
  return `${author(event, view, paint)} ${paint.dim("(edited)")}: ${indented(body)}`;
}

function redacted(event: ChatEvent, view: Viewpoint, paint: Paint): string | undefined {
  const redaction = readRedaction(event.content);
  if (redaction === undefined) return undefined;
  const target = view.recall(redaction.redacts);
  if (target?.type === "m.room.reaction") {
    const sign = signOf(target);
    return `${author(event, view, paint)} ${paint.dim("takes back")} ${sign}${
      ofWhat(target, view, paint)
    }`;
  }
  const when = target === undefined ? "" : ` of ${timeOf(target.timestamp_ms)}`;
  const whose = target === undefined || target.sender_id === event.sender_id
    ? ""
    : ` by ${nameOf(target.sender_id, view, event.room_id)}`;
  return `${author(event, view, paint)} ${paint.dim(`took back the message${when}${whose}`)}`;
}

function reacted(event: ChatEvent, view: Viewpoint, paint: Paint): string | undefined {
  if (readReaction(event.content) === undefined) return undefined;
  const to = ofWhat(event, view, paint);
  return `${author(event, view, paint)} ${paint.dim("reacts")} ${signOf(event)}${to}`;
}

/** What a reaction is, safe to show. */
function signOf({ content }: ChatEvent): string {
  const sign = readReaction(content)?.reaction ?? "";
  return truncated(printable(sign).replaceAll(/\s+/g, " "), 32);
}

/** To what it is, if that was seen. */
function ofWhat({ content }: ChatEvent, view: Viewpoint, paint: Paint): string {
  const target = view.recall(readReaction(content)?.relatesTo ?? "");
  return target === undefined ? "" : ` ${paint.dim(`to ${excerpt(target, view)}`)}`;
}

/** Who said it, and to whom when it was said to one person. */
function author(event: ChatEvent, view: Viewpoint, paint: Paint): string {
  const { sender_id: sender, content, room_id: room } = event;
  const own = sender === view.you;
  const peer = peerOf(room, view);
  const name = authorName({ sender, content }, view, room);
  if (peer === undefined) return own ? paint.bold(name) : paint.name(name);
  const from = own && name !== BOT ? "you" : name;
  return paint.direct(`${from} -> ${own ? nameOf(peer, view, room) : "you"}`);
}

/** Of which room it is, where that is not the one looked at. Conversations say it themselves. */
function placeOf(room: RoomId, view: Viewpoint): string {
  if (room === view.room || peerOf(room, view) !== undefined) return "";
  return `[${roomName(room, view)}]`;
}

function excerpt(event: ChatEvent, view: Viewpoint): string {
  const body = printable(readBody(event.content) ?? "").replaceAll(/\s+/g, " ");
  const name = nameOf(event.sender_id, view, event.room_id);
  return `${name}: ${truncated(body, EXCERPT_COLUMNS)}`;
}
