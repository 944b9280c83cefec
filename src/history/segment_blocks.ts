/**
 * Finding one line of a segment without reading the rest: a segment is divided into blocks of whole
 * lines, and the catalog keeps of each block how many lines and bytes it has and its checksum.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import type { SegmentInfo } from "./segments.ts";

/** Lines, bytes and CRC-32 of the blocks in their order: three numbers a block. */
export type SegmentBlocks = readonly number[];

/** A block ends with the line that makes it this long. */
const BLOCK_BYTES = 32 * 1024;
const LF = 0x0a;
const decoder = new TextDecoder();

/** Divides what it is told, line by line. */
export class BlockDivider {
  readonly #blocks: number[] = [];
  #lines = 0;
  #bytes = 0;
  #sum = 0;

  /** Takes bytes of the line, or of the lines, that {@linkcode BlockDivider.endLine} ends. */
  add(bytes: Uint8Array): void {
    this.#sum = crc32(bytes, this.#sum);
    this.#bytes += bytes.length;
  }

  endLine(): void {
    this.#lines++;
    if (this.#bytes >= BLOCK_BYTES) this.#endBlock();
  }

  finish(): SegmentBlocks {
    if (this.#lines > 0) this.#endBlock();
    return this.#blocks;
  }

  #endBlock(): void {
    this.#blocks.push(this.#lines, this.#bytes, this.#sum);
    this.#lines = this.#bytes = this.#sum = 0;
  }
}

/** The blocks of a segment of whole lines, given in parts of such lines. */
export function divideIntoBlocks(...parts: readonly Uint8Array[]): SegmentBlocks {
  const divider = new BlockDivider();
  for (const bytes of parts) {
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(LF, at) + 1 || bytes.length;
      divider.add(bytes.subarray(at, end));
      divider.endLine();
      at = end;
    }
  }
  return divider.finish();
}

/**
 * The line at an arrival offset, read from the segment's file `path`; undefined when the segment
 * does not hold it or its block is not what was written.
 *
 * @throws {Deno.errors.NotFound}
 */
export async function readSegmentLine(
  path: string,
  info: SegmentInfo,
  offset: number,
): Promise<string | undefined> {
  const line = lineOf(info.runs, offset);
  const place = line === undefined ? undefined : blockOf(info.blocks ?? [], line);
  if (place === undefined) return undefined;
  const bytes = await readAt(path, place.start, place.bytes);
  if (bytes.length !== place.bytes || crc32(bytes) !== place.checksum) return undefined;
  let start = 0;
  for (let skip = place.line; skip > 0; skip--) start = bytes.indexOf(LF, start) + 1;
  const end = bytes.indexOf(LF, start);
  return decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end));
}

/** The number of the line with an offset, from 0. */
function lineOf(runs: readonly number[], offset: number): number | undefined {
  let before = 0;
  for (let run = 0; run < runs.length; run += 2) {
    const [first = 0, count = 0] = [runs[run], runs[run + 1]];
    if (offset < first) return undefined;
    if (offset < first + count) return before + offset - first;
    before += count;
  }
  return undefined;
}

/** Where the block is that holds a line, and the line's number in it. */
function blockOf(blocks: SegmentBlocks, line: number) {
  let start = 0;
  let before = 0;
  for (let block = 0; block < blocks.length; block += 3) {
    const [lines = 0, bytes = 0, checksum = 0] = blocks.slice(block, block + 3);
    if (line < before + lines) return { start, bytes, checksum, line: line - before };
    before += lines;
    start += bytes;
  }
  return undefined;
}

/** Up to `count` bytes of a file from `start` on. */
export async function readAt(path: string, start: number, count: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  if (start > 0) await file.seek(start, Deno.SeekMode.Start);
  const bytes = new Uint8Array(count);
  let done = 0;
  while (done < count) {
    const read = await file.read(bytes.subarray(done));
    if (read === null) break;
    done += read;
  }
  return bytes.subarray(0, done);
}
