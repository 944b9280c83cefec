/**
 * Ports for programs that have to be told theirs before they start.
 *
 * @module
 */

/** Below those that systems give to whoever asks for any (Linux: from 32,768 on). */
const FIRST = 10_000;
const COUNT = 20_000;

/**
 * `count` different ports of 127.0.0.1 that nobody listens on now, and that the system gives to
 * nobody by itself: between the look and the start only somebody who asks for the very number could
 * take one.
 */
export function freePorts(count: number): number[] {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (isFree(port)) ports.add(port);
  }
  return [...ports];
}

/** One of {@linkcode freePorts}. */
export function freePort(): number {
  return freePorts(1)[0] ?? 0;
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}
