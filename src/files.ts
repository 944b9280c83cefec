/**
 * Files that survive a crash whole and that only their owner reads.
 *
 * @module
 */
import { dirname } from "node:path";

/** Makes a folder (0700) and its parents, and closes an existing one to everybody else. */
export async function makePrivateFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  await closeToOthers(path, 0o700);
  await giveToOwnerOfFolder(path);
}

/**
 * Gives what root has just made to whom the folder around it belongs: a command that root runs
 * beside the node must not leave files that the node's own user cannot open.
 */
export async function giveToOwnerOfFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  const made = await Deno.stat(path);
  const folder = await Deno.stat(dirname(path));
  if (made.uid === 0 && folder.uid !== 0) await Deno.chown(path, folder.uid, folder.gid);
}

/** Takes away what group and others may do with a file or folder; keeps what is narrower. */
export async function closeToOthers(path: string, mode: number): Promise<void> {
  if (Deno.build.os === "windows") return;
  const now = (await Deno.stat(path)).mode ?? mode;
  if ((now & 0o077) !== 0) await Deno.chmod(path, mode);
}

/** Makes renames and new names in a folder durable. Does nothing where folders cannot be opened. */
export async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}

/** The name a file has while it is written; a crash leaves it behind. */
export function besideName(path: string): string {
  return `${path}.new`;
}

/**
 * Puts a file in place of what was there: written beside, synced, renamed, folder synced. After a
 * crash either the old or the new content is there. Callers hold the lock: two writers of one path
 * would meet in {@linkcode besideName}.
 *
 * @param mode who may read it, nobody else unless told
 */
export async function replaceFile(
  path: string,
  content: Uint8Array,
  mode: number = 0o600,
): Promise<void> {
  const beside = besideName(path);
  await removeIfThere(beside);
  {
    using file = await Deno.open(beside, { write: true, createNew: true, mode });
    await writeAll(file, content);
    await file.sync();
  }
  await giveToOwnerOfFolder(beside);
  await Deno.rename(beside, path);
  await syncFolder(dirname(path));
}

/** Removes a file; an absent one is fine. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Writes every byte at the file's position. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

/** Reads `[from, to)`; shorter when the file ends before. */
export async function readRange(file: Deno.FsFile, from: number, to: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  await file.seek(from, Deno.SeekMode.Start);
  let done = 0;
  while (done < bytes.length) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

/** The process, or the machine, has as many files and connections open as it may. */
const EXHAUSTED: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE"]);

/**
 * Whether the process may have `count` more file descriptors, found out with `file`, which can be
 * read; failures of other kinds say nothing about descriptors.
 */
export function hasDescriptors(file: string, count: number): boolean {
  using opened = new DisposableStack();
  try {
    for (let index = 0; index < count; index++) opened.use(Deno.openSync(file));
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && EXHAUSTED.has(error.code));
  }
}
