/**
 * Archives that know whole seconds alone.
 *
 * @module
 */
import { eventually } from "../../harness/eventually.ts";

/**
 * Waits for the next second of the clock: Prosody's archive counts what was said in the one in which
 * somebody comes as said since then.
 */
export async function anotherSecond(): Promise<void> {
  const second = (): number => Math.floor(Date.now() / 1_000);
  const now = second();
  await eventually("another second", () => second() > now);
}
