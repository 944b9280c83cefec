/**
 * Waits between attempts: doubling, with jitter, as long as the system asks for when it does.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { TicketError } from "./contract.ts";

/** Bounds of the waits, milliseconds. */
const FIRST_MS = 1_000;
const MOST_MS = 5 * 60 * 1000;

/** How long to wait after a failure: between half of the bound and all of it. */
export function waitAfter(failures: number, error: unknown, random: () => number): number {
  const bound = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures, 20));
  const wait = bound / 2 + random() * bound / 2;
  return Math.max(wait, error instanceof TicketError ? error.retryAfterMs ?? 0 : 0);
}

/** Whether the next attempt may do better. */
export function isWorthRetrying(error: unknown): boolean {
  return error instanceof TicketError && error.code === "tickets/unavailable";
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  const timer = clock.after(ms, resolve);
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise.finally(() => timer.cancel());
}
