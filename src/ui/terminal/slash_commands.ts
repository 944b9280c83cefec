/**
 * The table of slash commands: each stands here once, for reading, for help and for completion, in
 * line mode and on the full screen.
 *
 * @module
 */
import type { Request } from "./requests.ts";
import type { Ability, ChatSession } from "./session.ts";
import { type SessionCommand, STATUSES } from "./session_extras.ts";

/** What a command cannot do without. */
export type Need = Ability | "contacts" | "status" | "files";

/** What can be completed behind a command's name. */
export type Completes =
  | "person"
  | "room"
  | "conversation"
  | "status"
  | "file"
  | "account"
  | "command";

/** Groups of help and their titles, in their order. */
export const GROUPS = {
  talk: "Conversations",
  say: "Messages",
  rooms: "Rooms",
  people: "People",
  self: "You",
  server: "The server",
  client: "This program",
} as const;
/** One of {@linkcode GROUPS}. */
export type Group = keyof typeof GROUPS;

/** One slash command. */
export interface SlashCommand {
  readonly name: string;
  /** Where help has it. */
  readonly group: Group;
  /** Other names that people try. */
  readonly also?: readonly string[];
  /** What follows the name. */
  readonly takes: string;
  readonly does: string;
  readonly completes?: Completes;
  /** Without it, the protocol cannot do this. */
  readonly needs?: Need;
  read(argument: string): Request | undefined;
}

const HISTORY_USUAL = 20;
const HISTORY_MOST = 200;

/** In the order of help, within each group. */
export const SLASH_COMMANDS: readonly SlashCommand[] = [
  {
    ...{ name: "chat", group: "talk", also: ["query", "open"], takes: "NAME" },
    completes: "conversation",
    does: "go to the conversation with somebody, or to a room you are in",
    read: (to) => to === "" ? undefined : { do: "chat", to },
  },
  {
    ...{
      name: "msg",
      group: "talk",
      also: ["dm", "tell"],
      takes: "NAME [TEXT]",
      completes: "person",
    },
    ...{ needs: "direct" },
    does: "say something to one person; without a text, go on with them",
    read(argument) {
      const { first, rest } = firstWord(argument);
      return first === "" ? undefined : { do: "message", to: first, body: rest };
    },
  },
  {
    ...{
      name: "join",
      group: "rooms",
      also: ["j"],
      takes: "ROOM",
      completes: "room",
      needs: "rooms",
    },
    does: "go to a room; of an XMPP room, a nickname and a password may follow",
    read: joined,
  },
  {
    ...{
      name: "leave",
      group: "talk",
      also: ["part", "close"],
      takes: "[ROOM]",
      completes: "room",
    },
    does: "leave a room, put a conversation away",
    read: (room) => ({ do: "leave", room }),
  },
  {
    ...{ name: "list", group: "talk", also: ["ls"], takes: "" },
    does: "your conversations: the last message, and how many are unread",
    read: () => ({ do: "list" }),
  },
  {
    ...{ name: "rooms", group: "rooms", takes: "", needs: "rooms" },
    does: "the rooms there are",
    read: () => ({ do: "rooms" }),
  },
  {
    ...{
      name: "who",
      group: "rooms",
      also: ["w", "names"],
      takes: "[ROOM]",
      completes: "room",
      needs: "rooms",
    },
    does: "who is there",
    read: (room) => ({ do: "who", room }),
  },
  {
    ...{ name: "whois", group: "people", takes: "[NAME]", completes: "person" },
    does: "who somebody is, or whom you talk to",
    read: (who) => ({ do: "whois", who }),
  },
  {
    ...{ name: "send", group: "say", also: ["say"], takes: "TEXT" },
    does: "say it, whatever it begins with",
    read: (body) => body === "" ? undefined : { do: "say", body, msgtype: "m.text" },
  },
  {
    ...{ name: "me", group: "say", takes: "TEXT" },
    does: "say what you do",
    read: (body) => body === "" ? undefined : { do: "say", body, msgtype: "m.emote" },
  },
  {
    ...{ name: "reply", group: "say", takes: "[^N] TEXT", needs: "events" },
    does: "answer the latest message of somebody else, or the Nth latest",
    read: (argument) => counted("reply", argument),
  },
  {
    ...{ name: "react", group: "say", takes: "[^N] EMOJI", needs: "events" },
    does: "react to it; again, take that back",
    read: (argument) => counted("react", argument),
  },
  {
    ...{ name: "unreact", group: "say", takes: "[^N] [EMOJI]", needs: "events" },
    does: "take your latest reaction back, or the one to the Nth latest message",
    read(argument) {
      const { back, text } = backOf(argument);
      if (back === undefined) return undefined;
      return { do: "unreact", back: argument.startsWith("^") ? back : undefined, text };
    },
  },
  {
    ...{ name: "edit", group: "say", takes: "[^N] TEXT", needs: "events" },
    does: "write your own latest message anew, or the Nth latest",
    read: (argument) => counted("edit", argument),
  },
  {
    ...{ name: "redact", group: "say", also: ["delete"], takes: "[^N] [REASON]", needs: "events" },
    does: "take it back",
    read(argument) {
      const { back, text } = backOf(argument);
      return back === undefined ? undefined : { do: "redact", back, text };
    },
  },
  {
    ...{
      name: "file",
      group: "say",
      also: ["upload"],
      takes: "PATH | direct PATH | accept|decline|cancel [N]",
      completes: "file",
      needs: "files",
    },
    does: "send a file, straight to their client with direct; answer an offer, end a transfer",
    read: fileOf,
  },
  {
    ...{ name: "history", group: "talk", takes: "[COUNT]", needs: "history" },
    does: "the latest messages; again, those before them",
    read(argument) {
      const count = argument === "" ? HISTORY_USUAL : Number(argument);
      if (!Number.isInteger(count) || count < 1) return undefined;
      return { do: "history", count: Math.min(count, HISTORY_MOST) };
    },
  },
  {
    ...{ name: "search", group: "talk", also: ["grep"], takes: "WORDS", needs: "search" },
    does: "messages that hold all the words",
    read: (text) => text === "" ? undefined : { do: "search", text },
  },
  {
    ...{
      name: "status",
      group: "self",
      also: ["away", "presence"],
      takes: `${STATUSES.join("|")} [TEXT]`,
    },
    ...{ completes: "status", needs: "status" },
    does: "how others see you",
    read: statusOf,
  },
  {
    ...{ name: "contacts", group: "people", also: ["roster"], takes: "", needs: "contacts" },
    does: "your contact list",
    read: () => ({ do: "contacts" }),
  },
  contactCommand("add", "ADDRESS [NAME]", "put somebody on your contact list"),
  contactCommand("remove", "ADDRESS", "take somebody off it"),
  contactCommand("accept", "ADDRESS", "let somebody see your presence"),
  contactCommand("decline", "ADDRESS", "do not, or no longer; say no to an invitation into a room"),
  contactCommand("block", "ADDRESS", "hear nothing more of somebody"),
  contactCommand("unblock", "ADDRESS", "hear of them again"),
  {
    ...{
      name: "account",
      group: "self",
      also: ["accounts"],
      takes: "[NAME]",
      completes: "account",
    },
    does: "your accounts; go to another one",
    // Those of two words are a session's own.
    read: (name) =>
      name === "password" || name === "delete"
        ? { do: "own", what: name }
        : { do: "account", name },
  },
  {
    ...{ name: "clear", group: "client", also: ["cls"], takes: "" },
    does: "an empty screen",
    read: clear,
  },
  {
    ...{
      name: "help",
      group: "client",
      also: ["?", "h"],
      takes: "[COMMAND]",
      completes: "command",
    },
    does: "this help",
    read: (about) => ({ do: "help", about }),
  },
  {
    ...{ name: "quit", group: "client", also: ["exit", "q"], takes: "" },
    does: "leave",
    read: () => ({ do: "quit" }),
  },
];

/** The command of a name, or of another name of it. */
export function commandNamed(name: string): SlashCommand | undefined {
  return SLASH_COMMANDS.find((one) => one.name === name) ??
    SLASH_COMMANDS.find(({ also = [] }) => also.includes(name));
}

/** `/msg NAME [TEXT]`. */
export function usageOf({ name, takes }: Pick<SlashCommand, "name" | "takes">): string {
  return takes === "" ? `/${name}` : `/${name} ${takes}`;
}

/** Whether a session has what a command needs. */
export function isAble(session: ChatSession, need: Need | undefined): boolean {
  switch (need) {
    case undefined:
      return true;
    case "contacts":
      return session.contacts !== undefined;
    case "status":
      return session.status !== undefined;
    case "files":
      return session.files !== undefined;
    default:
      return session.abilities.has(need);
  }
}

/** The commands that mean something in a session: those of the table, then its own. */
export function usableCommands(
  session: ChatSession | undefined,
): readonly (SlashCommand | SessionCommand)[] {
  if (session === undefined) return SLASH_COMMANDS;
  const usable = SLASH_COMMANDS.filter(({ needs }) => isAble(session, needs));
  const names = new Set(usable.map(({ name }) => name));
  return [...usable, ...(session.commands ?? []).filter(({ name }) => !names.has(name))];
}

/** The first word, and what follows it. */
export function firstWord(text: string): { readonly first: string; readonly rest: string } {
  const [, first = "", rest = ""] = /^(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  return { first, rest };
}

function contactCommand(
  name: Extract<Request, { do: "contact" }>["what"],
  takes: string,
  does: string,
): SlashCommand {
  return {
    ...{ name, takes, does, completes: "person", needs: "contacts", group: "people" },
    read(argument) {
      const { first: who, rest } = firstWord(argument);
      return who === "" ? undefined : { do: "contact", what: name, who, name: rest };
    },
  };
}

function clear(): Request {
  return { do: "clear" };
}

/** Names of rooms may hold spaces; addresses do not, so that a nickname can follow one. */
function joined(argument: string): Request | undefined {
  if (argument === "") return undefined;
  const [room = "", nick, password] = argument.split(/\s+/);
  if (!room.includes("@")) return { do: "join", room: argument };
  return {
    ...{ do: "join", room },
    ...(nick === undefined ? {} : { nick }),
    ...(password === undefined ? {} : { password }),
  };
}

function statusOf(argument: string): Request | undefined {
  const { first, rest } = firstWord(argument);
  const typed = first.toLowerCase();
  const meant = { online: "available", back: "available", busy: "dnd", "": "away" }[typed] ?? typed;
  const status = STATUSES.find((one) => one === meant);
  return status === undefined ? undefined : { do: "status", status, text: rest };
}

function counted(what: "reply" | "react" | "edit", argument: string): Request | undefined {
  const { back, text } = backOf(argument);
  return back === undefined || text === "" ? undefined : { do: what, back, text };
}

/** `^3 text`; without a number, the latest. */
function backOf(argument: string): { readonly back: number | undefined; readonly text: string } {
  if (!argument.startsWith("^")) return { back: 1, text: argument };
  const { first, rest } = firstWord(argument.slice(1));
  const back = Number(first);
  return { back: Number.isInteger(back) && back >= 1 ? back : undefined, text: rest };
}

/** A file called `direct` or `accept` is `./direct`, `./accept`. */
function fileOf(argument: string): Request | undefined {
  const { first, rest } = firstWord(argument);
  switch (first) {
    case "":
      return undefined;
    case "accept":
    case "decline":
    case "cancel":
      return /^[0-9]{0,9}$/.test(rest) ? { do: "offer", what: first, id: rest } : undefined;
    case "direct":
      return rest === "" ? undefined : { do: "file", path: rest, way: "direct" };
    default:
      return { do: "file", path: argument, way: "usual" };
  }
}
