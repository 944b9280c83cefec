/**
 * Tells a person who does not look that somebody spoke to them.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { truncated, visible } from "../../../text.ts";

/** How: not at all, by the terminal's bell, or by a notification of the desktop (OSC 9). */
export type Notify = "off" | "bell" | "desktop";

/** No more than one in so many milliseconds: a busy room is not an alarm. */
const EVERY_MS = 1_000;
const COLUMNS_MOST = 100;

/** See the module's description. */
export class Notifier {
  readonly #how: Notify;
  readonly #clock: Clock;
  #last = -Infinity;

  constructor(how: Notify, clock: Clock) {
    this.#how = how;
    this.#clock = clock;
  }

  /** What to write to the terminal; empty when nothing is to be told. @param text from anywhere */
  notification(text: string): string {
    const now = this.#clock.monotonic();
    if (this.#how === "off" || now - this.#last < EVERY_MS) return "";
    this.#last = now;
    if (this.#how === "bell") return "\x07";
    // The words before it keep a text of digits from meaning something else (ConEmu's OSC 9;4).
    return `\x1b]9;chatnode: ${truncated(visible(text), COLUMNS_MOST)}\x07`;
  }
}
