/**
 * What a person types: a message, or a slash command.
 *
 * @module
 */
import { commandNamed, firstWord, usageOf } from "./slash_commands.ts";
import type { Status } from "./session_extras.ts";

/** A line taken apart. `back` counts back from the latest message: 1 is the latest. */
export type Request =
  | { readonly do: "nothing" }
  | { readonly do: "say"; readonly body: string; readonly msgtype: "m.text" | "m.emote" }
  | { readonly do: "reply"; readonly back: number; readonly text: string }
  | { readonly do: "edit"; readonly back: number; readonly text: string }
  | { readonly do: "react"; readonly back: number; readonly text: string }
  | { readonly do: "redact"; readonly back: number; readonly text: string }
  /** `back` undefined: one's own latest reaction. */
  | { readonly do: "unreact"; readonly back: number | undefined; readonly text: string }
  | { readonly do: "message"; readonly to: string; readonly body: string }
  | { readonly do: "chat"; readonly to: string }
  | {
    readonly do: "join";
    readonly room: string;
    readonly nick?: string;
    readonly password?: string;
  }
  | { readonly do: "leave"; readonly room: string }
  | { readonly do: "who"; readonly room: string }
  | { readonly do: "list" | "rooms" | "clear" | "quit" }
  | { readonly do: "contacts" }
  /** `who` empty: the other one of the conversation. */
  | { readonly do: "whois"; readonly who: string }
  | { readonly do: "file"; readonly path: string; readonly way: "usual" | "direct" }
  | {
    readonly do: "offer";
    readonly what: "accept" | "decline" | "cancel";
    /** Empty: the only one. */
    readonly id: string;
  }
  | { readonly do: "status"; readonly status: Status; readonly text: string }
  | {
    readonly do: "contact";
    readonly what: "add" | "remove" | "accept" | "decline" | "block" | "unblock";
    readonly who: string;
    readonly name: string;
  }
  /** Another password for the account, or its end. */
  | { readonly do: "own"; readonly what: "password" | "delete" }
  /** Without a name, which accounts there are. */
  | { readonly do: "account"; readonly name: string }
  | { readonly do: "help"; readonly about: string }
  | { readonly do: "history"; readonly count: number }
  | { readonly do: "search"; readonly text: string }
  /** A command that is none of the client's own: the session or the server may know it. */
  | { readonly do: "ask"; readonly text: string }
  /** A command that lacks something, or has it wrong. */
  | { readonly do: "usage"; readonly usage: string };

/** Takes a typed line apart; `//` begins a message that begins with a slash. */
export function readRequest(line: string): Request {
  const text = line.trim();
  if (text === "") return { do: "nothing" };
  if (text.startsWith("//")) return { do: "say", body: text.slice(1), msgtype: "m.text" };
  if (!/^\/[^\s/]/.test(text)) return { do: "say", body: text, msgtype: "m.text" };
  const { first, rest } = firstWord(text.slice(1));
  const command = commandNamed(first.toLowerCase());
  if (command === undefined) return { do: "ask", text };
  return command.read(rest) ?? { do: "usage", usage: usageOf(command) };
}
