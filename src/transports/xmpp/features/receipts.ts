/**
 * Delivery receipts (XEP-0184) and what somebody has read (chat markers, XEP-0333).
 *
 * @module
 */
import { type Element, xml } from "../xml.ts";
import { feature, type FeatureEvent, type FeaturePort } from "./feature.ts";
import { type Message, messages } from "./messages.ts";
import { roster } from "./roster.ts";
import { type SentIds, sentIds } from "./sent_ids.ts";

/** What became of a message of ours, and, with `displayed`, of those before it. */
export interface ReceiptEvent extends FeatureEvent {
  readonly kind: "receipt";
  /** With whom, bare; in a room, the occupant. */
  readonly peer: string;
  readonly id: string;
  readonly state: "delivered" | "displayed";
}

/** Another client of the account has shown what `peer` said up to `id`. */
export interface ReadElsewhereEvent extends FeatureEvent {
  readonly kind: "read-elsewhere";
  readonly peer: string;
  readonly id: string;
}

/** What one does with receipts; the rest happens by itself. */
export interface Receipts {
  /** Tells that a message was read; `id` as the author named it. */
  displayed(message: Message): void;
}

const RECEIPTS = "urn:xmpp:receipts";
const MARKERS = "urn:xmpp:chat-markers:0";

/** See the module's description. */
export const receipts = feature<Receipts>({
  extensions: [
    { xep: "0184", name: "Message Delivery Receipts", version: "1.4.0", state: "complete" },
    { xep: "0333", name: "Displayed Markers", version: "1.0.0", state: "complete" },
  ],
  disco: [RECEIPTS, MARKERS],
  start: (port) => new ReceiptKeeper(port),
});

class ReceiptKeeper implements Receipts {
  readonly #port: FeaturePort;
  readonly #sent: SentIds;

  constructor(port: FeaturePort) {
    this.#port = port;
    this.#sent = port.use(sentIds);
    const all = port.use(messages);
    all.decorate(({ type = "chat" }) => [
      // Whole rooms do not answer (XEP-0184, 5.3).
      ...type === "groupchat" ? [] : [xml("request", RECEIPTS)],
      xml("markable", MARKERS),
    ]);
    all.listen((message) => this.#hear(message));
  }

  displayed(message: Message): void {
    const { id, stanzaId, type, stanza, peer } = message;
    // In a room everybody knows a message by the room's name for it (XEP-0333, 4.1).
    const name = type === "groupchat" ? stanzaId : id;
    if (message.direction === "out" || name === undefined) return;
    if (stanza.getChild("markable", MARKERS) === undefined || !this.#mayTell(message)) return;
    this.#say(peer, type, xml("displayed", { xmlns: MARKERS, id: name }));
  }

  #hear(message: Message): boolean {
    const { stanza, direction } = message;
    const delivered = stanza.getChild("received", RECEIPTS)?.attrs["id"];
    const displayed = stanza.getChild("displayed", MARKERS)?.attrs["id"];
    if (direction === "in") this.#acknowledge(message);
    if (delivered !== undefined) this.#tell(message, delivered, "delivered");
    if (displayed !== undefined) this.#tell(message, displayed, "displayed");
    return (delivered !== undefined || displayed !== undefined) && message.body === undefined;
  }

  /** Answers who asks, if they may know that we are there, and only for what came just now. */
  #acknowledge(message: Message): void {
    const { id, stanza, source, type } = message;
    if (source !== "live" || type === "groupchat" || id === undefined) return;
    if (stanza.getChild("request", RECEIPTS) === undefined || !this.#mayTell(message)) return;
    this.#say(message.from.full, type, xml("received", { xmlns: RECEIPTS, id }));
  }

  #mayTell({ from, type }: Message): boolean {
    return type === "groupchat" || this.#sent.knows(from.bare) ||
      this.#port.use(roster).mayKnow(from.bare);
  }

  #say(to: string, type: Message["type"], child: Element): void {
    const kind = type === "groupchat" ? "groupchat" : "chat";
    const message = xml("message", { to, type: kind, id: this.#port.uuid() }, child);
    message.append(xml("store", "urn:xmpp:hints"));
    void this.#port.send(message).catch(() => {});
  }

  #tell({ direction, peer, from, type }: Message, id: string, state: ReceiptEvent["state"]): void {
    if (direction === "out") {
      if (state !== "displayed") return;
      const event: ReadElsewhereEvent = { kind: "read-elsewhere", peer, id };
      return this.#port.emit(event);
    }
    // Anybody can name any id: it has to be of a message that went to them.
    if (type !== "groupchat" && !this.#sent.wasTo(id, from.bare)) return;
    const event: ReceiptEvent = {
      kind: "receipt",
      peer: type === "groupchat" ? from.full : peer,
      id,
      state,
    };
    this.#port.emit(event);
  }
}
