/**
 * Checks the journal files: the checksum of every line, that each event is one, and that its number
 * follows in its chain.
 *
 * @module
 */
import { chainOf } from "../message/chain.ts";
import { ChatnodeError } from "../errors.ts";
import { decodeEvent, type EventLine } from "../message/line.ts";
import { JournalContents } from "./journal_contents.ts";
import { LinePositions } from "./line_positions.ts";
import { type LinePlace, readLine } from "./journal_line.ts";
import { scanJournal } from "./journal_scan.ts";
import { journalName, type Layout, readIfThere } from "./layout.ts";
import { isFolderLocked } from "./lock.ts";
import type { VerifyReport } from "./verify_report.ts";
import { type KnownKeys, type LineAt, verifySignature } from "./verify_signatures.ts";

const LF = 0x0a;

/** The numbers at which chains go on, by {@linkcode chainName}. */
export type ChainNumbers = Map<string, number>;

/** What {@linkcode verifyJournal} needs. */
export interface JournalCheck {
  readonly layout: Layout;
  readonly report: VerifyReport;
  /** Of others, whose events came signed. */
  readonly keys: KnownKeys;
  readonly device: string | undefined;
  /** The last number of each own chain; moved on by what is found. */
  readonly numbers: ChainNumbers;
  /** Takes the places of others' events in their chains, by {@linkcode placeName}. */
  readonly places: Set<string>;
  /** Whether the file is the one that is being written: a write may be under way in it. */
  readonly place: "last" | "closed";
}

/** Names the chain of this device for a sender in a room. */
export function chainName(room: string, sender: string): string {
  return `${room}\n${sender}`;
}

/** Names a place in a chain of another device. */
export function placeName(chain: string, seq: number): string {
  return `${chain}\n${seq}`;
}

/**
 * Checks one journal file.
 *
 * @returns its bytes; undefined when it is gone, which a server that seals it may cause
 */
export async function verifyJournal(
  number: number,
  check: JournalCheck,
): Promise<number | undefined> {
  const { layout, report } = check;
  const bytes = await readIfThere(layout.journal(number));
  if (bytes === undefined) return undefined;
  const file = `history/journal/${journalName(number)}.jsonl`;
  const { lines, damaged, torn } = scanJournal(bytes);
  const lineAt = lineNumbers(bytes);
  for (const { start } of damaged) {
    const state = "the line's checksum does not fit";
    report.add({ file, line: lineAt(start), code: "verify/checksum", state });
  }
  for (const { start } of changedEnds(bytes, lines)) {
    const state = "the byte that ends the line was changed; the line itself is whole";
    report.add({ file, line: lineAt(start), code: "verify/checksum", state });
  }
  const isUnderWay = () => check.place === "last" && isFolderLocked(layout.root);
  if (torn !== undefined && !isUnderWay()) {
    const state = "the last line was cut off";
    report.add({ file, line: lineAt(torn.start), code: "verify/torn", state });
  }
  report.journals++;
  for (const place of lines) {
    const { json, writer } = readLine(bytes, place);
    verifyEntry(json, writer, { file, line: lineAt(place.start) }, check);
  }
  await verifySummary(number, check);
  return bytes.length;
}

/**
 * Checks a journal file that is in segments already and stays until the search index has read it.
 * Its events are counted where the segments are.
 */
export async function verifySealedJournal(
  number: number,
  { layout, report }: Pick<JournalCheck, "layout" | "report">,
): Promise<void> {
  const bytes = await readIfThere(layout.journal(number));
  if (bytes === undefined) return;
  const file = `history/journal/${journalName(number)}.jsonl`;
  const { lines, damaged, torn } = scanJournal(bytes);
  const lineAt = lineNumbers(bytes);
  const faults = [...damaged, ...(torn === undefined ? [] : [torn]), ...changedEnds(bytes, lines)];
  for (const { start } of faults) {
    const state = "the line's checksum does not fit; what it said is in a segment";
    report.add({ file, line: lineAt(start), code: "verify/checksum", state });
  }
}

/** Sound lines behind which another byte than their LF stands. */
function changedEnds(bytes: Uint8Array, lines: readonly LinePlace[]): LinePlace[] {
  return lines.filter(({ end }) => end < bytes.length && bytes[end] !== LF);
}

function verifyEntry(
  json: string,
  writer: string | undefined,
  at: LineAt,
  check: JournalCheck,
): void {
  const { report, device, numbers, places } = check;
  report.events++;
  const decoded = decodedLine(json);
  if (decoded === undefined) {
    report.add({ ...at, code: "verify/line", state: "the line is no event" });
    return;
  }
  if (writer === undefined) report.unsealed++;
  else verifySignature(decoded, at, check);
  const { event } = decoded;
  const { chatnode } = event.content;
  if (writer !== undefined && chatnode !== undefined) {
    places.add(placeName(chainOf(event), chatnode.seq));
  }
  if (writer !== undefined || chatnode === undefined || chatnode.device !== device) return;
  const chain = chainName(event.room_id, event.sender_id);
  const expected = (numbers.get(chain) ?? 0) + 1;
  if (chatnode.seq !== expected) {
    const state = `the event has the number ${chatnode.seq} in its chain instead of ${expected}`;
    report.add({ ...at, code: "verify/chain-gap", state });
  }
  numbers.set(chain, Math.max(expected, chatnode.seq));
}

function decodedLine(json: string): EventLine | undefined {
  try {
    return decodeEvent(json);
  } catch (error) {
    if (!(error instanceof ChatnodeError)) throw error;
    return undefined;
  }
}

async function verifySummary(number: number, { layout, report }: JournalCheck): Promise<void> {
  const bytes = await readIfThere(layout.summary(number));
  if (bytes === undefined) return;
  const isContents = JournalContents.decode(bytes) !== undefined;
  if (isContents && LinePositions.decode(bytes) !== undefined) return;
  report.add({
    file: `history/journal/${journalName(number)}.summary.json`,
    line: isContents ? 2 : 1,
    code: "verify/checksum",
    state: "the summary's checksum does not fit; it is made again from the journal",
  });
}

/** Line numbers of ascending places in a file. */
function lineNumbers(bytes: Uint8Array): (at: number) => number {
  let [line, from] = [1, 0];
  let last = 0;
  return (at) => {
    if (at < last) [line, from] = [1, 0];
    last = at;
    for (let lf = bytes.indexOf(0x0a, from); lf >= 0 && lf < at; lf = bytes.indexOf(0x0a, from)) {
      line++;
      from = lf + 1;
    }
    return line;
  };
}
