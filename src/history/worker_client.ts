/**
 * The store's side of the worker: starts it when it is needed, stops it when it is idle (a thread
 * takes some 12 MB), and turns its death into errors that callers may try again.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";
import { hasDescriptors } from "../files.ts";
import { HistoryError, type HistoryErrorCode, isFull } from "./errors.ts";
import type { CallName, WorkerCalls, WorkerReply, WorkerRequest } from "./worker_protocol.ts";

/** The part of `Worker` that is used here; tests bring their own. */
export interface WorkerThread {
  onmessage: ((message: MessageEvent<WorkerReply>) => void) | null;
  onerror: ((error: ErrorEvent) => void) | null;
  postMessage(request: WorkerRequest): void;
  terminate(): void;
}

/** How a {@linkcode WorkerClient} works. */
export interface WorkerClientOptions {
  readonly clock: Clock;
  /** Starts a thread. */
  readonly start: () => WorkerThread;
  /** Milliseconds without work after which the thread is stopped; default 1 s. */
  readonly idle?: number;
  /** Requests that may be under way; default 256. */
  readonly maxPending?: number;
}

/** How one call is made. */
export interface CallOptions<Name extends CallName> {
  /** Milliseconds after which the thread is given up; the call then rejects. */
  readonly timeout: number;
  readonly onProgress?: (progress: WorkerCalls[Name]["progress"]) => void;
  /** Milliseconds for which the thread is worth keeping: somebody may ask again. */
  readonly keep?: number;
}

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: HistoryError) => void;
  readonly progress: ((progress: never) => void) | undefined;
  readonly timer: Timer;
}

/** What it holds is worth more than the tenth of a second that starting it takes. */
const IDLE_MS = 1_000;
const MAX_PENDING = 256;
/** How long a closing store waits for its thread. */
const PATIENCE_MS = 5_000;

/** File descriptors that a thread takes at its start, and some for what it opens. */
const NEEDED = 16;

/**
 * Starts the worker thread whose program is at `url`.
 *
 * @param file any that can be read, to try whether there are file descriptors: where a thread finds
 *   none the runtime ends the whole process
 * @throws {HistoryError} `history/busy` when there are too few
 */
export function startWorker(url: URL, file: string): WorkerThread {
  if (!hasDescriptors(file, NEEDED)) {
    throw workerError("history/busy", "no file descriptor is left");
  }
  return new Worker(url, { type: "module", name: "chatnode history" }) as WorkerThread;
}

/** See the module's description. */
export class WorkerClient {
  readonly #options: WorkerClientOptions;
  readonly #pending = new Map<number, Pending>();
  #thread: WorkerThread | undefined;
  #idle: Timer | undefined;
  #last = 0;
  /** Until when the thread is kept, monotonic. */
  #keepUntil = 0;
  #closed = false;
  #drained: () => void = () => undefined;

  constructor(options: WorkerClientOptions) {
    this.#options = options;
  }

  /** Whether a thread is there; a call starts one. */
  get running(): boolean {
    return this.#thread !== undefined;
  }

  /**
   * Makes a call.
   *
   * @throws {HistoryError} what the handler threw; `history/busy` when too much is under way;
   *   `history/worker` when the thread died, did not answer in time or failed in another way;
   *   `history/closed`
   */
  call<Name extends CallName>(
    call: Name,
    task: WorkerCalls[Name]["task"],
    options: CallOptions<Name>,
  ): Promise<WorkerCalls[Name]["result"]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw workerError("history/closed", "it was stopped");
      if (this.#pending.size >= (this.#options.maxPending ?? MAX_PENDING)) {
        throw workerError("history/busy", "too much is under way");
      }
      const { clock } = this.#options;
      if (options.keep !== undefined) this.#keepUntil = clock.monotonic() + options.keep;
      const thread = this.#awake();
      const id = ++this.#last;
      const timer = clock.after(options.timeout, () => {
        this.#die("it did not answer in time");
      });
      const progress = options.onProgress;
      this.#pending.set(id, { resolve, reject, progress, timer });
      thread.postMessage({ id, call, task });
    });
  }

  /**
   * Cancels the calls under way and stops the thread once they have ended, so that it does not go on
   * writing behind the back of whoever opens the files next. A thread that does not answer is
   * stopped as it is.
   */
  async close(): Promise<void> {
    this.#closed = true;
    for (const id of this.#pending.keys()) this.#thread?.postMessage({ id, cancel: true });
    if (this.#pending.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.#options.clock.after(PATIENCE_MS, resolve);
        this.#drained = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    this.#die("it was stopped");
  }

  #awake(): WorkerThread {
    this.#idle?.cancel();
    this.#idle = undefined;
    if (this.#thread !== undefined) return this.#thread;
    const thread = this.#options.start();
    thread.onmessage = ({ data }) => this.#receive(data);
    thread.onerror = (error) => {
      // Otherwise the runtime ends the whole process.
      error.preventDefault();
      if (this.#thread === thread) this.#die("it failed");
    };
    this.#thread = thread;
    return thread;
  }

  #receive(reply: WorkerReply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    if ("progress" in reply) {
      pending.progress?.(reply.progress as never);
      return;
    }
    this.#pending.delete(reply.id);
    pending.timer.cancel();
    if ("result" in reply) pending.resolve(reply.result as never);
    else pending.reject(revive(reply.failure));
    if (this.#pending.size > 0) return;
    if (this.#closed) this.#drained();
    else this.#planStop();
  }

  #planStop(): void {
    const { clock, idle = IDLE_MS } = this.#options;
    this.#idle = clock.after(Math.max(idle, this.#keepUntil - clock.monotonic()), () => {
      if (this.#pending.size === 0) this.#die("it was idle");
    });
  }

  #die(state: string): void {
    this.#idle?.cancel();
    this.#thread?.terminate();
    this.#thread = undefined;
    const pending = Array.from(this.#pending.values());
    this.#pending.clear();
    for (const { reject, timer } of pending) {
      timer.cancel();
      reject(workerError("history/worker", state));
    }
    this.#drained();
  }
}

function revive({ code, message }: { code: string | undefined; message: string }): HistoryError {
  if (code?.startsWith("history/")) return new HistoryError(code as HistoryErrorCode, message);
  const state = code === undefined ? undefined : diskState(code);
  if (state === undefined) return new HistoryError("history/worker", message);
  // The system's own words name neither what was done nor what can be.
  return new HistoryError("history/worker", `Cannot use the history's files: ${state} (${code})`, {
    hint: "Make room, or look at the kernel's log; nothing is lost",
  });
}

/** What a system's name of an error means; undefined when it is none of a system. */
function diskState(code: string): string | undefined {
  if (isFull(code)) return "no space is left";
  return /^E[A-Z0-9]+$/.test(code) ? "the disk failed" : undefined;
}

function workerError(code: HistoryErrorCode, state: string): HistoryError {
  return new HistoryError(code, `Cannot use the worker of the history: ${state}`);
}
