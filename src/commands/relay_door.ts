import type { Clock } from "../clock.ts";
import type { Settings } from "../config/schema.ts";
import { DEFAULT_TCP_LIMITS, type TcpLimits } from "../transports/tcp/limits.ts";
import { openRelay, type Relay } from "../transports/tcp/relay.ts";
import type { Certificate } from "../wire/certificate.ts";
import type { Core } from "./node_core.ts";

/** What the relay's door is opened with, beside the node's core. */
export interface RelayDoorOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly port: number;
  readonly certificate: Certificate | undefined;
}

/**
 * Opens the TCP door of a node.
 *
 * @throws {ChatnodeError} as `openRelay`
 */
export function openRelayDoor(core: Core, options: RelayDoorOptions): Promise<Relay> {
  const { settings, clock, port, certificate } = options;
  const { hub, entrance, accounts } = core;
  return openRelay({
    ...{ host: settings.host, port, hub, clock, entrance },
    verify: (token) => accounts.verify(token),
    tls: settings.tls,
    trustedProxies: settings.trustedProxies,
    limits: tcpLimits(settings),
    ...(certificate === undefined ? {} : { certificate }),
  });
}

function tcpLimits(settings: Settings): TcpLimits {
  const { idleTimeout, connectionsPerSecond } = settings;
  return {
    ...DEFAULT_TCP_LIMITS,
    frameBytes: settings.maxFrame,
    queueBytes: settings.maxOutbox,
    idleMs: idleTimeout === "off" ? Infinity : idleTimeout,
    connections: settings.maxConnections,
    connectionsPerAddress: settings.maxConnectionsPerAddress,
    connectsPerSecond: connectionsPerSecond === "off" ? Infinity : connectionsPerSecond,
  };
}
