import { availableParallelism, totalmem } from "node:os";
import { cpuUsage } from "node:process";
import type { Resources } from "../transports/alonechat/usage.ts";

/** What this process takes of its machine. */
export function processResources(): Resources {
  return {
    cpu() {
      const { user, system } = cpuUsage();
      return (user + system) / 1000;
    },
    processors: availableParallelism(),
    memory: () => Deno.memoryUsage().rss,
    machineMemory,
  };
}

/** Undefined where the program may not ask (`--allow-sys=systemMemoryInfo`). */
function machineMemory(): number | undefined {
  try {
    return totalmem();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
