/**
 * One writer at a time where an object is replaced: flock(2) on a file of the bucket's own, and a
 * queue within this process. The kernel drops the lock with its process, however that ended.
 *
 * @module
 */
import { join } from "node:path";
import type { Call } from "../call.ts";
import { OWN_FOLDER } from "./places.ts";

/** The longest pause between two looks at a lock that others hold, milliseconds. */
const LOOK = 20;

/** See the module's description. */
export class FolderLock {
  readonly #path: string;
  readonly #random: () => number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(root: string, random: () => number) {
    this.#path = join(root, OWN_FOLDER, "lock");
    this.#random = random;
  }

  /** Runs `work` while nobody else may. Waits no longer than `call` lasts. */
  async hold<T>(call: Call, work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = before.then(() => promise);
    try {
      await call.orEnd(before);
      using file = await Deno.open(this.#path, { read: true, write: true, create: true });
      while (!await file.tryLock(true)) await call.wait(1 + this.#random() * LOOK);
      try {
        return await work();
      } finally {
        await file.unlock();
      }
    } finally {
      resolve();
    }
  }
}
