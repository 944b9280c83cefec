/**
 * Where a domain's server is, by DNS: RFC 6120, 3.2 and XEP-0368. Both kinds of service are one list,
 * by priority, and among equals at random by weight (RFC 2782).
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { LIMITS } from "../limits.ts";
import { type Target, tcpTarget } from "./target.ts";

/** A SRV record. */
export interface ServiceRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/**
 * SRV records of a name, as `Deno.resolveDns` gives them; rejects when there are none. Names end with
 * the dot of the root: what a network's search list would make of them is somebody else's.
 */
export type ResolveServices = (
  name: string,
  signal: AbortSignal,
) => Promise<readonly ServiceRecord[]>;

/** What looking up takes. */
export interface ServiceLookup {
  readonly resolve: ResolveServices;
  readonly clock: Clock;
  /** As `Math.random`. */
  random(): number;
}

/** No domain has more servers than this to try. */
const TARGETS_MOST = 16;
/** What one name may have; an answer of 64 KiB holds thousands. */
const RECORDS_MOST = 128;
/** Names of hosts; DNS would let a label hold anything, and what is dialled is part of a URL. */
const HOST =
  /^(?=.{1,254}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

interface Found extends ServiceRecord {
  readonly kind: "starttls" | "direct";
}

/**
 * The targets of a domain in the order in which to try them; the domain itself when it has no
 * records. Empty when the domain says that it has no such service (a target of `.`). A look-up that
 * takes longer than `LIMITS.lookupMs` found nothing.
 *
 * @throws whatever `signal` says
 */
export async function serviceTargets(
  domain: string,
  lookup: ServiceLookup,
  signal: AbortSignal,
): Promise<Target[]> {
  const [direct, starttls] = await Promise.all([
    recordsOf(`_xmpps-client._tcp.${domain}.`, lookup, signal),
    recordsOf(`_xmpp-client._tcp.${domain}.`, lookup, signal),
  ]);
  signal.throwIfAborted();
  const usable: Found[] = [
    ...direct.filter(isUsable).map((record) => ({ ...record, kind: "direct" as const })),
    ...starttls.filter(isUsable).map((record) => ({ ...record, kind: "starttls" as const })),
  ];
  // Who says that there is no direct TLS has said nothing about the other kind.
  if (usable.length === 0 && !starttls.some(isRefusal)) {
    return [tcpTarget("starttls", domain, 5222)];
  }
  return ordered(usable, lookup.random).slice(0, TARGETS_MOST)
    .map(({ kind, target, port }) => tcpTarget(kind, target.replace(/\.$/, ""), port));
}

/** A name that cannot be looked up is one without records (RFC 6120, 3.2.1, step 7). */
async function recordsOf(
  name: string,
  { resolve, clock }: ServiceLookup,
  signal: AbortSignal,
): Promise<readonly ServiceRecord[]> {
  const late = new AbortController();
  const timer = clock.after(LIMITS.lookupMs, () => late.abort());
  try {
    const records = await resolve(name, AbortSignal.any([signal, late.signal]));
    return records.slice(0, RECORDS_MOST);
  } catch {
    return [];
  } finally {
    timer.cancel();
  }
}

/** The service is decidedly not there (RFC 2782). */
function isRefusal({ target }: ServiceRecord): boolean {
  return target === ".";
}

function isUsable({ target, port }: ServiceRecord): boolean {
  return HOST.test(target) && port > 0;
}

function ordered(records: readonly Found[], random: () => number): Found[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    shuffled(records.filter((record) => record.priority === priority), random)
  );
}

/** One after the other, each with a chance by its weight; those of weight 0 have a small one. */
function shuffled(records: readonly Found[], random: () => number): Found[] {
  const left = [...records].sort((a, b) => a.weight - b.weight);
  const result: Found[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let point = random() * (total + 1);
    const index = left.findIndex(({ weight }) => (point -= weight) < 1);
    result.push(...left.splice(Math.max(0, index), 1));
  }
  return result;
}
