/**
 * Last message correction (XEP-0308): what somebody says instead of what they said.
 *
 * @module
 */
import { xml } from "../xml.ts";
import { authors, type Claim } from "./authors.ts";
import { feature, type FeatureEvent } from "./feature.ts";
import { type Message, messages, type OutgoingMessage, type SentMessage } from "./messages.ts";

/** Somebody corrects a message of theirs. One of somebody else is told as a message of its own. */
export interface CorrectionEvent extends FeatureEvent {
  readonly kind: "correction";
  readonly peer: string;
  /** The corrected message, as its author named it. */
  readonly id: string;
  /** `unknown`: it has to be compared with the author of the message. */
  readonly claim: Exclude<Claim, "forged">;
  /** As `Authors.of`. */
  readonly author: string | undefined;
  /** What is said now. */
  readonly message: Message;
}

/** What one does with corrections. */
export interface Corrections {
  /** Says something instead of the own message `id`. */
  correct(id: string, message: OutgoingMessage): SentMessage;
}

const NS = "urn:xmpp:message-correct:0";
const ID_MOST = 512;

/** See the module's description. */
export const corrections = feature<Corrections>({
  extensions: [
    {
      xep: "0308",
      name: "Last Message Correction",
      version: "1.2.1",
      state: "complete",
      note: "in rooms during one stay, or with XEP-0421",
    },
  ],
  disco: [NS],
  start(port) {
    const all = port.use(messages);
    all.listen((message) => {
      const id = message.stanza.getChild("replace", NS)?.attrs["id"];
      if (id === undefined || id === "" || id.length > ID_MOST) return false;
      const claim = port.use(authors).claim(message, id);
      if (message.body === undefined || claim === "forged") return false;
      const author = port.use(authors).of(message);
      const event: CorrectionEvent = {
        kind: "correction",
        peer: message.peer,
        id,
        claim,
        author,
        message,
      };
      port.emit(event);
      return true;
    });
    return {
      correct: (id, message) =>
        all.send({
          ...message,
          extra: [...message.extra ?? [], xml("replace", { xmlns: NS, id })],
        }),
    };
  },
});
