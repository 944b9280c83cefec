/**
 * Service records of names that are aliases: hosting companies have their customers write
 * `_xmpp-client._tcp.example.org. CNAME _xmpp-client._tcp.hosting.example.`
 *
 * @module
 */
import type { ResolveServices, ServiceRecord } from "./service_records.ts";

/** What a resolver can be asked. Each rejects when there is nothing. */
export interface Resolver {
  readonly services: ResolveServices;
  /** What a name is an alias of (CNAME), with the dot of the root at its end. */
  aliases(name: string, signal: AbortSignal): Promise<readonly string[]>;
}

/** Aliases of aliases; who has more leads nowhere. */
const STEPS_MOST = 8;

/**
 * Service records through aliases. The runtime's resolver follows one only when the answer has
 * nothing but the alias in it: of a whole answer, as nearly all servers give it, it says that there
 * is nothing (it goes on with the first target as if that were the alias).
 *
 * @throws whatever the resolver says of the name itself
 */
export function throughAliases({ services, aliases }: Resolver): ResolveServices {
  const follow = async (
    name: string,
    signal: AbortSignal,
    steps: number,
  ): Promise<readonly ServiceRecord[]> => {
    try {
      return await services(name, signal);
    } catch (error) {
      signal.throwIfAborted();
      const [alias] = steps < STEPS_MOST ? await aliases(name, signal).catch(() => []) : [];
      if (alias === undefined) throw error;
      return await follow(alias, signal, steps + 1);
    }
  };
  return (name, signal) => follow(name, signal, 0);
}
