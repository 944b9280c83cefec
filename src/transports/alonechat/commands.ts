import type { Commands } from "../../hub/commands.ts";
import type { CommandReply } from "../../hub/contract.ts";
import { type AloneMessage, MESSAGE_TYPE, serverMessage } from "./message.ts";

const CALL = /^\/(\S+)/;

/**
 * Whether a text calls a command of the node: known at once, so that ordinary text that begins with
 * a slash keeps its place between other messages.
 */
export function callsCommand(text: string, commands: Commands): boolean {
  const name = CALL.exec(text.trim())?.[1]?.toLowerCase();
  if (name === undefined) return false;
  return commands.list().some((command) =>
    command.name === name || (command.aliases?.includes(name) ?? false)
  );
}

/** A command's answer as its caller gets it. */
export function commandMessage({ kind, text }: CommandReply): AloneMessage {
  return serverMessage(text, kind === "help" ? MESSAGE_TYPE.help : MESSAGE_TYPE.text);
}
