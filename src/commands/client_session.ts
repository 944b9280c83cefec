/**
 * Opens the session that `chatnode client` shows: picks the transport, finds out the protocol,
 * comes in.
 *
 * @module
 */
import type { Settings } from "../config/schema.ts";
import { ChatnodeError, UsageError } from "../errors.ts";
import { connectWebSocket } from "../protocol/client/websocket_connection.ts";
import { connectTcp } from "../transports/tcp/client/native.ts";
import { connectOriginal } from "../transports/tcp/client/original.ts";
import { probe } from "../transports/tcp/client/probe.ts";
import type { TcpTarget } from "../transports/tcp/client/socket.ts";
import { NativeSession } from "../ui/terminal/native/session.ts";
import { OriginalSession } from "../ui/terminal/original/session.ts";
import type { ChatSession } from "../ui/terminal/session.ts";
import type { ClientAddress } from "./client_address.ts";
import { readCertificates } from "./client_certificates.ts";
import type { Credentials } from "./client_credentials.ts";
import { login } from "./client_login.ts";
import type { ClientFlags } from "./client_options.ts";
import type { Io } from "./io.ts";
import { VERSION } from "./version.ts";

/** A session, and what its person should know of it. */
export interface Opened {
  readonly session: ChatSession;
  readonly protocol: "native" | "original" | "xmpp";
  /** Whether others on the way can read along. */
  readonly privacy: "private" | "insecure";
  /** Resolves when the first attempt to connect is over, however it ended; where that is told. */
  readonly begun?: Promise<void>;
  /** Lets go of what the session stands on; after its end. */
  release?(): Promise<void>;
}

/** Everything that can be known before connecting. */
export interface Prepared {
  readonly where: ClientAddress;
  readonly credentials: Credentials;
  readonly privacy: Opened["privacy"];
  readonly options: ClientFlags;
  readonly settings: Settings;
  readonly io: Io;
  readonly signal: AbortSignal;
}

const FIND_OUT_MS = 15_000;
/** How the client calls itself. */
const PROGRAM = `chatnode/${VERSION}`;

/**
 * Opens the session; it connects by itself from then on.
 *
 * @throws {UsageError} for the address, the flags and what is missing
 * @throws {ChatnodeError} when the server cannot be reached or does not let the person in
 */
export async function openSession(
  { where, credentials, privacy, options, settings, io, signal }: Prepared,
): Promise<Opened> {
  if (where.kind === "bucket") {
    const { openBucketSession } = await import("./client_bucket.ts");
    const { name, room } = options;
    return await openBucketSession({ where, name, room, io, settings });
  }
  const ca = options.ca === undefined ? undefined : await readCertificates(options.ca, where);
  if (where.kind === "xmpp") {
    const { openXmpp } = await import("./xmpp/open.ts");
    const { account, secrets } = where;
    const opening = { account, secrets, credentials, options, settings, ca, io };
    return { ...await openXmpp(opening), protocol: "xmpp", privacy };
  }
  if (where.kind === "websocket") {
    if (options.protocol === "original") {
      throw new UsageError("client/protocol", "Cannot use --protocol original: it is TCP alone");
    }
    const session = await overWebSocket(where, credentials, options, ca);
    return { session, protocol: "native", privacy };
  }
  const target = withCertificates(where.target, ca);
  const protocol = options.protocol === "auto"
    ? await findProtocol(target, io, signal)
    : options.protocol;
  const session = protocol === "native"
    ? overTcp(target, credentials, options)
    : originally(target, credentials, options);
  return { session, protocol, privacy };
}

async function overWebSocket(
  { url, http }: Extract<ClientAddress, { kind: "websocket" }>,
  credentials: Credentials,
  { room }: ClientFlags,
  ca: string | undefined,
): Promise<ChatSession> {
  const client = ca === undefined ? undefined : Deno.createHttpClient({ caCerts: [ca] });
  const connect = connectWebSocket(url, client === undefined ? {} : { client });
  const token = await tokenFor(credentials, http, client);
  return new NativeSession({ connect, token, rooms: [room], client: PROGRAM });
}

/** A first token at once, so that a wrong password is told before anything else happens. */
async function tokenFor(
  credentials: Credentials,
  http: URL,
  client: Deno.HttpClient | undefined,
): Promise<(refused: boolean) => Promise<string>> {
  if (credentials.kind === "token") return () => credentials.read();
  if (credentials.kind === "guest") {
    throw new UsageError("client/credentials", "Cannot come in: guests come over TCP alone");
  }
  const { name, password } = credentials;
  let token = await login({ http, name, password, client });
  return async (refused) => {
    if (refused) token = await login({ http, name, password, client });
    return token;
  };
}

function overTcp(target: TcpTarget, credentials: Credentials, { room }: ClientFlags): ChatSession {
  const common = { connect: connectTcp(target), rooms: [room], client: PROGRAM };
  if (credentials.kind === "token") {
    return new NativeSession({ ...common, token: () => credentials.read() });
  }
  const { kind: _, ...introduction } = credentials;
  return new NativeSession({ ...common, introduction });
}

function originally(
  target: TcpTarget,
  credentials: Credentials,
  { room, to }: ClientFlags,
): ChatSession {
  if (credentials.kind !== "guest") {
    throw new ChatnodeError(
      "client/no-accounts",
      "Cannot come in with an account: the server speaks the original protocol",
      { hint: "Without --login and with --name you come in by that name." },
    );
  }
  if (room !== "lobby" || to !== undefined) {
    const flag = to === undefined ? "--room" : "--to";
    throw new ChatnodeError(
      "client/unable",
      `Cannot use ${flag}: the server speaks the original protocol, which has one room`,
    );
  }
  const { name } = credentials;
  return new OriginalSession({
    alias: name,
    host: target.hostname,
    connect: (events, signal) => connectOriginal(target, name, events, signal),
  });
}

async function findProtocol(
  target: TcpTarget,
  io: Io,
  signal: AbortSignal,
): Promise<"native" | "original"> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(FIND_OUT_MS)]);
  const found = await probe(target, io.clock, limit);
  signal.throwIfAborted();
  return found === "chatnode" ? "native" : "original";
}

function withCertificates(target: TcpTarget, ca: string | undefined): TcpTarget {
  return ca === undefined ? target : { ...target, tls: { ca } };
}
