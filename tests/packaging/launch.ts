/**
 * Starts executables the way a stranger would: as an ordinary user, with nothing in the environment
 * but what is said, from whatever folder is said.
 *
 * @module
 */

/** An account that owns nothing; only used where the tests run as root. */
export const STRANGER = 54_321;
/** Another one. */
export const OTHER = 54_322;

/** Whether the tests run as root and can become somebody else. */
export const IS_ROOT = Deno.uid() === 0;

/** How a program is started. */
export interface Launch {
  readonly args?: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: nothing to read. */
  readonly stdin?: string;
  /** A program and its arguments that run the executable: `["dash"]`. */
  readonly through?: readonly string[];
  /** Default: the stranger where the tests run as root. */
  readonly as?: "stranger" | "myself";
}

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The beginning of a command line that makes the rest of it the stranger's, as root. */
export function become(): readonly string[] {
  if (!IS_ROOT) return [];
  const account = [`--reuid=${STRANGER}`, `--regid=${STRANGER}`, "--clear-groups"];
  return ["/usr/bin/setpriv", ...account, "--"];
}

/** The command that starts `executable` as `launch` says. */
export function command(executable: string, launch: Launch): Deno.Command {
  const { args = [], cwd, env = {}, through = [], as = "stranger" } = launch;
  const before = as === "stranger" ? become() : [];
  const [program = "", ...rest] = [...before, ...through, executable, ...args];
  return new Deno.Command(program, {
    args: rest,
    cwd,
    env: { ...env },
    clearEnv: true,
    stdin: launch.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Starts `executable` and waits for its end. */
export async function run(executable: string, launch: Launch): Promise<Ended> {
  const child = command(executable, launch).spawn();
  if (launch.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(launch.stdin));
    await writer.close();
  }
  const { code, signal, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code, signal, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/**
 * Runs `body` with an empty folder that belongs to the stranger where the tests run as root;
 * removed afterwards.
 */
export async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "chatnode packaging " });
  try {
    await giveToStranger(folder);
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Makes a folder in the name of the stranger. */
export async function strangersFolder(path: string): Promise<string> {
  await Deno.mkdir(path);
  await giveToStranger(path);
  return path;
}

async function giveToStranger(path: string): Promise<void> {
  if (IS_ROOT) await Deno.chown(path, STRANGER, STRANGER);
}

/** The path of a program of the system. */
export async function whereIs(program: string): Promise<string> {
  for (const folder of ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]) {
    const path = `${folder}/${program}`;
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  throw new Error(`there is no ${program} on this machine`);
}

/** Whether this process may mount things in a namespace of its own. */
export async function canMount(): Promise<boolean> {
  const script = "mount -t tmpfs none /mnt";
  const { success } = await new Deno.Command("unshare", {
    args: [IS_ROOT ? "-m" : "-Urm", "sh", "-c", script],
    stdout: "null",
    stderr: "null",
  }).output().catch(() => ({ success: false }));
  return success;
}
