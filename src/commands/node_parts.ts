/**
 * The parts of a node, opened one after the other, and the settings as each of them takes them.
 *
 * @module
 */
import type { Fetch } from "../accounts/oidc/contract.ts";
import { isLoopback } from "../config/folders.ts";
import type { Settings } from "../config/schema.ts";
import { type AloneDoors, openAloneDoors } from "../transports/alonechat/doors.ts";
import { type AppOptions, createApp } from "../transports/http/app.ts";
import type { Readiness } from "../transports/http/health.ts";
import { anyHost, localHosts } from "../transports/http/host_names.ts";
import { DEFAULT_LIMITS } from "../transports/http/limits.ts";
import { type HttpListener, openListener } from "../transports/http/listener.ts";
import type { SocketDoor } from "../transports/http/socket_door.ts";
import type { Relay } from "../transports/tcp/relay.ts";
import { WebSocketDoor } from "../transports/websocket/door.ts";
import type { Certificate } from "../wire/certificate.ts";
import { DEFAULT_LINK_LIMITS, type LinkLimits } from "../wire/limits.ts";
import { trustedProxies } from "../wire/proxies.ts";
import { type Core, type CoreOptions, openCore, readCertificate } from "./node_core.ts";
import type { RelayDoorOptions } from "./relay_door.ts";
import { processResources } from "./resources.ts";
import { signInAddress } from "./sign_in_address.ts";
import { VERSION } from "./version.ts";

/** What the parts are opened with. */
export interface PartsOptions extends CoreOptions {
  /** What `/readyz` answers. */
  readonly readiness: () => Readiness;
  /** Requests to identity providers. */
  readonly fetch: Fetch;
}

/** A node's parts, lower layers first. */
export interface Parts extends Core {
  readonly firstAdmin: { readonly name: string; readonly password: string } | undefined;
  readonly alonechat: AloneDoors;
  readonly listener: HttpListener;
  /** Undefined when it is not served. */
  readonly relay: Relay | undefined;
}

/**
 * Opens all parts. Each is put on `opened` as soon as it stands, so that a failure of the next one
 * leaves nothing behind.
 *
 * @throws {ChatnodeError} of whichever part cannot be opened
 */
export async function openParts(
  options: PartsOptions,
  opened: AsyncDisposableStack,
): Promise<Parts> {
  const { settings, clock } = options;
  const certificate = await readCertificate(settings);
  const core = await openCore(options, opened);
  const { name, history, accounts, hub } = core;
  const address = { port: settings.port, secondPort: undefined as number | undefined };
  const alonechat = await openAloneDoors({
    accounts,
    hub,
    history,
    clock,
    data: settings.data,
    version: VERSION,
    resources: processResources(),
    port: () => address.port,
    origins: settings.corsOrigins,
    receiveQueue: settings.receiveQueue,
    links: linkLimits(settings),
  });
  opened.defer(() => alonechat.close());
  const websocket = new WebSocketDoor({
    hub,
    clock,
    verify: (token) => accounts.verify(token),
    origins: settings.corsOrigins,
    limits: linkLimits(settings),
  });
  opened.defer(() => websocket.close());
  opened.defer(accounts.onRevoked((revocation) => {
    // First, because a poll is told more by its door than by the end of its session.
    alonechat.revoke(revocation);
    if (revocation.kind === "token") hub.revoke(revocation.token);
    else hub.signOut(revocation.address);
  }));
  const facts = {
    ...{ name, registration: accounts.registration, address: () => address },
    signIn: signInAddress(settings),
  };
  const provider = await openProvider(core, options);
  const doors = provider === undefined ? [alonechat.routes] : [alonechat.routes, provider];
  const parts = { facts, doors, sockets: [websocket, alonechat.socket], certificate };
  const listener = await listen(options, parts);
  opened.defer(() => listener.stop(0));
  address.port = listener.port;
  address.secondPort = listener.secondPort;
  const relay = settings.relay
    ? await openRelay(core, { settings, clock, port: settings.relayPort, certificate })
    : undefined;
  opened.defer(() => relay?.close());
  // Last, because nobody would learn the password if something after it failed.
  const firstAdmin = await accounts.registry.ensureAdmin();
  return { ...core, firstAdmin, alonechat, listener, relay };
}

// Doors that most nodes do without are loaded when they are opened: what is not there takes no memory.

async function openProvider(core: Core, options: PartsOptions) {
  if (options.settings.oidcRedirectBase === undefined) return undefined;
  const { openProviderDoor } = await import("./provider_door.ts");
  return openProviderDoor(core, options);
}

async function openRelay(core: Core, options: RelayDoorOptions): Promise<Relay> {
  const { openRelayDoor } = await import("./relay_door.ts");
  return await openRelayDoor(core, options);
}

function linkLimits(settings: Settings): LinkLimits {
  return {
    ...DEFAULT_LINK_LIMITS,
    messageBytes: settings.maxFrame,
    queueBytes: settings.maxOutbox,
  };
}

function listen(
  { settings, clock, readiness }: PartsOptions,
  parts: {
    readonly facts: Parameters<typeof createApp>[0]["node"];
    readonly doors: AppOptions["doors"];
    /** The one that takes whatever is left comes last. */
    readonly sockets: readonly SocketDoor[];
    readonly certificate: Certificate | undefined;
  },
): Promise<HttpListener> {
  const { certificate, doors, sockets, facts } = parts;
  const proxies = trustedProxies(settings.trustedProxies);
  return openListener({
    host: settings.host,
    port: settings.port,
    ports: settings.secondPort ? "pair" : "single",
    handler: createApp({
      node: facts,
      readiness,
      doors,
      origins: settings.corsOrigins,
      proxies,
      hosts: isLoopback(settings.host) && settings.trustedProxies.length === 0
        ? localHosts(settings.corsOrigins)
        : anyHost,
      bodyBytes: settings.maxFrame,
      clock,
    }),
    doors: sockets,
    limits: {
      ...DEFAULT_LIMITS,
      connections: settings.maxConnections,
      connectionsPerAddress: settings.maxConnectionsPerAddress,
    },
    proxies,
    clock,
    ...(certificate === undefined ? {} : { certificate }),
  });
}
