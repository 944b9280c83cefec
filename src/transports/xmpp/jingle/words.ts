/**
 * The elements of a Jingle session (XEP-0166) that carries one file: read, and written.
 *
 * @module
 */
import { StanzaError } from "../errors.ts";
import { type Element, xml } from "../xml.ts";

/** The namespace of sessions. */
export const JINGLE = "urn:xmpp:jingle:1";
/** The namespace of their errors. */
const ERRORS = "urn:xmpp:jingle:errors:1";
/** The namespace of in-band bytestreams as a transport (XEP-0261). */
export const IN_BAND = "urn:xmpp:jingle:transports:ibb:1";

/** What somebody says about a session. */
export interface Said {
  readonly action: string;
  readonly sid: string;
  /** The first one; sessions here have one. */
  readonly content: Element | undefined;
  readonly contents: number;
  /** Why it ends, in the words of XEP-0166, 7.4; empty when nothing is said of it. */
  readonly reason: string;
  /** What a `session-info` tells; undefined when it only asks whether one is there. */
  readonly payload: Element | undefined;
}

/** How a file goes over in-band bytestreams. */
export interface InBand {
  readonly sid: string;
  /** Bytes of a block, at most. */
  readonly blockSize: number;
}

const SID_MOST = 256;
const BLOCK_MOST = 65_535;

/** Reads a `jingle` element. @throws {StanzaError} `bad-request` */
export function readJingle(element: Element): Said {
  const { action = "", sid = "" } = element.attrs;
  if (action === "" || sid === "" || sid.length > SID_MOST) {
    throw new StanzaError("bad-request", { type: "modify" });
  }
  const contents = element.getChildren("content", JINGLE);
  const reason = element.getChild("reason", JINGLE)?.getChildElements()
    .map((child) => child.getName()).find((name) => name !== "text") ?? "";
  const payload = element.getChildElements().find((child) => child.getNS() !== JINGLE);
  return {
    ...{ action, sid, payload, contents: contents.length, content: contents[0] },
    reason: /^[a-z-]{1,40}$/.test(reason) ? reason : "",
  };
}

/** A `jingle` element. */
export function jingleElement(
  action: string,
  sid: string,
  ...children: readonly (Element | null)[]
): Element {
  return xml("jingle", { xmlns: JINGLE, action, sid }, children);
}

/** Why a session ends; `more` is an application's own word for it. */
export function reasonElement(reason: string, more?: Element): Element {
  return xml("reason", null, xml(reason), more);
}

/** The transport of a content, when it is a sound one over in-band bytestreams. */
export function readInBand(content: Element | undefined): InBand | undefined {
  const { attrs: { sid = "", "block-size": size = "" } = {} } =
    content?.getChild("transport", IN_BAND) ?? {};
  const blockSize = /^[0-9]{1,5}$/.test(size) ? Number(size) : 0;
  if (sid === "" || sid.length > SID_MOST) return undefined;
  return blockSize < 1 || blockSize > BLOCK_MOST ? undefined : { sid, blockSize };
}

/** The transport as an element. */
export function inBandElement({ sid, blockSize }: InBand): Element {
  return xml("transport", { xmlns: IN_BAND, sid, "block-size": blockSize, stanza: "iq" });
}

/** That is not what comes next. */
export function outOfOrder(): StanzaError {
  return new StanzaError("unexpected-request", {
    ...{ type: "wait", detail: "out-of-order", detailNamespace: ERRORS },
  });
}

/** There is no such session with whom asks. */
export function unknownSession(): StanzaError {
  return new StanzaError("item-not-found", {
    ...{ type: "cancel", detail: "unknown-session", detailNamespace: ERRORS },
  });
}

/** What a `session-info` tells is not known here. */
export function unsupportedInfo(): StanzaError {
  return new StanzaError("feature-not-implemented", {
    ...{ type: "modify", detail: "unsupported-info", detailNamespace: ERRORS },
  });
}
