/**
 * What an extension is to the session: one file that declares what it does (the table in
 * docs/xmpp.md and the answers to service discovery follow from that) and registers what it wants to
 * hear. Other files of this folder are examples, the small ones first.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { Jid } from "../jid.ts";
import type { Element } from "../xml.ts";

/** A row of the table of extensions. */
export interface Extension {
  /** Four digits, or `RFC 6121` and the like. */
  readonly xep: string;
  readonly name: string;
  /** The version of the specification that was followed. */
  readonly version: string;
  readonly state: "complete" | "partial";
  /** What is missing, or what it is used for. */
  readonly note?: string;
}

/** Declares a feature; `start` registers it with one session and gives what others may use of it. */
export interface Feature<Api> {
  readonly extensions: readonly Extension[];
  /** Namespaces that service discovery tells others (XEP-0030). */
  readonly disco?: readonly string[];
  start(port: FeaturePort): Api;
}

/** Whose requests are answered at all. */
export type Requester =
  /** Anybody who knows the full JID. */
  | "anyone"
  /** The own server on behalf of the account: no `from`, or the own bare JID. */
  | "account";

/** A request of somebody. */
export interface IqRequest {
  /** Undefined: the own server. */
  readonly from: Jid | undefined;
  /** The one child of the stanza. */
  readonly child: Element;
}

/** The answer to a request: undefined is an empty result; throw a `StanzaError` for an error. */
export type IqHandler = (
  request: IqRequest,
) => Element | undefined | Promise<Element | undefined>;

/** What a request of ours may need. */
export interface RequestOptions {
  /** Whom; the own server unless told. */
  readonly to?: string;
  readonly timeoutMs?: number;
  /**
   * `session`: a connection that is lost does not end the wait when the server resumes the session
   * (XEP-0198), as request and answer are kept then. `connection` unless told.
   */
  readonly lives?: "connection" | "session";
}

/** How a session came to be there. */
export type Arrival =
  /** Everything begins anew: rosters, presence, rooms. */
  | "fresh"
  /** Nothing was lost: the server has kept everything. */
  | "resumed";

/** What a feature has of its session. Handlers run in the order in which they were registered. */
export interface FeaturePort {
  /** The own bare JID. Until the first login of somebody anonymous, the domain. */
  readonly account: string;
  /** The own full JID; undefined before the first login. */
  readonly jid: Jid | undefined;
  readonly domain: string;
  readonly isOnline: boolean;
  readonly clock: Clock;
  /** How the client calls itself, `name/version`. */
  readonly software: string;
  /** Extensions that the login itself turned on, by namespace. */
  readonly enabled: ReadonlySet<string>;
  /** Every feature that was started, for service discovery. */
  readonly started: readonly Feature<unknown>[];
  uuid(): string;
  /** As `Math.random`. */
  random(): number;
  /** Another feature, started if it is not yet. */
  use<Api>(feature: Feature<Api>): Api;
  /** Answers requests of others whose child is `name` in `xmlns`. */
  onRequest(
    type: "get" | "set",
    name: string,
    xmlns: string,
    requester: Requester,
    handler: IqHandler,
  ): void;
  /** Hears messages, errors included; true ends their way through the handlers. */
  onMessage(handler: (message: Element) => boolean | void): void;
  /** Hears presence of all types; true ends its way. */
  onPresence(handler: (presence: Element) => boolean | void): void;
  /**
   * The session is there. What a handler returns is waited for before {@linkcode onReady} ones run;
   * one that fails costs itself alone.
   */
  onOnline(handler: (arrival: Arrival) => void | Promise<void>): void;
  /** After all {@linkcode onOnline} handlers: what others should find in place, as presence. */
  onReady(handler: (arrival: Arrival) => void | Promise<void>): void;
  /** The connection is gone; the session may come back. */
  onOffline(handler: () => void): void;
  /** The session is over, and does not come back. */
  onEnded(handler: () => void): void;
  /** Tells the application. */
  emit(event: FeatureEvent): void;
  /**
   * Asks; resolves with the answer, which comes from whom was asked.
   *
   * @throws {StanzaError} when the answer is an error
   * @throws {XmppError} `xmpp/timeout`, `xmpp/unreachable` when the connection is gone
   */
  request(
    type: "get" | "set",
    child: Element,
    options?: RequestOptions,
  ): Promise<Element>;
  /**
   * Says something that means nothing later on, as presence; false when there is no connection and
   * it was not sent.
   */
  post(element: Element): boolean;
  /** Whether the server offers `name` in `xmlns` among the features of the stream; false offline. */
  offered(name: string, xmlns: string): boolean;
  /** Writes an element that is no stanza and is not counted as one; nothing while offline. */
  tellServer(element: Element): void;
  /** Sends a message; resolves when the server has it, on whatever connection. */
  send(message: Element): Promise<void>;
}

/** What features tell the application, by kind; each declares its own beside itself. */
export interface FeatureEvent {
  readonly kind: string;
}

/** Declares a feature; a function so that the type of its API is found by itself. */
export function feature<Api>(declaration: Feature<Api>): Feature<Api> {
  return declaration;
}
