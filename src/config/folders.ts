/**
 * Where the node keeps its data when nobody says.
 *
 * @module
 */
import { isAbsolute, join } from "node:path";
import { Refused } from "./kinds.ts";
import type { Environment } from "./setting.ts";

/**
 * The data folder: the first of systemd's `$STATE_DIRECTORY` (which may list several), else
 * `chatnode` in `$XDG_DATA_HOME` (XDG Base Directory Specification: ignored unless absolute), else
 * in `~/.local/share`.
 *
 * @throws {Refused} when the environment names no folder at all
 */
export function defaultDataFolder(environment: Environment): string {
  const state = environment.get("STATE_DIRECTORY")?.split(":")[0];
  if (state !== undefined && isAbsolute(state)) return state;
  const xdg = environment.get("XDG_DATA_HOME");
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, "chatnode");
  const home = environment.get("HOME");
  if (home !== undefined && isAbsolute(home)) return join(home, ".local", "share", "chatnode");
  throw new Refused(
    "none of STATE_DIRECTORY, XDG_DATA_HOME and HOME names a folder",
    "Say where with --data DIR or CHATNODE_DATA.",
  );
}

/**
 * Whether only programs of this machine can reach a listener on `host`: `localhost`, 127.0.0.0/8,
 * `::1`, and its IPv4-mapped forms.
 */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase().replace(/^\[(.*)\]$/, "$1").replace(/^::ffff:/, "");
  return plain === "localhost" || plain === "::1" ||
    /^127\.(?:\d{1,3})\.(?:\d{1,3})\.(?:\d{1,3})$/.test(plain);
}
