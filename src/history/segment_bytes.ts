/**
 * The bytes of a segment that is being made, in parts of bounded size: one text of all its lines,
 * and one buffer of that, would be memory that the process keeps long afterwards.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { BlockDivider, type SegmentBlocks } from "./segment_blocks.ts";

/** What the parts hold. */
export interface FinishedBytes {
  readonly parts: readonly Uint8Array[];
  /** Of all parts together. */
  readonly length: number;
  /** base64 SHA-256. */
  readonly sha256: string;
  readonly blocks: SegmentBlocks;
}

/** A part is as long as all before it, within these bounds: most segments are short. */
const PART = { least: 4 * 1024, most: 64 * 1024 };
/** No character takes more in UTF-8. */
const CHARACTER_BYTES = 4;
const LF = 0x0a;
const encoder = new TextEncoder();

/** See the module's description. */
export class SegmentBytes {
  readonly #parts: Uint8Array[] = [];
  readonly #hash = createHash("sha256");
  readonly #blocks = new BlockDivider();
  #last = new Uint8Array();
  /** Bytes of the last part that are filled. */
  #filled = 0;
  #length = 0;

  /** Adds a line, given without LF. */
  add(line: string): void {
    for (let rest = line; rest !== "";) {
      this.#makeRoom(CHARACTER_BYTES);
      const { read, written } = encoder.encodeInto(rest, this.#last.subarray(this.#filled));
      this.#take(written);
      rest = rest.slice(read);
    }
    this.#makeRoom(1);
    this.#last[this.#filled] = LF;
    this.#take(1);
    this.#blocks.endLine();
  }

  /** What was added; nothing may be added afterwards. */
  finish(): FinishedBytes {
    this.#closePart();
    return {
      parts: this.#parts,
      length: this.#length,
      sha256: this.#hash.digest("base64"),
      blocks: this.#blocks.finish(),
    };
  }

  #take(count: number): void {
    this.#blocks.add(this.#last.subarray(this.#filled, this.#filled + count));
    this.#filled += count;
    this.#length += count;
  }

  #makeRoom(count: number): void {
    if (this.#filled + count <= this.#last.length) return;
    this.#closePart();
    this.#last = new Uint8Array(Math.min(PART.most, Math.max(PART.least, this.#length)));
    this.#filled = 0;
  }

  #closePart(): void {
    if (this.#filled === 0) return;
    const part = this.#last.subarray(0, this.#filled);
    this.#hash.update(part);
    this.#parts.push(part);
  }
}
