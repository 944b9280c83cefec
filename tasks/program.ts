/**
 * Other programs, as tasks start them.
 *
 * @module
 */

/** How a program ended, and all it wrote. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  /** Without colours. */
  readonly stderr: string;
}

/** What a program is started with. */
export interface Surroundings {
  readonly cwd?: string;
  /** On top of this process' own variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end with nothing on stdin and keeps what it writes. */
export async function capture(
  program: string,
  args: readonly string[],
  { cwd, env }: Surroundings = {},
): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
    ...(cwd === undefined ? {} : { cwd }),
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Runs the Deno that runs this, see {@linkcode capture}. */
export async function deno(
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<Outcome> {
  return await capture(Deno.execPath(), args, surroundings);
}

/** The last lines of `text` that say something, for an error's hint. */
export function lastLines(text: string, count: number): string {
  const lines = text.split("\n").map((each) => each.trimEnd()).filter((each) => each !== "");
  return lines.slice(-count).join("\n  ");
}
