/**
 * Everything a command touches outside its own memory. `systemIo` in `system_io.ts` is the real
 * one; tests pass their own.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { ResolveServices } from "../transports/xmpp/dial/service_records.ts";

/** A stream to write to. */
export interface Output {
  readonly isTerminal: boolean;
  /** Width in columns; undefined when it is not a terminal. */
  readonly columns: number | undefined;
  /** Height in rows; undefined when it is not a terminal. */
  readonly rows: number | undefined;
  /**
   * Writes all of it. Waits until the reader has room.
   *
   * @throws {OutputClosed} when nobody reads any more
   */
  write(data: string | Uint8Array): Promise<void>;
  /**
   * Keeps what is written from now on, 64 KiB of it at most, until the result is called: while
   * something else has the screen, a warning would only spoil it.
   */
  hold(): () => Promise<void>;
}

/** A stream to read from. */
export interface Input {
  readonly isTerminal: boolean;
  /** Up to `buffer.length` bytes; null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Turns line editing and echo of a terminal off or on again. */
  setRaw(mode: "raw" | "line"): void;
}

/** Signals of the operating system. */
export interface Signals {
  /** Calls `listener` at each `signal` instead of what it does by default; the result ends that. */
  on(signal: Deno.Signal, listener: () => void): () => void;
  /** Stops this process until it gets SIGCONT, as Ctrl-Z at a terminal does (SIGTSTP). */
  suspend(): void;
}

/** See the module's description. */
export interface Io {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The real environment; `.env` is read by the settings, see `config/load.ts`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of the working directory. */
  readonly cwd: string;
  readonly signals: Signals;
  readonly clock: Clock;
  /** Requests over HTTP. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Looks up where a domain's services are (SRV). */
  readonly resolveServices: ResolveServices;
  /** `count` bytes fit for keys and passwords. */
  random(count: number): Uint8Array<ArrayBuffer>;
}

/** The reader of an output went away (EPIPE); quiet, since it got what it wanted. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}
