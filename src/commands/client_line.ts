/**
 * `chatnode client` at a terminal, with one line to write in.
 *
 * @module
 */
import { parseRoom } from "../message/address.ts";
import { runLineMode } from "../ui/terminal/line_mode.ts";
import { farewellsOf, notifyOf, paintFor } from "./client_look.ts";
import type { Running } from "./client_modes.ts";
import type { Opened } from "./client_session.ts";
import { pathsLike } from "./file_completion.ts";

const BACKLOG = 20;

/** Runs until the person leaves. @throws why the session ended by itself */
export async function runLine(
  { opened, options, io, signal }: Running & { readonly opened: Opened },
): Promise<void> {
  await runLineMode({
    session: opened.session,
    keyboard: io.stdin,
    output: io.stdout,
    clock: io.clock,
    paint: paintFor(io.stdout, io, options),
    room: parseRoom(options.room),
    backlog: options.history ?? BACKLOG,
    bell: notifyOf(options) === "off" ? "silent" : "ring",
    farewells: farewellsOf(opened),
    awayAfterMs: options.awayAfter,
    files: (typed) => pathsLike(typed, io),
    onResize: (changed) => io.signals.on("SIGWINCH", changed),
    onContinue: (goesOn) => io.signals.on("SIGCONT", goesOn),
    suspend: () => io.signals.suspend(),
    signal,
  });
}
