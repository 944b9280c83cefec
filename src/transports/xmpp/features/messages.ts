/**
 * Messages (RFC 6121, 5), whichever way they come: live, copied from another client, out of an
 * archive. One place reads who said what to whom and when; other features listen here instead of to
 * the stream, so that a copy counts like the original and nothing forged counts at all.
 *
 * @module
 */
import { type Jid, readJid } from "../jid.ts";
import { NS } from "../namespaces.ts";
import { childText, type Element, xml } from "../xml.ts";
import { feature, type FeatureEvent, type FeaturePort } from "./feature.ts";

/** Which way a message came. */
export type Source =
  /** To this client, now; or from it. */
  | "live"
  /** To or from another client of the account, now (XEP-0280). */
  | "carbon"
  /** Out of an archive, whenever it was said (XEP-0313). */
  | "archive";

/** The kinds of messages; an unknown one counts as `normal` (RFC 6121, 5.2.2). */
export type MessageType = "chat" | "groupchat" | "normal" | "headline" | "error";

/** A message that was read. Texts are as they came: not safe to show. */
export interface Message {
  readonly direction: "in" | "out";
  readonly source: Source;
  readonly type: MessageType;
  /** With whom: a bare JID, or a room's occupant with its nickname for a private message. */
  readonly peer: string;
  /** Who says it. In a room the occupant. */
  readonly from: Jid;
  /** The author's name for it. */
  readonly id: string | undefined;
  readonly originId: string | undefined;
  /** The name that the archive of the account (of the room, in a room) has given it. */
  readonly stanzaId: string | undefined;
  /** Without the `/me` of an action. */
  readonly body: string | undefined;
  readonly isAction: boolean;
  readonly subject: string | undefined;
  /** When it was said, milliseconds since the Unix epoch; never in the future. */
  readonly timestamp: number;
  /** It was kept somewhere before it came. */
  readonly isDelayed: boolean;
  readonly stanza: Element;
}

/** Somebody said something, or oneself did elsewhere. */
export interface MessageEvent extends FeatureEvent {
  readonly kind: "message";
  readonly message: Message;
}

/** A message could not be delivered. */
export interface FailedMessageEvent extends FeatureEvent {
  readonly kind: "message-failed";
  readonly peer: string;
  readonly id: string;
  /** As `service-unavailable`. */
  readonly condition: string;
}

/** What to say. */
export interface OutgoingMessage {
  /** A bare or full JID, or a room. */
  readonly to: string;
  /** `chat` unless told. */
  readonly type?: "chat" | "groupchat" | "normal";
  readonly body?: string;
  /** Said as an action, `/me`. */
  readonly isAction?: boolean;
  /** What else the stanza holds. */
  readonly extra?: readonly Element[];
  /** Random unless given; also the `origin-id`. */
  readonly id?: string;
}

/** A message on its way. */
export interface SentMessage {
  readonly id: string;
  /** As it is written. */
  readonly stanza: Element;
  /** Resolves when the server has it. @throws {XmppError} as `FeaturePort.send` */
  readonly accepted: Promise<void>;
}

/** How a copy or an archived message differs from one that comes by itself. */
export interface Handed {
  readonly source: "carbon" | "archive";
  /** The archive's name for it. */
  readonly stanzaId?: string;
  /** When the archive took it, as XEP-0082 has it. */
  readonly stamp?: string;
  /** Whose archive it is, bare; the account's unless told. */
  readonly archive?: string;
}

/** What features do with messages. */
export interface Messages {
  send(message: OutgoingMessage): SentMessage;
  /** Says something that nobody needs to keep; false while offline. */
  signal(to: string, type: "chat" | "groupchat", ...children: readonly Element[]): boolean;
  /** Adds to each message with a text before it is written. */
  decorate(add: (message: OutgoingMessage, id: string) => readonly Element[]): void;
  /** Hears each message that was read; true: it is dealt with, and not told as a message. */
  listen(listener: (message: Message) => boolean | void): void;
  /** Reads a message that somebody trusted has handed over; undefined when it is none of ours. */
  hand(stanza: Element, handed: Handed): Message | undefined;
  /** As {@linkcode hand}, and tells nobody. */
  read(stanza: Element, handed: Handed): Message | undefined;
  /** Asked last: with true a message was told before, and is not told again. */
  drop(isRepeated: (message: Message) => boolean): void;
  /** Which rooms there are, and what in them is one's own. */
  rooms: RoomKnowledge;
}

/** What reading messages takes from who knows the rooms. */
export interface RoomKnowledge {
  /** Whether `bare` is a room: private messages in it are told apart. */
  has(bare: string): boolean;
  /** Whether `from` of a message in a room is oneself. */
  isOwn(stanza: Element, from: Jid, source: Source): boolean;
}

const STANZA_IDS = "urn:xmpp:sid:0";
const DELAY = "urn:xmpp:delay";
const HINTS = "urn:xmpp:hints";
const ME = "/me ";
const TYPES: readonly MessageType[] = ["chat", "groupchat", "normal", "headline", "error"];

/** See the module's description. */
export const messages = feature<Messages>({
  extensions: [
    {
      xep: "RFC 6121",
      name: "Instant Messaging and Presence: messages",
      version: "2011-03",
      state: "complete",
    },
    { xep: "0203", name: "Delayed Delivery", version: "2.0", state: "complete" },
    { xep: "0245", name: "The /me Command", version: "1.0", state: "complete" },
    {
      xep: "0334",
      name: "Message Processing Hints",
      version: "0.4.0",
      state: "partial",
      note: "no-store",
    },
    { xep: "0359", name: "Unique and Stable Stanza IDs", version: "0.7.0", state: "complete" },
  ],
  disco: [STANZA_IDS],
  start: (port) => new MessageReader(port),
});

class MessageReader implements Messages {
  rooms: RoomKnowledge = { has: () => false, isOwn: () => false };
  readonly #port: FeaturePort;
  readonly #drops: ((message: Message) => boolean)[] = [];
  readonly #decorations: ((message: OutgoingMessage, id: string) => readonly Element[])[] = [];
  readonly #listeners: ((message: Message) => boolean | void)[] = [];

  constructor(port: FeaturePort) {
    this.#port = port;
    port.onMessage((stanza) => {
      const message = this.#read(stanza, { source: "live" });
      if (message !== undefined) this.#tell(message);
    });
  }

  send(message: OutgoingMessage): SentMessage {
    const { to, type = "chat", body, isAction = false, extra = [], id = this.#port.uuid() } =
      message;
    const stanza = xml(
      "message",
      { to, type, id },
      body === undefined ? null : xml("body", null, isAction ? ME + body : body),
      xml("origin-id", { xmlns: STANZA_IDS, id }),
      ...extra,
      ...body === undefined ? [] : this.#decorations.flatMap((add) => add(message, id)),
    );
    const accepted = this.#port.send(stanza);
    // Who does not wait for it must not be ended by it.
    accepted.catch(() => {});
    return { id, stanza, accepted };
  }

  signal(to: string, type: "chat" | "groupchat", ...children: readonly Element[]): boolean {
    return this.#port.post(
      xml("message", { to, type, id: this.#port.uuid() }, ...children, xml("no-store", HINTS)),
    );
  }

  decorate(add: (message: OutgoingMessage, id: string) => readonly Element[]): void {
    this.#decorations.push(add);
  }

  listen(listener: (message: Message) => boolean | void): void {
    this.#listeners.push(listener);
  }

  hand(stanza: Element, handed: Handed): Message | undefined {
    const message = this.#read(stanza, handed);
    if (message !== undefined) this.#tell(message);
    return message;
  }

  read(stanza: Element, handed: Handed): Message | undefined {
    return this.#read(stanza, handed);
  }

  drop(isRepeated: (message: Message) => boolean): void {
    this.#drops.push(isRepeated);
  }

  #tell(message: Message): void {
    if (message.type === "error") return this.#tellFailure(message);
    for (const listener of this.#listeners) if (listener(message) === true) return;
    if (message.body === undefined || this.#drops.some((drop) => drop(message))) return;
    const event: MessageEvent = { kind: "message", message };
    this.#port.emit(event);
  }

  #tellFailure({ peer, id, stanza }: Message): void {
    if (id === undefined) return;
    const condition = stanza.getChild("error")?.getChildElements()
      .find((child) => child.getNS() === NS.stanzaErrors && child.getName() !== "text")?.getName();
    const event: FailedMessageEvent = {
      kind: "message-failed",
      peer,
      id,
      condition: /^[a-z-]{1,64}$/.exec(condition ?? "")?.[0] ?? "undefined-condition",
    };
    this.#port.emit(event);
  }

  #read(stanza: Element, handed: Handed | { readonly source: "live" }): Message | undefined {
    const { account } = this.#port;
    const from = readJid(stanza.attrs["from"] ?? account);
    const to = readJid(stanza.attrs["to"] ?? account);
    if (from === undefined || to === undefined) return undefined;
    const type = TYPES.find((each) => each === stanza.attrs["type"]) ?? "normal";
    // In a room everything comes from the room, one's own words too; who is who is the room's.
    const isOwn = type === "groupchat"
      ? this.rooms.isOwn(stanza, from, handed.source)
      : from.bare === account;
    const other = isOwn && type !== "groupchat" ? to : from;
    const archive = "archive" in handed ? handed.archive ?? account : account;
    const body = childText(stanza, "body");
    const isAction = body?.startsWith(ME) === true && body.length > ME.length;
    const stamp = stampOf(stanza, handed, [account, this.#port.domain, other.bare]);
    const now = this.#port.clock.now();
    return {
      direction: isOwn ? "out" : "in",
      source: handed.source,
      type,
      peer: type !== "groupchat" && this.rooms.has(other.bare) ? other.full : other.bare,
      from,
      id: named(stanza.attrs["id"]),
      originId: named(stanza.getChild("origin-id", STANZA_IDS)?.attrs["id"]),
      stanzaId: "stanzaId" in handed
        ? handed.stanzaId
        : stanzaIdOf(stanza, type === "groupchat" ? other.bare : archive),
      body: isAction ? body.slice(ME.length) : body,
      isAction,
      subject: stanza.getChild("subject")?.text(),
      timestamp: stamp === undefined ? now : Math.min(stamp, now),
      isDelayed: stamp !== undefined,
      stanza,
    };
  }
}

/** What an archive calls it; names by others mean nothing. */
function stanzaIdOf(stanza: Element, by: string): string | undefined {
  return named(
    stanza.getChildren("stanza-id", STANZA_IDS).find((child) =>
      readJid(child.attrs["by"])?.full === by
    )
      ?.attrs["id"],
  );
}

/** When it was said, by those who have kept it; what the author says of itself is no proof. */
function stampOf(
  stanza: Element,
  handed: Handed | { readonly source: "live" },
  keepers: readonly string[],
): number | undefined {
  const given = "stamp" in handed ? handed.stamp : undefined;
  const delay = stanza.getChildren("delay", DELAY).find((child) =>
    keepers.includes(readJid(child.attrs["from"])?.bare ?? "")
  );
  const time = Date.parse(given ?? delay?.attrs["stamp"] ?? "");
  return time > 0 ? time : undefined;
}

const NAME_MOST = 512;

/** A name of a message that can be kept and compared. */
function named(id: string | undefined): string | undefined {
  return id === undefined || id === "" || id.length > NAME_MOST ? undefined : id;
}
