import type { Dialect, Signal } from "../../../hub/contract.ts";
import type { FrameEncoder } from "../frame.ts";
import { split } from "../split.ts";
import { indented, wordsOf } from "../words.ts";

/**
 * Bytes of one body to an original client. Its reader takes no more, and has lost the framing for
 * good when more comes.
 */
export const ORIGINAL_BODY_MOST = 1024;

/** Signals as frames that all original clients share. */
export class OriginalDialect implements Dialect<Uint8Array> {
  readonly name = "original";
  readonly echo = false;
  readonly #node: string;
  readonly #encoder: FrameEncoder;

  constructor(node: string, encoder: FrameEncoder) {
    this.#node = node;
    this.#encoder = encoder;
  }

  encode(signals: readonly Signal[]): Uint8Array | undefined {
    const texts = signals.flatMap((signal) => {
      const said = wordsOf(signal, this.#node);
      if (said === undefined) return [];
      return split(said.prefix, indented(said.text), ORIGINAL_BODY_MOST);
    });
    return texts.length === 0 ? undefined : this.#encoder.encode(texts);
  }

  /** What the node itself says. */
  notice(text: string): Uint8Array {
    return this.#encoder.encode(split("[!] ", text, ORIGINAL_BODY_MOST));
  }
}
