/**
 * What people at a keyboard can ask for.
 *
 * @module
 */
import type { Hub, Session } from "../../../hub/contract.ts";
import { HubError } from "../../../hub/errors.ts";
import { MessageError } from "../../../message/error.ts";
import { qualify } from "../../../message/address.ts";
import type { Address, RoomId } from "../../../message/event.ts";
import { shownName } from "../../../message/guest.ts";
import { printable, visible } from "../../../text.ts";
import { wordsOfEvent } from "../words.ts";
import { lineOf } from "./dialect.ts";

/** Events that `/history` shows unless told, and at most. */
const HISTORY = { usual: 20, most: 200 } as const;

/** What the commands work on. */
export interface Desk {
  readonly hub: Hub;
  readonly session: Session;
  /** The room that lines go to. */
  room: RoomId;
  /** Whether somebody has an account of that name. */
  isAccount(name: string): boolean;
  tell(text: string): void;
  say(room: RoomId, body: string, msgtype?: "m.text" | "m.emote"): Promise<void>;
  quit(): void;
}

interface Command {
  readonly usage: string;
  readonly does: string;
  run(desk: Desk, rest: string): void | Promise<void>;
}

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["/who", { usage: "/who", does: "who is here", run: who }],
  ["/rooms", { usage: "/rooms", does: "the rooms there are", run: rooms }],
  ["/join", { usage: "/join ROOM", does: "go to another room", run: join }],
  ["/msg", { usage: "/msg NAME TEXT", does: "say something to one person", run: msg }],
  ["/me", { usage: "/me TEXT", does: "say what you do", run: me }],
  ["/history", { usage: "/history [N]", does: "what was said before", run: history }],
  ["/help", { usage: "/help", does: "this list", run: help }],
  ["/quit", { usage: "/quit", does: "leave", run: (desk) => desk.quit() }],
]);

/**
 * Runs the command that a line is, whether it is one or not.
 *
 * @throws {HubError} what the hub refuses
 * @throws {HistoryError} what the history refuses
 */
export async function runCommand(desk: Desk, line: string): Promise<void> {
  const [, name = "/", rest = ""] = /^(\/\S+)\s*(.*)$/s.exec(line) ?? [];
  const command = COMMANDS.get(name.toLowerCase());
  if (command !== undefined) return await command.run(desk, rest.trim());
  const reply = await desk.session.command(line, desk.room);
  if (reply !== undefined) desk.tell(printable(reply.text));
  else desk.tell(`There is no ${visible(name)}. /help lists what there is; // says a slash.`);
}

function help(desk: Desk): void {
  const widest = Math.max(...[...COMMANDS.values()].map(({ usage }) => usage.length));
  for (const { usage, does } of COMMANDS.values()) desk.tell(`${usage.padEnd(widest)}  ${does}`);
}

function who({ session, room, tell }: Desk): void {
  const names = session.members(room).map(({ who }) => visible(who.name));
  tell(`In ${visible(room)}: ${names.join(", ")}`);
}

function rooms({ session, tell }: Desk): void {
  const open = session.overview().filter(({ room }) => !room.startsWith("direct:"))
    .sort((a, b) => a.room < b.room ? -1 : 1);
  for (const { room, members } of open) tell(`${visible(room)} (${members} here)`);
}

function join(desk: Desk, rest: string): void {
  if (rest === "") return desk.tell("Which room? /join ROOM");
  const { session, room } = desk;
  if (rest.startsWith("direct:")) return desk.tell("That is a conversation: /msg NAME TEXT");
  const joined = session.join(rest);
  if (joined.room !== room) session.leave(room);
  desk.room = joined.room;
  desk.tell(`You are in ${visible(joined.room)}.`);
}

async function msg(desk: Desk, rest: string): Promise<void> {
  const found = recipient(desk, rest);
  if (found === undefined) return desk.tell("Nobody here is called that. /who lists people.");
  if (found.text === "") return desk.tell("Say what? /msg NAME TEXT");
  await desk.say(desk.session.directRoom(found.address), found.text);
  desk.tell(`-> ${visible(shownName(found.address, desk.hub.node))}: ${printable(found.text)}`);
}

async function me(desk: Desk, rest: string): Promise<void> {
  if (rest === "") desk.tell("What do you do? /me TEXT");
  else await desk.say(desk.room, rest, "m.emote");
}

async function history(desk: Desk, rest: string): Promise<void> {
  const { hub, session, room, tell } = desk;
  const wanted = rest === "" ? HISTORY.usual : Number(rest);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > HISTORY.most) {
    return tell(`How many? /history N, 1 to ${HISTORY.most}`);
  }
  const page = await session.page(room, { limit: wanted });
  for (const { event } of page.events) {
    const said = wordsOfEvent(event, hub.node);
    if (said === undefined) continue;
    const time = new Date(event.timestamp_ms).toISOString().slice(0, 16).replace("T", " ");
    tell(lineOf({ ...said, prefix: `[${time}] ${said.prefix}` }));
  }
  if (page.events.length === 0) tell("Nothing was said here yet.");
}

/** Names may hold spaces, so the longest that fits somebody who is there counts. */
function recipient(
  { hub, isAccount }: Desk,
  rest: string,
): { readonly address: Address; readonly text: string } | undefined {
  const lower = rest.toLowerCase();
  const [present] = hub.people()
    .map(({ who }) => who)
    .filter(({ name }) =>
      lower === name.toLowerCase() || lower.startsWith(`${name.toLowerCase()} `)
    )
    .sort((a, b) => b.name.length - a.name.length);
  if (present !== undefined) {
    return { address: present.address, text: rest.slice(present.name.length).trim() };
  }
  const [, word = "", text = ""] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
  if (!isAccount(word)) return undefined;
  try {
    return { address: qualify(word, hub.node), text };
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    throw new HubError("hub/invalid", "Cannot write to them: that is no name");
  }
}
