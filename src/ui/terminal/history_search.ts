/**
 * Looks for what was entered before while it is typed, as Ctrl-R of a shell.
 *
 * @module
 */
import type { Key } from "./keys.ts";

/** What became of the search after a key. */
export type SearchOutcome =
  | "going-on"
  /** Given up: the line is as before. */
  | "cancelled"
  /** The line found is taken; the key goes on to the editor. */
  | "taken";

/** See the module's description. */
export class HistorySearch {
  readonly #entries: readonly string[];
  #typed = "";
  #at = 0;

  /** @param entries the latest first */
  constructor(entries: readonly string[]) {
    this.#entries = entries;
  }

  /** What was typed to look for. */
  get typed(): string {
    return this.#typed;
  }

  /** The entry found; undefined when none fits. */
  get found(): string | undefined {
    return this.#entries[this.#at];
  }

  press(key: Key): SearchOutcome {
    if (key.kind === "text" || key.kind === "paste") {
      this.#typed += key.text.replaceAll("\n", " ");
      this.#look(this.#at);
      return "going-on";
    }
    if (key.kind !== "key") return "going-on";
    switch (key.name) {
      case "search-back":
        this.#look(this.#at + 1);
        return "going-on";
      case "backspace":
        this.#typed = [...this.#typed].slice(0, -1).join("");
        this.#look(0);
        return "going-on";
      case "cancel":
      case "interrupt":
        return "cancelled";
      default:
        return "taken";
    }
  }

  /** The next entry that fits, from a place on; stays where it is when there is none. */
  #look(from: number): void {
    const wanted = this.#typed.toLowerCase();
    const at = this.#entries.findIndex((entry, index) =>
      index >= from && entry.toLowerCase().includes(wanted)
    );
    if (at >= 0) this.#at = at;
  }
}
