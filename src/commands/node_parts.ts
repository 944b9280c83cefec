/**
 * The parts of a node, opened one after the other, and the settings as each of them takes them.
 *
 * @module
 */
import { join } from "node:path";
import { Accounts, type AccountsOptions } from "../accounts/accounts.ts";
import type { Clock } from "../clock.ts";
import type { Settings } from "../config/schema.ts";
import { ChatnodeError } from "../errors.ts";
import type { History } from "../history/contract.ts";
import { openHistory } from "../history/open.ts";
import type { Hub } from "../hub/contract.ts";
import { openHub } from "../hub/hub.ts";
import { getLogger } from "../log.ts";
import { type AloneDoors, openAloneDoors } from "../transports/alonechat/doors.ts";
import { createApp } from "../transports/http/app.ts";
import { trustedProxies } from "../transports/http/client_address.ts";
import type { Readiness } from "../transports/http/health.ts";
import { DEFAULT_LIMITS } from "../transports/http/limits.ts";
import { type Certificate, type HttpListener, openListener } from "../transports/http/listener.ts";
import { WebSocketDoor } from "../transports/websocket/door.ts";
import { DEFAULT_LINK_LIMITS, type LinkLimits } from "../wire/limits.ts";
import { settleNodeName } from "./node_name.ts";
import { processResources } from "./resources.ts";
import { VERSION } from "./version.ts";

/** What the parts are opened with. */
export interface PartsOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: (count: number) => Uint8Array<ArrayBuffer>;
  readonly program: string;
  readonly passwords: AccountsOptions["passwords"];
  /** What `/readyz` answers. */
  readonly readiness: () => Readiness;
}

/** A node's parts, lower layers first. */
export interface Parts {
  readonly name: string;
  readonly history: History;
  readonly accounts: Accounts;
  readonly firstAdmin: { readonly name: string; readonly password: string } | undefined;
  readonly hub: Hub;
  readonly alonechat: AloneDoors;
  readonly listener: HttpListener;
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
  const { settings, clock, random } = options;
  const certificate = await readCertificate(settings);
  // First, because it takes the lock: a second process must change nothing.
  let name = "";
  const history = await openHistory({
    dir: settings.data,
    program: options.program,
    node: async () => name = await settleNodeName(settings.data, settings.name, random),
    durability: settings.durability,
    clock,
    journalBytes: settings.journalSize,
    journalAge: settings.journalAge,
  });
  opened.defer(() => history.close());
  const accounts = await openAccounts(name, options);
  opened.defer(() => accounts.close());
  const hub = await openHub({
    node: name,
    history,
    clock,
    log: getLogger(["hub"]),
    limits: hubLimits(settings),
    markers: join(settings.data, "read_markers.json"),
  });
  opened.defer(() => hub.close(0));
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
  const facts = { name, registration: accounts.registration, address: () => address };
  const listener = await listen(options, { facts, websocket, alonechat, certificate });
  opened.defer(() => listener.stop(0));
  address.port = listener.port;
  address.secondPort = listener.secondPort;
  // Last, because nobody would learn the password if something after it failed.
  const firstAdmin = await accounts.registry.ensureAdmin();
  return { name, history, accounts, firstAdmin, hub, alonechat, listener };
}

/**
 * The certificate and key that the settings name; undefined when they name none.
 *
 * @throws {ChatnodeError} `node/certificate` when a file cannot be read
 */
export async function readCertificate(settings: Settings): Promise<Certificate | undefined> {
  const { tlsCert, tlsKey } = settings;
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return { cert: await readPem(tlsCert), key: await readPem(tlsKey) };
}

async function readPem(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const state = cause instanceof Deno.errors.NotFound ? "there is no such file" : "unreadable";
    throw new ChatnodeError("node/certificate", `Cannot read ${path}: ${state}`, {
      hint: "tls-cert and tls-key name PEM files that this user can read.",
      cause,
    });
  }
}

function openAccounts(
  node: string,
  { settings, clock, random, passwords }: PartsOptions,
): Promise<Accounts> {
  const { jwtSecret, jwtSecretPrevious } = settings;
  return Accounts.open(join(settings.data, "accounts"), {
    node,
    issuer: settings.jwtIssuer,
    registration: settings.registration,
    tokenLifetime: settings.tokenLifetime,
    loginAttempts: settings.loginAttempts,
    loginWindow: settings.loginWindow,
    clock,
    random,
    ...(jwtSecret === undefined ? {} : { secret: jwtSecret.reveal() }),
    ...(jwtSecretPrevious === undefined ? {} : { previous: jwtSecretPrevious.reveal() }),
    ...(passwords === undefined ? {} : { passwords }),
  });
}

function hubLimits(settings: Settings): Parameters<typeof openHub>[0]["limits"] & object {
  return {
    singleSession: settings.singleSession,
    sessionsPerAccount: settings.maxSessionsPerAccount,
    burst: settings.messageBurst,
    ratePerSecond: settings.messageRate === "off" ? Infinity : settings.messageRate,
    textBytes: settings.maxMessage,
  };
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
    readonly websocket: WebSocketDoor;
    readonly alonechat: AloneDoors;
    readonly certificate: Certificate | undefined;
  },
): Promise<HttpListener> {
  const { certificate, websocket, alonechat, facts } = parts;
  const proxies = trustedProxies(settings.trustedProxies);
  return openListener({
    host: settings.host,
    port: settings.port,
    ports: settings.secondPort ? "pair" : "single",
    handler: createApp({
      node: facts,
      readiness,
      doors: [alonechat.routes],
      origins: settings.corsOrigins,
      proxies,
      bodyBytes: settings.maxFrame,
    }),
    // The one that takes whatever is left comes last.
    doors: [websocket, alonechat.socket],
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
