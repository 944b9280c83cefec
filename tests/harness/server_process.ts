/**
 * The real program as a process of its own, with the permissions that it is shipped with.
 *
 * @module
 */
import { join } from "node:path";
import { PERMISSIONS, V8_FLAGS } from "../../tasks/runtime.ts";
import { ApiClient } from "./api_client.ts";
import { inTime } from "./eventually.ts";
import { PASSWORD } from "./node.ts";
import { Recorder } from "./recorder.ts";

const MAIN = join(import.meta.dirname ?? ".", "..", "..", "main.ts");

/** How long a start may take on a busy machine, milliseconds. */
const START_PATIENCE = 60_000;

/** How to start a server. */
export interface ServerOptions {
  /** The data folder. */
  readonly data: string;
  /** Flags after those of the harness: 127.0.0.1, free ports, open registration, no rate limit. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What is run; default is `deno run` with the shipped permissions and `main.ts`. */
  readonly program?: readonly [string, ...string[]];
}

/** How a process ended. */
export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
}

/** A running server. Disposing of it kills what is left of it. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly data: string;
  readonly port: number;
  /** `http://127.0.0.1:<port>`. */
  readonly http: string;
  /** `ws://127.0.0.1:<port>`. */
  readonly ws: string;
  /** What it has written so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** The administrator of a first start, from what was printed. */
  readonly admin: { readonly name: string; readonly password: string } | undefined;
  readonly exited: Promise<Ended>;
  readonly api: ApiClient;
  signal(name: Deno.Signal): void;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<Ended>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<Ended>;
  /** Registers an account (password {@linkcode PASSWORD}) and logs it in. */
  enter(name: string): Promise<ApiClient>;
}

/** A process that ended before it was ready. */
export class StartFailed extends Error {
  override readonly name = "StartFailed";
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(code: number, stdout: string, stderr: string) {
    super(`the server ended with ${code} before it was ready:\n${stdout}\n${stderr}`);
    this.code = code;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/**
 * Starts a server and waits for its ready line.
 *
 * @throws {StartFailed} when it ends instead
 */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const child = spawnServer(options);
  const stdout = new Recorder(child.stdout);
  const stderr = new Recorder(child.stderr);
  const exited = child.status.then(async ({ code, signal }) => {
    await Promise.all([stdout.done, stderr.done]);
    return { code, signal };
  });
  const ready = stdout.find(/^chatnode is ready: (https?:\/\/\S+):(\d+)$/m);
  const first = await inTime(
    "the server's ready line",
    Promise.race([ready, exited.then(() => undefined)]),
    START_PATIENCE,
  ).catch(async (error) => {
    child.kill("SIGKILL");
    await exited;
    throw error;
  });
  if (first === undefined) throw new StartFailed((await exited).code, stdout.text, stderr.text);
  return running(child, { data: options.data, port: Number(first[2]), stdout, stderr, exited });
}

/** Runs `chatnode` with `args` to its end; `input` is what its stdin holds. */
export async function runProgram(
  args: readonly string[],
  options: Omit<ServerOptions, "data" | "args"> & { readonly input?: string } = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const [command, ...before] = options.program ?? PROGRAM;
  const child = new Deno.Command(command, {
    args: [...before, ...args],
    env: { NO_COLOR: "1", ...options.env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // A program that ends without reading closes the pipe.
  await writer.write(new TextEncoder().encode(options.input ?? "")).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** How the program is run unless a test says otherwise. */
export const PROGRAM: readonly [string, ...string[]] = [
  Deno.execPath(),
  "run",
  "--quiet",
  ...PERMISSIONS,
  V8_FLAGS,
  MAIN,
];

const FLAGS = [
  ...["--host", "127.0.0.1", "--port", "0", "--env", "testing"],
  ...["--registration", "open", "--message-rate", "off"],
];

/** Starts a server without waiting for anything. Whoever calls ends it and reads its output. */
export function spawnServer(
  { data, args = [], env = {}, program = PROGRAM }: ServerOptions,
): Deno.ChildProcess {
  const [command, ...before] = program;
  return new Deno.Command(command, {
    args: [...before, "server", "--data", data, ...FLAGS, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function running(
  child: Deno.ChildProcess,
  parts: {
    readonly data: string;
    readonly port: number;
    readonly stdout: Recorder;
    readonly stderr: Recorder;
    readonly exited: Promise<Ended>;
  },
): ServerProcess {
  const { data, port, stdout, stderr, exited } = parts;
  const http = `http://127.0.0.1:${port}`;
  const api = new ApiClient(http);
  const end = (name: Deno.Signal) => {
    signal(child, name);
    return inTime(`the end after ${name}`, exited);
  };
  return {
    pid: child.pid,
    data,
    port,
    http,
    ws: `ws://127.0.0.1:${port}`,
    api,
    exited,
    get stdout() {
      return stdout.text;
    },
    get stderr() {
      return stderr.text;
    },
    get admin() {
      const name = /^\|\s+name\s+(\S+)/m.exec(stdout.text)?.[1];
      const password = /^\|\s+password\s+(\S+)/m.exec(stdout.text)?.[1];
      return name === undefined || password === undefined ? undefined : { name, password };
    },
    signal: (name) => signal(child, name),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    enter: (name) => api.enter(name, PASSWORD),
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
    },
  };
}

function signal(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError)) throw error;
  }
}
