/**
 * Makes one segment of several: those of a room and a day that is over, so that a year of chat is
 * hundreds of files and not tens of thousands.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { Breather } from "./breather.ts";
import { HistoryError } from "./errors.ts";
import { divideIntoBlocks } from "./segment_blocks.ts";
import {
  formatSegmentName,
  hashBytes,
  parseSegmentName,
  SegmentFiles,
  type SegmentInfo,
} from "./segments.ts";
import { readWhole } from "./whole_file.ts";

/** What is to be merged: segments of one room, day and writer, in the order of their offsets. */
export interface MergeTask {
  /** The folder `history/`. */
  readonly history: string;
  readonly segments: readonly SegmentInfo[];
}

/**
 * Writes the merged segment; the parts stay. The same parts give the same bytes.
 *
 * @throws {HistoryError} `history/corrupt` when a part is not what was written; it is then better
 *   kept apart
 */
export async function mergeSegments(
  { history, segments }: MergeTask,
  breathe: Breather,
): Promise<SegmentInfo> {
  const [first] = segments;
  if (first === undefined) throw new RangeError("nothing to merge");
  const parts = await readParts(history, segments, breathe);
  const start = Math.min(...segments.map((segment) => segment.start));
  const end = Math.max(...segments.map((segment) => segment.end));
  const writer = parseSegmentName(first.path.slice(first.path.lastIndexOf("/") + 1))?.writer ?? "";
  const path = join(dirname(first.path), formatSegmentName({ start, end, writer }));
  const files = new SegmentFiles(history);
  if (await files.write(path, parts) === "other") {
    throw new HistoryError("history/corrupt", `Cannot merge into ${path}: it holds other bytes`);
  }
  await files.sync();
  return {
    ...first,
    path,
    runs: segments.flatMap(({ runs }) => runs),
    count: segments.reduce((sum, { count }) => sum + count, 0),
    start,
    end,
    bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
    sha256: hashBytes(...parts),
    // A merging makes small parts one: their own blocks would be small for ever.
    blocks: divideIntoBlocks(...parts),
  };
}

async function readParts(
  history: string,
  segments: readonly SegmentInfo[],
  breathe: Breather,
): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for (const segment of segments) {
    const part = readWhole(join(history, segment.path));
    if (part.length !== segment.bytes || hashBytes(part) !== segment.sha256) {
      throw new HistoryError("history/corrupt", `Cannot merge ${segment.path}: it is damaged`);
    }
    parts.push(part);
    await breathe();
  }
  return parts;
}
