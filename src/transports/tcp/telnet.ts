/**
 * Takes the commands of telnet clients (RFC 854) out of what people type. Nothing is negotiated: a
 * client whose wishes are not answered goes on as a plain terminal.
 *
 * @module
 */

const IAC = 255;
const SUBNEGOTIATION = 250;
const SUBNEGOTIATION_END = 240;
/** WILL, WONT, DO, DONT: an option follows. */
const FIRST_WITH_OPTION = 251;

/** See the module's description. Keeps its place between calls, and no bytes. */
export class TelnetFilter {
  #state: "text" | "command" | "option" | "within" | "within command" = "text";

  /** What is left of `chunk`; the chunk itself when nothing was to be taken out. */
  filter(chunk: Uint8Array): Uint8Array {
    if (this.#state === "text" && !chunk.includes(IAC)) return chunk;
    const kept = new Uint8Array(chunk.length);
    let length = 0;
    for (const byte of chunk) if (this.#isText(byte)) kept[length++] = byte;
    return kept.subarray(0, length);
  }

  #isText(byte: number): boolean {
    switch (this.#state) {
      case "text":
        if (byte !== IAC) return true;
        this.#state = "command";
        return false;
      case "command":
        this.#state = byte === SUBNEGOTIATION
          ? "within"
          : byte >= FIRST_WITH_OPTION && byte !== IAC
          ? "option"
          : "text";
        // IAC IAC is the byte 255, which no UTF-8 holds.
        return byte === IAC;
      case "option":
        this.#state = "text";
        return false;
      case "within":
        if (byte === IAC) this.#state = "within command";
        return false;
      case "within command":
        this.#state = byte === SUBNEGOTIATION_END ? "text" : "within";
        return false;
    }
  }
}
