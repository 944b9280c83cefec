/**
 * What has happened to whose keys, for people: in the order of time.
 *
 * @module
 */
import type { Decided } from "./decisions.ts";
import type { Memory } from "./memory.ts";
import type { Statement } from "./statement.ts";

/** Something that happened to a device. */
export interface KeyEvent {
  /** Milliseconds since the epoch; of a statement what its signer says. */
  readonly at: number;
  readonly device: string;
  readonly what:
    | "own"
    | "seen"
    | "pinned"
    | "endorsed"
    | "revoked"
    | "trusted"
    | "distrusted"
    | "forked";
  /** Who said so, when a device did. */
  readonly by?: string;
  /** What its signer gave as the reason. */
  readonly reason?: string;
}

/** Everything that is known to have happened, oldest first. */
export function pastOf(memory: Memory, decided: Decided): KeyEvent[] {
  const pinned = new Set(memory.pins.values());
  const events: KeyEvent[] = [];
  for (const [device, { seenAt: at }] of memory.records) {
    const what = memory.own.has(device) ? "own" : pinned.has(device) ? "pinned" : "seen";
    events.push({ at, device, what });
  }
  // What was said here comes back from the bucket.
  const statements = [...memory.statements(), ...decided.issued];
  const said = new Map(statements.map((each) => [each.signature, each]));
  for (const statement of said.values()) events.push(eventOf(statement));
  for (const [device, at] of memory.suspectedAt) events.push({ at, device, what: "forked" });
  for (const [device, { decision, at }] of decided.decisions) {
    events.push({ at, device, what: decision === "trust" ? "trusted" : "distrusted" });
  }
  return events.sort((a, b) => a.at - b.at);
}

function eventOf(statement: Statement): KeyEvent {
  const { kind, device, by, created_at } = statement;
  const at = Date.parse(created_at);
  if (kind === "endorsement") return { at, device, what: "endorsed", by };
  const { reason } = statement;
  return { at, device, what: "revoked", by, ...(reason === undefined ? {} : { reason }) };
}
