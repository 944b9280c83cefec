/** Whole folders, for tests that compare or damage what a node keeps. */
import { join, relative } from "node:path";

/** The files in a folder and all folders within, relative to it, sorted. */
export async function filesOf(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const path of walk(folder)) files.push(relative(folder, path));
  return files.sort();
}

/** Copies a folder with everything in it; `to` must not be there. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { mode: 0o700 });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

async function* walk(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* walk(join(folder, name));
    else yield join(folder, name);
  }
}
