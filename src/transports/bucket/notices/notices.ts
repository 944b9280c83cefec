/**
 * Live notices between those who share a bucket: each tells when it has published a head, and looks
 * at once when somebody else did, instead of at its next time.
 *
 * @module
 */
import type { Clock, Timer } from "../../../clock.ts";
import { TokenBucket } from "../../../hub/token_bucket.ts";
import { getLogger } from "../../../log.ts";
import { BackOff } from "../../../protocol/client/back_off.ts";
import type { ConnectNotices, NoticeConnection } from "./contract.ts";
import { decodeNotice, encodeNotice } from "./notice.ts";

/** What {@linkcode Notices} work with. */
export interface NoticesOptions {
  readonly connect: ConnectNotices;
  /** Our own device. */
  readonly device: () => string;
  /** Looks into the bucket. */
  readonly wake: () => void;
  readonly clock: Clock;
  /** 0 <= random() < 1, for jitter. */
  readonly random: () => number;
}

const PAUSES = { first: 1_000, most: 60_000 };
/** Looks that notices may cause, at once and in the long run: each costs a request. */
const LOOKS = { burst: 10, perSecond: 2 };

const log = getLogger(["sync", "notices"]);

/** See the module's description. */
export class Notices {
  readonly #options: NoticesOptions;
  readonly #looks: TokenBucket;
  readonly #stop = new AbortController();
  #connection: NoticeConnection | undefined;
  #later: Timer | undefined;
  #failing = false;
  #received = 0;
  readonly #running: Promise<void>;

  /** Begins to connect, and goes on until it is closed. */
  constructor(options: NoticesOptions) {
    this.#options = options;
    this.#looks = new TokenBucket(LOOKS.burst, options.clock.monotonic());
    this.#running = this.#run();
  }

  /** Whether notices come and go at the moment. */
  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Notices of others since the start. */
  get received(): number {
    return this.#received;
  }

  /** Tells that our head has this version now. Lost while there is no connection. */
  announce(version: number): void {
    this.#connection?.publish(encodeNotice({ device: this.#options.device(), version }));
  }

  /** Ends. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#later?.cancel();
    this.#connection?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { clock, random } = this.#options;
    const backOff = new BackOff(random, PAUSES.first, PAUSES.most);
    while (!signal.aborted) {
      const connection = await this.#connect(signal);
      if (connection !== undefined) {
        backOff.reset();
        await connection.gone;
        this.#connection = undefined;
      }
      if (!signal.aborted) await pause(clock, PAUSES.first / 2 + backOff.next(), signal);
    }
  }

  async #connect(signal: AbortSignal): Promise<NoticeConnection | undefined> {
    try {
      const receive = (payload: Uint8Array) => this.#receive(payload);
      const connection = await this.#options.connect(receive, signal);
      if (signal.aborted) connection.close();
      this.#connection = connection;
      if (this.#failing) log.info("Notices come again");
      this.#failing = false;
      // What was told while nobody listened.
      this.#look();
      return connection;
    } catch (error) {
      // Once: it is tried again and again, and nothing depends on it.
      if (!this.#failing && !signal.aborted) {
        const reason = error instanceof Error ? error.message : "unknown failure";
        log.warn("There are no live notices: {reason}; the bucket is looked at in its time", {
          reason,
        });
      }
      this.#failing = true;
      return undefined;
    }
  }

  #receive(payload: Uint8Array): void {
    const notice = decodeNotice(payload);
    if (notice === undefined || notice.device === this.#options.device()) return;
    this.#received++;
    this.#look();
  }

  /** At once where that is not too often, else as soon as it is not. */
  #look(): void {
    if (this.#later !== undefined || this.#stop.signal.aborted) return;
    const { clock, wake } = this.#options;
    const wait = this.#looks.take(clock.monotonic(), LOOKS.burst, LOOKS.perSecond);
    if (wait === 0) return wake();
    this.#later = clock.after(wait, () => {
      this.#later = undefined;
      this.#look();
    });
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => resolve();
  const timer = clock.after(ms, done);
  signal.addEventListener("abort", done, { once: true });
  return promise.finally(() => {
    timer.cancel();
    signal.removeEventListener("abort", done);
  });
}
