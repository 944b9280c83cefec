/** An `Io` in memory: what is written is kept, what is read was given. */
import type { Clock } from "../../src/clock.ts";
import { type Io, type Output, OutputClosed } from "../../src/commands/io.ts";

/** A clock that stands until it is moved. */
export class StandingClock implements Clock {
  #now = 1_700_000_000_000;
  #waiting: { at: number; action: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): { cancel(): void } {
    const timer = { at: this.#now + ms, action };
    this.#waiting.push(timer);
    return { cancel: () => this.#waiting = this.#waiting.filter((one) => one !== timer) };
  }

  /** Moves on and runs what was due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#waiting = this.#waiting.filter((one) => one !== next);
      this.#now = next.at;
      next.action();
    }
    this.#now = end;
  }
}

/** Keeps what is written; `close` makes further writes fail as a closed pipe does. */
export class MemoryOutput implements Output {
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
  readonly rows = undefined;
  readonly #decoder = new TextDecoder();
  writes: string[] = [];
  closed = false;
  #waiting: { pattern: RegExp; resolve: () => void }[] = [];

  constructor(columns?: number) {
    this.isTerminal = columns !== undefined;
    this.columns = columns;
  }

  get text(): string {
    return this.writes.join("");
  }

  write(data: string | Uint8Array): Promise<void> {
    if (this.closed) return Promise.reject(new OutputClosed());
    this.writes.push(typeof data === "string" ? data : this.#decoder.decode(data));
    for (const { pattern, resolve } of this.#waiting) if (pattern.test(this.text)) resolve();
    return Promise.resolve();
  }

  hold(): () => Promise<void> {
    return () => Promise.resolve();
  }

  /** Resolves once what was written matches. */
  shows(pattern: RegExp): Promise<void> {
    if (pattern.test(this.text)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ pattern, resolve });
    return promise;
  }
}

export interface MemoryIo extends Io {
  readonly stdout: MemoryOutput;
  readonly stderr: MemoryOutput;
  readonly clock: StandingClock;
  /** `raw` and `line` in the order in which they were asked for. */
  readonly modes: string[];
  /** Delivers a signal; false when nobody listens. */
  raise(signal: Deno.Signal): boolean;
}

export interface MemoryIoOptions {
  readonly environment?: Record<string, string>;
  readonly cwd?: string;
  /** What stdin gives, one element a read. */
  readonly input?: readonly string[];
  /** Makes all three streams a terminal of this width. */
  readonly columns?: number;
}

export function memoryIo(options: MemoryIoOptions = {}): MemoryIo {
  const { columns } = options;
  const encoder = new TextEncoder();
  const chunks = (options.input ?? []).map((text) => encoder.encode(text));
  const modes: string[] = [];
  const listeners = new Map<Deno.Signal, Set<() => void>>();
  return {
    stdin: {
      isTerminal: columns !== undefined,
      read(buffer) {
        const [chunk] = chunks;
        if (chunk === undefined) return Promise.resolve(null);
        const count = Math.min(chunk.length, buffer.length);
        buffer.set(chunk.subarray(0, count));
        if (count === chunk.length) chunks.shift();
        else chunks[0] = chunk.subarray(count);
        return Promise.resolve(count);
      },
      setRaw: (mode) => modes.push(mode),
    },
    stdout: new MemoryOutput(columns),
    stderr: new MemoryOutput(columns),
    environment: options.environment ?? { HOME: "/nowhere" },
    cwd: options.cwd ?? "/",
    signals: {
      on(signal, listener) {
        const own = listeners.get(signal) ?? new Set();
        listeners.set(signal, own.add(listener));
        return () => own.delete(listener);
      },
      suspend() {
        throw new Error("nobody is there to let it go on");
      },
    },
    clock: new StandingClock(),
    fetch: (url, init) => fetch(url, init),
    resolveServices: () => Promise.reject(new Error("tests do not look names up")),
    random: (count) => crypto.getRandomValues(new Uint8Array(count)),
    modes,
    raise(signal) {
      const own = [...listeners.get(signal) ?? []];
      for (const listener of own) listener();
      return own.length > 0;
    },
  };
}
