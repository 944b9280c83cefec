/**
 * What is known of devices, put together and told.
 *
 * @module
 */
import type { DeviceReport } from "./contract.ts";
import type { Decided } from "./decisions.ts";
import type { Facts, SeenRecord } from "./facts.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Memory } from "./memory.ts";
import type { Standings } from "./standings.ts";

/** What was seen and what was decided by hand, as one. */
export function factsOf(memory: Memory, decided: Decided): Facts {
  const statements = [...memory.statements(), ...decided.issued];
  return {
    own: memory.own,
    records: memory.records,
    pins: memory.pins,
    suspicions: memory.suspicions,
    decisions: decided.decisions,
    bindings: decided.bindings,
    endorsements: statements.filter((each) => each.kind === "endorsement"),
    revocations: statements.filter((each) => each.kind === "revocation"),
  };
}

/** Every device that is known, by node and age. */
export function reportsOf(facts: Facts, standings: Standings): DeviceReport[] {
  return Array.from(facts.records.values(), (seen) => report(seen, facts, standings)).sort((a, b) =>
    a.node < b.node ? -1 : a.node > b.node ? 1 : a.seenAt - b.seenAt
  );
}

function report(
  { record, seenAt }: SeenRecord,
  { endorsements }: Facts,
  standings: Standings,
): DeviceReport {
  const { device, node, senders, created_at: createdAt, public_key } = record;
  const endorsing = endorsements.filter((each) => each.device === device);
  return {
    device,
    standing: standings.standing(device),
    node,
    ...(senders === undefined ? {} : { senders }),
    fingerprint: fingerprint(public_key),
    createdAt,
    seenAt,
    endorsedBy: [...new Set(endorsing.map(({ by }) => by))],
    revokedBy: [...new Set(standings.revocations(device).map(({ by }) => by))],
  };
}
