/**
 * Where a domain's server is, by DNS: RFC 6120, 3.2 and XEP-0368. Both kinds of service are one list,
 * by priority, and among equals at random by weight (RFC 2782).
 *
 * @module
 */
import { type Target, tcpTarget } from "./target.ts";

/** A SRV record. */
export interface ServiceRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** SRV records of a name, as `Deno.resolveDns`; rejects when there are none. */
export type ResolveServices = (
  name: string,
  signal: AbortSignal,
) => Promise<readonly ServiceRecord[]>;

/** No domain has more servers than this to try. */
const TARGETS_MOST = 16;

interface Found extends ServiceRecord {
  readonly kind: "starttls" | "direct";
}

/**
 * The targets of a domain in the order in which to try them; the domain itself when it has no
 * records. Empty when the domain says that it has no such service (a target of `.`).
 *
 * @param random as `Math.random`
 */
export async function serviceTargets(
  domain: string,
  resolve: ResolveServices,
  random: () => number,
  signal: AbortSignal,
): Promise<Target[]> {
  const [direct, starttls] = await Promise.all([
    lookup(`_xmpps-client._tcp.${domain}`, resolve, signal),
    lookup(`_xmpp-client._tcp.${domain}`, resolve, signal),
  ]);
  signal.throwIfAborted();
  const all: Found[] = [
    ...direct.map((record) => ({ ...record, kind: "direct" as const })),
    ...starttls.map((record) => ({ ...record, kind: "starttls" as const })),
  ];
  if (all.length === 0) return [tcpTarget("starttls", domain, 5222)];
  const usable = all.filter(({ target }) => target !== "." && target !== "");
  return ordered(usable, random).slice(0, TARGETS_MOST)
    .map(({ kind, target, port }) => tcpTarget(kind, target.replace(/\.$/, ""), port));
}

/** A name that cannot be looked up is one without records (RFC 6120, 3.2.1, step 7). */
async function lookup(
  name: string,
  resolve: ResolveServices,
  signal: AbortSignal,
): Promise<readonly ServiceRecord[]> {
  try {
    return await resolve(name, signal);
  } catch {
    return [];
  }
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
