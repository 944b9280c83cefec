/**
 * The accounts as `chatnode account` opens them: beside a running server, or before the first start.
 *
 * @module
 */
import { join } from "node:path";
import { AccountError } from "../accounts/failure.ts";
import { openRegistry, type Registry } from "../accounts/registry.ts";
import { visible } from "../text.ts";
import type { Invocation } from "./command.ts";

/** What to do when the data folder holds no accounts. */
export type Missing = "make" | "refuse";

/**
 * Runs `work` on the accounts of the settings' data folder and releases them.
 *
 * @throws {AccountError} `accounts/unknown` when there are none and `missing` is `refuse`: the
 *   folder is most likely another one than meant
 */
export async function withRegistry<T>(
  { io, settings }: Pick<Invocation, "io" | "settings">,
  missing: Missing,
  work: (registry: Registry) => Promise<T>,
): Promise<T> {
  const folder = join(settings.data, "accounts");
  if (missing === "refuse") await checkPresent(folder, settings.data);
  const { registry, close } = await openRegistry(folder, { clock: io.clock, random: io.random });
  try {
    return await work(registry);
  } finally {
    await close();
  }
}

async function checkPresent(folder: string, data: string): Promise<void> {
  try {
    await Deno.stat(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new AccountError(
      "accounts/unknown",
      `Cannot find accounts: ${visible(data)} holds no node's data`,
      { hint: "Name the node's data folder with --data." },
    );
  }
}
