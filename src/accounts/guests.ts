/**
 * Who comes in where only a name is asked for: holders of an account with their password, guests
 * under a name that nobody else has.
 *
 * @module
 */
import { cleanAlias, guestAddress } from "../message/guest.ts";
import { skeleton } from "../message/lookalike.ts";
import type { Accounts } from "./accounts.ts";
import type { Identity } from "./contract.ts";
import { AccountError } from "./failure.ts";
import { isReserved } from "./names.ts";

/** What guests may do: talk, only listen, or not come in at all. */
export type GuestPolicy = "chat" | "listen" | "off";

/** What somebody at the door says of themselves. */
export interface Introduction {
  /** As it was typed; guests get the nearest name that is free. */
  readonly name: string;
  readonly password?: string;
}

/** Somebody who was let in. */
export interface Entry {
  readonly identity: Identity;
  /** Gives a guest's name back; idempotent. To be called when their session has ended. */
  leave(): void;
}

/** See the module's description. One for all doors of a node. */
export class Entrance {
  readonly policy: GuestPolicy;
  readonly #accounts: Pick<Accounts, "authenticate" | "exists" | "resembles">;
  readonly #node: string;
  /** The looks of the guests' names. */
  readonly #taken = new Set<string>();

  constructor(parts: {
    readonly accounts: Pick<Accounts, "authenticate" | "exists" | "resembles">;
    readonly node: string;
    readonly policy: GuestPolicy;
  }) {
    this.#accounts = parts.accounts;
    this.#node = parts.node;
    this.policy = parts.policy;
  }

  /** Whether `name` is an account's: it comes in with its password only. */
  isAccount(name: string): boolean {
    return this.#accounts.exists(name);
  }

  /**
   * Lets somebody in, by password when there is one, else as a guest.
   *
   * @throws {AccountError} `accounts/required` when guests are not let in, and as
   *   `Accounts.authenticate`
   */
  async enter({ name, password }: Introduction, remote?: string): Promise<Entry> {
    if (password === undefined) return this.guest(name);
    const identity = await this.#accounts.authenticate(name, password, remote);
    return { identity, leave: () => {} };
  }

  /**
   * Lets a guest in. A name that an account has or looks like, or that another guest has now, gets
   * a number: `Bob (2)`.
   *
   * @throws {AccountError} `accounts/required`
   */
  guest(name: string): Entry {
    if (this.policy === "off") {
      throw new AccountError("accounts/required", "Cannot come in: an account is needed", {
        hint: "Give the name and the password of your account.",
      });
    }
    const alias = this.#free(cleanAlias(name));
    const look = skeleton(alias);
    this.#taken.add(look);
    return {
      identity: { address: guestAddress(alias, this.#node), name: alias, role: "guest" },
      leave: () => void this.#taken.delete(look),
    };
  }

  #free(wanted: string): string {
    const alias = isReserved(wanted) ? `${wanted} (guest)` : wanted;
    if (!this.#accounts.resembles(alias) && !this.#taken.has(skeleton(alias))) return alias;
    const base = alias.replace(/ \(\d+\)$/, "");
    for (let number = 2;; number++) {
      const next = `${base} (${number})`;
      if (!this.#taken.has(skeleton(next))) return next;
    }
  }
}
