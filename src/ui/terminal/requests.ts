/**
 * What a person types: a message, or a slash command.
 *
 * @module
 */
import type { Ability } from "./session.ts";

/** A line taken apart. `back` counts back from the latest message: 1 is the latest. */
export type Request =
  | { readonly do: "nothing" }
  | { readonly do: "say"; readonly body: string; readonly msgtype: "m.text" | "m.emote" }
  | { readonly do: "reply"; readonly back: number; readonly text: string }
  | { readonly do: "edit"; readonly back: number; readonly text: string }
  | { readonly do: "react"; readonly back: number; readonly text: string }
  | { readonly do: "redact"; readonly back: number; readonly text: string }
  | { readonly do: "message"; readonly to: string; readonly body: string }
  | { readonly do: "join" | "leave" | "who"; readonly room: string }
  | { readonly do: "rooms" | "help" | "quit" }
  | { readonly do: "history"; readonly count: number }
  | { readonly do: "search"; readonly text: string }
  /** A command that is none of the client's own: the server may know it. */
  | { readonly do: "ask"; readonly text: string }
  /** A command that lacks something, or has it wrong. */
  | { readonly do: "usage"; readonly usage: string };

/** One slash command, for help and for completion. */
export interface SlashCommand {
  readonly name: string;
  /** What follows the name. */
  readonly takes: string;
  readonly does: string;
  /** Without it, the protocol cannot do this. */
  readonly needs?: Ability;
  read(argument: string): Request | undefined;
}

const HISTORY_USUAL = 20;
const HISTORY_MOST = 200;

/** In the order of help. */
export const SLASH_COMMANDS: readonly SlashCommand[] = [
  {
    ...{ name: "join", takes: "ROOM", needs: "rooms" },
    does: "go to a room",
    read: (room) => room === "" ? undefined : { do: "join", room },
  },
  {
    ...{ name: "leave", takes: "[ROOM]", needs: "rooms" },
    does: "leave a room",
    read: (room) => ({ do: "leave", room }),
  },
  {
    ...{ name: "msg", takes: "NAME [TEXT]", needs: "direct" },
    does: "say something to one person; without a text, go on with them",
    read(argument) {
      const { first, rest } = firstWord(argument);
      return first === "" ? undefined : { do: "message", to: first, body: rest };
    },
  },
  {
    ...{ name: "who", takes: "[ROOM]", needs: "rooms" },
    does: "who is there",
    read: (room) => ({ do: "who", room }),
  },
  {
    ...{ name: "rooms", takes: "", needs: "rooms" },
    does: "the rooms there are",
    read: () => ({ do: "rooms" }),
  },
  {
    ...{ name: "history", takes: "[COUNT]", needs: "history" },
    does: "the latest messages; again, those before them",
    read(argument) {
      const count = argument === "" ? HISTORY_USUAL : Number(argument);
      if (!Number.isInteger(count) || count < 1) return undefined;
      return { do: "history", count: Math.min(count, HISTORY_MOST) };
    },
  },
  {
    ...{ name: "search", takes: "WORDS", needs: "search" },
    does: "messages that hold all the words, newest last",
    read: (text) => text === "" ? undefined : { do: "search", text },
  },
  {
    ...{ name: "me", takes: "TEXT" },
    does: "say what you do",
    read: (body) => body === "" ? undefined : { do: "say", body, msgtype: "m.emote" },
  },
  {
    ...{ name: "reply", takes: "[^N] TEXT", needs: "events" },
    does: "answer the latest message of somebody else, or the Nth latest",
    read: (argument) => counted("reply", argument),
  },
  {
    ...{ name: "react", takes: "[^N] EMOJI", needs: "events" },
    does: "react to it",
    read: (argument) => counted("react", argument),
  },
  {
    ...{ name: "edit", takes: "[^N] TEXT", needs: "events" },
    does: "write your own latest message anew, or the Nth latest",
    read: (argument) => counted("edit", argument),
  },
  {
    ...{ name: "redact", takes: "[^N] [REASON]", needs: "events" },
    does: "take it back",
    read(argument) {
      const { back, text } = backOf(argument);
      return back === undefined ? undefined : { do: "redact", back, text };
    },
  },
  { ...{ name: "help", takes: "" }, does: "this help", read: () => ({ do: "help" }) },
  { ...{ name: "quit", takes: "" }, does: "leave", read: () => ({ do: "quit" }) },
];

/** Other names that people try. */
const ALIASES: Readonly<Record<string, string>> = {
  ...{ "?": "help", h: "help", exit: "quit", q: "quit", j: "join", part: "leave", w: "who" },
  ...{ names: "who", dm: "msg", query: "msg", list: "rooms", delete: "redact" },
};

/** Takes a typed line apart; `//` begins a message that begins with a slash. */
export function readRequest(line: string): Request {
  const text = line.trim();
  if (text === "") return { do: "nothing" };
  if (text.startsWith("//")) return { do: "say", body: text.slice(1), msgtype: "m.text" };
  if (!/^\/[^\s/]/.test(text)) return { do: "say", body: text, msgtype: "m.text" };
  const { first, rest } = firstWord(text.slice(1));
  const typed = first.toLowerCase();
  const name = Object.hasOwn(ALIASES, typed) ? ALIASES[typed] : typed;
  const command = SLASH_COMMANDS.find((one) => one.name === name);
  if (command === undefined) return { do: "ask", text };
  return command.read(rest) ?? { do: "usage", usage: usageOf(command) };
}

/** `/msg NAME [TEXT]`. */
export function usageOf({ name, takes }: SlashCommand): string {
  return takes === "" ? `/${name}` : `/${name} ${takes}`;
}

function firstWord(text: string): { readonly first: string; readonly rest: string } {
  const [, first = "", rest = ""] = /^(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  return { first, rest };
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
