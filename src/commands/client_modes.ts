/**
 * How `chatnode client` shows its session: on the full screen, with a line to write in, or to
 * scripts as text or JSON.
 *
 * @module
 */
import type { Vault } from "../accounts/vault/contract.ts";
import type { Settings } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { isLocal, isXmppAddress, readAddress } from "./client_address.ts";
import { readCredentials } from "./client_credentials.ts";
import type { ClientFlags } from "./client_options.ts";
import type { Opened, Prepared } from "./client_session.ts";
import type { ExitCode } from "./command.ts";
import type { Io } from "./io.ts";

/** What running takes. */
export interface Running {
  /** At least one. */
  readonly addresses: readonly string[];
  readonly options: ClientFlags;
  readonly settings: Settings;
  readonly io: Io;
  readonly signal: AbortSignal;
}

/** One account of a process that may have several. */
type RunningOne = Running & { readonly address: string };

/**
 * Runs until the person leaves or the input has ended. Every mode is loaded by itself: the full
 * screen is there before what connects is.
 *
 * @throws {UsageError} for the addresses, the flags and what is missing
 * @throws why the session ended by itself
 */
export async function runClient(running: Running): Promise<ExitCode> {
  const { addresses, options, io } = running;
  const mode = modeOf(running);
  if (mode !== "screen" && addresses.length > 1) requireService(addresses, options);
  // One after the other: each may have something to ask.
  const all: Prepared[] = [];
  const vault = await vaultFor(running);
  for (const address of addresses) all.push(await prepare({ ...running, address }, vault));
  if (mode === "screen") {
    const { runScreen } = await import("./client_screen.ts");
    await runScreen(all, running);
    return 0;
  }
  if (all.some(({ privacy }) => privacy === "insecure")) {
    await io.stderr.write("chatnode: insecure: the connection is not encrypted.\n");
  }
  const [first, ...more] = all;
  if (first !== undefined && more.length === 0) return await runOne(first, running, mode);
  const { runMany } = await import("./client_many.ts");
  return await runMany(all, (one, inTurn) => runOne(one, running, mode, inTurn));
}

async function runOne(
  prepared: Prepared,
  running: Running,
  mode: "line" | "pipe",
  inTurn: (open: () => Promise<Opened>) => Promise<Opened> = (open) => open(),
): Promise<ExitCode> {
  const { options } = prepared;
  const { openSession } = await import("./client_session.ts");
  const opened = await inTurn(() => openSession(prepared));
  try {
    if (mode === "pipe") {
      const { runPipe } = await import("./client_pipe.ts");
      const account = running.addresses.length > 1 ? prepared.where.hostname : undefined;
      return await runPipe({ ...running, options, opened, account });
    }
    const { runLine } = await import("./client_line.ts");
    await runLine({ ...running, options, opened });
    return 0;
  } finally {
    await opened.session.close();
    await opened.release?.();
  }
}

/** Without the full screen only those run together who have a name of their own in every line. */
function requireService(addresses: readonly string[], { headless }: ClientFlags): void {
  if (!addresses.every(isXmppAddress)) {
    throw new UsageError("client/address", "Cannot use several addresses: they take a full screen");
  }
  if (headless) return;
  const message = "Cannot use several accounts: stdin would be for all of them";
  throw new UsageError("client/address", message, { hint: "Use --headless." });
}

/** Everything that can be known, and asked, before connecting. */
async function prepare(running: RunningOne, vault: Vault | undefined): Promise<Prepared> {
  const { address, io, settings, signal } = running;
  if (vault !== undefined && isXmppAddress(address)) {
    const { prepareXmpp } = await import("./xmpp/prepare.ts");
    const among = running.addresses.length > 1 ? "several" : "alone";
    return await prepareXmpp({ ...running, among, vault });
  }
  if (running.options.register) {
    throw new UsageError("client/register", "Cannot use --register: it is for XMPP accounts alone");
  }
  const where = readAddress(address);
  const room = where.kind === "bucket" ? where.room : undefined;
  const options = room === undefined ? running.options : { ...running.options, room };
  const credentials = await readCredentials(where, options, io);
  const privacy = where.encrypted || isLocal(where.hostname) ? "private" : "insecure";
  return { where, credentials, privacy, options, settings, io, signal };
}

/** One for all accounts: who has to be asked for a passphrase is asked once. */
async function vaultFor(
  { addresses, io, settings }: Running,
): Promise<Vault | undefined> {
  if (!addresses.some(isXmppAddress)) return undefined;
  const { openVault } = await import("./vault.ts");
  return openVault({ io, settings });
}

function modeOf({ options, io }: Running): "screen" | "line" | "pipe" {
  const isDumb = io.environment["TERM"] === "dumb";
  const isTerminal = io.stdin.isTerminal && io.stdout.isTerminal && !isDumb;
  if (options.json || options.headless || !isTerminal || options.to !== undefined) return "pipe";
  return options.line ? "line" : "screen";
}
