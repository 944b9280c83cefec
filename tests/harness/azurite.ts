/**
 * Azurite, Microsoft's emulator of Azure Storage, as a process of its own. Its packages are
 * installed once into `.cache/azurite`, exactly those of the lock file beside this one.
 *
 * @module
 */
import { join } from "node:path";
import { linesOf } from "../../tasks/testing/quiet.ts";
import { capture, lastLines } from "../../tasks/program.ts";
import { inTime } from "./eventually.ts";

const PINS = join(import.meta.dirname ?? ".", "azurite");
const CACHE = join(import.meta.dirname ?? ".", "..", "..", ".cache", "azurite");
/** npm on a busy machine, and whoever else installs at the same time; milliseconds. */
const INSTALL_PATIENCE = 300_000;
const START_PATIENCE = 60_000;

/** A running emulator with one account, all in memory. Disposing of it kills it. */
export interface Azurite extends AsyncDisposable {
  readonly account: string;
  /** Base64. Every installation of the emulator has this one. */
  readonly key: string;
  /** The blob service of the account, without a slash at the end. */
  readonly endpoint: string;
}

/** Installs what is missing and starts an emulator on a free port of 127.0.0.1. */
export async function startAzurite(): Promise<Azurite> {
  await inTime("installing Azurite", install(), INSTALL_PATIENCE);
  const child = new Deno.Command("node", {
    args: [
      join(CACHE, "node_modules/azurite/dist/src/blob/main.js"),
      ...["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence"],
      ...["--silent", "--skipApiVersionCheck", "--disableTelemetry"],
    ],
    cwd: CACHE,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const ready = Promise.withResolvers<string>();
  // Read to its end: a full pipe would stop the emulator.
  const drained = (async () => {
    for await (const line of linesOf(child.stdout)) {
      const origin = /listens on (http:\S+)$/.exec(line)?.[1];
      if (origin !== undefined) ready.resolve(origin);
    }
    ready.reject(new Error("Azurite ended before it listened"));
  })();
  const end = async () => {
    // Nothing in it is worth an orderly end, which waits for idle connections.
    child.kill("SIGKILL");
    await child.status;
    await drained;
  };
  try {
    const origin = await inTime("starting Azurite", ready.promise, START_PATIENCE);
    return { ...ACCOUNT, endpoint: `${origin}/${ACCOUNT.account}`, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end().catch(() => undefined);
    throw error;
  }
}

const ACCOUNT = {
  account: "devstoreaccount1",
  key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
};

/** Test files run side by side: one installs, the others wait. */
async function install(): Promise<void> {
  await Deno.mkdir(CACHE, { recursive: true });
  using lock = await Deno.open(join(CACHE, "lock"), { create: true, write: true });
  await lock.lock(true);
  if (await isInstalled()) return;
  for (const name of ["package.json", "package-lock.json"]) {
    await Deno.copyFile(join(PINS, name), join(CACHE, name));
  }
  const args = ["ci", "--no-audit", "--no-fund", "--omit=dev", "--ignore-scripts"];
  const { code, stderr } = await capture("npm", args, { cwd: CACHE });
  if (code !== 0) throw new Error(`npm ci failed: ${lastLines(stderr, 4)}`);
  await Deno.copyFile(join(PINS, "package-lock.json"), join(CACHE, "installed.json"));
}

async function isInstalled(): Promise<boolean> {
  try {
    const [there, here] = await Promise.all(
      [join(CACHE, "installed.json"), join(PINS, "package-lock.json")].map((path) =>
        Deno.readTextFile(path)
      ),
    );
    return there === here;
  } catch {
    return false;
  }
}
