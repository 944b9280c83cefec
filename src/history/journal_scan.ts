/**
 * Finds the sound lines of a journal file, whatever happened to it.
 *
 * @module
 */
import { checkLine, type LinePlace } from "./journal_line.ts";

const LF = 0x0a;
const QUOTE = 0x22;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BRACE = 0x7d;

/** Bytes of a file that are not what was written. */
export interface DamagedBytes {
  readonly start: number;
  readonly end: number;
}

/** What a stretch of a journal file holds. */
export interface JournalScan {
  readonly lines: readonly LinePlace[];
  /** Complete lines that are not sound; sound ones follow or not. */
  readonly damaged: readonly DamagedBytes[];
  /** An unsound beginning of a line at the end: a write that was cut off. */
  readonly torn: DamagedBytes | undefined;
  /** Where data ends that is to stay; the torn rest, when there is one, begins here. */
  readonly end: number;
  /** True when the last line is sound but its LF is missing at {@linkcode JournalScan.end}. */
  readonly unterminated: boolean;
}

/**
 * Scans `bytes` from `from`, the start of a line, to their end. Empty lines are space that was
 * filled ahead, and skipped. A line whose LF was damaged is told apart from its successor; both
 * are sound.
 */
export function scanJournal(bytes: Uint8Array, from: number = 0): JournalScan {
  const lines: LinePlace[] = [];
  const damaged: DamagedBytes[] = [];
  let end = from;
  for (let at = from; at < bytes.length;) {
    const found = bytes.indexOf(LF, at);
    const lf = found < 0 ? bytes.length : found;
    if (lf > at) {
      scanLine(bytes, at, lf, lines, damaged);
      end = Math.min(lf + 1, bytes.length);
    }
    at = lf + 1;
  }
  const torn = tornEnd(bytes, lines, damaged);
  if (torn !== undefined) damaged.pop();
  const unterminated = torn === undefined && end > from && bytes[end - 1] !== LF;
  const last = lines.at(-1);
  if (unterminated && last !== undefined) end = last.end;
  return { lines, damaged, torn, end: torn?.start ?? end, unterminated };
}

/** A damaged last line is a torn write when it does not end as a line does. */
function tornEnd(
  bytes: Uint8Array,
  lines: readonly LinePlace[],
  damaged: readonly DamagedBytes[],
): DamagedBytes | undefined {
  const last = damaged.at(-1);
  if (last === undefined || last.start < (lines.at(-1)?.start ?? 0)) return undefined;
  const [before, close, lf] = bytes.subarray(last.end - 2, last.end + 1);
  const isComplete = (before === BRACE || before === QUOTE) && close === CLOSE && lf === LF;
  return isComplete ? undefined : last;
}

function scanLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  lines: LinePlace[],
  damaged: DamagedBytes[],
): void {
  const whole = checkLine(bytes, start, end) ?? checkLine(bytes, start, end - 1);
  if (whole !== undefined) {
    lines.push(whole);
    return;
  }
  const first = soundPrefix(bytes, start, end);
  if (first === undefined) {
    damaged.push({ start, end });
    return;
  }
  lines.push(first);
  scanLine(bytes, first.end + 1, end, lines, damaged);
}

/**
 * The sound line that `bytes[start, end)` begins with when one other byte stands where its LF was.
 * Only a sound line proves where the next one begins: text inside an event may look like a line.
 */
function soundPrefix(bytes: Uint8Array, start: number, end: number): LinePlace | undefined {
  let at = bytes.indexOf(OPEN, start + 1);
  for (; at > 0 && at < end; at = bytes.indexOf(OPEN, at + 1)) {
    if (bytes[at + 1] !== QUOTE || bytes[at - 2] !== CLOSE) continue;
    const line = checkLine(bytes, start, at - 1);
    if (line !== undefined) return line;
  }
  return undefined;
}
