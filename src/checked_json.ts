/**
 * A line of JSON that knows whether it is what was written: `["<crc32>",<value>]`, LF. For the
 * small files that a node keeps for itself: a flipped bit in them would be believed otherwise.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** The line, LF included. */
export function encodeChecked(value: unknown): string {
  const json = JSON.stringify(value);
  return `["${checksum(json)}",${json}]\n`;
}

/** The value of a line without its LF, or undefined when any byte of it is wrong. */
export function decodeChecked(line: string): unknown {
  if (!line.startsWith('["') || !line.endsWith("]")) return undefined;
  const json = line.slice(12, -1);
  if (line.slice(2, 12) !== `${checksum(json)}",`) return undefined;
  return JSON.parse(json);
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
