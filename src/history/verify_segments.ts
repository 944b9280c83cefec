/**
 * Checks the segments of one room against the catalog, their own names and their signatures.
 *
 * @module
 */
import { splitLines } from "../message/splitter.ts";
import type { CatalogRoom } from "./catalog_state.ts";
import type { Layout } from "./layout.ts";
import { readIfThere } from "./layout.ts";
import { hashBytes, parseSegmentName, type SegmentInfo } from "./segments.ts";
import { RoomWalk, type RoomWalkOptions } from "./verify_lines.ts";
import type { VerifyReport } from "./verify_report.ts";

/** Thrown when a file that the catalog names is gone: merged or removed meanwhile, or lost. */
export class SegmentGone extends Error {
  override readonly name = "SegmentGone";
  constructor(readonly path: string) {
    super("a segment is gone");
  }
}

/** What {@linkcode verifySegments} needs besides the room. */
export interface SegmentCheck extends Omit<RoomWalkOptions, "room" | "anchors"> {
  readonly layout: Layout;
  /** Called with the bytes of each file once it was checked. */
  readonly onProgress: (bytes: number) => void;
  /** Paths that are known to be lost and only reported. */
  readonly lost: ReadonlySet<string>;
}

/**
 * Checks every segment of a room in the order of arrival.
 *
 * @throws {SegmentGone} for the caller to look whether the catalog still names the file
 */
export async function verifySegments(room: CatalogRoom, check: SegmentCheck): Promise<void> {
  const { report, lost } = check;
  const walk = new RoomWalk({ ...check, room: room.room, anchors: room.anchors });
  report.rooms++;
  for (const segment of room.segments.values()) {
    report.segments++;
    if (lost.has(segment.path)) {
      report.add({ file: fileOf(segment), code: "verify/lost", state: "the file is missing" });
      continue;
    }
    const bytes = await readIfThere(check.layout.within(segment.path));
    if (bytes === undefined) throw new SegmentGone(segment.path);
    await verifySegment(segment, bytes, walk, report);
    check.onProgress(segment.bytes);
  }
  walk.end();
}

async function verifySegment(
  segment: SegmentInfo,
  bytes: Uint8Array,
  walk: RoomWalk,
  report: VerifyReport,
): Promise<void> {
  const file = fileOf(segment);
  if (bytes.length !== segment.bytes || hashBytes(bytes) !== segment.sha256) {
    const state = "the file is not the one that was written: size or SHA-256 differ";
    report.add({ file, code: "verify/hash", state });
  }
  const times = { start: Infinity, end: 0, count: 0 };
  for await (const line of splitLines(once(bytes))) {
    const at = { file, line: line.number };
    times.count++;
    if ("fault" in line) {
      const state = `the line cannot be read (${line.fault.code})`;
      report.add({ ...at, code: "verify/line", state });
      continue;
    }
    if (line.end === "torn") {
      report.add({ ...at, code: "verify/torn", state: "the last line has no end" });
    }
    const event = walk.sealed(line.text, at);
    if (event === undefined) continue;
    times.start = Math.min(times.start, event.timestamp_ms);
    times.end = Math.max(times.end, event.timestamp_ms);
  }
  compareTimes(segment, times, report);
}

function compareTimes(
  segment: SegmentInfo,
  found: { start: number; end: number; count: number },
  report: VerifyReport,
): void {
  const file = fileOf(segment);
  if (found.count !== segment.count) {
    const state = `the file holds ${found.count} lines instead of ${segment.count}`;
    report.add({ file, code: "verify/count", state });
  }
  const name = parseSegmentName(segment.path.slice(segment.path.lastIndexOf("/") + 1));
  if (name?.start !== found.start || name.end !== found.end) {
    const state = "the times in its name are not those of its events";
    report.add({ file, code: "verify/name", state });
  }
}

function fileOf({ path }: SegmentInfo): string {
  return `history/${path}`;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
