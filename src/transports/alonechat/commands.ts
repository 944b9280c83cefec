import type { Commands } from "../../hub/commands.ts";
import type { CommandReply } from "../../hub/contract.ts";
import { type AloneMessage, MESSAGE_TYPE, serverMessage } from "./message.ts";

const CALL = /^\/(\S+)/;
/** What the original takes for a call of help: whatever begins like it. */
const HELP = /^\/(?:help|\?)/i;

/**
 * The command that a text calls, as the hub takes it; undefined for ordinary text. Known at once, so
 * that ordinary text which begins with a slash keeps its place between other messages.
 */
export function commandIn(text: string, commands: Commands): string | undefined {
  const trimmed = text.trim();
  const name = CALL.exec(trimmed)?.[1]?.toLowerCase();
  if (name === undefined) return undefined;
  const known = commands.list().some((command) =>
    command.name === name || (command.aliases?.includes(name) ?? false)
  );
  if (known) return trimmed;
  return HELP.test(trimmed) ? "/help" : undefined;
}

/** A command's answer as its caller gets it. */
export function commandMessage({ kind, text }: CommandReply): AloneMessage {
  return serverMessage(text, kind === "help" ? MESSAGE_TYPE.help : MESSAGE_TYPE.text);
}
