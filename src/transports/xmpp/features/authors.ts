/**
 * Who has said which message: corrections and retractions count when they are the author's own.
 *
 * @module
 */
import { feature } from "./feature.ts";
import { type Message, messages } from "./messages.ts";
import { Remembered } from "./remembered.ts";
import { rooms } from "./rooms.ts";

/** Whether a message that speaks of another one may. */
export type Claim =
  /** The same author. */
  | "own"
  /** Somebody else. */
  | "forged"
  /** The other message came before this run: compare the authors. */
  | "unknown";

/** Looks up authors of the latest messages. */
export interface Authors {
  /**
   * The author: a bare JID; in a room `occupant <id>` where the room vouches for such ids, else
   * `<room>/<nickname> <stay>`, which ends with the stay. Undefined for who cannot be told.
   */
  of(message: Message): string | undefined;
  /** Whether `message` may change what `id` names in the same conversation. */
  claim(message: Message, id: string): Claim;
}

const MOST = 10_000;

/** See the module's description. */
export const authors = feature<Authors>({
  extensions: [],
  start(port) {
    const known = new Remembered<string, string>(MOST);
    const all = port.use(messages);
    const of = (message: Message): string | undefined => {
      const { type, peer, from, source, isDelayed, stanza } = message;
      if (type !== "groupchat") return message.peer === from.full ? from.full : from.bare;
      const room = port.use(rooms).all.get(peer);
      const occupant = room?.occupantIdOf(stanza);
      if (occupant !== undefined) return `occupant ${occupant}`;
      // A nickname of earlier may be somebody else's now.
      const entry = source === "live" && !isDelayed ? room?.entryOf(from.resource) : undefined;
      return entry === undefined ? undefined : `${from.full} ${entry}`;
    };
    all.listen((message) => {
      if (message.body === undefined) return;
      const author = of(message) ?? "";
      const { peer, type, id, originId, stanzaId } = message;
      for (const name of new Set([id, originId, ...type === "groupchat" ? [stanzaId] : []])) {
        // Nobody takes over a name that somebody else has used.
        const key = `${peer} ${name}`;
        if (name !== undefined && !known.has(key)) known.set(key, author);
      }
    });
    all.decorate(({ to, type = "chat" }, id) => {
      if (type !== "groupchat") known.set(`${peerOf(to, port.use(rooms).all)} ${id}`, port.account);
      return [];
    });
    return {
      of,
      claim(message, id) {
        const author = known.get(`${message.peer} ${id}`);
        if (author === undefined) return "unknown";
        return author !== "" && author === of(message) ? "own" : "forged";
      },
    };
  },
});

/** As messages name a conversation. */
function peerOf(to: string, all: ReadonlyMap<string, unknown>): string {
  const [bare = to] = to.split("/");
  return all.has(bare.toLowerCase()) ? to : bare.toLowerCase();
}
