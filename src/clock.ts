/**
 * Time as a dependency: whatever waits, expires or stamps takes a {@linkcode Clock}, so that tests
 * decide what time it is and nothing has to sleep.
 */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch, an integer. May step in either direction. */
  now(): number;
  /** Milliseconds since an arbitrary origin; never goes back. For durations and deadlines. */
  monotonic(): number;
  /** Calls `action` once, no earlier than `ms` milliseconds from now, unless cancelled. */
  after(ms: number, action: () => void): Timer;
}

/** A pending {@linkcode Clock.after} call. */
export interface Timer {
  /** Forgets the call; harmless after it ran. */
  cancel(): void;
}

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, action) {
    const id = setTimeout(action, ms);
    Deno.unrefTimer(id);
    return { cancel: () => clearTimeout(id) };
  },
};
