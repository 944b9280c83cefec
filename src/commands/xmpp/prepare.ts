/**
 * What `chatnode client xmpp:...` needs before it connects.
 *
 * @module
 */
import type { Settings } from "../../config/schema.ts";
import { UsageError } from "../../errors.ts";
import { xmppRoom } from "../../message/address.ts";
import type { RoomId } from "../../message/event.ts";
import { visible } from "../../text.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import { passwordOf } from "../client_credentials.ts";
import type { ClientFlags } from "../client_options.ts";
import type { Prepared } from "../client_session.ts";
import type { Io } from "../io.ts";
import { openVault } from "../vault.ts";
import { readAccount, variablesOf, type XmppAccount } from "./account.ts";
import { secretName } from "./secret_name.ts";

/** What is given. */
export interface Preparing {
  readonly address: string;
  readonly options: ClientFlags;
  readonly settings: Settings;
  readonly io: Io;
  readonly signal: AbortSignal;
  /** Whether it is the only account of the process: the variables' password is for one. */
  readonly among: "alone" | "several";
}

/** The room that the client begins in unless it is told. */
const UNTOLD = "lobby";

/**
 * Reads the account, and asks for the password if nobody gave it.
 *
 * @throws {UsageError} `client/address`, `client/credentials`, `client/unable`
 * @throws {XmppError} `xmpp/address`
 */
export async function prepareXmpp(preparing: Preparing): Promise<Prepared> {
  const { address, options, settings, io, signal } = preparing;
  for (const flag of ["name", "tokenFile"] as const) {
    if (options[flag] === undefined) continue;
    const spelled = flag === "name" ? "--name" : "--token-file";
    throw new UsageError("client/unable", `Cannot use ${spelled}: XMPP has none`);
  }
  const variables = await variablesOf(io.environment, io.cwd);
  const account = readAccount({ address, connect: options.connect, variables });
  const { jid } = account;
  const password = await passwordFor(account, preparing);
  return {
    where: { kind: "xmpp", hostname: jid.bare, encrypted: true, account },
    credentials: { kind: "password", name: jid.local, password },
    privacy: options.insecurePlaintext ? "insecure" : "private",
    options: { ...options, room: roomOf(account, options) },
    settings,
    io,
    signal,
  };
}

/** Among several accounts what is kept of each goes before the one password of the variables. */
async function passwordFor(
  { jid, password }: XmppAccount,
  { options: { passwordFile }, settings, io, among }: Preparing,
): Promise<string> {
  if (passwordFile === undefined) {
    if (among === "alone" && password !== undefined) return password;
    const kept = await openVault({ io, settings }).get(secretName(jid.bare));
    const found = kept ?? password;
    if (found !== undefined) return found;
    if (!io.stdin.isTerminal) {
      const message = `Cannot ask for the password of ${visible(jid.bare)}: stdin is no terminal`;
      throw new UsageError("client/credentials", message, {
        hint: "Set XMPP_PASSWORD, use --password-file, or chatnode account xmpp add.",
      });
    }
  }
  return await passwordOf(jid.bare, passwordFile, io);
}

/** The conversation to begin in: the one that is named, else the notes to oneself. */
function roomOf({ jid }: XmppAccount, { room, to }: ClientFlags): RoomId {
  const peer = room === UNTOLD ? to : room;
  if (peer === undefined) return xmppRoom(jid.bare, jid.bare);
  const full = peer.includes("@") ? peer : `${peer}@${jid.domain}`;
  return xmppRoom(jid.bare, parseJid(full).bare);
}
