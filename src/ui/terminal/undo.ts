/** A text and its cursor, UTF-16 units. */
interface State {
  readonly text: string;
  readonly cursor: number;
}

/** Steps that are kept. */
const MOST = 200;

/**
 * What a line was before it was changed. Changes of one kind that follow each other, letters typed
 * for example, are one step.
 */
export class Undo {
  #steps: State[] = [];
  #kind: string | undefined;

  /** Keeps the state before a change of a kind. */
  keep({ text, cursor }: State, kind: string): void {
    const goesOn = kind === this.#kind && (kind === "typing" || kind === "backspace");
    this.#kind = kind;
    if (goesOn) return;
    this.#steps.push({ text, cursor });
    if (this.#steps.length > MOST) this.#steps.shift();
  }

  /** The next change begins a step of its own. */
  pause(): void {
    this.#kind = undefined;
  }

  /** The state before the last step; undefined when there is none. */
  takeBack(): State | undefined {
    this.#kind = undefined;
    return this.#steps.pop();
  }

  /** The line is another one. */
  forget(): void {
    this.#steps = [];
    this.#kind = undefined;
  }
}
