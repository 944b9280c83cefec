/**
 * Questions that a command puts to this person while it runs: the fields of a form, a new password,
 * whether they are sure. An interface that a person sits at has a {@linkcode Questions}.
 *
 * @module
 */
import { printable, truncated } from "../../text.ts";
import type { Key, KeyName } from "./keys.ts";
import { LineEditor } from "./line_editor.ts";

/** A question. Its texts may come from elsewhere: not safe to show. */
export interface Question {
  /** A few words, without a colon behind them. */
  readonly text: string;
  /** Whether what is typed is seen; what is not is kept nowhere either. `shown` unless told. */
  readonly echo?: "shown" | "hidden";
  /** What the answer is unless it is changed. */
  readonly given?: string;
  /** What may be answered, to be completed; others may be right, too. */
  readonly choices?: readonly string[];
}

/** How a command asks. */
export interface Asking {
  /** The answer; undefined when this person gives it up. */
  ask(question: Question): Promise<string | undefined>;
  /** Tells something and goes on. @param text not safe to show */
  tell(text: string): Promise<void>;
}

/** Nobody is there to be asked. */
export const NOBODY: Asking = {
  ask: () => Promise.resolve(undefined),
  tell: () => Promise.resolve(),
};

/** The line in which a question is answered. */
export interface AnswerLine {
  /** Safe to show. */
  readonly label: string;
  readonly text: string;
  /** UTF-16 units before the cursor. */
  readonly cursor: number;
}

interface Open {
  readonly question: Question;
  readonly label: string;
  /** One of its own: what was being written stays, and nothing of an answer can be looked up. */
  readonly editor: LineEditor;
  /** What was typed before the first choice was put in its place. */
  typed: string | undefined;
  readonly settle: (answer: string | undefined) => void;
}

/** More at a time are given up at once. */
const WAITING_MOST = 20;
const LABEL_COLUMNS = 60;
/** Keys that give a question up; the last one on an empty line. */
const GIVING_UP: ReadonlySet<KeyName> = new Set(["interrupt", "cancel", "end-of-input"] as const);

/** See the module's description. One is asked after the other. */
export class Questions {
  readonly #changed: () => void;
  #open: readonly Open[] = [];

  /** @param changed the line may look different */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** What stands in the place of the line being written; undefined when nothing is asked. */
  get line(): AnswerLine | undefined {
    const [open] = this.#open;
    if (open === undefined) return undefined;
    const { question, label, editor: { text, cursor } } = open;
    return question.echo === "hidden" ? { label, text: "", cursor: 0 } : { label, text, cursor };
  }

  /** As {@linkcode Asking.ask}. */
  ask(question: Question): Promise<string | undefined> {
    if (this.#open.length >= WAITING_MOST) return Promise.resolve(undefined);
    return new Promise((settle) => {
      const editor = new LineEditor();
      editor.set(question.given ?? "");
      const words = truncated(printable(question.text).replaceAll(/\s+/g, " "), LABEL_COLUMNS);
      const open = { question, label: `${words}: `, editor, typed: undefined, settle };
      this.#open = [...this.#open, open];
      this.#changed();
    });
  }

  /** True when a key was for the question that is open. */
  press(key: Key): boolean {
    const [open] = this.#open;
    if (open === undefined) return false;
    if (key.kind === "key" && key.name.startsWith("complete")) {
      complete(open, key.name === "complete" ? 1 : -1);
      return true;
    }
    const outcome = open.editor.press(key);
    if (outcome.kind === "edited") open.typed = undefined;
    else if (outcome.kind === "entered") this.#settle(open, outcome.text);
    else if (outcome.kind !== "key" || !GIVING_UP.has(outcome.name)) return false;
    else if (outcome.name !== "end-of-input" || open.editor.text === "") {
      this.#settle(open, undefined);
    } else open.editor.press({ kind: "key", name: "delete" });
    return true;
  }

  #settle(open: Open, answer: string | undefined): void {
    this.#open = this.#open.filter((one) => one !== open);
    open.settle(answer);
    this.#changed();
  }
}

/** Puts the next choice that begins with what was typed into the line. */
function complete(open: Open, step: 1 | -1): void {
  const { editor, question: { choices = [] } } = open;
  const typed = open.typed ?? editor.text;
  const fitting = choices.filter((one) => one.toLowerCase().startsWith(typed.toLowerCase()));
  const at = open.typed === undefined ? (step > 0 ? 0 : -1) : fitting.indexOf(editor.text) + step;
  const chosen = fitting.at(at % Math.max(1, fitting.length));
  if (chosen === undefined) return;
  open.typed = typed;
  editor.set(chosen);
}
