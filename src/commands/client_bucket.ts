/**
 * The terminal client for a bucket: a node without doors in this process, with a data folder of its
 * own, that shares its history through the bucket. What is shown, sent and searched is that
 * history, so everything works while the bucket cannot be reached, and is shared when it can.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Identity } from "../accounts/contract.ts";
import { OidcError } from "../accounts/oidc/contract.ts";
import type { Settings } from "../config/schema.ts";
import { ChatnodeError, UsageError } from "../errors.ts";
import { addressOf, localName, parseAddress } from "../message/address.ts";
import { MessageError } from "../message/error.ts";
import { visible } from "../text.ts";
import { connectLocally } from "../protocol/local_connection.ts";
import { NativeSession } from "../ui/terminal/native/session.ts";
import { openLogins } from "./account_login.ts";
import type { BucketAddress } from "./client_address.ts";
import type { Opened } from "./client_session.ts";
import type { Io } from "./io.ts";
import { type Core, openCore } from "./node_core.ts";
import { VERSION } from "./version.ts";

/** What {@linkcode openBucketSession} works with. */
export interface BucketSessionOptions {
  readonly where: BucketAddress;
  /** What to be called; the current login's address, else `Anonymous`, when nobody says. */
  readonly name: string | undefined;
  readonly room: string;
  readonly io: Io;
  readonly settings: Settings;
}

/** Who writes. */
interface Writer {
  /** The part of the address after `@`; undefined for the folder's own made-up one. */
  readonly node: string | undefined;
  readonly name: string;
  /** The addresses that the folder's device signs for; undefined for all of its node. */
  readonly senders: readonly string[] | undefined;
}

const NAMELESS = "Anonymous";

/**
 * Opens the folder and begins to share.
 *
 * @throws {UsageError} `client/name`; for a URL that no store takes
 * @throws {ChatnodeError} when another client has the folder, or it cannot be opened
 */
export async function openBucketSession(options: BucketSessionOptions): Promise<Opened> {
  const { where, room, io, settings } = options;
  const writer = await writerOf(options);
  await using opening = new AsyncDisposableStack();
  const core = await openCore({
    settings: settingsFor(settings, where.bucket, writer),
    clock: io.clock,
    random: (count) => io.random(count),
    program: "chatnode client",
    passwords: undefined,
    senders: writer.senders,
    surroundings: { environment: io.environment, cwd: io.cwd },
  }, opening);
  const direct = settings.syncDirect ? {} : { direct: "refused" } as const;
  const session = sessionOf(core, writer, { room, ...direct }, io);
  const opened = opening.move();
  return {
    session,
    protocol: "native",
    privacy: "private",
    release: () => opened.disposeAsync(),
  };
}

function sessionOf(
  core: Core,
  { name }: Writer,
  { room, ...direct }: { readonly room: string; readonly direct?: "refused" },
  io: Io,
): NativeSession {
  const identity: Identity = { address: addressOf(name, core.name), name, role: "user" };
  const connect = connectLocally({
    hub: core.hub,
    clock: io.clock,
    via: "bucket",
    // Whoever may read the folder is its person.
    verify: () => Promise.resolve({ ok: true, identity }),
  });
  return new NativeSession({
    connect,
    token: () => Promise.resolve("local"),
    rooms: [room],
    client: `chatnode/${VERSION}`,
    ...direct,
  });
}

/** A folder for each bucket and writer: two of them may be open at once. */
function settingsFor(
  settings: Settings,
  bucket: string,
  { node, name, senders }: Writer,
): Settings {
  const person = senders?.join() ?? name;
  const key = createHash("sha256").update(JSON.stringify([bucket, person])).digest("hex");
  return {
    ...settings,
    data: join(settings.data, "clients", key.slice(0, 24)),
    bucket,
    name: node,
    // A person at a keyboard is no crowd, and nobody else comes in.
    messageRate: "off",
    newRoomsPerDay: "off",
    registration: "closed",
    requireAuth: true,
  };
}

async function writerOf({ name, io, settings }: BucketSessionOptions): Promise<Writer> {
  if (name !== undefined && !name.includes("@")) {
    return { node: undefined, name, senders: undefined };
  }
  const sender = await currentSender(io, settings, name);
  if (sender === undefined) return { node: undefined, name: NAMELESS, senders: undefined };
  const address = readSender(sender);
  const node = address.slice(address.lastIndexOf("@") + 1);
  return { node, name: localName(address, node), senders: [address] };
}

/**
 * The address of the login; undefined when nobody has signed in and no address was named.
 *
 * @throws {OidcError} when the one that was named has not signed in
 */
async function currentSender(
  io: Io,
  settings: Settings,
  who: string | undefined,
): Promise<string | undefined> {
  try {
    // Not renewed: the bucket's own credentials let us in, the login only says who writes.
    const logins = await openLogins({ io, settings }).list();
    const login = logins.find(({ sender, current }) =>
      who === undefined ? current : sender === who
    );
    if (login === undefined && who !== undefined) throw notSignedIn(who);
    return login === undefined
      ? undefined
      : login.sender.includes("@")
      ? login.sender
      : `${login.sender}@${new URL(login.issuer).hostname}`;
  } catch (error) {
    if (error instanceof OidcError && error.code === "oidc/no-login" && who === undefined) {
      return undefined;
    }
    throw error;
  }
}

function notSignedIn(who: string): UsageError {
  return new UsageError("client/name", `Cannot write as ${visible(who)}: nobody has signed in so`, {
    hint: "Sign in with chatnode account login, or give a name without @.",
  });
}

function readSender(sender: string): string {
  try {
    return parseAddress(sender);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    throw new ChatnodeError("client/name", `Cannot write as ${visible(sender)}: no usable address`);
  }
}
