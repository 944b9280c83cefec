import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Accounts } from "../../accounts/accounts.ts";
import type { Clock } from "../../clock.ts";
import type { Hub } from "../../hub/contract.ts";
import type { Feedbacks } from "./feedback.ts";
import type { Mailboxes } from "./mailboxes.ts";
import type { Usage } from "./usage.ts";

/** What the routes expect of whoever listens. */
export interface AloneEnv {
  Bindings: HttpBindings & {
    /** The far end, behind proxies that are trusted. */
    readonly client: { readonly address: string; readonly secure: boolean };
    /** Reads the request's body, once, within the listener's bound. */
    body(): Promise<Uint8Array>;
  };
}

/** A request on its way. */
export type AloneContext = Context<AloneEnv>;

/** What AloneChat's doors work with. */
export interface AloneParts {
  readonly accounts: Accounts;
  readonly hub: Hub;
  readonly mailboxes: Mailboxes;
  readonly feedbacks: Feedbacks;
  readonly usage: Usage;
  readonly clock: Clock;
  /** The program's version. */
  readonly version: string;
  /** The port that original clients connect to. */
  readonly port: () => number;
  /** Web origins besides the node's own whose pages may use a cookie. */
  readonly origins: readonly string[];
}

/** The doors' name: stands in events, and in hooks as `via`. */
export const VIA = "alonechat";
