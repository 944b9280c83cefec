/**
 * Long work in small pieces: between two of them the event loop serves everybody else.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** Lets others work; resolves in a later turn of the event loop. */
export type Breather = () => Promise<void>;

/** Gives the event loop one turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
