/**
 * Reactions (XEP-0444): emoji that somebody puts to a message.
 *
 * @module
 */
import { xml } from "../xml.ts";
import { authors } from "./authors.ts";
import { feature, type FeatureEvent } from "./feature.ts";
import { type Message, messages, type SentMessage } from "./messages.ts";

/** What somebody thinks of a message, instead of what they thought before. */
export interface ReactionsEvent extends FeatureEvent {
  readonly kind: "reactions";
  readonly peer: string;
  /** The message; in a room as the room's archive named it. */
  readonly id: string;
  /** As `Authors.of`: who reacts. */
  readonly author: string | undefined;
  /** Each once; empty when they take them back. One visible character each. */
  readonly reactions: readonly string[];
  readonly message: Message;
}

/** What one does with reactions. */
export interface Reactions {
  /**
   * Says what one thinks of a message, instead of what one said before; in a room `id` is the
   * `stanzaId`.
   *
   * @throws {RangeError} for what is no single emoji
   */
  react(
    to: string,
    type: "chat" | "groupchat",
    id: string,
    reactions: readonly string[],
    named?: string,
  ): SentMessage;
  /** Whether a text can be a reaction: one emoji. */
  isReaction(text: string): boolean;
}

const NS = "urn:xmpp:reactions:0";
const ID_MOST = 512;
const REACTIONS_MOST = 20;
/** A family with skin tones takes 25 UTF-16 code units. */
const LENGTH_MOST = 40;
const EMOJI = /^[\p{Emoji}\p{Emoji_Component}\u200d\ufe0f]+$/u;

/** See the module's description. */
export const reactions = feature<Reactions>({
  extensions: [{ xep: "0444", name: "Message Reactions", version: "0.2.0", state: "complete" }],
  disco: [NS],
  start(port) {
    const all = port.use(messages);
    const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
    const isEmoji = (text: string): boolean =>
      text.length <= LENGTH_MOST && EMOJI.test(text) && [...graphemes.segment(text)].length === 1;
    all.listen((message) => {
      const said = message.stanza.getChild("reactions", NS);
      const id = said?.attrs["id"];
      if (said === undefined) return false;
      if (id === undefined || id === "" || id.length > ID_MOST) return true;
      const texts = said.getChildren("reaction").slice(0, REACTIONS_MOST)
        .map((child) => child.text().trim());
      const found = [...new Set(texts.filter(isEmoji))];
      // Nothing but what is no reaction does not take back what was there.
      if (found.length === 0 && texts.length > 0) return true;
      const event: ReactionsEvent = {
        kind: "reactions",
        peer: message.peer,
        id,
        author: port.use(authors).of(message),
        reactions: found,
        message,
      };
      port.emit(event);
      return true;
    });
    return {
      isReaction: isEmoji,
      react(to, type, id, reactions, named) {
        if (!reactions.every(isEmoji)) throw new RangeError("a reaction is one emoji");
        const children = reactions.map((text) => xml("reaction", null, text));
        return all.send({
          to,
          type,
          ...(named === undefined ? {} : { id: named }),
          extra: [xml("reactions", { xmlns: NS, id }, children), xml("store", "urn:xmpp:hints")],
        });
      },
    };
  },
});
