/**
 * A plain file a day and contact, see `daily.ts` for the lines.
 *
 * @module
 */
import { spelledName } from "./folder_names.ts";
import type { WrittenFormat } from "./write_format.ts";
import { clockOf, dayOf, type WrittenMessage } from "./written.ts";

/** `logs/xmpp/bob_at_example.com/2026-11-20.txt` */
export const dailyFormat: WrittenFormat = {
  path: ({ peer }, { time }) =>
    Promise.resolve(`logs/xmpp/${spelledName(peer)}/${dayOf(time)}.txt`),
  head: () => "",
  line: (message) => `[${clockOf(message.time)}] ${speaker(message)}: ${bodyOf(message)}\n`,
  closes: () => false,
};

function speaker({ from, name }: WrittenMessage): string {
  return from === "self" ? "You" : from === "bot" ? "AI Bot" : name;
}

/** As it would have been typed. */
export function bodyOf({ kind, body }: WrittenMessage): string {
  return kind === "emote" ? `/me ${body}` : body;
}
