/**
 * What every case about the self-extracting executable does: run it, and look at what it unpacked.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { executables } from "./executables.ts";
import { type Ended, type Launch, run } from "./launch.ts";

const VERSION = /^chatnode +\d+\.\d+\.\d+/;
const KEY = /^[0-9a-f]{32}$/;

/** A test that only some machines can run; the others report it as ignored. */
export function testWhere(possible: boolean, name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: !possible, sanitizeOps: true, sanitizeResources: true });
}

/** The path of the self-extracting executable. */
export async function original(): Promise<string> {
  return (await executables()).selfExtracting.path;
}

/** Runs `chatnode version`, of the original or of the executable at `path`. */
export async function version(launch: Omit<Launch, "args">, path?: string): Promise<Ended> {
  return await run(path ?? await original(), { ...launch, args: ["version"] });
}

/** It did what it was asked to, and said nothing else. */
export function assertRan(ended: Ended): void {
  assert.equal(ended.stderr, "");
  assert.match(ended.stdout, VERSION);
  assert.equal(ended.code, 0);
}

/** The names in a folder, sorted. */
export async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** The one folder in `cache` that holds an unpacked program; nothing may be left over beside it. */
export async function onlyVersion(cache: string): Promise<string> {
  const found = (await names(cache)).filter((name) => name !== "lock");
  assert.equal(found.length, 1, `one unpacked program and nothing else, not ${found}`);
  assert.match(found[0] ?? "", KEY);
  return join(cache, found[0] ?? "");
}

/** The permission bits of `path`. */
export async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o7777;
}

export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** A copy of the executable that `change` has altered. */
export async function altered(
  folder: string,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<string> {
  const path = join(folder, "altered");
  await Deno.writeFile(path, change(await Deno.readFile(await original())));
  await Deno.chmod(path, 0o755);
  return path;
}
