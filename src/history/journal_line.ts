/**
 * One line of the journal: `["<crc32>",<offset>,<event>]`, LF. A line that came from another
 * writer ends in `,"<writer>"]` instead. The checksum is eight lower-case hex digits over every
 * byte between its comma and the LF, so a flipped byte anywhere shows; the event stands as it was
 * handed in, so a line is JSON, can be searched with grep and read with jq.
 *
 * @module
 */
import { crc32 } from "node:zlib";

const LF = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BRACE = 0x7d;
/** `["01234567",` */
const HEAD = 12;
const HEX = new TextEncoder().encode("0123456789abcdef");
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What a line holds. */
export interface JournalEntry {
  readonly offset: number;
  /** The event's line, without LF, byte for byte as handed in. */
  readonly json: string;
  /** The foreign writer's name, as in its segment's file name; undefined for our own events. */
  readonly writer?: string;
}

/** No line of this entry takes more bytes. */
export function maxLineBytes(json: string, writer = ""): number {
  return json.length * 3 + writer.length * 3 + HEAD + 24;
}

/**
 * Writes one line into `target` at `at`, where there must be room for {@linkcode maxLineBytes}.
 *
 * @returns the byte after its LF
 */
export function encodeLine(
  target: Uint8Array,
  at: number,
  offset: number,
  json: string,
  writer?: string,
): number {
  const start = at + HEAD;
  let end = writeDigits(target, start, offset);
  target[end++] = COMMA;
  end += encoder.encodeInto(json, target.subarray(end)).written;
  if (writer !== undefined) {
    end += encoder.encodeInto(`,${JSON.stringify(writer)}`, target.subarray(end)).written;
  }
  target[end++] = CLOSE;
  writeHead(target, at, crc32(target.subarray(start, end)));
  target[end++] = LF;
  return end;
}

function writeDigits(target: Uint8Array, at: number, value: number): number {
  if (value < 10) {
    target[at] = 0x30 + value;
    return at + 1;
  }
  let end = at;
  for (let rest = value; rest >= 1; rest = Math.floor(rest / 10)) end++;
  let rest = value;
  for (let place = end - 1; place >= at; place--) {
    const tens = Math.floor(rest / 10);
    target[place] = 0x30 + (rest - tens * 10);
    rest = tens;
  }
  return end;
}

function writeHead(target: Uint8Array, at: number, checksum: number): void {
  target[at] = OPEN;
  target[at + 1] = QUOTE;
  for (let digit = 0; digit < 8; digit++) {
    target[at + 2 + digit] = HEX[(checksum >>> (28 - 4 * digit)) & 15] ?? 0;
  }
  target[at + 10] = QUOTE;
  target[at + 11] = COMMA;
}

/** Where the parts of a sound line lie in its buffer. */
export interface LinePlace {
  /** First byte of the line and the byte after its last, LF excluded. */
  readonly start: number;
  readonly end: number;
  readonly offset: number;
  /** First byte of the event and the byte after its last. */
  readonly jsonStart: number;
  readonly jsonEnd: number;
}

/** Checks the line in `bytes[start, end)`, LF excluded; undefined when any byte is wrong. */
export function checkLine(bytes: Uint8Array, start: number, end: number): LinePlace | undefined {
  if (end - start < HEAD + 5 || bytes[end - 1] !== CLOSE) return undefined;
  if (!hasHead(bytes, start, crc32(bytes.subarray(start + HEAD, end)))) return undefined;
  let offset = 0;
  let at = start + HEAD;
  for (; at < end && bytes[at] !== COMMA; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    offset = offset * 10 + digit;
  }
  const jsonStart = at + 1;
  if (at === start + HEAD || !Number.isSafeInteger(offset) || jsonStart >= end) return undefined;
  let jsonEnd = end - 1;
  if (bytes[jsonEnd - 1] === QUOTE) jsonEnd = bytes.lastIndexOf(BRACE, jsonEnd) + 1;
  return jsonEnd > jsonStart ? { start, end, offset, jsonStart, jsonEnd } : undefined;
}

function hasHead(bytes: Uint8Array, start: number, checksum: number): boolean {
  if (
    bytes[start] !== OPEN || bytes[start + 1] !== QUOTE || bytes[start + 10] !== QUOTE ||
    bytes[start + 11] !== COMMA
  ) return false;
  for (let digit = 0; digit < 8; digit++) {
    if (bytes[start + 2 + digit] !== HEX[(checksum >>> (28 - 4 * digit)) & 15]) return false;
  }
  return true;
}

/** Reads a line that {@linkcode checkLine} found sound. */
export function readLine(bytes: Uint8Array, place: LinePlace): JournalEntry {
  const json = decoder.decode(bytes.subarray(place.jsonStart, place.jsonEnd));
  if (place.jsonEnd === place.end - 1) return { offset: place.offset, json };
  const tail = decoder.decode(bytes.subarray(place.jsonEnd + 1, place.end - 1));
  return { offset: place.offset, json, writer: String(JSON.parse(tail)) };
}
