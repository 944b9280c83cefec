/**
 * What doors and the hub know of accounts.
 *
 * @module
 */
import type { Address } from "../message/event.ts";

/** What an account may do. */
export type Role = "user" | "admin";

/** Who somebody is, as authentication found it; the only source of a sender's name. */
export interface Identity {
  /** `name@node`, what stands in events. */
  readonly address: Address;
  /**
   * The account's name as its owner wrote it, unique within the node after case folding. Of a
   * guest, what they are called: unique among those who are there, and no account's name.
   */
  readonly name: string;
  /** `guest`: nobody has signed in. Their addresses are marked, see `message/guest.ts`. */
  readonly role: Role | "guest";
  /** Id (`jti`) of the token used, when there was one: revoking it ends the sessions it opened. */
  readonly token?: string;
  /** When the authentication ends, milliseconds since the epoch; absent for no end. */
  readonly expires?: number;
}
