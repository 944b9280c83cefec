/**
 * How the built program is run: the one place where its permissions and flags stand. `deno task
 * start` in `deno.json` repeats them, and a test compares the two.
 *
 * @module
 */

/**
 * What the program may do. Folders, addresses and variables are the operator's choice and known
 * only at run time, so `net`, `read`, `write` and `env` cannot be narrower; `env` whole, because
 * misspelt `CHATNODE_*` names are refused and so have to be seen. It starts no programs, loads no
 * native code and imports nothing from the network.
 */
export const PERMISSIONS: readonly string[] = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys=systemMemoryInfo",
];

/**
 * Keeps the heap small by letting it grow in small steps, gives the pages of a thread that has ended
 * back after a second instead of eight, and lets the program collect garbage when it has come to rest
 * (`src/commands/memory.ts`). `--optimize-for-size` keeps it smaller still under a load of HTTP
 * requests, for a quarter more processor time a request.
 */
export const V8_FLAGS = "--v8-flags=--max-semi-space-size=4,--heap-growing-percent=25," +
  "--memory-pool-timeout=1,--expose-gc";

/**
 * Keeps whatever lies around the program, `deno.json` of another project say, out of it, and what
 * the runtime has to say by itself out of a terminal that the program draws on (its resolver tells
 * each answer of a name server that it does not believe).
 */
export const ISOLATION: readonly string[] = [
  "--quiet",
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--cached-only",
];

/** The flags of `deno run` for the built program. */
export const RUN_FLAGS: readonly string[] = [...PERMISSIONS, ...ISOLATION, V8_FLAGS];

/** What is run of what the build writes; its parts and workers lie beside it. */
export const ENTRY = "chatnode.js";

/** The oldest Deno that the program and its tasks are known to work with. */
export const OLDEST_DENO: readonly [major: number, minor: number] = [2, 9];
