/**
 * Files that commands make for people: whole or not at all.
 *
 * @module
 */
import { dirname } from "node:path";
import { ChatnodeError } from "../errors.ts";
import { visible } from "../text.ts";

const encoder = new TextEncoder();

/**
 * Writes pieces beside `path`, syncs them and gives them their name at the end, so that an
 * interrupted export leaves nothing that looks like a whole one. Only the owner may read it: it
 * holds what people said.
 *
 * @throws {ChatnodeError} `output/exists` when the file is there and is to be kept;
 *   `output/unwritable` when it cannot be written
 */
export async function writeBeside(
  path: string,
  pieces: AsyncIterable<string> | Iterable<string>,
  existing: "keep" | "replace",
): Promise<void> {
  const name = visible(path);
  if (existing === "keep" && await isThere(path)) {
    throw new ChatnodeError("output/exists", `Cannot write ${name}: the file exists`, {
      hint: "Choose another name, or replace it with --force.",
    });
  }
  const beside = `${path}.part`;
  const file = await opened(beside, name);
  try {
    for await (const piece of pieces) {
      const bytes = encoder.encode(piece);
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    }
    await file.sync();
    await Deno.rename(beside, path);
  } catch (error) {
    await Deno.remove(beside).catch(() => undefined);
    if (error instanceof ChatnodeError || !isSystemError(error)) throw error;
    throw unwritable(name, error);
  } finally {
    file.close();
  }
  await syncParent(path);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function opened(beside: string, name: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(beside, { write: true, create: true, truncate: true, mode: 0o600 });
  } catch (error) {
    throw unwritable(name, error);
  }
}

async function syncParent(path: string): Promise<void> {
  const folder = await Deno.open(dirname(path));
  try {
    await folder.sync();
  } finally {
    folder.close();
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

function unwritable(name: string, cause: unknown): ChatnodeError {
  const state = cause instanceof Deno.errors.NotFound
    ? "its folder does not exist"
    : cause instanceof Deno.errors.PermissionDenied
    ? "this user may not"
    : isSystemError(cause) && (cause as { code?: unknown }).code === "ENOSPC"
    ? "no space is left"
    : "the disk refused";
  return new ChatnodeError("output/unwritable", `Cannot write ${name}: ${state}`, { cause });
}
