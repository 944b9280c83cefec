/**
 * Works out who may sign for whom. The same facts give the same answers, in whatever order they
 * came; where statements contradict each other the answer is no.
 *
 * Three steps: everything that was ever endorsed; the revocations by devices among those; and what
 * is still endorsed once the endorsements of revoked devices are void that no revocation lists.
 * The first step keeps a thief from voiding a revocation by revoking its signer.
 *
 * @module
 */
import { roomKind } from "../../../message/address.ts";
import type { DeviceRecord } from "../../../message/device.ts";
import type { Address, RoomId } from "../../../message/event.ts";
import type { Extent, Standing } from "./contract.ts";
import { type Facts, nodeOf, nodeScope, type Scope, scopesOf, senderScope } from "./facts.ts";
import { chainOfEnd, type Endorsement, type Revocation } from "./statement.ts";

/** What a device may do, before its key is looked at. */
export type Answer = "trusted" | "unknown" | "waiting" | "unbound" | "distrusted" | "forked";

type Grants = Map<string, Set<Scope>>;

/** See the module's description. */
export class Standings {
  readonly #facts: Facts;
  readonly #grants: Grants;
  readonly #revocations: ReadonlyMap<string, readonly Revocation[]>;
  readonly #first: Set<string>;
  readonly #extents = new Map<string, Extent>();
  /** Every scope that somebody holds. */
  readonly #claimed = new Set<Scope>();

  constructor(facts: Facts) {
    this.#facts = facts;
    this.#first = new Set(facts.pins.values());
    const ever = this.#closure(() => false);
    const revocations = this.#counting(ever);
    this.#revocations = revocations;
    this.#grants = this.#closure((endorsement) => isVoid(endorsement, revocations));
    for (const [device, all] of revocations) this.#extents.set(device, leastExtent(device, all));
    for (const scopes of this.#grants.values()) scopes.forEach((each) => this.#claimed.add(each));
    for (const scope of facts.pins.keys()) this.#claimed.add(scope);
    for (const sender of facts.bindings.keys()) this.#claimed.add(senderScope(sender));
  }

  /** Whether a device may sign what `sender` says in `room`. */
  answer(device: string, sender: Address, room: RoomId): Answer {
    const seen = this.#facts.records.get(device);
    if (seen === undefined) return "unknown";
    if (this.#isDistrusted(device)) return "distrusted";
    if (this.#isForked(device)) return "forked";
    const grants = this.#grants.get(device);
    if (grants === undefined) return "waiting";
    const { node, senders } = seen.record;
    if (senders !== undefined) {
      if (!senders.includes(sender)) return "unbound";
      return grants.has(senderScope(sender)) ? "trusted" : "waiting";
    }
    if (nodeOf(sender) === node) return this.#isExclusive(sender) ? "unbound" : "trusted";
    return this.#isWitness(node, sender, room) ? "trusted" : "unbound";
  }

  /** Something that a device may be trusted for; undefined when it is trusted for nothing. */
  heldBy(device: string): Scope | undefined {
    return this.#grants.get(device)?.values().next().value;
  }

  /** How far a revoked device counts. */
  extent(device: string): Extent | undefined {
    return this.#extents.get(device);
  }

  /** Whether somebody who is known speaks for a sender. */
  isClaimed(sender: Address): boolean {
    const node = nodeOf(sender);
    return this.#claimed.has(senderScope(sender)) ||
      (node !== undefined && this.#claimed.has(nodeScope(node)));
  }

  /**
   * Takes note of a device that was just pinned and that nothing else is known of: as if everything
   * had been worked out anew, at the cost of one.
   */
  pin(device: string, scopes: readonly Scope[]): void {
    if (scopes.length === 0) return;
    this.#first.add(device);
    this.#grants.set(device, new Set(scopes));
    for (const scope of scopes) this.#claimed.add(scope);
  }

  /** The scopes of a record that nobody known speaks for: the first who claims them is pinned. */
  free(record: DeviceRecord): readonly Scope[] {
    const { node, senders } = record;
    if (senders !== undefined) {
      return senders.filter((sender) => !this.isClaimed(sender)).map(senderScope);
    }
    return this.#claimed.has(nodeScope(node)) ? [] : [nodeScope(node)];
  }

  /** Where a device stands. */
  standing(device: string): Standing {
    const { own, decisions } = this.#facts;
    if (this.#isDistrusted(device)) return "distrusted";
    if (this.#isForked(device)) return "forked";
    if (this.#extents.has(device)) return "revoked";
    if (own.has(device)) return "own";
    if (decisions.get(device)?.decision === "trust") return "trusted";
    if (!this.#grants.has(device)) return "waiting";
    return this.#first.has(device) ? "pinned" : "endorsed";
  }

  /** The revocations of a device that count. */
  revocations(device: string): readonly Revocation[] {
    return this.#revocations.get(device) ?? [];
  }

  #closure(isVoid: (endorsement: Endorsement) => boolean): Grants {
    const grants = this.#roots();
    const endorsements = this.#facts.endorsements.filter((each) => !isVoid(each));
    for (let grew = true; grew;) {
      grew = false;
      for (const endorsement of endorsements) grew = this.#spread(endorsement, grants) || grew;
    }
    return grants;
  }

  /** Who is trusted without anybody's word: by being ourselves, by hand, by being first. */
  #roots(): Grants {
    const { own, decisions, pins, records } = this.#facts;
    const grants: Grants = new Map();
    const grant = (device: string, scopes: readonly Scope[]) => {
      if (this.#isDistrusted(device)) return;
      const held = grants.get(device) ?? new Set();
      scopes.forEach((scope) => held.add(scope));
      if (held.size > 0) grants.set(device, held);
    };
    for (const [device, { record }] of records) {
      const isRoot = own.has(device) || decisions.get(device)?.decision === "trust";
      if (isRoot) grant(device, scopesOf(record));
    }
    for (const [scope, device] of pins) if (records.has(device)) grant(device, [scope]);
    return grants;
  }

  /** Grants what the endorser may; whether that was anything new. */
  #spread({ by, device, public_key }: Endorsement, grants: Grants): boolean {
    const seen = this.#facts.records.get(device);
    const held = grants.get(by);
    if (seen === undefined || held === undefined || this.#isDistrusted(device)) return false;
    if (seen.record.public_key !== public_key) return false;
    const granted = grants.get(device) ?? new Set();
    const before = granted.size;
    for (const scope of scopesOf(seen.record)) if (this.#covers(held, scope)) granted.add(scope);
    if (granted.size > 0) grants.set(device, granted);
    return granted.size > before;
  }

  /** Whether who holds `held` may speak about `scope`: a node about its people, too. */
  #covers(held: ReadonlySet<Scope>, scope: Scope): boolean {
    if (held.has(scope)) return true;
    if (!scope.startsWith("sender:")) return false;
    const sender = scope.slice("sender:".length);
    const node = nodeOf(sender);
    return node !== undefined && held.has(nodeScope(node)) && !this.#isExclusive(sender);
  }

  #counting(ever: Grants): Map<string, Revocation[]> {
    const counting = new Map<string, Revocation[]>();
    for (const revocation of this.#facts.revocations) {
      const { device, by } = revocation;
      const seen = this.#facts.records.get(device);
      if (seen === undefined || this.#isDistrusted(by) && by !== device) continue;
      const held = ever.get(by);
      const may = by === device || held !== undefined &&
          (scopesOf(seen.record).some((scope) => this.#covers(held, scope)) ||
            this.#succeeds(by, device));
      if (may) counting.set(device, [...counting.get(device) ?? [], revocation]);
    }
    return counting;
  }

  /** Whether a node's device goes on in the name of another one, perhaps under a new name. */
  #succeeds(by: string, device: string): boolean {
    const { records, endorsements } = this.#facts;
    return records.get(by)?.record.senders === undefined &&
      endorsements.some((each) => each.by === device && each.device === by);
  }

  /** A sender who was there before its node was: the node may not speak for it. */
  #isExclusive(sender: Address): boolean {
    return this.#facts.pins.has(senderScope(sender));
  }

  /**
   * What an account of a node and a peer elsewhere write to each other over XMPP is kept by the
   * account's node, which signs for both; but never for a peer for whom somebody known speaks.
   */
  #isWitness(node: string, sender: Address, room: RoomId): boolean {
    if (!room.startsWith("xmpp:")) return false;
    const kind = kindOf(room);
    return kind?.kind === "xmpp" && nodeOf(kind.account) === node && !this.isClaimed(sender);
  }

  #isDistrusted(device: string): boolean {
    return this.#facts.decisions.get(device)?.decision === "distrust";
  }

  #isForked(device: string): boolean {
    const ended = this.#facts.decisions.get(device)?.suspicions ?? 0;
    return (this.#facts.suspicions.get(device) ?? 0) > ended;
  }
}

function kindOf(room: RoomId): ReturnType<typeof roomKind> | undefined {
  try {
    return roomKind(room);
  } catch {
    return undefined;
  }
}

function isVoid(
  { by, device }: Endorsement,
  revocations: ReadonlyMap<string, readonly Revocation[]>,
): boolean {
  const all = revocations.get(by) ?? [];
  return all.some((each) => each.by !== device && !each.endorsed.includes(device));
}

function leastExtent(device: string, revocations: readonly Revocation[]): Extent {
  let lastObject: number | undefined;
  let chains: Map<string, number> | undefined;
  for (const revocation of revocations) {
    const { last_object: last } = revocation;
    if (last !== undefined) lastObject = Math.min(lastObject ?? last, last);
    if (revocation.chains === undefined) continue;
    const ends = new Map(
      revocation.chains.map((end) => [chainOfEnd(end, device), end[2]] as const),
    );
    const before = chains;
    chains = before === undefined ? ends : new Map(
      Array.from(ends).filter(([chain]) => before.has(chain)).map(([chain, seq]) =>
        [chain, Math.min(seq, before.get(chain) ?? 0)] as const
      ),
    );
  }
  return {
    ...(lastObject === undefined ? {} : { lastObject }),
    ...(chains === undefined ? {} : { chains }),
  };
}
