/**
 * Reads a journal file that was not closed properly and repairs its end.
 *
 * @module
 */
import type { ChatEvent } from "../message/event.ts";
import type { StoredEvent } from "./contract.ts";
import { JournalContents } from "./journal_contents.ts";
import { readLine } from "./journal_line.ts";
import { type DamagedBytes, type JournalScan, scanJournal } from "./journal_scan.ts";
import { LinePositions } from "./line_positions.ts";
import type { Quarantine } from "./quarantine.ts";
import type { Origin } from "./ticket.ts";

/** What was found in a journal file. */
export interface RecoveredJournal {
  /** Bytes of good data, from which the journal goes on. */
  readonly length: number;
  readonly contents: JournalContents;
  readonly positions: LinePositions | undefined;
  /** The damaged complete lines, as text; bytes that are no UTF-8 are replaced. */
  readonly damaged: readonly string[];
  /** The beginning of the line that was cut off; empty when none was. */
  readonly torn: string;
}

/** Where a recovery looks and what it tells. */
export interface RecoveryOptions {
  readonly path: string;
  /** The file's name in reports, relative to `history/`. */
  readonly name: string;
  readonly quarantine: Quarantine;
  /** The id of this device. */
  readonly device: string;
  /** Called with every sound line in order. */
  readonly visit: (stored: StoredEvent, origin: Origin) => void;
}

/** What a journal file's bytes hold; nothing is changed. */
export interface InspectedJournal {
  readonly scan: JournalScan;
  readonly contents: JournalContents;
  readonly positions: LinePositions;
}

/** Reads the sound lines of a journal file. */
export function inspectJournal(
  bytes: Uint8Array,
  device: string,
  visit: RecoveryOptions["visit"],
): InspectedJournal {
  const scan = scanJournal(bytes);
  const contents = new JournalContents();
  const positions = new LinePositions();
  for (const place of scan.lines) {
    const entry = readLine(bytes, place);
    const event = JSON.parse(entry.json) as ChatEvent;
    const origin = entry.writer === undefined ? "own" : "foreign";
    const stored = { room: event.room_id, offset: entry.offset, json: entry.json, event };
    visit(stored, origin);
    contents.add(stored, origin, ownSeq(event, device));
    positions.add(stored.room, place.start);
  }
  return { scan, contents, positions };
}

/**
 * Scans a whole file. A torn end is kept in quarantine and cut off; damaged lines are kept in
 * quarantine and stay where they are, so that no other line moves.
 */
export async function recoverJournal(options: RecoveryOptions): Promise<RecoveredJournal> {
  const bytes = await Deno.readFile(options.path);
  const { scan, contents, positions } = inspectJournal(bytes, options.device, options.visit);
  for (const place of scan.damaged) {
    await keep(options, bytes, place, "A line's checksum does not fit");
  }
  if (scan.torn !== undefined) await keep(options, bytes, scan.torn, "A write was cut off");
  const length = await repairEnd(options.path, scan, bytes.length);
  const decoder = new TextDecoder();
  const text = ({ start, end }: DamagedBytes) => decoder.decode(bytes.subarray(start, end));
  const torn = scan.torn === undefined ? "" : text(scan.torn);
  return { length, contents, positions, damaged: scan.damaged.map(text), torn };
}

/** The event's number in a chain of `device`, undefined when another device made it. */
function ownSeq({ content: { chatnode } }: ChatEvent, device: string): number | undefined {
  return chatnode?.device === device ? chatnode.seq : undefined;
}

function keep(
  { name, quarantine }: RecoveryOptions,
  bytes: Uint8Array,
  { start, end }: DamagedBytes,
  state: string,
): Promise<void> {
  return quarantine.keep({ file: name, byte: start, state }, bytes.subarray(start, end));
}

async function repairEnd(path: string, scan: JournalScan, size: number): Promise<number> {
  const length = scan.unterminated ? scan.end + 1 : scan.end;
  if (length === size && !scan.unterminated) return length;
  const file = await Deno.open(path, { write: true });
  try {
    await file.truncate(scan.end);
    if (scan.unterminated) {
      await file.seek(scan.end, Deno.SeekMode.Start);
      await file.write(Uint8Array.of(0x0a));
    }
    await file.sync();
  } finally {
    file.close();
  }
  return length;
}
