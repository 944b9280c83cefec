/**
 * Watches a bucket that is a folder for heads that change. The system loses events, and sees nothing
 * of what other machines do on a shared disk: a hint to look at once, beside looking in turn.
 *
 * @module
 */
import { join, relative } from "node:path";
import { getLogger } from "../../../log.ts";
import { HEADS, parseHeadKey } from "./names.ts";

const log = getLogger(["sync"]);

/**
 * Calls `onHead` with the device whose head has changed; the result ends that. Where nothing can be
 * watched nothing is called.
 */
export function watchHeads(folder: string, onHead: (device: string) => void): () => void {
  let watcher: Deno.FsWatcher;
  try {
    // The folder has to be there; whoever comes first makes it.
    Deno.mkdirSync(join(folder, HEADS), { recursive: true });
    watcher = Deno.watchFs(join(folder, HEADS), { recursive: false });
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown failure";
    log.debug("The folder cannot be watched: {reason}", { reason });
    return () => undefined;
  }
  void follow(watcher, folder, onHead);
  return () => {
    try {
      watcher.close();
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  };
}

async function follow(
  watcher: Deno.FsWatcher,
  folder: string,
  onHead: (device: string) => void,
): Promise<void> {
  try {
    for await (const { kind, paths } of watcher) {
      if (kind === "access") continue;
      for (const path of paths) {
        const device = parseHeadKey(relative(folder, path).replaceAll("\\", "/"));
        if (device !== undefined) onHead(device);
      }
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown failure";
    log.debug("The folder is watched no more: {reason}", { reason });
  }
}
