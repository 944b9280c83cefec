/**
 * The secrets that a person's commands keep between runs.
 *
 * @module
 */
import { join } from "node:path";
import type { Vault } from "../accounts/vault/contract.ts";
import { FileVault } from "../accounts/vault/file_vault.ts";
import type { Settings } from "../config/schema.ts";
import type { Io } from "./io.ts";
import { askSecret } from "./terminal.ts";

/**
 * The vault in the data folder; nothing is read or made before it is used. Its passphrase comes from
 * the settings, or is asked for at a terminal when it is needed.
 */
export function openVault(
  { io, settings }: {
    readonly io: Io;
    readonly settings: Pick<Settings, "data" | "vaultPassphrase">;
  },
): Vault {
  const { data, vaultPassphrase } = settings;
  const passphrase = vaultPassphrase?.reveal();
  return new FileVault({
    folder: join(data, "vault"),
    clock: io.clock,
    random: io.random,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(io.stdin.isTerminal ? { ask: () => askSecret(io, "Passphrase of the kept secrets") } : {}),
  });
}
