/**
 * A real XMPP server for tests: on ports of its own, with data of its own.
 *
 * @module
 */
import type { Certificates } from "./certificates.ts";

/** Which programs there are. */
export type ServerKind = "prosody" | "ejabberd";

/** Where a server listens, on 127.0.0.1. */
export interface Ports {
  /** STARTTLS, required on `localhost`. */
  readonly starttls: number;
  /** TLS from the first byte. */
  readonly direct: number;
  /** WebSocket, uploads, host-meta. */
  readonly http: number;
  readonly https: number;
  /** Components (XEP-0114). */
  readonly component: number;
}

/** A running server with alice, bob, carol and admin on `localhost`, password `<name>-pw`. */
export interface XmppServer extends AsyncDisposable {
  readonly kind: ServerKind;
  readonly ports: Ports;
  readonly certificates: Certificates;
  /** `ws://...`, plain; see `wss`. */
  readonly ws: string;
  readonly wss: string;
  /** Adds an account. */
  register(name: string, host: string, password: string): Promise<void>;
  /** What it has logged so far. */
  log(): Promise<string>;
  /** Ends it with SIGTERM; the data stays. Idempotent. */
  stop(): Promise<void>;
  /** Starts it again on the same ports and data. */
  start(): Promise<void>;
}

/** Accounts of every server, on `localhost`. */
export const USERS: readonly string[] = ["alice", "bob", "carol", "admin"];

/** The secret of the components `bot.localhost` and `gw.localhost`. */
export const COMPONENT_SECRET = "component-secret-of-tests";

/** The password of `user`. */
export function passwordOf(user: string): string {
  return `${user}-pw`;
}
