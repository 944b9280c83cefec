/**
 * Messages that come more than once on different ways: live and out of an archive, kept for later
 * and out of an archive, one's own out of an archive, a room's history at each join. The names that
 * messages have tell (XEP-0359).
 *
 * @module
 */
import { feature } from "./feature.ts";
import { type Message, messages } from "./messages.ts";
import { Remembered } from "./remembered.ts";

/** Knows what was there before. */
export interface Repeats {
  /** Whether a message was told, or said by us, before. */
  isKnown(message: Message): boolean;
  /** As if the message had never come: what was told of it came to nothing. */
  forget(message: Message): void;
}

const MOST = 20_000;

/** See the module's description. Starts before all that listens to messages. */
export const repeats = feature<Repeats>({
  extensions: [],
  start(port) {
    const known = new Remembered<string, true>(MOST);
    const again = new WeakSet<Message>();
    const isKnown = (message: Message): boolean => keysOf(message).some((key) => known.has(key));
    const all = port.use(messages);
    all.decorate(({ to, type = "chat", body, isAction = false }, id) => {
      const [peer = to] = to.split("/");
      const length = body === undefined ? 0 : body.length;
      const own = { author: port.account, peer: peer.toLowerCase(), id };
      if (type !== "groupchat") known.set(ownKey({ ...own, isAction, length }), true);
      return [];
    });
    all.listen((message) => {
      if (isKnown(message)) again.add(message);
      for (const key of keysOf(message)) known.set(key, true);
    });
    // Others hear a repeated message: who said it may still wait for a receipt.
    all.drop((message) => again.has(message));
    const forget = (message: Message): void => {
      for (const key of keysOf(message)) known.delete(key);
    };
    return { isKnown, forget };
  },
});

interface Named {
  readonly author: string;
  readonly peer: string;
  readonly id: string;
  readonly isAction: boolean;
  readonly length: number;
}

/** Holds the author, so that nobody can make somebody else's message look like a repeated one. */
function ownKey({ author, peer, id, isAction, length }: Named): string {
  return `own ${author} ${peer} ${isAction ? "me" : ""}${length} ${id}`;
}

function keysOf(message: Message): string[] {
  const { type, peer, from, id, originId, stanzaId, isDelayed, timestamp, isAction } = message;
  const isRoom = type === "groupchat";
  const own = originId ?? id ?? (isDelayed ? `at ${timestamp}` : undefined);
  const author = isRoom ? from.full : from.bare;
  const [bare = peer] = isRoom ? [peer] : peer.split("/");
  const length = message.body?.length ?? 0;
  return [
    ...(stanzaId === undefined ? [] : [`archive ${isRoom ? peer : ""} ${stanzaId}`]),
    ...(own === undefined ? [] : [ownKey({ author, peer: bare, id: own, isAction, length })]),
  ];
}
