/**
 * From a connection to a session (RFC 6120, 4.3.3), read from top to bottom: encrypt, log in, bind
 * or resume. Nothing that a server says before it has proved itself has any effect.
 *
 * @module
 */
import { protocolFault, StanzaError, XmppError } from "../errors.ts";
import { type Jid, readJid } from "../jid.ts";
import { NS } from "../namespaces.ts";
import { chooseMechanism } from "../sasl/choose.ts";
import type { Credentials } from "../sasl/mechanism.ts";
import { login } from "../sasl/sasl1.ts";
import type { XmppStream } from "../stream/stream.ts";
import { type Element, xml } from "../xml.ts";
import { extended, type ExtendedOptions } from "./extended_login.ts";
import type { Sent } from "./stream_management.ts";
import { StreamManagement } from "./stream_management.ts";

/** Whether TLS is needed. */
export type Privacy = "encrypted" | "insecure-plaintext";

/** What a negotiation takes. */
export interface NegotiationOptions<Entry extends Sent> extends ExtendedOptions {
  readonly domain: string;
  readonly credentials: Credentials;
  readonly privacy: Privacy;
  /** The resource that is asked for; absent for one of the server's choice. */
  readonly resource?: string;
  /** A session to go on with. */
  readonly previous: StreamManagement<Entry> | undefined;
  /** The mechanism of an earlier login. */
  readonly earlier: string | undefined;
}

/** What came of it. */
export interface Negotiated<Entry extends Sent> {
  /** Who one is; undefined on a resumed session, where it stays. */
  readonly jid: Jid | undefined;
  readonly mechanism: string;
  /** Counting begins, or goes on; undefined when the server cannot. */
  readonly management: StreamManagement<Entry> | undefined;
  /** On a resumed session, what the server has had meanwhile. */
  readonly had: Entry[];
  /** Stanzas that came before counting began. */
  readonly early: readonly Element[];
  /** Extensions that the login itself has turned on, by namespace. */
  readonly enabled: ReadonlySet<string>;
}

/** What one login gives. */
export type LoggedIn<Entry extends Sent> = Negotiated<Entry> | { readonly mechanism: string };

/**
 * Negotiates on a fresh stream.
 *
 * @throws {XmppError} `xmpp/insecure`, `xmpp/mechanism`, `xmpp/credentials`, `xmpp/server-proof`,
 *   `xmpp/protocol`, `xmpp/stream`, `xmpp/unreachable`
 * @throws whatever `signal` says
 */
export async function negotiate<Entry extends Sent>(
  stream: XmppStream,
  options: NegotiationOptions<Entry>,
  signal: AbortSignal,
): Promise<Negotiated<Entry>> {
  const { credentials, domain, privacy } = options;
  const username = credentials.kind === "anonymous" ? undefined : credentials.username;
  const offered = await secured(stream, { username, domain, privacy }, signal);
  const choice = await choiceOf(stream, offered, options);
  const advanced = offered.getChild("authentication", NS.sasl2);
  if (advanced !== undefined && stream.isEncrypted) {
    const done = await extended(stream, advanced, choice, options, signal);
    if ("early" in done && done.management !== undefined) return done;
    const features = await stream.features(signal);
    return "early" in done
      ? { ...done, ...await counting<Entry>(stream, features, signal) }
      : await bound(stream, features, done.mechanism, options, signal);
  }
  const mechanism = chooseMechanism(choice);
  await login(stream, mechanism, signal);
  return await bound(stream, await stream.open(signal), mechanism.name, options, signal);
}

/** Who opens a stream, and how. */
export interface Opening {
  /** Undefined for somebody anonymous. */
  readonly username: string | undefined;
  readonly domain: string;
  readonly privacy: Privacy;
}

/**
 * Opens the stream; its features once nobody reads along, or once that is accepted.
 *
 * @throws {XmppError} `xmpp/insecure`; as `XmppStream.open` and `XmppStream.encrypt`
 */
export async function secured(
  stream: XmppStream,
  { username, domain, privacy }: Opening,
  signal: AbortSignal,
): Promise<Element> {
  // Who comes is not told to everybody on the way (RFC 6120, 4.7.1): the entity sees to that.
  if (username !== undefined) stream.account = `${username}@${domain}`;
  let features = await stream.open(signal);
  if (stream.canEncrypt && features.getChild("starttls", NS.tls) !== undefined) {
    await stream.encrypt(signal);
    features = await stream.open(signal);
  }
  if (!stream.isEncrypted && privacy === "encrypted") {
    throw new XmppError(
      "xmpp/insecure",
      "Cannot log in: the server offers no encryption, or somebody on the way took the offer out",
      { hint: "With --insecure-plaintext everybody on the way could read along." },
    );
  }
  return features;
}

async function choiceOf(
  stream: XmppStream,
  features: Element,
  { credentials, domain, earlier, uuid }: NegotiationOptions<Sent>,
): Promise<Parameters<typeof chooseMechanism>[0]> {
  const types = features.getChild("sasl-channel-binding", NS.channelBinding)
    ?.getChildren("channel-binding").map((child) => child.attrs["type"]) ?? [];
  const mechanisms = features.getChild("mechanisms", NS.sasl);
  return {
    offered: mechanisms?.getChildren("mechanism").map((child) => child.text().trim()) ?? [],
    credentials,
    domain,
    privacy: stream.isEncrypted ? "encrypted" : "insecure-plaintext",
    binding: types.includes("tls-server-end-point") ? await stream.endPoint() : undefined,
    earlier,
    nonce: () => uuid().replaceAll("-", ""),
  };
}

/** Goes on with the previous session, or binds a resource and begins to count. */
async function bound<Entry extends Sent>(
  stream: XmppStream,
  features: Element,
  mechanism: string,
  { previous, resource, credentials, domain, uuid }: NegotiationOptions<Entry>,
  signal: AbortSignal,
): Promise<Negotiated<Entry>> {
  const nothing = { mechanism, had: [], early: [], enabled: new Set<string>() };
  const canCount = features.getChild("sm", NS.streamManagement) !== undefined;
  if (previous !== undefined && previous.id !== "" && canCount) {
    stream.send(previous.resumption());
    const answer = await stream.next(signal);
    if (answer.is("resumed", NS.streamManagement)) {
      const had = previous.acknowledged(answer.attrs["h"]);
      return { ...nothing, jid: undefined, management: previous, had };
    }
    if (!answer.is("failed", NS.streamManagement)) {
      throw protocolFault("the server left the resumption");
    }
    settle(previous, answer, nothing.had);
  }
  if (features.getChild("bind", NS.bind) === undefined) {
    throw protocolFault("the server lets nobody bind a resource");
  }
  const early: Element[] = [];
  const ask = async (type: string, child: Element): Promise<Element> => {
    const id = uuid();
    stream.send(xml("iq", { type, id }, child));
    return await answerTo(id, stream, early, signal);
  };
  const binding = xml(
    "bind",
    NS.bind,
    resource === undefined ? null : xml("resource", null, resource),
  );
  const answer = await ask("set", binding);
  const jid = boundJid(answer.getChild("bind", NS.bind)?.getChildText("jid"), credentials, domain);
  const session = features.getChild("session", NS.session);
  if (session !== undefined && session.getChild("optional") === undefined) {
    await ask("set", xml("session", NS.session));
  }
  const counted = await counting<Entry>(stream, features, signal);
  return { ...nothing, ...counted, jid, early: [...early, ...counted.early] };
}

/** A session that cannot be resumed may still say what it has had (XEP-0198, 5). */
export function settle<Entry extends Sent>(
  previous: StreamManagement<Entry>,
  failed: Element,
  had: Entry[],
): void {
  const { h } = failed.attrs;
  if (h !== undefined) had.push(...previous.acknowledged(h));
}

/** Who one is by the server's word, as far as that is who one wanted to be. */
export function boundJid(
  text: string | null | undefined,
  credentials: Credentials,
  domain: string,
): Jid {
  const jid = readJid(text ?? undefined);
  if (jid === undefined || jid.resource === "") throw protocolFault("the server bound no JID");
  // Servers may give another name to who has none, and nobody else's domain to anybody.
  if (credentials.kind === "anonymous" ? jid.domain !== domain : jid.local === "") {
    throw protocolFault("the server bound a JID of somebody else");
  }
  return jid;
}

/** The answer to a request; other elements go to `early`. @throws {StanzaError} */
export async function answerTo(
  id: string,
  stream: XmppStream,
  early: Element[],
  signal: AbortSignal,
): Promise<Element> {
  for (;;) {
    const element = await stream.next(signal);
    if (element.name !== "iq" || element.attrs["id"] !== id) {
      keep(element, early);
    } else if (element.attrs["type"] === "result") {
      return element;
    } else {
      const condition = element.getChild("error")?.getChildElements()
        .find((child) => child.getNS() === NS.stanzaErrors)?.getName();
      throw new StanzaError(condition ?? "undefined-condition");
    }
  }
}

/** Begins to count, where the server can. */
async function counting<Entry extends Sent>(
  stream: XmppStream,
  features: Element,
  signal: AbortSignal,
): Promise<Pick<Negotiated<Entry>, "management" | "early">> {
  const early: Element[] = [];
  if (features.getChild("sm", NS.streamManagement) === undefined) {
    return { management: undefined, early };
  }
  stream.send(xml("enable", { xmlns: NS.streamManagement, resume: "true" }));
  for (;;) {
    const element = await stream.next(signal);
    if (element.is("enabled", NS.streamManagement)) {
      return { management: new StreamManagement<Entry>(element), early };
    }
    if (element.is("failed", NS.streamManagement)) return { management: undefined, early };
    keep(element, early);
  }
}

const EARLY_MOST = 1_000;

function keep(element: Element, early: Element[]): void {
  if (early.push(element) > EARLY_MOST) throw protocolFault("the server does not come to an end");
}
