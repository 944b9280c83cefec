/**
 * Whether a data folder is the one that this node wrote last, or comes back from a backup: asked
 * when the bucket, which knows better, cannot be reached.
 *
 * A mark is made anew whenever something was published, and beside it stands which file that was:
 * its inode, and when its inode changed. No restoring of files brings those back, so a folder that
 * is older than what was published has a mark that does not fit, or none. Whoever puts back a whole
 * file system (a snapshot) and removes `history/history.json`, as he is told to, gives the history
 * another epoch, which does not fit, either; who does not is not found out.
 *
 * @module
 */
import { join } from "node:path";
import { decodeChecked, encodeChecked } from "../../../checked_json.ts";

/** A data folder and its history. */
export interface Continuing {
  readonly data: string;
  readonly epoch: string;
}

/** What stands beside the mark. */
interface Seen {
  readonly token: string;
  readonly epoch: string;
  readonly inode: number;
  /** Milliseconds since the epoch. */
  readonly changed: number;
}

/**
 * Says that the folder is as it should be: whatever its device has published is in it. Quick, and
 * not durable: a mark that is lost costs a new device at a start without a bucket. Never throws.
 *
 * @param epoch of the history in it
 * @param token anything that was never used before
 */
export function noteContinuity({ data, epoch }: Continuing, token: string): void {
  const { mark, seen } = paths(data);
  try {
    Deno.mkdirSync(join(data, "sync"), { recursive: true, mode: 0o700 });
    replace(mark, token);
    const found = identify(mark);
    if (found !== undefined) replace(seen, encodeChecked({ token, epoch, ...found }));
  } catch {
    // A full disk: what is left does not fit together.
  }
}

/** Whether nothing was published of a folder's device that may be missing in it. Never throws. */
export function isContinued({ data, epoch }: Continuing): boolean {
  const { mark, seen } = paths(data);
  try {
    const token = Deno.readTextFileSync(mark);
    const known = decodeChecked(Deno.readTextFileSync(seen).trimEnd()) as Seen | undefined;
    const found = identify(mark);
    return known !== undefined && found !== undefined && known.token === token &&
      known.epoch === epoch &&
      known.inode === found.inode && known.changed === found.changed;
  } catch {
    return false;
  }
}

function paths(data: string) {
  const mark = join(data, "sync", "continuity");
  return { mark, seen: `${mark}.json` };
}

function replace(path: string, text: string): void {
  const beside = `${path}.new`;
  Deno.writeTextFileSync(beside, text, { mode: 0o600 });
  Deno.renameSync(beside, path);
}

/** Undefined where the system does not tell. */
function identify(path: string): Pick<Seen, "inode" | "changed"> | undefined {
  const { ino, ctime } = Deno.statSync(path);
  return ino === null || ctime === null ? undefined : { inode: ino, changed: ctime.getTime() };
}
