/**
 * Pictures of people: published as events (XEP-0084), with the vCard for older clients (XEP-0153);
 * servers that keep both in step say so (XEP-0398).
 *
 * @module
 */
import { createHash } from "node:crypto";
import { XmppError } from "../errors.ts";
import { readJid } from "../jid.ts";
import { type Element, xml } from "../xml.ts";
import { disco } from "./disco.ts";
import { feature, type FeatureEvent, type FeaturePort } from "./feature.ts";
import { pep } from "./pep.ts";
import { presence } from "./presence.ts";
import { Remembered } from "./remembered.ts";
import { VCARD, vcard } from "./vcard.ts";

/** Somebody has another picture. */
export interface AvatarEvent extends FeatureEvent {
  readonly kind: "avatar";
  /** Bare; in a room the occupant. */
  readonly from: string;
  /** SHA-1 of the picture, hexadecimal; undefined when there is none any more. */
  readonly hash: string | undefined;
}

/** A picture. The bytes fit the hash; what they are has still to be looked at with care. */
export interface Avatar {
  readonly hash: string;
  readonly bytes: Uint8Array;
  readonly type: AvatarType;
}

/** What pictures may be. Nothing that holds programs, as SVG does. */
export type AvatarType = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

/** What one does with pictures. */
export interface Avatars {
  /** The hash of somebody's picture, as it was last heard. */
  hashOf(jid: string): string | undefined;
  /**
   * Fetches somebody's picture; undefined when there is none.
   *
   * @throws {XmppError} `xmpp/protocol` when it is not what its hash says, or too large; as
   *   `FeaturePort.request`
   */
  fetch(jid: string): Promise<Avatar | undefined>;
  /**
   * Publishes the own picture, at most 192 KiB.
   *
   * @throws {RangeError} for what is too large, or no picture
   * @throws {XmppError} as `FeaturePort.request`
   */
  publish(bytes: Uint8Array): Promise<string>;
  /** Takes it back. @throws {XmppError} as `FeaturePort.request` */
  remove(): Promise<void>;
}

const DATA = "urn:xmpp:avatar:data";
const METADATA = "urn:xmpp:avatar:metadata";
const UPDATE = "vcard-temp:x:update";
const CONVERSION = "urn:xmpp:pep-vcard-conversion:0";
/** In base64 it has to fit into a stanza of the usual 256 KiB. */
const BYTES_MOST = 192 * 1024;
const PEOPLE_MOST = 5_000;
const HASH = /^[0-9a-f]{40}$/;
/** How files of the types begin. */
const BEGINNINGS: readonly (readonly [AvatarType, RegExp])[] = [
  ["image/png", /^89504e470d0a1a0a/],
  ["image/jpeg", /^ffd8ff/],
  ["image/gif", /^474946383[79]61/],
  ["image/webp", /^52494646.{8}57454250/],
];

/** See the module's description. */
export const avatars = feature<Avatars>({
  extensions: [
    { xep: "0084", name: "User Avatar", version: "1.1.4", state: "complete", note: "in band" },
    { xep: "0153", name: "vCard-Based Avatars", version: "1.1", state: "complete" },
    {
      xep: "0398",
      name: "User Avatar to vCard-Based Avatars Conversion",
      version: "1.0.0",
      state: "complete",
    },
  ],
  disco: [`${METADATA}+notify`],
  start: (port) => new AvatarKeeper(port),
});

class AvatarKeeper implements Avatars {
  readonly #port: FeaturePort;
  /** Published ones are told apart: an older client's presence says nothing about them. */
  readonly #published = new Remembered<string, string>(PEOPLE_MOST);
  readonly #ofCards = new Remembered<string, string>(PEOPLE_MOST);
  #own: string | undefined;

  constructor(port: FeaturePort) {
    this.#port = port;
    port.use(pep).listen(METADATA, ({ owner, items }) => {
      const payload = items.at(-1)?.payload;
      if (payload?.is("metadata", METADATA) === true) this.#note(owner, payload);
    });
    port.onPresence((stanza) => this.#hear(stanza));
    port.use(presence).decorate(() => {
      const photo = this.#own === undefined ? null : xml("photo", null, this.#own);
      return [xml("x", UPDATE, photo)];
    });
  }

  hashOf(jid: string): string | undefined {
    return this.#published.get(jid) ?? this.#ofCards.get(jid);
  }

  async fetch(jid: string): Promise<Avatar | undefined> {
    const published = this.#published.get(jid) ?? await this.#announced(jid);
    if (published !== undefined) {
      const item = await this.#port.use(pep).item(jid, DATA, published);
      if (item?.payload !== undefined) return avatarOf(item.payload.text(), published);
    }
    const { element } = await this.#port.use(vcard).get(jid);
    const data = element.getChild("PHOTO")?.getChild("BINVAL")?.text() ?? "";
    return data === "" ? undefined : avatarOf(data, this.#ofCards.get(jid));
  }

  async publish(bytes: Uint8Array): Promise<string> {
    const type = typeOf(bytes);
    if (bytes.length > BYTES_MOST) throw new RangeError(`the picture is over ${BYTES_MOST} bytes`);
    if (type === undefined) throw new RangeError("the picture is no PNG, JPEG, GIF or WebP");
    const hash = sha1(bytes);
    const data = bytes.toBase64();
    const events = this.#port.use(pep);
    const open = { "pubsub#access_model": "presence" };
    await events.publish(DATA, { id: hash, payload: xml("data", DATA, data) }, open);
    const info = xml("info", { id: hash, type, bytes: bytes.length });
    await events.publish(METADATA, { id: hash, payload: xml("metadata", METADATA, info) }, open);
    if (!await this.#isConverted()) {
      const photo = xml("PHOTO", VCARD, xml("TYPE", null, type), xml("BINVAL", null, data));
      await this.#port.use(vcard).replace("PHOTO", photo);
    }
    this.#show(hash);
    return hash;
  }

  async remove(): Promise<void> {
    const none = { id: "none", payload: xml("metadata", METADATA) };
    await this.#port.use(pep).publish(METADATA, none, { "pubsub#access_model": "presence" });
    if (!await this.#isConverted()) await this.#port.use(vcard).replace("PHOTO", undefined);
    this.#show(undefined);
  }

  #show(hash: string | undefined): void {
    this.#own = hash;
    const own = this.#port.use(presence);
    own.set(own.own);
  }

  async #isConverted(): Promise<boolean> {
    return await this.#port.use(disco).supports(this.#port.account, CONVERSION);
  }

  /** What somebody has published who has told us nothing: no contact, or long ago. */
  async #announced(jid: string): Promise<string | undefined> {
    if (readJid(jid)?.resource !== "") return undefined;
    try {
      const [item] = await this.#port.use(pep).items(jid, METADATA, 1);
      return item?.payload === undefined ? undefined : hashIn(item.payload);
    } catch {
      // No such node, or not for us.
      return undefined;
    }
  }

  #note(owner: string, metadata: Element): void {
    const hash = hashIn(metadata);
    if (hash === this.#published.get(owner)) return;
    if (hash === undefined) this.#published.delete(owner);
    else this.#published.set(owner, hash);
    if (owner === this.#port.account) this.#own = hash;
    const event: AvatarEvent = { kind: "avatar", from: owner, hash };
    this.#port.emit(event);
  }

  #hear(stanza: Element): void {
    const update = stanza.getChild("x", UPDATE);
    const photo = update?.getChild("photo");
    const from = readJid(stanza.attrs["from"]);
    // Without a photo a client only says that it is not ready to tell (XEP-0153, 4.1).
    if (from === undefined || photo === undefined || stanza.attrs["type"] !== undefined) return;
    const isRoom = stanza.getChild("x", "http://jabber.org/protocol/muc#user") !== undefined;
    const owner = isRoom ? from.full : from.bare;
    const text = photo.text().trim().toLowerCase();
    const hash = HASH.test(text) ? text : undefined;
    if (hash === this.#ofCards.get(owner)) return;
    if (hash === undefined) this.#ofCards.delete(owner);
    else this.#ofCards.set(owner, hash);
    if (this.#published.has(owner) || owner === this.#port.account) return;
    const event: AvatarEvent = { kind: "avatar", from: owner, hash };
    this.#port.emit(event);
  }
}

function hashIn(metadata: Element): string | undefined {
  const id = metadata.getChildren("info").find(({ attrs }) => attrs["url"] === undefined)
    ?.attrs["id"]?.toLowerCase();
  return id !== undefined && HASH.test(id) ? id : undefined;
}

/** @param hash undefined when nobody has named one */
function avatarOf(base64: string, hash: string | undefined): Avatar {
  const text = base64.replace(/\s+/g, "");
  if (text.length > Math.ceil(BYTES_MOST / 3) * 4) throw refused("it is too large");
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(text);
  } catch {
    throw refused("it is not base64");
  }
  const type = typeOf(bytes);
  const found = sha1(bytes);
  if (hash !== undefined && found !== hash) throw refused("it is not what its hash says");
  if (type === undefined) throw refused("it is no PNG, JPEG, GIF or WebP");
  return { hash: found, bytes, type };
}

function refused(state: string): XmppError {
  return new XmppError("xmpp/protocol", `Cannot take the picture: ${state}`);
}

/** By the first bytes; what the owner says of it is no proof. */
function typeOf(bytes: Uint8Array): AvatarType | undefined {
  const beginning = bytes.subarray(0, 12).toHex();
  return BEGINNINGS.find(([, pattern]) => pattern.test(beginning))?.[0];
}

function sha1(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}
