/**
 * One line of the accounts file: `["<crc32>",<time>,[<change>, ...]]` and LF. The checksum (8 hex
 * digits, CRC-32 as in gzip) covers the bytes from `<time>` to the closing bracket. All changes of
 * a line happened together: a line is there whole or not at all.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { type Change, isChange } from "./record.ts";

/** What stands in the first line instead of changes. */
export interface Format {
  readonly format: "chatnode-accounts";
  readonly version: number;
}

/** The version this program writes, and the only one it reads. */
export const FORMAT_VERSION = 1;
/** Bytes of a line, LF included; a longer one is damage. */
export const MAX_LINE_BYTES = 64 * 1024;

/** A line that was read. */
export type Line =
  | { readonly kind: "changes"; readonly changes: readonly Change[] }
  | { readonly kind: "format"; readonly version: number }
  | { readonly kind: "damaged"; readonly why: string };

const PREFIX = /^\["([0-9a-f]{8})",/;
/** `["` + 8 digits + `",`. */
const PREFIX_LENGTH = 12;

/** Encodes one line, LF included. `time` is in milliseconds since the epoch, for people only. */
export function encodeLine(time: number, content: readonly (Change | Format)[]): Uint8Array {
  const rest = `${time},${JSON.stringify(content)}]`;
  return new TextEncoder().encode(`["${checksum(rest)}",${rest}\n`);
}

/** The first line of every file. */
export function formatLine(time: number): Uint8Array {
  return encodeLine(time, [{ format: "chatnode-accounts", version: FORMAT_VERSION }]);
}

/** Decodes one line without its LF. Never throws. */
export function decodeLine(bytes: Uint8Array): Line {
  if (bytes.length >= MAX_LINE_BYTES) return damaged("it is too long");
  const parsed = parse(bytes);
  if (typeof parsed === "string") return damaged(parsed);
  const content = Array.isArray(parsed) ? parsed[2] : undefined;
  if (!Array.isArray(content) || content.length === 0) return damaged("it holds no changes");
  const version = formatVersion(content[0]);
  if (version !== undefined) return { kind: "format", version };
  if (!content.every(isChange)) return damaged("it holds something that is not a change");
  return { kind: "changes", changes: content };
}

/** The parsed line, or what is wrong with it; the parser's own words would quote the line. */
function parse(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const sum = PREFIX.exec(text)?.[1];
    if (sum === undefined) return "it does not begin with a checksum";
    if (sum !== checksum(text.slice(PREFIX_LENGTH))) return "its checksum does not fit";
    return JSON.parse(text) as unknown;
  } catch {
    return "it is not JSON";
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}

function formatVersion(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null || !("format" in value)) return undefined;
  if (value.format !== "chatnode-accounts" || !("version" in value)) return undefined;
  return typeof value.version === "number" ? value.version : undefined;
}

function damaged(why: string): Line {
  return { kind: "damaged", why };
}
