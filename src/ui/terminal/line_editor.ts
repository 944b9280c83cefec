/**
 * The line being written: its text, its cursor, and what the keys do to them. Knows no terminal.
 *
 * @module
 */
import { graphemeAt } from "../../text.ts";
import { InputHistory } from "./input_history.ts";
import type { Key, KeyName } from "./keys.ts";
import { Undo } from "./undo.ts";

/** Longest text, UTF-16 units: as much as a message may have bytes. */
const MOST = 256 * 1024;

const WORD = /[\p{L}\p{N}\p{M}_]/u;

/** Keys that change the text. */
const CHANGES: ReadonlySet<KeyName> = new Set([
  ...["newline", "backspace", "delete", "kill-to-end", "kill-to-start", "kill-word"] as const,
  ...["delete-word", "yank", "transpose"] as const,
]);

/** What the owner has to do after a key. */
export type Outcome =
  /** The line may look different. */
  | { readonly kind: "edited" }
  /** Enter was pressed. The line is empty again. */
  | { readonly kind: "entered"; readonly text: string }
  /** None of the editor's own keys. */
  | { readonly kind: "key"; readonly name: KeyName }
  /** Nothing that is typed. */
  | { readonly kind: "other"; readonly key: Extract<Key, { kind: "number" | "answer" }> };

/** See the module's description. The cursor always stands between characters as people see them. */
export class LineEditor {
  readonly #history = new InputHistory();
  readonly #undo = new Undo();
  #text = "";
  #cursor = 0;
  #killed = "";

  get text(): string {
    return this.#text;
  }

  /** UTF-16 units before the cursor. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Puts `text` in the place of the line, the cursor behind it or at `cursor`. */
  set(text: string, cursor = text.length): void {
    this.#text = text.slice(0, MOST);
    this.#cursor = this.#boundary(cursor);
  }

  /** Keeps a line that could not be sent, so that it can be looked up. */
  remember(text: string): void {
    this.#history.add(text);
  }

  /** Does what the key does. */
  press(key: Key): Outcome {
    if (key.kind === "number" || key.kind === "answer") return { kind: "other", key };
    if (key.kind !== "key") {
      this.#undo.keep(this, key.kind === "paste" ? "paste" : key.text === " " ? "space" : "typing");
      this.#insert(key.text);
      return { kind: "edited" };
    }
    if (key.name === "enter") return this.#enter();
    const act = this.#actions[key.name];
    if (act === undefined) return { kind: "key", name: key.name };
    if (CHANGES.has(key.name)) this.#undo.keep(this, key.name);
    else if (key.name !== "undo") this.#undo.pause();
    act();
    return { kind: "edited" };
  }

  readonly #actions: Readonly<Partial<Record<KeyName, () => void>>> = {
    "newline": () => this.#insert("\n"),
    "left": () => this.#cursor = this.#before(this.#cursor),
    "right": () => this.#cursor = this.#after(this.#cursor),
    "word-left": () => this.#cursor = this.#wordBefore(),
    "word-right": () => this.#cursor = this.#wordAfter(),
    "home": () => this.#cursor = 0,
    "end": () => this.#cursor = this.#text.length,
    "backspace": () => this.#cut(this.#before(this.#cursor), this.#cursor),
    "delete": () => this.#cut(this.#cursor, this.#after(this.#cursor)),
    "kill-to-end": () => this.#kill(this.#cursor, this.#text.length),
    "kill-to-start": () => this.#kill(0, this.#cursor),
    "kill-word": () => this.#kill(this.#spacesBefore(), this.#cursor),
    "delete-word": () => this.#kill(this.#cursor, this.#wordAfter()),
    "yank": () => this.#insert(this.#killed),
    "transpose": () => this.#transpose(),
    "up": () => this.#vertically("up"),
    "down": () => this.#vertically("down"),
    "undo": () => this.#takeBack(),
  };

  /** What was entered before, the latest first. */
  entered(): readonly string[] {
    return this.#history.entries();
  }

  #takeBack(): void {
    const before = this.#undo.takeBack();
    if (before !== undefined) this.set(before.text, before.cursor);
  }

  /** Within a text of several lines to the line above or below, beyond it to what was entered. */
  #vertically(direction: "up" | "down"): void {
    const begin = this.#text.lastIndexOf("\n", this.#cursor - 1) + 1;
    const column = this.#cursor - begin;
    if (direction === "up") {
      if (begin === 0) return this.#look(this.#history.earlier(this.#text));
      const above = this.#text.lastIndexOf("\n", begin - 2) + 1;
      this.#cursor = this.#boundary(Math.min(above + column, begin - 1));
      return;
    }
    const end = this.#text.indexOf("\n", this.#cursor);
    if (end < 0) return this.#look(this.#history.later());
    const last = this.#text.indexOf("\n", end + 1);
    const most = last < 0 ? this.#text.length : last;
    this.#cursor = this.#boundary(Math.min(end + 1 + column, most));
  }

  #enter(): Outcome {
    const text = this.#text;
    this.#history.add(text);
    this.#undo.forget();
    this.set("");
    return { kind: "entered", text };
  }

  #insert(text: string): void {
    const room = MOST - this.#text.length;
    const fits = text.slice(0, Math.max(0, room)).toWellFormed();
    const before = this.#text.slice(0, this.#cursor) + fits;
    this.#text = before + this.#text.slice(this.#cursor);
    this.#cursor = this.#boundary(before.length);
  }

  #cut(from: number, to: number): void {
    this.#text = this.#text.slice(0, from) + this.#text.slice(to);
    this.#cursor = this.#boundary(from);
  }

  #kill(from: number, to: number): void {
    if (from === to) return;
    this.#killed = this.#text.slice(from, to);
    this.#cut(from, to);
  }

  #look(entry: string | undefined): void {
    if (entry !== undefined) this.set(entry);
  }

  /** Exchanges the two characters around the cursor; at the end the two before it. */
  #transpose(): void {
    const middle = this.#cursor === this.#text.length ? this.#before(this.#cursor) : this.#cursor;
    const from = this.#before(middle);
    const to = this.#after(middle);
    if (from === middle || middle === to) return;
    const exchanged = this.#text.slice(middle, to) + this.#text.slice(from, middle);
    this.#text = this.#text.slice(0, from) + exchanged + this.#text.slice(to);
    this.#cursor = this.#boundary(to);
  }

  /** `index`, or the end of the character that it is within. */
  #boundary(index: number): number {
    if (index >= this.#text.length) return this.#text.length;
    const character = graphemeAt(this.#text, index);
    return character === undefined || character.from === index ? index : character.to;
  }

  #before(index: number): number {
    return graphemeAt(this.#text, index - 1)?.from ?? 0;
  }

  #after(index: number): number {
    return graphemeAt(this.#text, index)?.to ?? this.#text.length;
  }

  #wordBefore(): number {
    let at = this.#cursor;
    while (at > 0 && !this.#isWord(this.#before(at))) at = this.#before(at);
    while (at > 0 && this.#isWord(this.#before(at))) at = this.#before(at);
    return at;
  }

  #wordAfter(): number {
    let at = this.#cursor;
    while (at < this.#text.length && !this.#isWord(at)) at = this.#after(at);
    while (at < this.#text.length && this.#isWord(at)) at = this.#after(at);
    return at;
  }

  /** As Ctrl-W of a shell: back over spaces, then to the next space. */
  #spacesBefore(): number {
    const kept = this.#text.slice(0, this.#cursor).replace(/\S*\s*$/, "").length;
    return kept;
  }

  #isWord(at: number): boolean {
    return WORD.test(this.#text.slice(at, this.#after(at)));
  }
}
