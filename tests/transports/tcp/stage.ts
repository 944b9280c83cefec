/** A real TCP door on loopback, with a hub, accounts on disk and a history in memory. */
import { Accounts } from "../../../src/accounts/accounts.ts";
import { Entrance, type GuestPolicy } from "../../../src/accounts/guests.ts";
import { type Clock, systemClock } from "../../../src/clock.ts";
import type { History } from "../../../src/history/contract.ts";
import { MemoryHistory } from "../../../src/history/memory.ts";
import type { Hub } from "../../../src/hub/contract.ts";
import { openHub } from "../../../src/hub/hub.ts";
import type { HubLimits } from "../../../src/hub/limits.ts";
import { getLogger } from "../../../src/log.ts";
import { openRelay, type Relay, type RelayOptions } from "../../../src/transports/tcp/relay.ts";
import type { TcpLimits } from "../../../src/transports/tcp/limits.ts";
import { withDataFolder } from "../../harness/data_folder.ts";

export const NODE = "node-test";
/** Of every account. */
export const PASSWORD = "correct horse";

export interface StageOptions {
  readonly clock?: Clock;
  readonly hub?: Partial<HubLimits>;
  readonly limits?: Partial<TcpLimits>;
  readonly guests?: GuestPolicy;
  /** Names of accounts. */
  readonly accounts?: readonly string[];
  readonly relay?: Partial<Pick<RelayOptions, "tls" | "certificate" | "trustedProxies">>;
}

export interface Stage {
  readonly port: number;
  readonly relay: Relay;
  readonly hub: Hub;
  readonly history: History;
  readonly accounts: Accounts;
  /** Texts of the lobby so far. */
  bodies(): Promise<string[]>;
}

/** Runs `body` with a running door; everything is gone afterwards. */
export async function withRelay(
  body: (stage: Stage) => Promise<void>,
  options: StageOptions = {},
): Promise<void> {
  await withDataFolder(async (folder) => {
    const clock = options.clock ?? systemClock;
    const history = new MemoryHistory({ clock });
    const hub = await openHub({
      ...{ node: NODE, history, clock, log: getLogger(["hub"]) },
      limits: { ratePerSecond: Infinity, ...options.hub },
    });
    await using accounts = await Accounts.open(folder, {
      node: NODE,
      passwords: { cost: { ln: 4, r: 8, p: 1 } },
    });
    for (const name of options.accounts ?? []) {
      await accounts.registry.add({ name, password: PASSWORD, role: "user" });
    }
    const relay = await openRelay({
      ...{ host: "127.0.0.1", port: 0, hub, clock, tls: "off" },
      entrance: new Entrance({ accounts, node: NODE, policy: options.guests ?? "chat" }),
      verify: (token) => accounts.verify(token),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...options.relay,
    });
    try {
      await body({
        ...{ relay, hub, history, accounts, port: relay.port },
        async bodies() {
          const events = await history.read("lobby", 0, 1_000);
          return events.map(({ event }) => event.content.body ?? event.type);
        },
      });
    } finally {
      relay.stop();
      await hub.close(1_000);
      await relay.close();
      await history.close();
    }
  });
}
