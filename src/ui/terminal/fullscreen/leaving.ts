/**
 * Leaving: once everything is sent, or at once when it is asked for twice.
 *
 * @module
 */

/** What leaving needs of the screen. */
export interface LeavingParts {
  /** Messages that are not stored yet. */
  waiting(): number;
  /** Says why it does not leave yet; safe to show. */
  tell(text: string): void;
  /** The person leaves. */
  left(): void;
}

/** See the module's description. */
export class Leaving {
  readonly #parts: LeavingParts;
  /** Ctrl-C leaves the next time. */
  #isWarned = false;
  #isQuitting = false;
  #isAsked = false;

  constructor(parts: LeavingParts) {
    this.#parts = parts;
  }

  /** True once the person has asked to leave and nothing keeps them. */
  get isAsked(): boolean {
    return this.#isAsked;
  }

  /** Something else was done: Ctrl-C has to be pressed twice again. */
  relent(): void {
    this.#isWarned = false;
  }

  /** Something else was asked for: it does not leave by itself any more. */
  stay(): void {
    this.#isWarned = false;
    this.#isQuitting = false;
  }

  /** Leaves now. */
  leave(): void {
    this.#isAsked = true;
    this.#parts.left();
  }

  /** Leaves once everything is sent; the second time at once. */
  quit(): void {
    const waiting = this.#parts.waiting();
    if (waiting === 0 || this.#isQuitting) return this.leave();
    this.#isQuitting = true;
    const what = waiting === 1 ? "A message is" : `${waiting} messages are`;
    this.#parts.tell(`${what} not sent yet; /quit once more leaves without`);
  }

  /** Ctrl-C on an empty line. */
  interrupt(): void {
    if (this.#isWarned) return this.leave();
    this.#isWarned = true;
    this.#parts.tell("Ctrl-C once more leaves");
  }

  /** Everything that was said is stored now. */
  settled(): void {
    if (this.#isQuitting && this.#parts.waiting() === 0) this.leave();
  }
}
