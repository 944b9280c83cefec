import type { Clock } from "../../../clock.ts";

/** Resolves after `ms` milliseconds, or as soon as `signal` aborts. Never rejects. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      timer.cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = clock.after(ms, finish);
    signal.addEventListener("abort", finish, { once: true });
  });
}
