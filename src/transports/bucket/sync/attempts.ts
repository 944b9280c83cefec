/**
 * What became of the tasks of a sync, which are tried again for as long as it takes.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { ChatnodeError } from "../../../errors.ts";
import { getLogger } from "../../../log.ts";
import { SyncError } from "./errors.ts";

/** The two directions, each on its own. */
export type Task = "push" | "pull";

const log = getLogger(["sync"]);

/** See the module's description. Logs each new cause of a failure once. */
export class Attempts {
  readonly #clock: Clock;
  readonly #failures = new Map<Task, ChatnodeError>();
  readonly #last = new Map<Task, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The failure of a task whose last attempt failed. */
  get failure():
    | { readonly task: Task; readonly code: string; readonly message: string }
    | undefined {
    const [task, failure] = this.#failures.entries().next().value ?? [];
    if (task === undefined || failure === undefined) return undefined;
    return { task, code: failure.code, message: failure.message };
  }

  /** Milliseconds since a task was last done; undefined before the first time. */
  since(task: Task): number | undefined {
    const last = this.#last.get(task);
    return last === undefined ? undefined : this.#clock.monotonic() - last;
  }

  succeeded(task: Task): void {
    this.#last.set(task, this.#clock.monotonic());
    if (this.#failures.delete(task)) log.info("The {task} works again", { task });
  }

  failed(task: Task, error: unknown): void {
    const known = this.#failures.get(task);
    const failure = error instanceof ChatnodeError ? error : new SyncError(
      "sync/state",
      `Cannot ${task}: ${error instanceof Error ? error.message : "unknown failure"}`,
      { cause: error },
    );
    this.#failures.set(task, failure);
    // Once for each cause: it is tried again and again.
    if (known?.code === failure.code) return;
    log.warn("The {task} is put off: {reason}", { task, reason: failure.message });
  }
}
