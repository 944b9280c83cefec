/**
 * Opening the file of an object, and nothing else that may lie there.
 *
 * @module
 */
import { BucketError } from "../errors.ts";
import { shownKey } from "../key.ts";
import { errorCode } from "./faults.ts";
import type { Place, Places } from "./places.ts";

/** The open file of an object; undefined when there is none. The caller closes it. */
export async function openObject(places: Places, place: Place): Promise<Deno.FsFile | undefined> {
  if (!await places.isReachable(place)) return undefined;
  try {
    // Before it is opened: opening a named pipe would wait for its other end.
    const before = await Deno.lstat(place.path);
    if (before.isDirectory) return undefined;
    if (!before.isFile) throw notAFile(place);
    const file = await Deno.open(place.path, { read: true });
    const opened = await file.stat();
    if (opened.isFile && opened.dev === before.dev) return file;
    file.close();
    throw notAFile(place);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return undefined;
    throw error;
  }
}

function notAFile({ key }: Place): BucketError {
  return new BucketError("bucket/refused", `Cannot read ${shownKey(key)}: it is no regular file`);
}

/** A content that is in memory already. */
export function contentBody(
  content: Uint8Array<ArrayBuffer>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      if (content.length > 0) controller.enqueue(content);
      controller.close();
    },
  });
}

/** `file` from `start` up to `end`, exclusive; closes it at the end, or when cancelled. */
export function fileBody(
  file: Deno.FsFile,
  { start, end }: { readonly start: number; readonly end: number },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = end - start;
  let begun = false;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        if (!begun) await file.seek(start, Deno.SeekMode.Start);
        begun = true;
        const chunk = new Uint8Array(Math.min(left, 256 * 1024));
        const read = left === 0 ? null : await file.read(chunk);
        if (read !== null) {
          left -= read;
          controller.enqueue(chunk.subarray(0, read));
          return;
        }
      } catch (error) {
        close(file);
        throw error;
      }
      close(file);
      controller.close();
    },
    cancel: () => close(file),
  }, { highWaterMark: 0 });
}

/** Closes once; a second time is harmless. */
function close(file: Deno.FsFile): void {
  try {
    file.close();
  } catch {
    // It was closed before.
  }
}
