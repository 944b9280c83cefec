/**
 * Replies (XEP-0461), with the quotation that other programs show (XEP-0428).
 *
 * @module
 */
import { type Element, xml } from "../xml.ts";
import { feature } from "./feature.ts";
import { type Message, messages, type SentMessage } from "./messages.ts";

/** What a message answers to. */
export interface Reply {
  /** The message; in a room as the room's archive named it. */
  readonly id: string;
  /** Whose it was, by the word of who replies: not safe to show. */
  readonly to: string | undefined;
  /** What is said, without the quotation. */
  readonly body: string;
}

/** What one does with replies. */
export interface Replies {
  /**
   * Answers a message, under a random name unless one is given; undefined when the other one has no
   * name by which it could be spoken of.
   */
  reply(message: Answered, body: string, named?: string): SentMessage | undefined;
}

/** What has to be known of a message that is answered. */
export type Answered = Pick<
  Message,
  "type" | "peer" | "from" | "originId" | "id" | "stanzaId" | "body"
>;

const NS = "urn:xmpp:reply:0";
const FALLBACK = "urn:xmpp:fallback:0";
const ID_MOST = 512;
/** So much of the other message is quoted, in lines and characters a line. */
const QUOTED_LINES = 4;
const QUOTED_LENGTH = 200;

/** See the module's description. */
export const replies = feature<Replies>({
  extensions: [
    { xep: "0428", name: "Fallback Indication", version: "0.2.1", state: "complete" },
    { xep: "0461", name: "Message Replies", version: "0.2.0", state: "complete" },
  ],
  disco: [NS, FALLBACK],
  start: (port) => ({
    reply({ type, peer, from, id, originId, stanzaId, body = "" }, text, named) {
      const name = type === "groupchat" ? stanzaId : originId ?? id;
      if (name === undefined) return undefined;
      const quoted = quotationOf(body);
      const author = type === "groupchat" ? from.full : from.bare;
      return port.use(messages).send({
        to: peer,
        type: type === "groupchat" ? "groupchat" : "chat",
        ...(named === undefined ? {} : { id: named }),
        body: quoted + text,
        extra: [
          xml("reply", { xmlns: NS, to: author, id: name }),
          xml(
            "fallback",
            { xmlns: FALLBACK, for: NS },
            xml("body", { start: 0, end: [...quoted].length }),
          ),
        ],
      });
    },
  }),
});

/** What `message` answers to; undefined when it does not. */
export function readReply({ stanza, body = "" }: Message): Reply | undefined {
  const reply = stanza.getChild("reply", NS);
  const id = reply?.attrs["id"];
  if (id === undefined || id === "" || id.length > ID_MOST) return undefined;
  return { id, to: reply?.attrs["to"], body: withoutFallback(stanza, body) };
}

/** The text without the parts that are said to stand for the reply; all of it, if none fit. */
function withoutFallback(stanza: Element, body: string): string {
  const fallback = stanza.getChildren("fallback", FALLBACK)
    .find(({ attrs }) => attrs["for"] === NS);
  const part = fallback?.getChild("body");
  if (part === undefined) return body;
  const characters = [...body];
  const start = offset(part.attrs["start"]) ?? 0;
  const end = offset(part.attrs["end"]) ?? characters.length;
  // A whole text that is only there for others would leave nothing to show.
  if (start >= end || end > characters.length || end - start === characters.length) return body;
  return [...characters.slice(0, start), ...characters.slice(end)].join("");
}

function offset(text: string | undefined): number | undefined {
  return /^[0-9]{1,9}$/.test(text ?? "") ? Number(text) : undefined;
}

function quotationOf(body: string): string {
  return body.split("\n").slice(0, QUOTED_LINES)
    .map((line) => `> ${[...line].slice(0, QUOTED_LENGTH).join("")}\n`).join("");
}
