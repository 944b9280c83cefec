/** Lines kept; the oldest go first. Never written to disk: they may hold private messages. */
const MOST = 500;

/** What was entered before, to be looked up with the arrow keys. */
export class InputHistory {
  readonly #entries: string[] = [];
  /** Of the entry shown; `#entries.length` is the line being written. */
  #at = 0;
  #draft = "";

  /** Keeps an entered line and goes back to the end. Empty lines and repetitions are not kept. */
  add(line: string): void {
    if (line.trim() !== "" && line !== this.#entries.at(-1)) this.#entries.push(line);
    if (this.#entries.length > MOST) this.#entries.shift();
    this.#at = this.#entries.length;
    this.#draft = "";
  }

  /** Everything that is kept, the latest first. */
  entries(): readonly string[] {
    return [...this.#entries].reverse();
  }

  /** The entry before the one shown; undefined at the beginning. `shown` is kept as the draft. */
  earlier(shown: string): string | undefined {
    if (this.#at === 0) return undefined;
    if (this.#at === this.#entries.length) this.#draft = shown;
    this.#at -= 1;
    return this.#entries[this.#at];
  }

  /** The entry after the one shown, at last the draft; undefined at the end. */
  later(): string | undefined {
    if (this.#at >= this.#entries.length) return undefined;
    this.#at += 1;
    return this.#entries[this.#at] ?? this.#draft;
  }
}
