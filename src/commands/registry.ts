/**
 * The table of subcommands. A module is loaded when its command runs, so that `chatnode version`
 * does not pay for the server.
 *
 * @module
 */
import type { Command } from "./command.ts";

/** One subcommand. */
export interface Entry {
  readonly name: string;
  /** The same as the module's own (a test compares them), here so that help loads no module. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** In the order in which help lists them. */
export const ENTRIES: readonly Entry[] = [
  { name: "server", summary: "Run the node", load: () => import("./server.ts") },
  {
    name: "relay",
    summary: "Relay chat over TCP: original clients, netcat, native frames",
    load: () => import("./relay.ts"),
  },
  { name: "client", summary: "Chat from the terminal", load: () => import("./client.ts") },
  {
    name: "account",
    summary: "Make, list and change the accounts of a node",
    load: () => import("./account.ts"),
  },
  {
    name: "history",
    summary: "Search, export, import and verify the stored messages",
    load: () => import("./history.ts"),
  },
  {
    name: "config",
    summary: "Check the settings, or show each with where it comes from",
    load: () => import("./config.ts"),
  },
  {
    name: "version",
    summary: "Show the version of this program and of its runtime",
    load: () => import("./version.ts"),
  },
  {
    name: "completions",
    summary: "Print the completions for a shell",
    load: () => import("./completions.ts"),
  },
  {
    name: "sync",
    summary: "Share the history through a bucket",
    load: () => import("./sync.ts"),
  },
];
