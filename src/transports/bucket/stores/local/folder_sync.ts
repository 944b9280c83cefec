/**
 * Makes changes of folders last, for many writers at once: whoever comes while a folder is being
 * synced shares the next sync with all others who do.
 *
 * @module
 */
import { syncFolder } from "./places.ts";

interface Turn {
  readonly running: Promise<void>;
  next: Promise<void> | undefined;
}

/** See the module's description. */
export class FolderSync {
  readonly #turns = new Map<string, Turn>();

  /** Resolves when what was done in `folder` before this call is on disk. */
  sync(folder: string): Promise<void> {
    const turn = this.#turns.get(folder);
    if (turn === undefined) return this.#begin(folder);
    // The one that runs may have begun before the caller's change.
    turn.next ??= turn.running.then(() => this.#begin(folder), () => this.#begin(folder));
    return turn.next;
  }

  #begin(folder: string): Promise<void> {
    const running = syncFolder(folder);
    const turn: Turn = { running, next: undefined };
    this.#turns.set(folder, turn);
    const over = () => {
      if (turn.next === undefined) this.#turns.delete(folder);
    };
    running.then(over, over);
    return running;
  }
}
