/**
 * The invites of a node, as its operator handles them.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AccountError } from "./failure.ts";
import { type InviteRequest, makeInvite } from "./invites.ts";
import type { Random } from "./random.ts";
import type { InviteRecord } from "./record.ts";
import type { AccountStore } from "./store.ts";

/** An invite as lists show it: enough to withdraw it, not enough to use it. */
export interface InviteSummary {
  /** 8 hex digits. */
  readonly id: string;
  /** Accounts that it can still make. */
  readonly uses: number;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

/** See the module's description. Every change is on disk when its promise resolves. */
export class Invitations {
  readonly #store: AccountStore;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(store: AccountStore, clock: Clock, random: Random) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Makes an invite. The code is shown this once: only its digest is kept.
   *
   * @throws {RangeError} when the request is out of bounds
   */
  async make(request: InviteRequest = {}): Promise<InviteSummary & { readonly code: string }> {
    const { code, record } = makeInvite(request, this.#clock.now(), this.#random);
    await this.#store.change(() => ({ changes: [{ invite: record }], result: undefined }));
    return { ...summary(record), code };
  }

  /** Invites that can still be used, the oldest first. */
  list(): InviteSummary[] {
    const now = this.#clock.now();
    return [...this.#store.state.invites.values()].filter((invite) => invite.expires > now)
      .sort((a, b) => a.created - b.created).map(summary);
  }

  /** Makes an invite useless. @throws {AccountError} `accounts/unknown` */
  async withdraw(id: string): Promise<void> {
    await this.#store.change((state) => {
      const found = [...state.invites.values()].filter((invite) => idOf(invite) === id);
      if (found.length === 0) {
        throw new AccountError("accounts/unknown", "Cannot withdraw the invite: there is none");
      }
      const changes = found.map((invite) => ({ invite: { ...invite, uses: 0 } }));
      return { changes, result: undefined };
    });
  }
}

function summary(invite: InviteRecord): InviteSummary {
  const { uses, expires, created } = invite;
  return { id: idOf(invite), uses, expires, created };
}

function idOf(invite: InviteRecord): string {
  return invite.hash.slice(0, 8);
}
