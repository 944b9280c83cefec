import type { Clock, Timer } from "../clock.ts";
import { hasDescriptors } from "../files.ts";
import { getLogger } from "../log.ts";

/** How often it is looked, milliseconds; opening a file takes some ten microseconds. */
const LOOKED_EVERY = 2_000;

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
    const now = !hasDescriptors(file, 1);
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
