/**
 * What everybody does in rooms besides talking: inviting, another topic or nickname, bookmarks.
 *
 * @module
 */
import { bookmarks } from "../../transports/xmpp/features/bookmarks.ts";
import { invitations } from "../../transports/xmpp/features/invitations.ts";
import { roomStanding } from "../../transports/xmpp/features/room_standing.ts";
import { rooms } from "../../transports/xmpp/features/rooms.ts";
import type { AccountCommand, CommandParts } from "./account_commands.ts";
import { explained } from "./refusals.ts";
import { notThere } from "./room_list.ts";

/** See the module's description. */
export function roomCommands(parts: CommandParts): readonly AccountCommand[] {
  return [
    {
      ...{ name: "invite", takes: "ADDRESS [REASON]", completes: "person", group: "rooms" },
      does: "ask somebody into this room",
      run: (argument, { peer }) => invite(parts, argument, peer),
    },
    {
      ...{ name: "topic", also: ["subject"], takes: "TEXT", group: "rooms" },
      does: "say what this room is about",
      run: (argument, { peer }) => topic(parts, argument, peer),
    },
    {
      ...{ name: "nick", takes: "[NAME]", group: "rooms" },
      does: "be called something else in this room; alone, what you are called",
      run: (argument, { peer }) => rename(parts, argument, peer),
    },
    {
      ...{ name: "voice", takes: "", group: "rooms" },
      does: "ask the moderators to let you speak",
      run: (_, { peer }) => askVoice(parts, peer),
    },
    {
      ...{ name: "bookmark", takes: "", group: "rooms" },
      does: "come into this room at each start",
      run: (_, { peer }) => bookmark(parts, peer),
    },
    {
      ...{ name: "unbookmark", takes: "", does: "do not, any more", group: "rooms" },
      run: (_, { peer }) => unbookmark(parts, peer),
    },
  ];
}

/** A room that one is in. @throws {ChatnodeError} `client/not-there` */
export function entered({ rooms }: Pick<CommandParts, "rooms">, peer: string): string {
  if (!rooms.isFollowed(peer)) throw notThere();
  return peer;
}

async function invite(parts: CommandParts, argument: string, peer: string): Promise<string> {
  const room = entered(parts, peer);
  const [, typed = "", reason = ""] = /^(\S+)\s*([^]*)$/.exec(argument) ?? [];
  const who = parts.peers.person(typed);
  const invited = parts.xmpp.use(invitations).invite(room, who, reason === "" ? {} : { reason });
  await explained(`invite ${who}`, invited);
  return `${who} is invited.`;
}

async function topic(parts: CommandParts, argument: string, peer: string): Promise<string> {
  await parts.xmpp.use(rooms).setSubject(entered(parts, peer), argument).accepted;
  return "The room was asked to be about that.";
}

async function rename(parts: CommandParts, argument: string, peer: string): Promise<string> {
  if (argument === "") return await ownNick(parts, entered(parts, peer));
  const renamed = parts.xmpp.use(rooms).rename(entered(parts, peer), argument);
  await explained(`be called ${argument}`, renamed, { conflict: "somebody else is called that" });
  return `You are ${argument} here now.`;
}

async function ownNick({ xmpp, rooms }: CommandParts, room: string): Promise<string> {
  const here = `You are ${rooms.nickIn(room)} here`;
  const kept = await explained("ask the room", xmpp.use(roomStanding).reservedNick(room));
  return kept === undefined ? `${here}.` : `${here}; the room keeps ${kept} for you.`;
}

async function askVoice(parts: CommandParts, peer: string): Promise<string> {
  await parts.xmpp.use(roomStanding).askVoice(entered(parts, peer));
  return "The moderators are asked.";
}

async function bookmark(parts: CommandParts, peer: string): Promise<string> {
  const room = entered(parts, peer);
  const all = parts.xmpp.use(bookmarks);
  const known = all.all.get(room);
  await all.set({
    room,
    name: known?.name,
    nick: parts.rooms.nickIn(room),
    password: known?.password ?? parts.rooms.passwordOf(room),
    isAutojoin: true,
  });
  return "You come into this room at each start.";
}

async function unbookmark({ xmpp }: CommandParts, peer: string): Promise<string> {
  await xmpp.use(bookmarks).remove(peer);
  return "You do not come into this room by yourself any more.";
}
