/**
 * What an XMPP session needs to know.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { Fetch } from "../dial/host_meta.ts";
import type { ResolveServices } from "../dial/service_records.ts";
import type { Target } from "../dial/target.ts";
import type { Feature } from "../features/feature.ts";
import type { Credentials } from "../sasl/mechanism.ts";
import type { TlsSettings } from "../stream/tls.ts";
import type { TokenStore } from "./extended_login.ts";
import type { Privacy } from "./negotiate.ts";

/** See the module's description. */
export interface SessionOptions {
  /** The domain of the account. */
  readonly domain: string;
  readonly credentials: Credentials;
  /** The resource to ask for; absent for one of the server's choice, which is what keeps it secret. */
  readonly resource?: string;
  /** Where to connect to, instead of where DNS says. */
  readonly target?: Target;
  readonly tls?: TlsSettings;
  /** `encrypted` unless told. */
  readonly privacy?: Privacy;
  /** What the session can do besides; started in this order. */
  readonly features?: readonly Feature<unknown>[];
  /** How the client calls itself, `name/version`. */
  readonly software: string;
  /** A UUID that stays with this installation and account; random unless given. */
  readonly installation?: string;
  /** Tokens by which to come in again; kept in memory unless given. */
  readonly tokens?: TokenStore;
  readonly resolve: ResolveServices;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** As `Math.random`: for back-off and the choice among equal servers. */
  random(): number;
  /** A random UUID (version 4): ids, nonces. */
  uuid(): string;
  /** Bounds of the back-off, milliseconds. */
  readonly backOffMs?: { readonly first: number; readonly most: number };
  /** Whether a session that has been there comes back by itself; `always` unless told. */
  readonly reconnect?: "always" | "never";
}
