/**
 * What moderators, admins and owners do in rooms (XEP-0045, 8 to 10): who may be there and as what.
 *
 * @module
 */
import { XmppError } from "../../transports/xmpp/errors.ts";
import {
  type Affiliation,
  AFFILIATIONS,
  type Role,
  ROLES,
} from "../../transports/xmpp/features/room.ts";
import { roomControl, type RoomMember } from "../../transports/xmpp/features/room_control.ts";
import { rooms } from "../../transports/xmpp/features/rooms.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import { type AccountCommand, type CommandParts, usage } from "./account_commands.ts";
import { oneLine } from "./one_line.ts";
import { explained } from "./refusals.ts";
import { entered } from "./room_commands.ts";

const GIVEN_ROLES = ROLES.filter((role) => role !== "none");
/** Those that a room keeps lists of, the most powerful first. */
const LISTED: readonly Affiliation[] = ["owner", "admin", "member", "outcast"];
const ROLE_USAGE = { name: "role", takes: `${GIVEN_ROLES.join("|")} NAME [REASON]` };
const AFFILIATION_USAGE = { name: "affiliation", takes: "[LEVEL [NAME [REASON]]]" };

/** See the module's description. */
export function roomAdministration(parts: CommandParts): readonly AccountCommand[] {
  return [
    {
      ...{ name: "kick", takes: "NAME [REASON]", completes: "person", group: "rooms" },
      does: "put somebody out of this room, who may come again",
      run: (argument, { peer }) => kick(parts, argument, peer),
    },
    {
      ...{ name: "ban", takes: "NAME|ADDRESS [REASON]", completes: "person", group: "rooms" },
      does: "put somebody out for good",
      run: (argument, { peer }) => ban(parts, argument, peer),
    },
    {
      ...{ name: "unban", takes: "ADDRESS", group: "rooms" },
      does: "let somebody come again",
      run: (argument, { peer }) => unban(parts, argument, peer),
    },
    {
      ...{ ...ROLE_USAGE, completes: GIVEN_ROLES, group: "rooms" },
      does: "what somebody may do here for now",
      run: (argument, { peer }) => setRole(parts, argument, peer),
    },
    {
      ...{ ...AFFILIATION_USAGE, completes: AFFILIATIONS, group: "rooms" },
      does: "who is owner, admin, member or outcast; make somebody one, or none",
      run: (argument, { peer }) => affiliation(parts, argument, peer),
    },
  ];
}

/** Somebody that a command names, and why. */
interface Named {
  readonly nick: string | undefined;
  /** Bare; undefined when the room does not tell. */
  readonly jid: string | undefined;
  /** As they are called in answers. */
  readonly name: string;
  readonly reason: string | undefined;
}

async function kick(parts: CommandParts, argument: string, peer: string): Promise<string> {
  const room = entered(parts, peer);
  const { nick, name, reason } = named(parts, room, argument);
  if (nick === undefined) return "Nobody is called that here.";
  const kicked = parts.xmpp.use(roomControl).kick(room, nick, reason);
  await explained(`put ${name} out`, kicked);
  return `${name} was put out.`;
}

async function ban(parts: CommandParts, argument: string, peer: string): Promise<string> {
  const room = entered(parts, peer);
  const { jid, name, reason } = known(parts, room, argument);
  await explained(`ban ${name}`, parts.xmpp.use(roomControl).ban(room, jid, reason));
  return `${name} was put out for good.`;
}

async function unban(parts: CommandParts, argument: string, peer: string): Promise<string> {
  const room = entered(parts, peer);
  const control = parts.xmpp.use(roomControl);
  const { bare } = parseJid(argument);
  const outcasts = await explained("see who is banned", control.members(room, "outcast"));
  if (!outcasts.some(({ jid }) => jid === bare)) return `${bare} is not banned here.`;
  await explained(`let ${bare} come`, control.setAffiliation(room, bare, "none"));
  return `${bare} may come again.`;
}

async function setRole(parts: CommandParts, argument: string, peer: string): Promise<string> {
  const room = entered(parts, peer);
  const [, level = "", rest = ""] = /^(\S+)\s*([^]*)$/.exec(argument) ?? [];
  const role: Role | undefined = GIVEN_ROLES.find((one) => one === level.toLowerCase());
  if (role === undefined || rest === "") throw usage(ROLE_USAGE);
  const { nick, name, reason } = named(parts, room, rest);
  if (nick === undefined) return "Nobody is called that here.";
  const done = parts.xmpp.use(roomControl).setRole(room, nick, role, reason);
  await explained(`make ${name} a ${role}`, done);
  return `${name} is a ${role} now.`;
}

async function affiliation(parts: CommandParts, argument: string, peer: string): Promise<string> {
  const room = entered(parts, peer);
  if (argument === "") return await everybody(parts, room);
  const [, level = "", rest = ""] = /^(\S+)\s*([^]*)$/.exec(argument) ?? [];
  const wanted = AFFILIATIONS.find((one) => one === level.toLowerCase());
  if (wanted === undefined || (wanted === "none" && rest === "")) throw usage(AFFILIATION_USAGE);
  const control = parts.xmpp.use(roomControl);
  if (rest === "") {
    const members = await explained(`see who is ${wanted}`, control.members(room, wanted));
    return members.length === 0 ? `Nobody is ${wanted} here.` : members.map(memberLine).join("\n");
  }
  const { jid, name, reason } = known(parts, room, rest);
  const done = control.setAffiliation(room, jid, wanted, reason);
  await explained(`make ${name} ${wanted}`, done, {
    conflict: "a room has to keep an owner",
  });
  return `${name} is ${wanted} here now.`;
}

/** All lists that one may see. */
async function everybody({ xmpp }: CommandParts, room: string): Promise<string> {
  const control = xmpp.use(roomControl);
  const lists = await Promise.allSettled(LISTED.map((one) => control.members(room, one)));
  const members = lists.flatMap((list) => list.status === "fulfilled" ? list.value : []);
  if (members.length > 0) return members.map(memberLine).join("\n");
  const refused = lists.find((list) => list.status === "rejected");
  if (refused === undefined) return "The room has none.";
  return await explained("see who is what here", Promise.reject(refused.reason));
}

function memberLine({ affiliation, jid, nick, reason }: RoomMember): string {
  const called = nick === undefined ? "" : ` (${oneLine(nick)})`;
  return `${affiliation}  ${jid}${called}${reason === undefined ? "" : `: ${oneLine(reason)}`}`;
}

/** Nicknames may hold spaces: the longest that fits is meant. */
function named({ xmpp }: CommandParts, room: string, argument: string): Named {
  const there = [...xmpp.use(rooms).all.get(room)?.occupants.values() ?? []]
    .filter(({ nick }) => argument === nick || argument.startsWith(`${nick} `))
    .toSorted((a, b) => b.nick.length - a.nick.length)[0];
  const [word = ""] = argument.split(/\s/);
  const called = there?.nick ?? word;
  const reason = argument.slice(called.length).trim();
  return {
    nick: there?.nick,
    jid: there?.jid ??
      (there === undefined && word.includes("@") ? parseJid(word).bare : undefined),
    name: called,
    reason: reason === "" ? undefined : reason,
  };
}

/** Somebody whose address is known. @throws {XmppError} `xmpp/address` when it is not */
function known(
  parts: CommandParts,
  room: string,
  argument: string,
): Named & { readonly jid: string } {
  const somebody = named(parts, room, argument);
  const { jid, nick, name } = somebody;
  if (jid !== undefined) return { ...somebody, jid };
  const state = nick === undefined
    ? "nobody is called that here, and it is no address"
    : "the room does not tell who it is";
  throw new XmppError("xmpp/address", `Cannot do that to ${name}: ${state}`);
}
