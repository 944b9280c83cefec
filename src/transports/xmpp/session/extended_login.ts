/**
 * Login, resource, stream management and carbons in one turn: SASL 2 with Bind 2 (XEP-0386), inline
 * resumption, and FAST (XEP-0484).
 *
 * @module
 */
import { XmppError } from "../errors.ts";
import { NS } from "../namespaces.ts";
import { chooseMechanism } from "../sasl/choose.ts";
import { LoginRefused } from "../sasl/failure.ts";
import { type FastToken, hashedToken, TOKEN_MECHANISMS } from "../sasl/hashed_token.ts";
import type { Mechanism } from "../sasl/mechanism.ts";
import { login2, type UserAgent } from "../sasl/sasl2.ts";
import type { XmppStream } from "../stream/stream.ts";
import { type Element, xml } from "../xml.ts";
import { boundJid, type LoggedIn, type NegotiationOptions, settle } from "./negotiate.ts";
import { type Sent, StreamManagement } from "./stream_management.ts";

/** Where a session keeps the token by which it comes in again. */
export interface TokenStore {
  load(): Promise<FastToken | undefined>;
  /** Undefined forgets it. */
  save(token: FastToken | undefined): Promise<void>;
}

/** What an extended login takes besides. */
export interface ExtendedOptions {
  readonly userAgent: UserAgent;
  readonly tokens: TokenStore;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  uuid(): string;
}

/**
 * The server takes the token no longer; it is forgotten. Some servers take nothing else either on a
 * connection that has tried one.
 */
export class TokenRefused extends XmppError {
  override readonly name = "TokenRefused";

  constructor() {
    super("xmpp/credentials", "Cannot log in: the server takes the token no longer", {
      prospect: "temporary",
    });
  }
}

type Choice = Parameters<typeof chooseMechanism>[0];

/** What a server can do within the login. */
interface Inline {
  readonly bind: Element | undefined;
  readonly resume: boolean;
  /** Mechanisms of tokens. */
  readonly tokens: readonly string[];
}

/**
 * Logs in; where the server binds no resource by this, the caller does.
 *
 * @throws {XmppError} as `login2` and `chooseMechanism`
 */
export async function extended<Entry extends Sent>(
  stream: XmppStream,
  authentication: Element,
  choice: Choice,
  options: NegotiationOptions<Entry>,
  signal: AbortSignal,
): Promise<LoggedIn<Entry>> {
  const offered = authentication.getChildren("mechanism").map((child) => child.text().trim());
  const inline = inlineOf(authentication);
  const { previous, userAgent } = options;
  const mayResume = previous !== undefined && previous.id !== "";
  const requests = [
    ...(mayResume && inline.resume ? [previous.resumption()] : []),
    // Who has bound a resource cannot resume any more: then that comes first, and separately.
    ...(inline.bind === undefined || (mayResume && !inline.resume)
      ? []
      : [bindRequest(inline.bind, options)]),
  ];
  const byToken = await tokenLogin(stream, inline, options);
  if (byToken !== undefined) {
    try {
      const fast = xml("fast", { xmlns: NS.fast, count: byToken.count });
      const all = [...requests, fast];
      const success = await login2(stream, byToken.mechanism, userAgent, all, signal);
      // The name of what proved itself best stays, so that nothing weaker is taken afterwards.
      return await outcome(success, options.earlier ?? byToken.mechanism.name, options);
    } catch (error) {
      if (!(error instanceof LoginRefused) || error.prospect === "temporary") throw error;
      await options.tokens.save(undefined);
      throw new TokenRefused();
    }
  }
  const mechanism = chooseMechanism({ ...choice, offered });
  const wanted = TOKEN_MECHANISMS.find((name) => inline.tokens.includes(name));
  const all = wanted === undefined
    ? requests
    : [...requests, xml("request-token", { xmlns: NS.fast, mechanism: wanted })];
  const success = await login2(stream, mechanism, userAgent, all, signal);
  return await outcome(success, mechanism.name, options, wanted);
}

function inlineOf(authentication: Element): Inline {
  const inline = authentication.getChild("inline");
  const tokens = inline?.getChild("fast", NS.fast)?.getChildren("mechanism") ?? [];
  return {
    bind: inline?.getChild("bind", NS.bind2),
    resume: inline?.getChild("sm", NS.streamManagement) !== undefined,
    tokens: tokens.map((child) => child.text().trim()),
  };
}

/** Binds with everything inline that the server takes: counting, carbons, an active client. */
function bindRequest(bind: Element, { userAgent }: NegotiationOptions<Sent>): Element {
  const can = new Set(
    bind.getChild("inline")?.getChildren("feature").map((child) => child.attrs["var"]),
  );
  return xml(
    "bind",
    NS.bind2,
    xml("tag", null, userAgent.software.split("/")[0] ?? "chatnode"),
    can.has(NS.streamManagement)
      ? xml("enable", { xmlns: NS.streamManagement, resume: "true" })
      : null,
    can.has(CARBONS) ? xml("enable", CARBONS) : null,
  );
}

const CARBONS = "urn:xmpp:carbons:2";

/** One use of a token. */
interface TokenLogin {
  readonly mechanism: Mechanism;
  /** Its number among the uses of this token, from 1 on. */
  readonly count: number;
}

/** The use is on record before the server hears of it: who listens in can use no number again. */
async function tokenLogin(
  stream: XmppStream,
  inline: Inline,
  { tokens, credentials, now }: NegotiationOptions<Sent>,
): Promise<TokenLogin | undefined> {
  if (credentials.kind !== "password" || inline.tokens.length === 0) return undefined;
  const token = await tokens.load();
  if (token === undefined || token.expires <= now()) return undefined;
  if (!inline.tokens.includes(token.mechanism)) return undefined;
  const binding = token.mechanism === "HT-SHA-256-NONE"
    ? new Uint8Array()
    : await stream.endPoint();
  if (binding === undefined) return undefined;
  const count = token.count + 1;
  await tokens.save({ ...token, count });
  return { mechanism: hashedToken(credentials.username, token, binding), count };
}

async function outcome<Entry extends Sent>(
  success: Element,
  mechanism: string,
  options: NegotiationOptions<Entry>,
  asked?: FastToken["mechanism"],
): Promise<LoggedIn<Entry>> {
  await keepToken(success, options, asked);
  const { previous } = options;
  const had: Entry[] = [];
  const resumed = success.getChild("resumed", NS.streamManagement);
  if (resumed !== undefined && previous !== undefined) {
    had.push(...previous.acknowledged(resumed.attrs["h"]));
    const nothing = { early: [], enabled: new Set<string>() };
    return { jid: undefined, mechanism, management: previous, had, ...nothing };
  }
  const failed = success.getChild("failed", NS.streamManagement);
  if (failed !== undefined && previous !== undefined) settle(previous, failed, had);
  const bound = success.getChild("bound", NS.bind2);
  if (bound === undefined) return { mechanism };
  const identifier = success.getChildText("authorization-identifier");
  const jid = boundJid(identifier, options.credentials, options.domain);
  const counting = bound.getChild("enabled", NS.streamManagement);
  const management = counting === undefined ? undefined : new StreamManagement<Entry>(counting);
  return { jid, mechanism, management, had, early: [], enabled: new Set(carbonsOf(bound)) };
}

/** Prosody says nothing about carbons when they are on, others say `enabled`; only `failed` is no. */
function carbonsOf(bound: Element): string[] {
  return bound.getChild("enabled", CARBONS) === undefined ? [] : [CARBONS];
}

/** A token may come with every login: the server replaces the old one in time. */
async function keepToken(
  success: Element,
  { tokens, now }: NegotiationOptions<Sent>,
  asked: FastToken["mechanism"] | undefined,
): Promise<void> {
  const element = success.getChild("token", NS.fast);
  const { token, expiry = "" } = element?.attrs ?? {};
  const mechanism = asked ?? (await tokens.load())?.mechanism;
  if (token === undefined || token.length > 4_096 || mechanism === undefined) return;
  const expires = Date.parse(expiry);
  if (!(expires > now())) {
    throw new XmppError("xmpp/protocol", "Cannot go on: the server gave a token that has expired");
  }
  await tokens.save({ mechanism, token, expires, count: 0 });
}
