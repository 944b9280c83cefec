/** Messages remembered, and their characters: more than are ever on their way. */
const MOST = { messages: 1_000, characters: 4 * 1024 * 1024 };
/** Names in front of a text that are looked behind. */
const MOST_NAMES = 4;
/** So much of a longer message is known again: what is long travels in pieces. */
const LEAST_PIECE = 256;

/**
 * Knows what was said here lately, so that what comes back by way of another bridge, under more names
 * or with more of them in front, is not passed on once more.
 */
export class Echoes {
  /** `name: text`, the oldest first. */
  readonly #said = new Set<string>();
  #characters = 0;

  /** Somebody of this node said something. */
  note(name: string, text: string): void {
    const said = `${name}: ${text}`;
    if (this.#said.delete(said)) this.#characters -= said.length;
    this.#said.add(said);
    this.#characters += said.length;
    for (const oldest of this.#said) {
      if (this.#said.size <= MOST.messages && this.#characters <= MOST.characters) return;
      this.#said.delete(oldest);
      this.#characters -= oldest.length;
    }
  }

  /**
   * Whether `alias`, who is somebody of another node upstream, is in truth somebody of this one, whose
   * message, or a part of it, comes back.
   */
  isOfUs(alias: string, text: string): boolean {
    const at = alias.lastIndexOf("@");
    return at > 0 && this.#knows(alias.slice(0, at), text, 1);
  }

  /** Whether a text is somebody's message of this node, with that name in front, or more of them. */
  isWithin(text: string): boolean {
    let rest = text;
    for (let names = 0; names < MOST_NAMES; names++) {
      const colon = rest.indexOf(": ");
      if (colon < 0) return false;
      const name = rest.slice(0, colon);
      rest = rest.slice(colon + 2);
      if (this.#knows(name, rest, LEAST_PIECE) || this.isOfUs(name, rest)) return true;
    }
    return false;
  }

  /** Whether `name` said `text`, or so much of it. */
  #knows(name: string, text: string, leastPiece: number): boolean {
    if (this.#said.has(`${name}: ${text}`)) return true;
    if (text.length < leastPiece) return false;
    const start = `${name}: `;
    for (const said of this.#said) if (said.startsWith(start) && said.includes(text)) return true;
    return false;
  }
}
