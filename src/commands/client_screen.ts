/**
 * `chatnode client` on the full screen.
 *
 * @module
 */
import { parseRoom } from "../message/address.ts";
import { truncated, visible } from "../text.ts";
import { depthOf, groundOf } from "../ui/terminal/fullscreen/paint/theme.ts";
import { type AccountStart, runFullScreen } from "../ui/terminal/fullscreen/run.ts";
import { farewellsOf, notifyOf } from "./client_look.ts";
import type { Running } from "./client_modes.ts";
import type { Opened, Prepared } from "./client_session.ts";
import { pathsLike } from "./file_completion.ts";
import { Interrupted } from "./interruption.ts";
import { onStrayError } from "./stray_errors.ts";

const BACKLOG = 50;
const LABEL_COLUMNS = 40;

/**
 * Runs until the person leaves, all accounts side by side.
 *
 * @throws why the last session ended by itself
 */
export async function runScreen(
  all: readonly Prepared[],
  { options, io, signal }: Running,
): Promise<void> {
  const opened: Opened[] = [];
  const hangup = new AbortController();
  const forget = io.signals.on("SIGHUP", () => hangup.abort(new Interrupted("SIGHUP")));
  // What is logged meanwhile stands behind the screen.
  const release = io.stderr.hold();
  try {
    await runFullScreen({
      accounts: all.map((one) => startOf(one, opened)),
      ...{ keyboard: io.stdin, output: io.stdout, clock: io.clock },
      depth: options.monochrome ? "none" : depthOf(io.environment),
      ground: groundOf(io.environment),
      backlog: options.history ?? BACKLOG,
      notify: notifyOf(options),
      awayAfterMs: options.awayAfter,
      files: (typed) => pathsLike(typed, io),
      onResize: (changed) => io.signals.on("SIGWINCH", changed),
      onContinue: (goesOn) => io.signals.on("SIGCONT", goesOn),
      onStrayError,
      suspend: () => io.signals.suspend(),
      signal: AbortSignal.any([signal, hangup.signal]),
    });
  } finally {
    forget();
    for (const one of opened) await one.release?.();
    await release();
  }
}

/** @param all takes what is opened, to be released at the end */
function startOf(prepared: Prepared, all: Opened[]): AccountStart {
  const { options, where, privacy } = prepared;
  let opened: Opened | undefined;
  return {
    label: truncated(visible(options.name ?? where.hostname), LABEL_COLUMNS),
    room: parseRoom(options.room),
    warning: privacy === "insecure" ? "insecure" : undefined,
    farewells: () => opened === undefined ? [] : farewellsOf(opened),
    async open() {
      // Loaded behind the first paint.
      const { openSession } = await import("./client_session.ts");
      opened = await openSession(prepared);
      all.push(opened);
      return opened.session;
    },
  };
}
