/**
 * `chatnode sync`: the history of several nodes in one bucket.
 *
 * @module
 */
import { group } from "./command.ts";
import { keysCommand } from "./sync_keys.ts";

export const command = group(
  { name: "sync", summary: "Share the history through a bucket" },
  keysCommand,
);
