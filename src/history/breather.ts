/**
 * Long work in small pieces: between two of them the event loop serves everybody else.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Clock } from "../clock.ts";

/** Lets others work; resolves in a later turn of the event loop. */
export type Breather = () => Promise<void>;

/**
 * A breather that rests as long as was worked: half the processor is left to those who chat. Slower,
 * for work that nobody waits for.
 */
export function restful(breathe: Breather, clock: Clock): Breather {
  let began = clock.monotonic();
  return async () => {
    const worked = clock.monotonic() - began;
    await new Promise<void>((resolve) => clock.after(worked, resolve));
    await breathe();
    began = clock.monotonic();
  };
}

/** Gives the event loop one turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
