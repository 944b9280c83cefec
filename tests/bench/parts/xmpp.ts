/**
 * XMPP: how soon a session is there, how fast messages go, and how much memory sessions take.
 *
 * @module
 */
import type { Bench, Part, Table } from "../contract.ts";
import { Unavailable } from "../setup/unavailable.ts";
import { chatnodeSessions, type ClientKind, slixmppSessions } from "../xmpp/client.ts";
import { sessionMemory } from "../xmpp/footprint.ts";
import { timeToOnline } from "../xmpp/online.ts";
import { messageRates } from "../xmpp/rate.ts";
import { screenStart } from "../xmpp/screen.ts";
import { scrollback } from "../xmpp/scrollback.ts";
import { type BenchServer, KINDS, startServer } from "../xmpp/server.ts";

/** See the module's description. */
export const xmpp: Part = {
  name: "xmpp",
  summary: "XMPP sessions: time to online, messages, memory, the full screen",
  async run(bench) {
    await using running = new AsyncDisposableStack();
    const servers: BenchServer[] = [];
    for (const kind of KINDS) {
      const server = await unlessUnavailable(bench, kind, () => startServer(bench, kind));
      if (server !== undefined) servers.push(running.use(server));
    }
    const kinds: ClientKind[] = [await chatnodeSessions(bench)];
    const peer = await unlessUnavailable(bench, "slixmpp", () => slixmppSessions(bench));
    if (peer !== undefined) kinds.push(peer);
    const [first] = servers;
    if (first === undefined) return [];
    const tables: Table[] = [await timeToOnline(bench, servers, kinds)];
    for (const server of servers) tables.push(await messageRates(bench, server, kinds));
    tables.push(await sessionMemory(bench, first, kinds), await screenStart(bench, first));
    tables.push(await scrollback(bench, first));
    return tables;
  },
};

async function unlessUnavailable<T>(
  bench: Bench,
  what: string,
  make: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    bench.notMeasured(what, error.message);
    return undefined;
  }
}
