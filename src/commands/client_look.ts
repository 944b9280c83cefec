/**
 * What the ways to show a session have in common.
 *
 * @module
 */
import { COLOURED, type Paint, PLAIN } from "../ui/terminal/paint.ts";
import type { ClientFlags } from "./client_options.ts";
import type { Opened } from "./client_session.ts";
import type { Io, Output } from "./io.ts";
import { wantsColour } from "./output.ts";

/** As the original client: these words leave. */
export function farewellsOf({ protocol }: Pick<Opened, "protocol">): readonly string[] {
  return protocol === "original" ? ["exit", "quit"] : [];
}

/** Colours, where the terminal has them and nobody declined them. */
export function paintFor(output: Output, io: Io, { monochrome }: ClientFlags): Paint {
  return wantsColour(output, io.environment) && !monochrome ? COLOURED : PLAIN;
}

/** How somebody who is spoken to is told. */
export function notifyOf({ bell, notify }: ClientFlags): ClientFlags["notify"] {
  return notify === "off" && bell ? "bell" : notify;
}
