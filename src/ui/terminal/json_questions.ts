/**
 * Questions of commands, for programs: each is a line of output, and the next line of input answers
 * it. Any other line than an answer gives the question up and is done itself.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import type { Asking, Question } from "./asking.ts";

/** What asking takes. */
export interface JsonQuestionParts {
  write(value: Readonly<Record<string, unknown>>): Promise<void>;
  /** A command that has asked was not done. */
  failed(error: unknown, line: number): Promise<void>;
}

/** A command that is under way. */
interface Running {
  readonly done: Promise<void>;
  /** Resolves when it asks the next time. */
  asked: PromiseWithResolvers<void>;
  settle: ((answer: string | undefined) => void) | undefined;
}

/** See the module's description. One command at a time. */
export class JsonQuestions {
  readonly #parts: JsonQuestionParts;
  #running: Running | undefined;

  constructor(parts: JsonQuestionParts) {
    this.#parts = parts;
  }

  /**
   * Runs a command until it is over or asks something. What it throws before it asks is thrown, what
   * it throws later is told.
   *
   * @throws what `command` throws
   */
  async during(line: number, command: (asking: Asking) => Promise<void>): Promise<void> {
    let hasAsked = false;
    const asking: Asking = {
      ask: (question) => {
        hasAsked = true;
        return this.#ask(line, question);
      },
      tell: (text) => this.#parts.write({ type: "chatnode.reply", line, text }),
    };
    const running: Running = {
      done: Promise.resolve().then(() => command(asking)).catch(async (error) => {
        if (!hasAsked || !(error instanceof ChatnodeError)) throw error;
        await this.#parts.failed(error, line);
      }).finally(() => this.#running = undefined),
      asked: Promise.withResolvers(),
      settle: undefined,
    };
    this.#running = running;
    await this.#goOn(running);
  }

  /** Whether a line of input was the answer; one that is none gives the question up. */
  async answered(text: string): Promise<boolean> {
    const running = this.#running;
    if (running === undefined) return false;
    const answer = readAnswer(text);
    await this.#answer(running, answer?.text);
    if (answer === undefined) await this.giveUp();
    return answer !== undefined;
  }

  /** Gives up what is asked, and what the command asks then. */
  async giveUp(): Promise<void> {
    while (this.#running !== undefined) await this.#answer(this.#running, undefined);
  }

  async #answer(running: Running, answer: string | undefined): Promise<void> {
    const { settle } = running;
    running.asked = Promise.withResolvers();
    running.settle = undefined;
    settle?.(answer);
    await this.#goOn(running);
  }

  async #goOn(running: Running): Promise<void> {
    await Promise.race([running.done, running.asked.promise]);
  }

  async #ask(line: number, question: Question): Promise<string | undefined> {
    const running = this.#running;
    if (running === undefined) return undefined;
    const { text, echo = "shown", given, choices } = question;
    const more = { ...(given === undefined ? {} : { given }), ...(choices ? { choices } : {}) };
    const answer = new Promise<string | undefined>((settle) => running.settle = settle);
    const secret = echo === "hidden";
    await this.#parts.write({ type: "chatnode.question", line, text, secret, ...more });
    running.asked.resolve();
    return await answer;
  }
}

/** `{"answer": "..."}`, `{"answer": null}` to give up; undefined for every other line. */
function readAnswer(text: string): { readonly text: string | undefined } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const answer = typeof value === "object" && value !== null && "answer" in value
    ? value.answer
    : undefined;
  if (answer === null) return { text: undefined };
  return typeof answer === "string" ? { text: answer } : undefined;
}
