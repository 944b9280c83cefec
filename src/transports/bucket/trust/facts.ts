/**
 * Everything that trust follows from. It only grows; what it means is worked out by
 * `standings.ts`.
 *
 * @module
 */
import type { DeviceRecord } from "../../../message/device.ts";
import type { Address } from "../../../message/event.ts";
import type { Endorsement, Revocation } from "./statement.ts";

/** Devices that are remembered, and statements about them. */
export const MOST_DEVICES = 10_000;
/** See {@linkcode MOST_DEVICES}. */
export const MOST_STATEMENTS = 20_000;

/** A record as it was seen. */
export interface SeenRecord {
  readonly record: DeviceRecord;
  /** As it was signed, keys of later versions included. */
  readonly json: string;
  /** Milliseconds since the epoch. */
  readonly seenAt: number;
}

/** What was decided about a device by hand. */
export interface Decision {
  readonly decision: "trust" | "distrust";
  /** How many suspicions were known: trust ends those. */
  readonly suspicions: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** See the module's description. */
export interface Facts {
  /** This data folder's devices: its own and those that were before it. */
  readonly own: ReadonlySet<string>;
  readonly records: ReadonlyMap<string, SeenRecord>;
  /** The device that was seen first, by scope. */
  readonly pins: ReadonlyMap<Scope, string>;
  readonly endorsements: readonly Endorsement[];
  readonly revocations: readonly Revocation[];
  /** How often a device was found to have told two stories. */
  readonly suspicions: ReadonlyMap<string, number>;
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Keys without a device that were bound to a sender by hand, base64. */
  readonly bindings: ReadonlyMap<Address, ReadonlySet<string>>;
}

/** What a device may be trusted for: `node:<name>` or `sender:<address>`. */
export type Scope = string;

/** The scopes that a record claims. */
export function scopesOf({ node, senders }: DeviceRecord): readonly Scope[] {
  return senders === undefined ? [nodeScope(node)] : senders.map(senderScope);
}

/** Everybody of a node. */
export function nodeScope(node: string): Scope {
  return `node:${node}`;
}

/** One sender. */
export function senderScope(sender: Address): Scope {
  return `sender:${sender}`;
}

/** The node in an address, or undefined when it is none. */
export function nodeOf(sender: Address): string | undefined {
  const at = sender.indexOf("@");
  return at < 1 || sender.includes("@", at + 1) ? undefined : sender.slice(at + 1);
}
