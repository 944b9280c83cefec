/**
 * The bytes of one object as candidates: lines that are events of its room, within every bound, and
 * the faults of all others. Nothing is believed yet.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { breathe } from "../../../history/breather.ts";
import { roomKind } from "../../../message/address.ts";
import { MessageError } from "../../../message/error.ts";
import { type ChatEvent, LIMITS } from "../../../message/event.ts";
import { decodeEvent, type EventLine } from "../../../message/line.ts";
import { type FileLine, LineSplitter } from "../../../message/splitter.ts";
import type { FaultCode, SegmentObject } from "./contract.ts";
import { OBJECT_BYTES } from "./contract.ts";
import type { Findings } from "./findings.ts";
import type { ObjectKey } from "./object_key.ts";

/** A line that is an event of its room. */
export interface Candidate {
  readonly number: number;
  readonly line: EventLine;
}

/** Lines decoded between two breaths. */
const BATCH = 500;
/** No event's line is shorter than half of this, so that more lines are no events. */
const LINE_BYTES = 128;
/** Lines that are no events, before the rest is not looked at any more. */
const MOST_BAD_LINES = 1_000;

/** What {@linkcode readObject} takes. */
export interface ObjectReading {
  readonly object: SegmentObject;
  readonly key: ObjectKey;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly findings: Findings;
  readonly signal: AbortSignal;
}

/**
 * The candidates of an object, or undefined when nothing of it counts: it is read as a whole, since
 * its checksum is only known at its end.
 */
export async function readObject(reading: ObjectReading): Promise<Candidate[] | undefined> {
  const { object: { body, announced }, findings, signal } = reading;
  const splitter = new LineSplitter();
  const hash = createHash("sha256");
  const lines = new CandidateLines(reading);
  const most = Math.min(announced?.size ?? OBJECT_BYTES, OBJECT_BYTES);
  let size = 0;
  for await (const chunk of body) {
    signal.throwIfAborted();
    size += chunk.length;
    if (size > most) break;
    hash.update(chunk);
    for (const line of splitter.push(chunk)) {
      if (lines.add(line) % BATCH === 0) await breathe();
    }
    if (lines.fault !== undefined) break;
  }
  const code = lines.fault ?? sizeFault(size, announced) ??
    digestFault(hash.digest("base64"), announced);
  if (code !== undefined) {
    findings.add(code);
    return undefined;
  }
  const tail = splitter.end();
  if (tail !== undefined) lines.add(tail);
  lines.end();
  return lines.candidates;
}

function sizeFault(
  size: number,
  announced: SegmentObject["announced"],
): FaultCode & `object/${string}` | undefined {
  if (size > OBJECT_BYTES) return "object/too-large";
  if (announced === undefined || size === announced.size) return undefined;
  return size < announced.size ? "object/truncated" : "object/altered";
}

function digestFault(
  digest: string,
  announced: SegmentObject["announced"],
): "object/altered" | undefined {
  const wanted = announced?.sha256;
  return wanted === undefined || wanted === digest ? undefined : "object/altered";
}

/** Decodes line by line. */
class CandidateLines {
  readonly candidates: Candidate[] = [];
  readonly #reading: ObjectReading;
  #count = 0;
  #bad = 0;
  #start = Number.POSITIVE_INFINITY;
  #end = 0;

  constructor(reading: ObjectReading) {
    this.#reading = reading;
  }

  /** Why the rest need not be looked at. */
  get fault(): FaultCode & `object/${string}` | undefined {
    if (this.#bad > MOST_BAD_LINES) return "object/garbage";
    return this.#count > OBJECT_BYTES / LINE_BYTES ? "object/too-large" : undefined;
  }

  /** Takes the next line; how many there were. */
  add(each: FileLine): number {
    this.#count++;
    if (this.fault !== undefined) return this.#count;
    const line = this.#decode(each);
    if (line === undefined) return this.#count;
    const { key, now, findings } = this.#reading;
    this.#start = Math.min(this.#start, line.event.timestamp_ms);
    this.#end = Math.max(this.#end, line.event.timestamp_ms);
    const code = placeFault(line.event, key, now);
    if (code === undefined) this.candidates.push({ number: each.number, line });
    else findings.add(code, { number: each.number, line });
    return this.#count;
  }

  /** Compares the times with those of the name. */
  end(): void {
    const { key, findings } = this.#reading;
    if (this.#end === 0) findings.add("object/empty");
    else if (this.#start !== key.start || this.#end !== key.end) findings.add("object/times");
  }

  #decode(each: FileLine): EventLine | undefined {
    try {
      if ("fault" in each) throw each.fault;
      const line = decodeEvent(each.text.trim());
      // A line's end within the line would be two lines of the history.
      if (line !== undefined && /[\r\n]/.test(line.json)) throw NOT_ONE_LINE;
      return line;
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#bad++;
      const text = "text" in each ? each.text : undefined;
      const code = each.end === "torn" ? "line/torn" : codeOf(error);
      this.#reading.findings.addLine(code, { number: each.number, detail: error.code, text });
      return undefined;
    }
  }
}

const NOT_ONE_LINE = new MessageError("json/syntax", "Cannot read the line: it is more than one");

function codeOf({ code }: MessageError): FaultCode {
  if (code === "line/encoding" || code === "line/too-long") return code;
  if (code === "json/too-long") return "line/too-long";
  return code.startsWith("json/") ? "line/json" : "line/event";
}

/** What is wrong with where and when an event says to be, whoever signed it. */
function placeFault(event: ChatEvent, key: ObjectKey, now: number): FaultCode | undefined {
  const { room_id: room, timestamp_ms: time, type, sender_id: sender, content } = event;
  if (room !== key.room) return "line/room";
  if (time > now + LIMITS.futureMs) return "line/future";
  if (type === "m.room.typing") return "line/ephemeral";
  const { chatnode } = content;
  if (chatnode !== undefined && chatnode.device !== key.writer) return "line/writer";
  const kind = roomKind(room);
  if (kind.kind === "direct" && !kind.between.includes(sender)) return "line/party";
  return undefined;
}
