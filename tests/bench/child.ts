/**
 * Processes that the benchmark starts and stops.
 *
 * @module
 */
import { join } from "node:path";
import { linesOf } from "./lines.ts";

/** What a process is started with. */
export interface ChildOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Takes what it writes on stderr, and on stdout when nobody reads that. */
  readonly log: string;
  /** Whether its stdin and stdout are lines between it and us. */
  readonly talks?: boolean;
}

/** Debian keeps servers where an ordinary user's PATH does not look. */
export const SEARCHED = `${Deno.env.get("PATH") ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;

/** As many open files as may be, then the program takes the shell's place: same process id. */
const RAISED = 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$0" "$@"';

const STOP_MS = 10_000;

/** A running process. Disposing of it stops it. */
export class Child implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #program: string;
  readonly #log: string;
  readonly #logged: Promise<void>;
  readonly #lines: AsyncGenerator<string> | undefined;
  readonly #input: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #ended = false;

  private constructor(process: Deno.ChildProcess, options: ChildOptions, logged: Promise<void>) {
    this.#process = process;
    this.#program = options.program;
    this.#log = options.log;
    this.#logged = logged;
    if (options.talks === true) {
      this.#lines = linesOf(process.stdout);
      this.#input = process.stdin.getWriter();
    }
    void process.status.then(() => this.#ended = true);
  }

  /** Starts a process. */
  static async start(options: ChildOptions): Promise<Child> {
    const { talks = false, program, args, cwd, env = {} } = options;
    const process = new Deno.Command("/bin/sh", {
      args: ["-c", RAISED, program, ...args],
      stdin: talks ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
      env: { PATH: SEARCHED, NO_COLOR: "1", ...env },
      ...(cwd === undefined ? {} : { cwd }),
    }).spawn();
    const log = await Deno.open(options.log, { write: true, create: true, append: true });
    const sinks = [keep(process.stderr, log), ...(talks ? [] : [keep(process.stdout, log)])];
    const logged = Promise.all(sinks).then(() => log.close());
    return new Child(process, options, logged);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Whether it has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * The next line that it writes.
   *
   * @throws {Error} when it ends instead
   */
  async line(): Promise<string> {
    const next = await this.#lines?.next();
    if (next !== undefined && next.done !== true) return next.value;
    throw await this.fault("it ended");
  }

  /** Writes one line to it. */
  async tell(line: string): Promise<void> {
    await this.#input?.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Sends a signal; harmless when it has ended. */
  signal(signal: Deno.Signal): void {
    if (!this.#ended) this.#process.kill(signal);
  }

  /** Waits for its end. */
  async end(): Promise<Deno.CommandStatus> {
    return await this.#process.status;
  }

  /** What to say when it does not do what it should, with the last it said itself. */
  async fault(state: string): Promise<Error> {
    const said = (await Deno.readTextFile(this.#log)).trimEnd().split("\n").slice(-8).join("\n  ");
    return new Error(`Cannot go on with ${this.#program}: ${state}\n  ${said}`);
  }

  /** SIGTERM, and SIGKILL when that does not help; resolves when it is gone. */
  async stop(): Promise<void> {
    await this.#input?.close().catch(() => {});
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.signal("SIGKILL"), STOP_MS);
    await this.#process.status;
    clearTimeout(timer);
    await this.#lines?.return(undefined);
    await this.#logged;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function keep(stream: ReadableStream<Uint8Array>, file: Deno.FsFile): Promise<void> {
  for await (const bytes of stream) {
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  }
}

/** A port of 127.0.0.1 that was free just now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Waits until something listens on the port, for ten seconds.
 *
 * @throws {Error} when the process ends or nothing listens by then
 */
export async function untilListening(child: Child, port: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline && !child.ended) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await pause(20);
    }
  }
  throw await child.fault("it does not listen");
}

/** Waits, milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The log of a process in a run's folder. */
export function logIn(folder: string, name: string): string {
  return join(folder, `${name.replaceAll(/[^A-Za-z0-9]+/g, "-")}.log`);
}
