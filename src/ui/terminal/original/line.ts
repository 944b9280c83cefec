/**
 * One connection after the other to a server of the original protocol, with pauses that grow.
 *
 * @module
 */
import type { Clock, Timer } from "../../../clock.ts";
import type { BackOff } from "../../../protocol/client/back_off.ts";
import { ClientError } from "../../../protocol/client/errors.ts";
import type { OriginalConnector, OriginalWire } from "./wire.ts";

/** What keeping a line takes. */
export interface LineOptions {
  readonly connect: OriginalConnector;
  readonly clock: Clock;
  readonly backOff: BackOff;
  /** A frame came. */
  heard(text: string): void;
  /** A connection is ready. */
  online(): void;
  /** It is gone; the next attempt follows in `retryMs`. */
  offline(retryMs: number): void;
  /** The first attempt failed: there will be no other. */
  failed(error: Error): void;
}

const CONNECT_MS = 10_000;
/** One that holds for so long, milliseconds, was a good connection. */
const STEADY_MS = 5_000;

/** See the module's description. */
export class OriginalLine {
  readonly #options: LineOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #wire: OriginalWire | undefined;
  #wake: (() => void) | undefined;

  /** Begins to connect. */
  constructor(options: LineOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** The connection, if there is one. */
  get wire(): OriginalWire | undefined {
    return this.#wire;
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Ends it; idempotent. */
  stop(): void {
    if (this.isStopped) return;
    this.#stop.abort();
    this.#wake?.();
  }

  /** Resolves once everything has ended. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Whoever makes a line has it before anything is told of it.
    await Promise.resolve();
    const { clock, backOff, failed, offline } = this.#options;
    for (let attempt = 1; !this.isStopped; attempt++) {
      const since = clock.monotonic();
      const error = await this.#once();
      if (this.isStopped) return;
      if (error !== undefined && attempt === 1) return failed(error);
      if (error === undefined && clock.monotonic() - since > STEADY_MS) backOff.reset();
      const retryMs = backOff.next();
      offline(retryMs);
      await this.#pause(retryMs);
    }
  }

  /** One connection from its beginning to its end; the result says why there was none. */
  async #once(): Promise<Error | undefined> {
    const { clock, connect, heard, online } = this.#options;
    const over = Promise.withResolvers<void>();
    const attempt = new AbortController();
    const timer = clock.after(CONNECT_MS, () => attempt.abort());
    const signal = AbortSignal.any([attempt.signal, this.#stop.signal]);
    try {
      this.#wire = await connect({ text: heard, closed: () => over.resolve() }, signal);
      this.#wake = () => over.resolve();
      if (this.isStopped) over.resolve();
      online();
      await over.promise;
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : closed();
    } finally {
      timer.cancel();
      this.#wake = undefined;
      this.#wire?.close();
      this.#wire = undefined;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer: Timer = this.#options.clock.after(ms, () => resolve());
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

/** The session was closed by its owner. */
export function closed(): ClientError {
  return new ClientError("client/closed", "Cannot go on: the client was closed");
}
