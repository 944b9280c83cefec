/**
 * Shows that long work goes on also while nothing of it is counted yet.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";
import type { Progress } from "./progress.ts";

/** Milliseconds between two beats. */
const EVERY = 1_000;

/** Shows `shown` again every second, until it is disposed of. */
export function heartbeat(shown: Pick<Progress, "advance">, clock: Clock): Disposable {
  let timer: Timer;
  const beat = () => {
    shown.advance(0);
    timer = clock.after(EVERY, beat);
  };
  timer = clock.after(EVERY, beat);
  return { [Symbol.dispose]: () => timer.cancel() };
}
