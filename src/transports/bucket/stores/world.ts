/**
 * What opening a bucket takes from outside.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { Bucket } from "./contract.ts";
import type { Fetch } from "./http/exchange.ts";
import type { Patience } from "./patience.ts";

/** See the module's description. */
export interface World {
  readonly clock: Clock;
  /** 0 <= random() < 1, for jitter. */
  readonly random: () => number;
  readonly uuid: () => string;
  readonly fetch: Fetch;
  /** Credentials and endpoints stand here, under the names that their vendors gave them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path that relative ones start from. */
  readonly cwd: string;
  /** What is in a small file; undefined when there is none. */
  readonly readFile: (path: string) => Promise<string | undefined>;
  /** What suits the store when absent. */
  readonly patience?: Patience;
}

/** Opens the bucket at `location`, without talking to it more than it has to. */
export type OpenBucket = (location: string, world: World) => Promise<Bucket>;

/** A setting of the environment; undefined when it is not there or empty. */
export function variable(world: Pick<World, "environment">, name: string): string | undefined {
  return world.environment[name] || undefined;
}

/** The system's own: for the commands. */
export async function readSmallFile(path: string): Promise<string | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    // A token or a list of profiles is small; a device or a pipe could be read for ever.
    return isFile && size <= 1024 * 1024 ? await Deno.readTextFile(path) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
