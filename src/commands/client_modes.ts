/**
 * How `chatnode client` shows its session: on the full screen, with a line to write in, or to
 * scripts as text or JSON.
 *
 * @module
 */
import type { Settings } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { isLocal, isXmppAddress, readAddress } from "./client_address.ts";
import { readCredentials } from "./client_credentials.ts";
import type { ClientFlags } from "./client_options.ts";
import type { Prepared } from "./client_session.ts";
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

/**
 * Runs until the person leaves or the input has ended. Every mode is loaded by itself: the full
 * screen is there before what connects is.
 *
 * @throws {UsageError} for the address, the flags and what is missing
 * @throws why the session ended by itself
 */
export async function runClient(running: Running): Promise<ExitCode> {
  const mode = modeOf(running);
  const [address = "", ...more] = running.addresses;
  if (mode === "screen") {
    // One after the other: each may have something to ask.
    const all: Prepared[] = [];
    for (const one of running.addresses) all.push(await prepare({ ...running, address: one }));
    const { runScreen } = await import("./client_screen.ts");
    await runScreen(all, running);
    return 0;
  }
  if (more.length > 0) {
    throw new UsageError("client/address", "Cannot use several addresses: they take a full screen");
  }
  const prepared = await prepare({ ...running, address });
  const { options } = prepared;
  if (prepared.privacy === "insecure") {
    await running.io.stderr.write("chatnode: insecure: the connection is not encrypted.\n");
  }
  const { openSession } = await import("./client_session.ts");
  const opened = await openSession(prepared);
  try {
    if (mode === "pipe") {
      const { runPipe } = await import("./client_pipe.ts");
      return await runPipe({ ...running, options, opened });
    }
    const { runLine } = await import("./client_line.ts");
    await runLine({ ...running, options, opened });
    return 0;
  } finally {
    await opened.session.close();
    await opened.release?.();
  }
}

/** Everything that can be known, and asked, before connecting. */
async function prepare(running: Running & { readonly address: string }): Promise<Prepared> {
  const { address, io, settings, signal } = running;
  if (isXmppAddress(address)) {
    const { prepareXmpp } = await import("./xmpp/prepare.ts");
    return await prepareXmpp(running);
  }
  const where = readAddress(address);
  const room = where.kind === "bucket" ? where.room : undefined;
  const options = room === undefined ? running.options : { ...running.options, room };
  const credentials = await readCredentials(where, options, io);
  const privacy = where.encrypted || isLocal(where.hostname) ? "private" : "insecure";
  return { where, credentials, privacy, options, settings, io, signal };
}

function modeOf({ options, io }: Running): "screen" | "line" | "pipe" {
  const isDumb = io.environment["TERM"] === "dumb";
  const isTerminal = io.stdin.isTerminal && io.stdout.isTerminal && !isDumb;
  if (options.json || options.headless || !isTerminal || options.to !== undefined) return "pipe";
  return options.line ? "line" : "screen";
}
