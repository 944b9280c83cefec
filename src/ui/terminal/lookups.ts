/**
 * Answers to what a person looks up, as lines of a chat.
 *
 * @module
 */
import { width } from "../../text.ts";
import type { Paint } from "./paint.ts";
import type { ChatEvent } from "../../message/event.ts";
import type { ChatSession, Contact, Occupant, RoomSummary } from "./session.ts";
import { type Group, GROUPS, type SlashCommand, usageOf } from "./slash_commands.ts";
import { dayOf, timeOf } from "./times.ts";
import { foundLine, noteLine, peerOf, roomName, safeName, type Viewpoint } from "./wording.ts";

/** Longer usages push what stands behind them to the right. */
const USAGE_COLUMNS = 34;

/** Who is there, as text that is safe to show. */
export function whoText(people: readonly Occupant[]): string {
  const words = people.map(({ name, show }) => {
    return show === "online" ? safeName(name) : `${safeName(name)} (${show})`;
  });
  return words.join(", ") || "nobody";
}

/** The rooms there are, as text that is safe to show. */
export function roomsText(rooms: readonly RoomSummary[], view: Viewpoint): string {
  const names = rooms.map(({ room, members }) => {
    const name = roomName(room, view);
    return peerOf(room, view) === undefined ? `${name} (${members})` : `@${name}`;
  });
  return `Rooms: ${names.join(", ") || "none"}`;
}

/** One's conversations as a table, those that spoke last first. */
export function conversationLines(
  rooms: readonly RoomSummary[],
  view: Viewpoint,
  paint: Paint,
): readonly string[] {
  const sorted = [...rooms].sort((a, b) => (b.lastMs ?? 0) - (a.lastMs ?? 0));
  const rows = sorted.map(({ room, lastMs, unread }) => ({
    name: roomName(room, view),
    last: lastMs === undefined ? "" : `${dayOf(lastMs)} ${timeOf(lastMs)}`,
    unread: unread === undefined || unread === 0 ? "" : `${unread} unread`,
  }));
  const widest = Math.max(...rows.map(({ name }) => width(name)), 0);
  const lines = rows.map(({ name, last, unread }) => {
    const space = " ".repeat(widest - width(name));
    return `  ${name}${space}  ${paint.dim(last.padEnd(16))}  ${unread}`.trimEnd();
  });
  return lines.length === 0 ? [noteLine("No conversations yet.", paint)] : lines;
}

/** The contact list, as text that is safe to show. */
export function contactsText(contacts: readonly Contact[]): string {
  const words = contacts.map(({ name, show }) => `${safeName(name)} (${show})`);
  return `Contacts: ${words.join(", ") || "none"}`;
}

/** Which account it is, as text that is safe to show. */
export function accountText({ you, node, isOnline }: ChatSession): string {
  const state = isOnline ? "connected" : "not connected";
  return you === undefined ? state : `${safeName(you.name)} on ${safeName(node)}, ${state}`;
}

/** What was found, newest last. @param events newest first */
export function foundLines(
  events: readonly ChatEvent[],
  view: Viewpoint,
  paint: Paint,
): readonly string[] {
  const lines = [...events].reverse().flatMap((event) => foundLine(event, view, paint) ?? []);
  const count = lines.length === 0 ? "Nothing found." : `(${lines.length} found)`;
  return [...lines, noteLine(count, paint)];
}

/** What can be done, or what one command does. @param about a command's name, or nothing */
export function helpLines(
  commands: readonly Helped[],
  about: string,
  paint: Paint,
): readonly string[] {
  const groups = helped(commands, about);
  if (groups.length === 0) return [noteLine("There is no such command.", paint)];
  const all = groups.flatMap(({ commands }) => commands);
  const widest = Math.min(Math.max(...all.map((one) => width(usageOf(one)))), USAGE_COLUMNS);
  const lines = groups.flatMap(({ title, commands }) => [
    ...about === "" ? [paint.bold(title)] : [],
    ...commands.map((one) => `  ${usageOf(one).padEnd(widest)}  ${paint.dim(one.does)}`),
  ]);
  const keys = "  Alt-Enter begins a new line, Tab completes, // sends a slash.";
  return about === "" ? [...lines, paint.dim(keys)] : lines;
}

/** A command, as far as help needs it. */
export type Helped = Pick<SlashCommand, "name" | "takes" | "does" | "also"> & {
  readonly group?: Group;
};

/** Commands that belong together. */
export interface HelpGroup<Command> {
  readonly title: string;
  readonly commands: readonly Command[];
}

/** The commands that help is wanted about, in their groups. @param about a command, or nothing */
export function helped<Command extends Helped>(
  commands: readonly Command[],
  about: string,
): readonly HelpGroup<Command>[] {
  const name = about.replace(/^\//, "").toLowerCase();
  const wanted = commands.filter((one) =>
    name === "" || one.name === name || one.also?.includes(name) ||
    one.name.startsWith(`${name} `)
  );
  return Object.entries(GROUPS).map(([group, title]) => ({
    title,
    commands: wanted.filter((one) => (one.group ?? "server") === group),
  })).filter(({ commands }) => commands.length > 0);
}
