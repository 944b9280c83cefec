/**
 * Tells the hub whose sessions have to end.
 *
 * @module
 */
import type { Address } from "../message/event.ts";
import type { AccountRecord, RevokedRecord } from "./record.ts";
import type { StoreListener } from "./store.ts";

/** Sessions that must not go on. */
export type Revocation =
  /** Those that were opened with this token. */
  | { readonly kind: "token"; readonly token: string }
  /** All of an account: what their identity says no longer holds. */
  | {
    readonly kind: "account";
    readonly address: Address;
    readonly name: string;
    readonly why: "removed" | "disabled" | "role" | "signed-out";
  };

/** Called once the change is on disk. Must not throw. */
export type RevocationListener = (revocation: Revocation) => void;

/** Turns changes of accounts, of whatever process, into {@linkcode Revocation}s. */
export class Revocations implements StoreListener {
  readonly #listeners = new Set<RevocationListener>();
  readonly #address: (name: string) => Address;

  constructor(address: (name: string) => Address) {
    this.#address = address;
  }

  /** Follows revocations; the returned function ends it. */
  listen(listener: RevocationListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  account(after: AccountRecord, before: AccountRecord | undefined): void {
    if (before === undefined) return;
    const why = reason(after, before);
    if (why === undefined) return;
    this.#tell({ kind: "account", address: this.#address(after.name), name: after.name, why });
  }

  revoked(record: RevokedRecord): void {
    this.#tell({ kind: "token", token: record.id });
  }

  #tell(revocation: Revocation): void {
    for (const listener of this.#listeners) listener(revocation);
  }
}

function reason(after: AccountRecord, before: AccountRecord) {
  if (after.state !== before.state && after.state !== "active") return after.state;
  if (after.role !== before.role) return "role";
  return after.generation === before.generation ? undefined : "signed-out";
}
