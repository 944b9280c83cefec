/**
 * What a message is called on its way: by its author, and by the archive. Kept with the message, so
 * that a copy of it is known after a restart, too.
 *
 * @module
 */
import type { Content, JsonObject } from "../../message/event.ts";
import type { Message } from "../../transports/xmpp/features/messages.ts";

/** What a message, and its author, are called. */
export interface Names {
  readonly id: string | undefined;
  readonly archived: string | undefined;
  readonly occupant: string | undefined;
}

/** The key of a message's content under which its names stand. */
const KEY = "xmpp";

/**
 * What a content says of its names.
 *
 * @param occupant the room's own name for the author (XEP-0421), where it has such names
 */
export function namedContent(
  { id, originId, stanzaId }: Partial<Pick<Message, "id" | "originId" | "stanzaId">>,
  occupant?: string,
): Content {
  const own = originId ?? id;
  const names: JsonObject = {
    ...(own === undefined ? {} : { id: own }),
    ...(stanzaId === undefined ? {} : { archived: stanzaId }),
    ...(occupant === undefined ? {} : { occupant }),
  };
  return Object.keys(names).length === 0 ? {} : { [KEY]: names };
}

/** The author's name and the archive's; absent ones are left out. */
export function namesIn(content: Content): readonly string[] {
  const { id, archived } = readNames(content);
  return [id, archived].filter((name) => name !== undefined);
}

/** The names of a content, as far as it has any. */
export function readNames(content: Content): Names {
  const names = content[KEY];
  const isObject = typeof names === "object" && names !== null;
  const { id, archived, occupant } = isObject ? names as JsonObject : {};
  const text = (value: unknown) => typeof value === "string" ? value : undefined;
  return { id: text(id), archived: text(archived), occupant: text(occupant) };
}
