import type { Clock, Timer } from "../clock.ts";
import { getLogger } from "../log.ts";

/** How often it is looked, milliseconds; opening a file takes some ten microseconds. */
const LOOKED_EVERY = 2_000;

/** The process, or the machine, has as many files and connections open as it may. */
const EXHAUSTED: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE"]);

/**
 * Logs when the process runs out of file descriptors and when some are free again: meanwhile nobody
 * new is let in, and the system tells no listener of it. The result ends that.
 *
 * @param file any file that can be read
 */
export function watchDescriptors(file: string, clock: Clock): () => void {
  const log = getLogger(["node"]);
  let exhausted = false;
  let timer: Timer;
  const look = () => {
    const now = isExhausted(file);
    if (now && !exhausted) {
      log.error(
        "no file descriptor is left: whoever connects has to wait. Raise the limit of the process " +
          "(LimitNOFILE, ulimit -n) above maxConnections.",
      );
    } else if (exhausted && !now) log.warn("file descriptors are free again");
    exhausted = now;
    timer = clock.after(LOOKED_EVERY, look);
  };
  timer = clock.after(LOOKED_EVERY, look);
  return () => timer.cancel();
}

/** Any other failure says nothing about descriptors. */
function isExhausted(file: string): boolean {
  try {
    Deno.openSync(file).close();
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && EXHAUSTED.has(error.code);
  }
}
