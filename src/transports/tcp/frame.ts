/**
 * Frames of the TCP door: 4 bytes of length, big-endian, then that many bytes of UTF-8. Original
 * clients and native ones share them.
 *
 * @module
 */
import { Scratch } from "../../wire/scratch.ts";

/** Bytes of the length. */
export const HEADER_BYTES = 4;

/** UTF-8 needs at most three bytes for each UTF-16 unit. */
const BYTES_PER_UNIT = 3;

/**
 * Writes texts as frames into one buffer. One encoder serves all connections of a door: its scratch
 * buffer is written and copied out within one call.
 */
export class FrameEncoder {
  readonly #scratch = new Scratch();

  /** One frame for each text, joined. The result is the caller's. */
  encode(texts: readonly string[]): Uint8Array<ArrayBuffer> {
    const most = texts.reduce((sum, text) => sum + text.length * BYTES_PER_UNIT + HEADER_BYTES, 0);
    const scratch = this.#scratch.room(most);
    let end = 0;
    for (const text of texts) {
      const length = scratch.write(text, end + HEADER_BYTES, "utf8");
      scratch.writeUInt32BE(length, end);
      end += HEADER_BYTES + length;
    }
    const frames = new Uint8Array(end);
    frames.set(scratch.subarray(0, end));
    return frames;
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a frame or a line; undefined when it is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}
