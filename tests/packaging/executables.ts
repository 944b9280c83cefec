/**
 * The executables under test, made once by the very task that a person would call.
 *
 * @module
 */
import { join } from "node:path";
import { capture } from "../../tasks/program.ts";
import { ROOT } from "../../tasks/build.ts";

/** An executable and what kind it is. */
export interface Executable {
  readonly path: string;
  readonly kind: "compiled" | "self-extracting";
}

/** What `deno task compile` makes here, and the self-extracting executable in any case. */
export interface Executables {
  readonly whichever: Executable;
  readonly selfExtracting: Executable;
  dispose(): Promise<void>;
}

/** Makes them; where the first is self-extracting already, it serves as the second too. */
export async function makeExecutables(): Promise<Executables> {
  const folder = await Deno.makeTempDir({ prefix: "chatnode executable " });
  // Whoever runs them has to reach them.
  await Deno.chmod(folder, 0o755);
  const whichever = await make(join(folder, "chatnode"), []);
  const selfExtracting = whichever.kind === "self-extracting"
    ? whichever
    : await make(join(folder, "self extracting"), ["--self-extracting"]);
  const dispose = () => Deno.remove(folder, { recursive: true });
  return { whichever, selfExtracting, dispose };
}

async function make(path: string, args: readonly string[]): Promise<Executable> {
  const { code, stderr } = await compileTask(["--output", path, ...args]);
  if (code !== 0) throw new Error(`deno task compile failed: ${stderr}`);
  const head = new TextDecoder().decode((await Deno.readFile(path)).subarray(0, 9));
  return { path, kind: head === "#!/bin/sh" ? "self-extracting" : "compiled" };
}

/** `deno task compile`. */
export async function compileTask(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stderr: string }> {
  return await capture(Deno.execPath(), ["task", "--quiet", "compile", ...args], {
    cwd: ROOT,
    env,
  });
}
