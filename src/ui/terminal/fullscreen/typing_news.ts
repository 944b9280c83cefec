/**
 * Tells others that this person writes: when they begin, every few seconds, when they pause and when
 * they stop.
 *
 * @module
 */
import type { Clock, Timer } from "../../../clock.ts";
import type { RoomId } from "../../../message/event.ts";
import type { Signals } from "../session_extras.ts";

/** As long as others believe it without hearing it again, and a bit less. */
const AGAIN_MS = 4_000;
const PAUSE_MS = 6_000;

/** See the module's description. */
export class TypingNews {
  readonly #clock: Clock;
  #told: { readonly signals: Signals; readonly room: RoomId; readonly at: number } | undefined;
  #pause: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The text was changed. @param isText there is one, and it is no command */
  edited(signals: Signals | undefined, room: RoomId, isText: boolean): void {
    if (signals === undefined || !isText) return this.stop();
    const now = this.#clock.monotonic();
    if (this.#told === undefined || now - this.#told.at > AGAIN_MS) {
      this.#told = { signals, room, at: now };
      signals.typing(room, "typing");
    }
    this.#pause?.cancel();
    this.#pause = this.#clock.after(PAUSE_MS, () => {
      signals.typing(room, "paused");
      this.#told = undefined;
    });
  }

  /** Nothing is being written any more. */
  stop(): void {
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#told?.signals.typing(this.#told.room, "idle");
    this.#told = undefined;
  }
}
