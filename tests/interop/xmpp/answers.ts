/**
 * A person who answers what commands ask.
 *
 * @module
 */
import type { Asking, Question } from "../../../src/ui/terminal/asking.ts";

/** See the module's description. */
export class Answers implements Asking {
  readonly asked: Question[] = [];
  readonly told: string[] = [];
  readonly #answer: (question: Question) => string | undefined;

  /** @param answer undefined gives the question up */
  constructor(answer: (question: Question) => string | undefined) {
    this.#answer = answer;
  }

  ask(question: Question): Promise<string | undefined> {
    this.asked.push(question);
    return Promise.resolve(this.#answer(question));
  }

  tell(text: string): Promise<void> {
    this.told.push(text);
    return Promise.resolve();
  }
}

/** Answers in this order, then gives up. */
export function answering(...answers: readonly string[]): Answers {
  const left = [...answers];
  return new Answers(() => left.shift());
}
