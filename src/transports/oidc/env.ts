import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Accounts } from "../../accounts/accounts.ts";
import type { RelyingParty } from "../../accounts/oidc/relying_party.ts";
import type { Random } from "../../accounts/random.ts";
import type { Clock } from "../../clock.ts";
import type { Hub } from "../../hub/contract.ts";

/** What the routes expect of whoever listens. */
export interface OidcEnv {
  Bindings: HttpBindings & {
    /** The far end, behind proxies that are trusted. */
    readonly client: { readonly address: string; readonly secure: boolean };
    /** Reads the request's body, once, within the listener's bound. */
    body(): Promise<Uint8Array>;
  };
}

/** A request on its way. */
export type OidcContext = Context<OidcEnv>;

/** What signing in by a provider works with. */
export interface OidcParts {
  readonly accounts: Accounts;
  readonly hub: Hub;
  readonly party: RelyingParty;
  /** Under which origin browsers find this node; the provider sends them back there. */
  readonly base: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Web origins besides the node's own whose pages may use a cookie. */
  readonly origins: readonly string[];
}

/** The door's name, in hooks as `via`. */
export const VIA = "oidc";

/** Where everything is. */
export const PATHS = {
  login: "/auth/oidc/login",
  link: "/auth/oidc/link",
  callback: "/auth/oidc/callback",
  account: "/auth/oidc/account",
  token: "/auth/oidc/token",
} as const;
