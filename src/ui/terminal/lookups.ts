/**
 * Answers to what a person looks up, as lines of a chat.
 *
 * @module
 */
import { width } from "../../text.ts";
import type { Paint } from "./paint.ts";
import { SLASH_COMMANDS, usageOf } from "./requests.ts";
import type { Ability, ChatSession, Occupant } from "./session.ts";
import { foundLine, noteLine, peerOf, roomName, safeName, type Viewpoint } from "./wording.ts";

/** Who is there, as text that is safe to show. */
export function whoText(people: readonly Occupant[]): string {
  const words = people.map(({ name, show }) => {
    return show === "online" ? safeName(name) : `${safeName(name)} (${show})`;
  });
  return words.join(", ") || "nobody";
}

/** The rooms there are, as text that is safe to show. @throws {ChatnodeError} */
export async function roomsText(session: ChatSession, view: Viewpoint): Promise<string> {
  const names = (await session.rooms()).map(({ room, members }) => {
    const name = roomName(room, view);
    return peerOf(room, view.you) === undefined ? `${name} (${members})` : `@${name}`;
  });
  return `Rooms: ${names.join(", ") || "none"}`;
}

/** What was found, newest last. @throws {ChatnodeError} */
export async function searchLines(
  text: string,
  session: ChatSession,
  view: Viewpoint,
  paint: Paint,
): Promise<readonly string[]> {
  const found = [...await session.search(text)].reverse();
  const lines = found.flatMap((event) => foundLine(event, view, paint) ?? []);
  const count = lines.length === 0 ? "Nothing found." : `(${lines.length} found)`;
  return [...lines, noteLine(count, paint)];
}

/** What can be done. */
export function helpLines(abilities: ReadonlySet<Ability>, paint: Paint): readonly string[] {
  const usable = SLASH_COMMANDS.filter(({ needs }) => needs === undefined || abilities.has(needs));
  const widest = Math.max(...usable.map((command) => width(usageOf(command))));
  const lines = usable.map((command) =>
    `  ${usageOf(command).padEnd(widest)}  ${paint.dim(command.does)}`
  );
  const keys = "  Alt-Enter begins a new line, Tab completes, // sends a slash.";
  return [...lines, paint.dim(keys)];
}
