/**
 * Retraction (XEP-0424) and moderation (XEP-0425): what somebody takes back, and what a moderator
 * takes away. Others may have read and kept it.
 *
 * @module
 */
import { XmppError } from "../errors.ts";
import { type Element, xml } from "../xml.ts";
import { authors, type Claim } from "./authors.ts";
import { disco } from "./disco.ts";
import { feature, type FeatureEvent, type FeaturePort } from "./feature.ts";
import { type Message, messages, type SentMessage } from "./messages.ts";

/** A message is taken back, by its author or by a moderator. */
export interface RetractionEvent extends FeatureEvent {
  readonly kind: "retraction";
  readonly peer: string;
  /** The message; in a room as the room's archive named it. */
  readonly id: string;
  /** `moderated`: the room itself says so. `unknown` has to be compared with the message's author. */
  readonly claim: Exclude<Claim, "forged"> | "moderated";
  /** As `Authors.of`. */
  readonly author: string | undefined;
  /** Who moderates and why: not safe to show. */
  readonly by: string | undefined;
  readonly reason: string | undefined;
  /** What says so; its text is for programs that know nothing of this. */
  readonly message: Message;
}

/** What one does with retractions. */
export interface Retractions {
  /**
   * Takes an own message back; in a room `id` is the `stanzaId`. What says so has a random name
   * unless one is given.
   */
  retract(to: string, type: "chat" | "groupchat", id: string, named?: string): SentMessage;
  /**
   * Takes away what somebody said in a room.
   *
   * @throws {StanzaError} `forbidden`, `item-not-found`
   * @throws {XmppError} `xmpp/unsupported` when the room cannot, as `FeaturePort.request`
   */
  moderate(room: string, stanzaId: string, reason?: string): Promise<void>;
}

const RETRACT = "urn:xmpp:message-retract:1";
const RETRACT_0 = "urn:xmpp:message-retract:0";
const MODERATE = "urn:xmpp:message-moderate:1";
const MODERATE_0 = "urn:xmpp:message-moderate:0";
const FASTEN = "urn:xmpp:fasten:0";
const FALLBACK = "urn:xmpp:fallback:0";
const TEXT = "This person took a message back, which your program does not do.";
const ID_MOST = 512;

/** See the module's description. */
export const retractions = feature<Retractions>({
  extensions: [
    {
      xep: "0424",
      name: "Message Retraction",
      version: "0.4.2",
      state: "complete",
      note: "and as in 0.3",
    },
    {
      xep: "0425",
      name: "Moderated Message Retraction",
      version: "0.3.0",
      state: "complete",
      note: "and as in 0.2",
    },
  ],
  disco: [RETRACT, RETRACT_0],
  start: (port) => new Retracting(port),
});

class Retracting implements Retractions {
  readonly #port: FeaturePort;

  constructor(port: FeaturePort) {
    this.#port = port;
    port.use(messages).listen((message) => this.#hear(message));
  }

  retract(to: string, type: "chat" | "groupchat", id: string, named?: string): SentMessage {
    return this.#port.use(messages).send({
      to,
      type,
      ...(named === undefined ? {} : { id: named }),
      extra: [
        xml("retract", { xmlns: RETRACT, id }),
        xml("apply-to", { xmlns: FASTEN, id }, xml("retract", RETRACT_0)),
        xml("fallback", { xmlns: FALLBACK, for: RETRACT }),
        xml("body", null, TEXT),
        xml("store", "urn:xmpp:hints"),
      ],
    });
  }

  async moderate(room: string, stanzaId: string, reason?: string): Promise<void> {
    const { features: can } = await this.#port.use(disco).info(room);
    const why = reason === undefined ? null : xml("reason", null, reason);
    const asked = can.has(MODERATE)
      ? xml("moderate", { xmlns: MODERATE, id: stanzaId }, xml("retract", RETRACT), why)
      : can.has(MODERATE_0)
      ? xml(
        "apply-to",
        { xmlns: FASTEN, id: stanzaId },
        xml("moderate", MODERATE_0, xml("retract", RETRACT_0), why),
      )
      : undefined;
    if (asked === undefined) {
      throw new XmppError("xmpp/unsupported", "Cannot moderate: the room does not offer it");
    }
    await this.#port.request("set", asked, { to: room });
  }

  #hear(message: Message): boolean {
    const said = readRetraction(message.stanza);
    if (said === undefined) return false;
    const { id, moderated, isModerated } = said;
    const author = this.#port.use(authors).of(message);
    const claim = isModerated
      ? message.type === "groupchat" && message.from.resource === "" ? "moderated" : "forged"
      : this.#port.use(authors).claim(message, id);
    // What it says besides is for programs that know nothing of this.
    if (claim === "forged") return true;
    const event: RetractionEvent = {
      kind: "retraction",
      peer: message.peer,
      id,
      claim,
      author,
      by: moderated?.attrs["by"],
      reason: said.reason,
      message,
    };
    this.#port.emit(event);
    return true;
  }
}

interface Said {
  readonly id: string;
  readonly isModerated: boolean;
  readonly moderated: Element | undefined;
  readonly reason: string | undefined;
}

function readRetraction(stanza: Element): Said | undefined {
  const retract = stanza.getChild("retract", RETRACT);
  const applied = stanza.getChild("apply-to", FASTEN);
  const moderated = retract?.getChild("moderated", MODERATE) ??
    applied?.getChild("moderated", MODERATE_0);
  const old = applied?.getChild("retract", RETRACT_0) ?? moderated?.getChild("retract", RETRACT_0);
  const id = (retract ?? applied)?.attrs["id"];
  if ((retract ?? old) === undefined || id === undefined || id === "" || id.length > ID_MOST) {
    return undefined;
  }
  const reason = (retract?.getChild("reason") ?? moderated?.getChild("reason"))?.text();
  return {
    id,
    isModerated: moderated !== undefined,
    moderated,
    reason: reason === "" ? undefined : reason,
  };
}
