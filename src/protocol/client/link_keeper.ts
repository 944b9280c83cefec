/**
 * Keeps one connection to the server: connects, says hello, notices silence, and comes back with
 * back-off until it is told to stop or the server says that coming back is no use.
 *
 * @module
 */
import type { Clock, Timer } from "../../clock.ts";
import { CLOSE_CODES } from "../connection.ts";
import type { ServerFrame, WelcomeFrame } from "../frames.ts";
import type { BackOff } from "./back_off.ts";
import type { ClientConnection, Connector } from "./connection.ts";
import { decodeServerFrame } from "./decode_server.ts";
import { ClientError, ServerError } from "./errors.ts";

/** What the keeper needs. */
export interface KeeperParts {
  readonly connect: Connector;
  readonly clock: Clock;
  readonly backOff: BackOff;
  /** How long a connection and its welcome may take, milliseconds. */
  readonly connectMs: number;
  /** A ping goes out after so much silence, and the connection is given up after as much more. */
  readonly silenceMs: number;
  /** The text of `hello`; asked for before each connection, and told whether the last was refused. */
  hello(refused: boolean): Promise<string>;
  /** Resolves when a new connection is wanted. */
  ready(): Promise<void>;
}

/** What the keeper tells. */
export interface KeeperEvents {
  connected(welcome: WelcomeFrame, send: (text: string) => void): void;
  /** Every frame but `welcome`. */
  frame(frame: ServerFrame): void;
  disconnected(end: { readonly code: number; readonly retryMs: number }): void;
  /** No connection will be made any more. */
  gaveUp(error: Error): void;
}

/** Closes that another attempt would only meet again. */
const FINAL: ReadonlySet<number> = new Set([
  ...[1002, 1003, 1007, 1009],
  CLOSE_CODES.forbidden,
  CLOSE_CODES.conflict,
]);
const PING = '{"type":"ping"}';

/** How one connection ended. */
interface End {
  readonly code: number;
  readonly welcomed: boolean;
  /** The last `error` frame, which says why. */
  readonly error: Error | undefined;
}

/** See the module's description. */
export class LinkKeeper {
  readonly #parts: KeeperParts;
  readonly #events: KeeperEvents;
  readonly #stop = new AbortController();
  #connection: ClientConnection | undefined;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(parts: KeeperParts, events: KeeperEvents) {
    this.#parts = parts;
    this.#events = events;
  }

  /** Begins; idempotent. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the connection, to be made again. */
  drop(): void {
    this.#connection?.close(1000, "");
  }

  /** Ends for good; `KeeperParts.ready` has to let go by itself. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    this.drop();
    await this.#running;
  }

  async #run(): Promise<void> {
    let refused = false;
    while (!this.#stop.signal.aborted) {
      const end = await this.#once(refused);
      if (this.#stop.signal.aborted) break;
      // A token may have expired meanwhile: one more attempt with what the owner has now.
      const hopeless = end.code === CLOSE_CODES.unauthenticated && refused;
      if (hopeless || FINAL.has(end.code)) return this.#events.gaveUp(endError(end));
      refused = end.code === CLOSE_CODES.unauthenticated;
      if (end.welcomed) this.#parts.backOff.reset();
      const retryMs = this.#parts.backOff.next();
      this.#events.disconnected({ code: end.code, retryMs });
      await this.#pause(retryMs);
      if (!this.#stop.signal.aborted) await this.#parts.ready();
    }
    this.#events.gaveUp(new ClientError("client/closed", "Cannot go on: the client was closed"));
  }

  /** One connection from its beginning to its end. Never rejects. */
  async #once(refused: boolean): Promise<End> {
    const ended = Promise.withResolvers<End>();
    const watch = new Watch(this.#parts, this.#events, ended.resolve, () => this.drop());
    const attempt = new AbortController();
    const timer = this.#parts.clock.after(this.#parts.connectMs, () => {
      attempt.abort();
      if (!watch.welcomed) this.drop();
    });
    const signal = AbortSignal.any([attempt.signal, this.#stop.signal]);
    try {
      const hello = await unlessAborted(this.#parts.hello(refused), signal);
      const connection = await unlessAborted(this.#parts.connect(watch, signal), signal);
      this.#connection = connection;
      watch.begin(connection);
      if (this.#stop.signal.aborted) this.drop();
      connection.send(hello);
      return await ended.promise;
    } catch (error) {
      return { code: 1006, welcomed: false, error: error instanceof Error ? error : undefined };
    } finally {
      timer.cancel();
      watch.end();
      this.#connection = undefined;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(ms, () => resolve());
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

/** Listens to one connection. */
class Watch {
  welcomed = false;
  readonly #parts: KeeperParts;
  readonly #events: KeeperEvents;
  readonly #ended: (end: End) => void;
  readonly #drop: () => void;
  #connection: ClientConnection | undefined;
  #timer: Timer | undefined;
  #heard = true;
  #pinged = false;
  #error: Error | undefined;

  constructor(
    parts: KeeperParts,
    events: KeeperEvents,
    ended: (end: End) => void,
    drop: () => void,
  ) {
    this.#parts = parts;
    this.#events = events;
    this.#ended = ended;
    this.#drop = drop;
  }

  begin(connection: ClientConnection): void {
    this.#connection = connection;
    this.#listen();
  }

  end(): void {
    this.#timer?.cancel();
  }

  text(text: string): void {
    this.#heard = true;
    const frame = decodeServerFrame(text);
    if (frame === undefined) return;
    if (frame.type === "error") this.#error = new ServerError(frame);
    if (frame.type !== "welcome") {
      if (this.welcomed) this.#events.frame(frame);
      return;
    }
    this.welcomed = true;
    this.#events.connected(frame, (data) => this.#connection?.send(data));
  }

  closed({ code }: { readonly code: number }): void {
    this.#ended({ code, welcomed: this.welcomed, error: this.#error });
  }

  /** A ping after silence, the end after more of it. */
  #listen(): void {
    this.#timer = this.#parts.clock.after(this.#parts.silenceMs, () => {
      if (!this.#heard && this.#pinged) return this.#drop();
      this.#pinged = !this.#heard;
      if (!this.#heard) this.#connection?.send(PING);
      this.#heard = false;
      this.#listen();
    });
  }
}

function endError({ code, error }: End): Error {
  if (error !== undefined) return error;
  return new ClientError(
    "client/closed",
    `Cannot go on: the server closed the connection (${code})`,
  );
}

/** The promise, or a rejection once the signal is aborted: neither may keep the client waiting. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new ClientError("client/unreachable", "Cannot connect in time"));
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}
