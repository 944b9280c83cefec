/** How long a condition may take before a test fails, milliseconds. Generous: CI is shared. */
export const PATIENCE = 20_000;

/** How often a condition that tells nobody of its change is looked at, milliseconds. */
const LOOK_EVERY = 10;

/**
 * Waits until `condition` gives something other than undefined or false, and returns that.
 *
 * @throws {Error} naming `what`, when it never did.
 */
export async function eventually<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  patience: number = PATIENCE,
): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

/** `promise`, or a failure that names `what` when it takes longer than `patience`. */
export async function inTime<T>(
  what: string,
  promise: Promise<T>,
  patience: number = PATIENCE,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took too long: ${what}`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
