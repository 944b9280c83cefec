/**
 * The executables under test, made once by the very task that a person would call.
 *
 * @module
 */
import { join } from "node:path";
import { ROOT } from "../../tasks/build.ts";
import { capture, type Outcome } from "../../tasks/program.ts";

/** An executable and what kind it is. */
export interface Executable {
  readonly path: string;
  readonly kind: "compiled" | "self-extracting";
}

/** What `deno task compile` makes here, and the self-extracting executable in any case. */
export interface Executables {
  /** In a folder that everybody may look into; there is a space in the path. */
  readonly folder: string;
  readonly whichever: Executable;
  readonly selfExtracting: Executable;
}

let made: Promise<Executables> | undefined;

/** Makes them when somebody asks for the first time. */
export function executables(): Promise<Executables> {
  made ??= make();
  return made;
}

/** Removes what was made. */
export async function removeExecutables(): Promise<void> {
  if (made === undefined) return;
  const { folder } = await made;
  made = undefined;
  await Deno.remove(folder, { recursive: true });
}

async function make(): Promise<Executables> {
  const folder = await Deno.makeTempDir({ prefix: "chatnode executable " });
  await Deno.chmod(folder, 0o755);
  const whichever = await makeOne(join(folder, "chatnode"), []);
  // Where the first is self-extracting already, it is both.
  const selfExtracting = whichever.kind === "self-extracting"
    ? whichever
    : await makeOne(join(folder, "self-extracting"), ["--self-extracting"]);
  return { folder, whichever, selfExtracting };
}

async function makeOne(path: string, args: readonly string[]): Promise<Executable> {
  const { code, stderr } = await compileTask(["--output", path, ...args]);
  if (code !== 0) throw new Error(`deno task compile failed: ${stderr}`);
  const head = new TextDecoder().decode((await Deno.readFile(path)).subarray(0, 9));
  return { path, kind: head === "#!/bin/sh" ? "self-extracting" : "compiled" };
}

/** `deno task compile`. */
export async function compileTask(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const task = ["task", "--quiet", "compile", ...args];
  return await capture(Deno.execPath(), task, { cwd: ROOT, env });
}
