/**
 * Who may sign for whom. A device signs a record of itself; the first device that is seen for a
 * node (or, when its record names exact senders, for each of them) is pinned, and every further one
 * has to be endorsed by a pinned one or trusted by hand. Whatever is known lies in
 * `<data>/sync/trust/`, for all buckets of the data folder together; whatever others have to know
 * lies in the bucket as small signed objects that are never changed:
 *
 * | key | what |
 * | --- | --- |
 * | `devices/<device>.json` | the device's record |
 * | `devices/<device>/endorsed_<by>.json` | `<by>` says that `<device>` goes on in its name |
 * | `devices/<device>/revoked_<by>_<digest>.json` | nothing of `<device>` counts after a place |
 *
 * An endorsement or a revocation is announced like any other object: in the head of the writer that
 * stored it. What a reader knows follows from the set of statements alone, not from the order in
 * which they came.
 *
 * @module
 */
import type { DeviceRecord } from "../../../message/device.ts";
import type { Address, RoomId } from "../../../message/event.ts";
import type { VerifyingKey } from "../../../message/signature.ts";

/** The folder of the objects that this room reads and writes. */
export const DEVICES = "devices/";

/** Bytes of the largest object below {@linkcode DEVICES}; read no more than one byte more. */
export const STATEMENT_BYTES = 64 * 1024;

/** Where a device stands. */
export type Standing =
  /** This data folder's own device, or one that was before it. */
  | "own"
  /** The first that was seen for its node or its senders. */
  | "pinned"
  /** A device that was trusted says that it goes on in its name. */
  | "endorsed"
  /** Trusted by hand. */
  | "trusted"
  /** Another speaks for what it claims; nobody has endorsed it. */
  | "waiting"
  /** It or one that may has said that nothing of it counts after a place. */
  | "revoked"
  /** Distrusted by hand. */
  | "distrusted"
  /** It signed two different events for one place: its key or folder was copied. */
  | "forked";

/** How far what a revoked device signed counts. Several revocations together: the least of each. */
export interface Extent {
  /** Objects up to this number in the device's head; 0: none at all. */
  readonly lastObject?: number;
  /** The last good number of each chain by `chainOf`; a chain that is not here: none of it. */
  readonly chains?: ReadonlyMap<string, number>;
}

/** Whether a device may sign an event. */
export type Verdict =
  /** It may. `extent`: only so far, since the device is revoked. */
  | { readonly kind: "trusted"; readonly key: VerifyingKey; readonly extent?: Extent }
  /** No record of it was seen: get `devices/<device>.json`, {@linkcode Trust.learn} it, ask again. */
  | { readonly kind: "unknown" }
  /** It may not, now. `unbound`: it is trusted, but not for this sender. */
  | { readonly kind: "waiting" | "unbound" | "distrusted" | "forked" };

/** What verification asks. Cheap; called for every event. */
export interface Signers {
  /** Whether `device` may sign what `sender` says in `room`. */
  verdict(device: string, sender: Address, room: RoomId): Verdict;
  /**
   * The keys that were bound to a sender by hand, for events of programs that know no devices.
   * `claimed`: a device that is trusted speaks for this sender, so nobody else may.
   */
  keysOf(sender: Address): { readonly keys: readonly VerifyingKey[]; readonly claimed: boolean };
}

/** What became of an object below `devices/`. */
export type Learned =
  /** It says something new; standings may have changed. */
  | { readonly outcome: "new" }
  /** It was known. */
  | { readonly outcome: "known" }
  /** It is signed by a device without a record: learn `devices/<signer>.json`, then this again. */
  | { readonly outcome: "unknown-signer"; readonly signer: string }
  /**
   * It is not believed. `code` is stable: `trust/key` (no name of such an object),
   * `trust/substituted` (another record than the one that is known: somebody overwrote it),
   * `trust/full`, `trust/form`, `trust/signature`, or a code of `src/message`.
   */
  | { readonly outcome: "refused"; readonly code: string; readonly state: string };

/** An object that this node has to store in every bucket it writes to, if absent. */
export interface Publication {
  readonly key: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A device, for people. Everything but `standing` and `seenAt` is what it says of itself. */
export interface DeviceReport {
  readonly device: string;
  readonly standing: Standing;
  readonly node: string;
  /** Present: it signs for exactly these. */
  readonly senders?: readonly Address[];
  /** Eight groups of four base32 letters of the key's SHA-256: what two people compare. */
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** When this node saw its record, milliseconds since the epoch. */
  readonly seenAt: number;
  readonly endorsedBy: readonly string[];
  readonly revokedBy: readonly string[];
}

/** For whom a device speaks, as far as it is known, and where it stands. */
export interface Claim {
  readonly standing: Standing;
  /** A node, or a sender, that it is believed for; absent when it is not believed. */
  readonly party?: string;
}

/** What the worker asks. What is decided by hand stands in `decisions.ts`. */
export interface Trust extends Signers {
  /** The device of this data folder. */
  readonly device: string;

  /**
   * Takes in an object from `devices/`. Durable when it resolves. Harmless to repeat.
   *
   * @throws {TrustError} `trust/io` when it cannot be kept
   */
  learn(key: string, bytes: Uint8Array): Promise<Learned>;

  /** Own record, endorsements and revocations issued here; few. */
  publications(): readonly Publication[];

  /**
   * Whether an object from `devices/` was taken in. It is never changed, so that it need not be
   * fetched again.
   */
  knows(key: string): boolean;

  /** What is known of a device; undefined when its record was not seen. Cheap. */
  claimOf(device: string): Claim | undefined;

  /** Every device that is known, by node and age. */
  list(): readonly DeviceReport[];

  /** The records of devices that are trusted, for `keepDeviceRecords` of the history. */
  trustedRecords(): readonly DeviceRecord[];

  /** Takes over what was decided by hand in another process since. Cheap when that is nothing. */
  refresh(): Promise<void>;

  /** Notes that a device told two stories; it is believed again when it is trusted by hand. */
  suspect(device: string): Promise<void>;

  /**
   * Calls back when a device's standing changed: what is held because of it may be verified again.
   * The returned function ends it.
   */
  onChange(listener: () => void): () => void;
}
