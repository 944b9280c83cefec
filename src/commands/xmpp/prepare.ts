/**
 * What `chatnode client xmpp:...` needs before it connects.
 *
 * @module
 */
import type { Vault } from "../../accounts/vault/contract.ts";
import type { Settings } from "../../config/schema.ts";
import { UsageError } from "../../errors.ts";
import { xmppRoom } from "../../message/address.ts";
import type { RoomId } from "../../message/event.ts";
import { visible } from "../../text.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import { readCertificates } from "../client_certificates.ts";
import { passwordOf } from "../client_credentials.ts";
import type { ClientFlags } from "../client_options.ts";
import type { Prepared } from "../client_session.ts";
import type { Io } from "../io.ts";
import { askNewSecret } from "../terminal.ts";
import { TerminalAsking } from "../terminal_asking.ts";
import { readAccount, variablesOf, type XmppAccount } from "./account.ts";
import { fractionOf } from "./fraction.ts";
import { makeAccount } from "./new_account.ts";
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
  /** What the person's commands keep; one for all accounts of the process. */
  readonly vault: Vault;
}

/** The room that the client begins in unless it is told. */
const UNTOLD = "lobby";

/**
 * Reads the account, makes it if it is to be new, and asks for the password if nobody gave it.
 *
 * @throws {UsageError} `client/address`, `client/credentials`, `client/unable`
 * @throws {XmppError} `xmpp/address`; as `makeAccount`
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
  const { password, isKept } = options.register
    ? await newAccount(account, preparing)
    : await passwordFor(account, preparing);
  // Whatever it takes to open the vault is asked now: later on something else has the screen.
  if (options.remember) await preparing.vault.list("").catch(() => []);
  return {
    where: {
      ...{ kind: "xmpp", hostname: jid.bare, encrypted: true, account },
      secrets: { vault: preparing.vault, isKept },
    },
    credentials: { kind: "password", name: jid.local, password },
    privacy: options.insecurePlaintext ? "insecure" : "private",
    options: { ...options, room: roomOf(account, options) },
    settings,
    io,
    signal,
  };
}

/**
 * The password, and whether it came from the vault. Among several accounts what is kept of each goes
 * before the one password of the variables.
 */
async function passwordFor(
  { jid, password }: XmppAccount,
  { options: { passwordFile }, vault, io, among }: Preparing,
): Promise<{ readonly password: string; readonly isKept: boolean }> {
  if (passwordFile === undefined) {
    if (among === "alone" && password !== undefined) return { password, isKept: false };
    const kept = await vault.get(secretName(jid.bare));
    const found = kept ?? password;
    if (found !== undefined) return { password: found, isKept: kept !== undefined };
    if (!io.stdin.isTerminal) {
      const message = `Cannot ask for the password of ${visible(jid.bare)}: stdin is no terminal`;
      throw new UsageError("client/credentials", message, {
        hint: "Set XMPP_PASSWORD, use --password-file, or chatnode account xmpp add.",
      });
    }
  }
  return { password: await passwordOf(jid.bare, passwordFile, io), isKept: false };
}

/** Makes the account, with a password that is given or asked for, and tells so. */
async function newAccount(
  { jid: { bare, local, domain }, target, password: given }: XmppAccount,
  { options, io, signal, among }: Preparing,
): Promise<{ readonly password: string; readonly isKept: boolean }> {
  if (among === "several") {
    throw new UsageError(
      "client/register",
      "Cannot use --register: it is for one account at a time",
    );
  }
  const { passwordFile, pin, insecurePlaintext } = options;
  const password = passwordFile === undefined
    ? given ?? await newPassword(bare, io)
    : await passwordOf(bare, passwordFile, io);
  const ca = options.ca === undefined
    ? undefined
    : await readCertificates(options.ca, { encrypted: true });
  await makeAccount({
    ...{ domain, username: local, password },
    ...(target === undefined ? {} : { target }),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(pin === undefined ? {} : { pins: [pin] }),
    },
    privacy: insecurePlaintext ? "insecure-plaintext" : "encrypted",
    asking: new TerminalAsking(io, "register"),
    ...{ resolve: io.resolveServices, fetch: io.fetch, clock: io.clock },
    random: () => fractionOf(io),
    uuid: () => crypto.randomUUID(),
  }, signal);
  await io.stderr.write(`chatnode: registered ${visible(bare)}.\n`);
  return { password, isKept: false };
}

async function newPassword(bare: string, io: Io): Promise<string> {
  if (io.stdin.isTerminal) {
    const password = await askNewSecret(io, `New password of ${bare}`);
    if (password !== "") return password;
    throw new UsageError("client/credentials", "Cannot register: the password is empty");
  }
  throw new UsageError(
    "client/credentials",
    "Cannot ask for a new password: stdin is no terminal",
    {
      hint: "Set XMPP_PASSWORD or use --password-file.",
    },
  );
}

/** The conversation to begin in: the one that is named, else the notes to oneself. */
function roomOf({ jid }: XmppAccount, { room, to }: ClientFlags): RoomId {
  const peer = room === UNTOLD ? to : room;
  if (peer === undefined) return xmppRoom(jid.bare, jid.bare);
  const full = peer.includes("@") ? peer : `${peer}@${jid.domain}`;
  return xmppRoom(jid.bare, parseJid(full).bare);
}
