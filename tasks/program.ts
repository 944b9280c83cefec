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
    env: { NO_COLOR: "1", ...env },
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
  const env = { ...networkSettings(Deno.env.toObject()), ...surroundings.env };
  return await capture(Deno.execPath(), args, { ...surroundings, env });
}

/**
 * What npm was told about the network, said again in Deno's words: `npx` hands its settings on as
 * `npm_config_*`, Deno reads other names. Without it a mirror or a company's certificate works for
 * `npx deno` and then fails for everything that Deno downloads itself. What is set already stays.
 */
export function networkSettings(
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  const settings: Record<string, string> = {
    DENO_NO_UPDATE_CHECK: "1",
    // The machine's own certificates besides the built-in ones.
    DENO_TLS_CA_STORE: environment["DENO_TLS_CA_STORE"] ?? "mozilla,system",
  };
  const names: readonly (readonly [npm: string, deno: string])[] = [
    ["npm_config_registry", "NPM_CONFIG_REGISTRY"],
    ["npm_config_cafile", "DENO_CERT"],
    ["npm_config_https_proxy", "HTTPS_PROXY"],
    ["npm_config_proxy", "HTTP_PROXY"],
  ];
  for (const [npm, name] of names) {
    const value = environment[npm] ?? "";
    if (value !== "" && (environment[name] ?? "") === "") settings[name] = value;
  }
  return settings;
}

/** The last lines of `text` that say something, for an error's hint. */
export function lastLines(text: string, count: number): string {
  const lines = text.split("\n").map((each) => each.trimEnd()).filter((each) => each !== "");
  return lines.slice(-count).join("\n  ");
}
