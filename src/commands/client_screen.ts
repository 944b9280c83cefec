/**
 * `chatnode client` on the full screen.
 *
 * @module
 */
import { parseRoom } from "../message/address.ts";
import { truncated, visible } from "../text.ts";
import { depthOf, groundOf } from "../ui/terminal/fullscreen/paint/theme.ts";
import { runFullScreen } from "../ui/terminal/fullscreen/run.ts";
import { farewellsOf, notifyOf } from "./client_look.ts";
import type { Opened, Prepared } from "./client_session.ts";
import { Interrupted } from "./interruption.ts";
import { onStrayError } from "./stray_errors.ts";

const BACKLOG = 50;
const LABEL_COLUMNS = 40;

/** Runs until the person leaves. @throws why the session ended by itself */
export async function runScreen(prepared: Prepared): Promise<void> {
  const { options, io, where, privacy } = prepared;
  const hangup = new AbortController();
  const forget = io.signals.on("SIGHUP", () => hangup.abort(new Interrupted("SIGHUP")));
  let opened: Opened | undefined;
  try {
    await runFullScreen({
      accounts: [{
        label: truncated(visible(options.name ?? where.hostname), LABEL_COLUMNS),
        room: parseRoom(options.room),
        warning: privacy === "insecure" ? "insecure" : undefined,
        async open() {
          // Loaded behind the first paint.
          const { openSession } = await import("./client_session.ts");
          opened = await openSession(prepared);
          return opened.session;
        },
      }],
      ...{ keyboard: io.stdin, output: io.stdout, clock: io.clock },
      depth: options.monochrome ? "none" : depthOf(io.environment),
      ground: groundOf(io.environment),
      backlog: options.history ?? BACKLOG,
      notify: notifyOf(options),
      farewells: () => opened === undefined ? [] : farewellsOf(opened),
      onResize: (changed) => io.signals.on("SIGWINCH", changed),
      onContinue: (goesOn) => io.signals.on("SIGCONT", goesOn),
      onStrayError,
      suspend: () => io.signals.suspend(),
      signal: AbortSignal.any([prepared.signal, hangup.signal]),
    });
  } finally {
    forget();
    await opened?.release?.();
  }
}
