/**
 * A program that runs in the foreground until it is told to end.
 *
 * @module
 */
import { freePorts } from "../../../harness/free_ports.ts";
import { eventually, inTime } from "../../../harness/eventually.ts";

/** How long a start or an end may take on a busy machine, milliseconds. */
const PATIENCE = 120_000;

/** What to run. */
export interface DaemonOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** It is up when all of these take connections. */
  readonly ports: readonly number[];
}

/** A running program. */
export class Daemon {
  readonly #child: Deno.ChildProcess;
  readonly #ended: Promise<Deno.CommandStatus>;
  readonly #output: Promise<string>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#ended = child.status;
    this.#output = new Response(child.stdout).text();
  }

  /**
   * Starts it and waits until it is up.
   *
   * @throws {Error} with what it said, when it ends instead
   */
  static async start({ program, args, env = {}, cwd, ports }: DaemonOptions): Promise<Daemon> {
    const child = new Deno.Command("sh", {
      args: ["-c", 'exec "$0" "$@" 2>&1', program, ...args],
      env: { ...env },
      cwd,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const daemon = new Daemon(child);
    let over = false;
    void daemon.#ended.then(() => over = true);
    try {
      for (const port of ports) {
        await eventually(`${program} takes connections on ${port}`, () => {
          if (over) throw new Error(`${program} ended before it was up`);
          return takesConnections(port);
        }, PATIENCE);
      }
      return daemon;
    } catch (cause) {
      await daemon.stop("SIGKILL");
      throw new Error(`${program} did not start: ${await daemon.#output}`, { cause });
    }
  }

  /** Ends it and waits for that. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended by itself.
    }
    await inTime("the end of a server", this.#ended, PATIENCE).catch(async () => {
      this.#child.kill("SIGKILL");
      await this.#ended;
    });
    await this.#output;
  }
}

async function takesConnections(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** The value of `count` free ports under names. */
export function portsFor<Name extends string>(names: readonly Name[]): Record<Name, number> {
  const ports = freePorts(names.length);
  return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Record<
    Name,
    number
  >;
}
