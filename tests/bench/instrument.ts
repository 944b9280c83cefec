/**
 * Programs that measure: each prints a line when it is ready, and then one line of figures for each
 * run it is asked for (`load/program.h`).
 *
 * @module
 */
import { Child, type ChildOptions } from "./child.ts";

/** What a run is to be. */
export interface Run {
  /** Messages under way, or writers: the program's own idea of how much at once. */
  readonly window: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
}

/** What a run found. Latencies in milliseconds, times in seconds. */
export interface Figures {
  readonly seconds: number;
  /** Done within the run: messages that reached everybody, requests answered, lines stored. */
  readonly messages: number;
  readonly deliveries: number;
  /** Messages from the begin of the warm-up until nothing was under way any more. */
  readonly whole: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Processor time of the server within the run. */
  readonly serverCpu: number;
  /** Of it, what its first thread used; only where clients play. */
  readonly threadCpu?: number;
  /** Of the instrument itself. */
  readonly ownCpu: number;
}

/** A running instrument. */
export class Instrument implements AsyncDisposable {
  readonly #child: Child;
  /** What its first line said. */
  readonly ready: Readonly<Record<string, unknown>>;

  private constructor(child: Child, ready: Readonly<Record<string, unknown>>) {
    this.#child = child;
    this.ready = ready;
  }

  /**
   * Starts an instrument and waits until it is ready.
   *
   * @throws {Error} with what it says when it cannot
   */
  static async start(options: Omit<ChildOptions, "talks">): Promise<Instrument> {
    const child = await Child.start({ ...options, talks: true });
    try {
      return new Instrument(child, await answer(child));
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** @throws {Error} with what it says when the run fails */
  async run({ window, warmupSeconds, seconds }: Run): Promise<Figures> {
    await this.#child.tell(`run ${window} ${warmupSeconds} ${seconds}`);
    return await answer(this.#child) as unknown as Figures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
  }
}

async function answer(child: Child): Promise<Readonly<Record<string, unknown>>> {
  const said = JSON.parse(await child.line()) as Readonly<Record<string, unknown>>;
  if (said["error"] !== undefined) throw await child.fault(String(said["error"]));
  return said;
}
