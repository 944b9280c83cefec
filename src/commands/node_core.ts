/**
 * What every node has, whatever doors it opens: history, accounts, hub.
 *
 * @module
 */
import { join } from "node:path";
import { Accounts, type AccountsOptions } from "../accounts/accounts.ts";
import { Entrance } from "../accounts/guests.ts";
import type { Clock } from "../clock.ts";
import type { Settings } from "../config/schema.ts";
import { ChatnodeError, UsageError } from "../errors.ts";
import { openHistory } from "../history/open.ts";
import { Retention, type RetentionRule } from "../history/retention.ts";
import { workerIndex } from "../history/search_index.ts";
import type { FileHistory } from "../history/store.ts";
import type { Hub } from "../hub/contract.ts";
import { openHub } from "../hub/hub.ts";
import { getLogger } from "../log.ts";
import { parseRoom } from "../message/address.ts";
import { MessageError } from "../message/error.ts";
import type { Address, RoomId } from "../message/event.ts";
import { visible } from "../text.ts";
import { type Certificate, checkCertificate } from "../wire/certificate.ts";
import { watchDescriptors } from "./descriptors.ts";
import { settleNodeName } from "./node_name.ts";
import type { NodeSync } from "./node_sync.ts";

/** What the core is opened with. */
export interface CoreOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: (count: number) => Uint8Array<ArrayBuffer>;
  /** What the process is, for others that find the data folder in use. */
  readonly program: string;
  /** For tests: passwords at a cost that can be paid often. */
  readonly passwords: AccountsOptions["passwords"];
  /** For a person's own node: the only addresses that its device signs for. */
  readonly senders?: readonly Address[] | undefined;
  /** Where credentials of a bucket are looked for; nowhere when absent. */
  readonly surroundings?: Surroundings | undefined;
}

/** What a process has around it. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Lower layers first. */
export interface Core {
  /** The part of the node's addresses after `@`. */
  readonly name: string;
  readonly history: FileHistory;
  readonly accounts: Accounts;
  readonly hub: Hub;
  /** Lets people in by name, where a door does. */
  readonly entrance: Entrance;
  /** Undefined when there is no bucket. */
  readonly sync: NodeSync | undefined;
}

/**
 * Opens the core. Each part is put on `opened` as soon as it stands, so that a failure of the next
 * one leaves nothing behind.
 *
 * @throws {ChatnodeError} of whichever part cannot be opened
 */
export async function openCore(options: CoreOptions, opened: AsyncDisposableStack): Promise<Core> {
  const { settings, clock, random } = options;
  const rule = retentionRule(settings);
  // First, because it takes the lock: a second process must change nothing.
  let name = "";
  const { history, sync } = await openStored(options, rule, () =>
    openHistory({
      dir: settings.data,
      program: options.program,
      node: async () => name = await settleNodeName(settings.data, settings.name, random),
      ...(options.senders === undefined ? {} : { senders: options.senders }),
      durability: settings.durability,
      clock,
      journalBytes: settings.journalSize,
      journalAge: settings.journalAge,
      ...(settings.search ? { index: workerIndex } : {}),
    }));
  opened.defer(() => history.close());
  opened.defer(watchDescriptors(join(settings.data, "node.json"), clock));
  if (sync !== undefined) opened.defer(() => sync.stop());
  const mayRemove = sync === undefined ? {} : { mayRemove: sync.mayRemove.bind(sync) };
  const retention = new Retention(history, { rule: { ...rule, ...mayRemove }, clock });
  opened.defer(() => retention.close());
  retention.start();
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
  const policy = settings.requireAuth ? "off" : settings.guests;
  const entrance = new Entrance({ accounts, node: name, policy });
  sync?.start();
  return { name, history, accounts, hub, entrance, sync };
}

/** The history, with its bucket where the settings name one. */
async function openStored(
  { settings, clock, random, surroundings }: CoreOptions,
  rule: RetentionRule,
  open: () => Promise<FileHistory>,
): Promise<{ readonly history: FileHistory; readonly sync: NodeSync | undefined }> {
  if (settings.bucket === undefined) return { history: await open(), sync: undefined };
  // Loaded here: most nodes have no bucket, and what is not loaded takes no memory.
  const [{ NodeSync }, { brokerOf }] = await Promise.all([
    import("./node_sync.ts"),
    import("./sync_notices.ts"),
  ]);
  return await NodeSync.open({
    url: settings.bucket,
    broker: await brokerOf(settings),
    ...{ settings, clock, openHistory: open },
    random: () => new DataView(random(4).buffer).getUint32(0) / 2 ** 32,
    environment: surroundings?.environment ?? {},
    cwd: surroundings?.cwd ?? Deno.cwd(),
    forgotten: (room) => forgottenBefore(rule, room, clock.now()),
  });
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The last moment of the days that retention has removed. */
export function forgottenBefore({ age, rooms }: RetentionRule, room: RoomId, now: number): number {
  const own = rooms.has(room) ? rooms.get(room) : age;
  if (own === undefined) return 0;
  const cutoff = now - own;
  return cutoff - (cutoff % DAY_MS) - 1;
}

/**
 * Puts what was said so far into segments now and not in the next pause, for whoever looks at the
 * files. Never rejects: what fails is logged and done later.
 */
export async function sealNow({ history }: Pick<Core, "history">): Promise<void> {
  const log = getLogger(["node"]);
  try {
    await history.seal();
    log.info("what was said so far is sealed");
  } catch (error) {
    log.error("Cannot seal what was said so far: {error}", { error });
  }
}

/**
 * The certificate and key that the settings name; undefined when they name none.
 *
 * @throws {ChatnodeError} `node/certificate` when a file cannot be read, `tls/certificate` when what
 *   it holds cannot be used
 */
export async function readCertificate(settings: Settings): Promise<Certificate | undefined> {
  const { tlsCert, tlsKey } = settings;
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const certificate = { cert: await readPem(tlsCert), key: await readPem(tlsKey) };
  checkCertificate(certificate);
  return certificate;
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

/** @throws {UsageError} `usage/room` when a rule is for what is no room's name */
export function retentionRule({ retention, roomRetention }: Settings): RetentionRule {
  const ageOf = (age: number | "off") => age === "off" ? undefined : age;
  const rooms = new Map<RoomId, number | undefined>();
  for (const { room, age } of roomRetention) rooms.set(roomNamed(room), ageOf(age));
  return { age: ageOf(retention), rooms };
}

function roomNamed(name: string): RoomId {
  try {
    return parseRoom(name);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    const shown = visible(name);
    throw new UsageError("usage/room", `Cannot use room-retention: ${shown} is no room's name`);
  }
}

function openAccounts(
  node: string,
  { settings, clock, random, passwords }: CoreOptions,
): Promise<Accounts> {
  const { jwtSecret, jwtSecretPrevious } = settings;
  return Accounts.open(join(settings.data, "accounts"), {
    node,
    issuer: settings.jwtIssuer,
    registration: settings.registration,
    tokenLifetime: settings.tokenLifetime,
    maxAccounts: settings.maxAccounts,
    loginAttempts: settings.loginAttempts,
    loginWindow: settings.loginWindow,
    linkByEmail: settings.oidcLinkByEmail,
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
    guests: settings.guests,
    sessionsPerAccount: settings.maxSessionsPerAccount,
    burst: settings.messageBurst,
    ratePerSecond: settings.messageRate === "off" ? Infinity : settings.messageRate,
    textBytes: settings.maxMessage,
    rooms: settings.maxRooms,
    newRoomsPerDay: settings.newRoomsPerDay === "off" ? Infinity : settings.newRoomsPerDay,
  };
}
