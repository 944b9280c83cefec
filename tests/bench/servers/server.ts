/**
 * A server that is measured.
 *
 * @module
 */
import type { Bench } from "../contract.ts";

/** What a server does later than it could. */
export interface Afterwork {
  /** Has it done now. */
  readonly signal: Deno.Signal;
  /** Milliseconds of rest that say that it is done. */
  readonly calmMs: number;
}

/** A running server. Disposing of it stops it. */
export interface Server extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  /** What clients speak, a name of `load/dialect.c`. */
  readonly dialect: string;
  /** Nothing unless told. */
  readonly afterwork?: Afterwork;
  /** A file with tokens, one a line, where clients sign in. */
  readonly tokens?: string;
}

/** How a server is had. */
export interface ServerKind {
  readonly name: string;
  /** One sentence for the notes: what it is and how it is set up. */
  readonly described: string;
  /**
   * Starts it for `clients` connections at a time.
   *
   * @throws {Unavailable} when the machine lacks it
   */
  start(bench: Bench, clients: number): Promise<Server>;
}
