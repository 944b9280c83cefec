/**
 * What is being written: the line, what completes it, what is looked up for it, and the news of it
 * to others.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { RoomId } from "../../../message/event.ts";
import { type Question, Questions } from "../asking.ts";
import { type Candidates, Completion, type Vocabulary } from "../completion.ts";
import { HistorySearch } from "../history_search.ts";
import type { Key } from "../keys.ts";
import { LineEditor, type Outcome } from "../line_editor.ts";
import type { Signals } from "../session_extras.ts";
import type { Conversation } from "./model/conversation.ts";
import { TypingNews } from "./typing_news.ts";
import type { InputState } from "./view/input.ts";

/** Where what is written goes. */
export interface Addressee {
  readonly signals: Signals | undefined;
  readonly room: RoomId;
}

/** See the module's description. */
export class Writing {
  readonly #editor = new LineEditor();
  readonly #completion: Completion;
  readonly #typing: TypingNews;
  readonly #addressee: () => Addressee | undefined;
  readonly #questions: Questions;
  #search: HistorySearch | undefined;

  /** @param addressee who is told that this person writes; undefined: nobody */
  constructor(parts: {
    readonly vocabulary: Vocabulary;
    readonly clock: Clock;
    addressee(): Addressee | undefined;
    /** It may look different. */
    changed(): void;
  }) {
    this.#completion = new Completion(parts.vocabulary);
    this.#typing = new TypingNews(parts.clock);
    this.#addressee = () => parts.addressee();
    this.#questions = new Questions(() => parts.changed());
  }

  get text(): string {
    return this.#editor.text;
  }

  /** What Tab has to offer; undefined when it was not pressed just now. */
  get candidates(): Candidates | undefined {
    return this.#completion.candidates(this.#editor);
  }

  /** What stands at the bottom of the screen. */
  get input(): InputState {
    const { line } = this.#questions;
    if (line !== undefined) return line;
    const { text, cursor } = this.#editor;
    if (this.#search === undefined) return { label: "> ", text, cursor };
    const { typed, found = "" } = this.#search;
    return {
      label: "(search) ",
      text: `${typed}: ${typed === "" ? "" : found}`,
      cursor: typed.length,
    };
  }

  /** True while Ctrl-R looks for something. */
  get isSearching(): boolean {
    return this.#search !== undefined;
  }

  /** True while this person is asked something. */
  get isAsked(): boolean {
    return this.#questions.line !== undefined;
  }

  /** Asks this person something, in the place of the line; undefined when they give it up. */
  ask(question: Question): Promise<string | undefined> {
    return this.#questions.ask(question);
  }

  /** Does what a key does to the line. */
  press(key: Key): Outcome {
    if (this.#questions.press(key)) return { kind: "edited" };
    if (this.#search !== undefined && !this.#goOn(this.#search, key)) return { kind: "edited" };
    const outcome = this.#editor.press(key);
    if (outcome.kind === "entered") this.#typing.stop();
    if (outcome.kind === "edited") this.#tell();
    return outcome;
  }

  /** Completes the last word. */
  complete(direction: "forwards" | "backwards"): void {
    const { text, cursor } = this.#editor;
    const completed = this.#completion.next({ text, cursor }, direction);
    if (completed !== undefined) this.#editor.set(completed.text, completed.cursor);
  }

  /** Looks for what was entered before. */
  search(): void {
    this.#search = new HistorySearch(this.#editor.entered());
  }

  /** Gives the line up; it can be looked up. */
  giveUp(): void {
    this.#editor.remember(this.#editor.text);
    this.#editor.set("");
    this.#typing.stop();
  }

  /** Keeps a text to be looked up. */
  remember(text: string): void {
    this.#editor.remember(text);
  }

  /** Goes from what was being written in one conversation to what was in another. */
  turn(from: Conversation | undefined, to: Conversation | undefined): void {
    this.#typing.stop();
    if (from !== undefined) from.draft = this.#editor.text;
    this.#editor.set(to?.draft ?? "");
  }

  /**
   * What was entered has led into a conversation, perhaps a moment later: what is being written by
   * then is meant for there.
   */
  follow(from: Conversation | undefined, to: Conversation | undefined): void {
    this.#typing.stop();
    // The line was empty when it was entered.
    if (from !== undefined) from.draft = "";
    if (this.#editor.text === "") this.#editor.set(to?.draft ?? "");
  }

  /** False when the search has taken the key. */
  #goOn(search: HistorySearch, key: Key): boolean {
    const outcome = search.press(key);
    if (outcome === "going-on") return false;
    this.#search = undefined;
    if (outcome === "cancelled") return false;
    if (search.typed !== "" && search.found !== undefined) this.#editor.set(search.found);
    return true;
  }

  #tell(): void {
    const { text } = this.#editor;
    const isText = text !== "" && (!text.startsWith("/") || text.startsWith("/me "));
    const addressee = this.#addressee();
    if (addressee !== undefined) {
      this.#typing.edited(addressee.signals, addressee.room, isText);
    }
  }
}
