import type { Clock } from "../clock.ts";

/** Waits. @throws the signal's reason as soon as it aborts */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = () => resolve();
  const timer = clock.after(ms, wake);
  signal.addEventListener("abort", wake, { once: true });
  await promise;
  timer.cancel();
  signal.removeEventListener("abort", wake);
  signal.throwIfAborted();
}
