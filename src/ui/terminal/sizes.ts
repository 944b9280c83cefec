/**
 * Sizes as people read them.
 *
 * @module
 */

const UNITS = ["KiB", "MiB", "GiB", "TiB"];

/** `1 byte`, `812 bytes`, `4.9 MiB`. */
export function sizeOf(bytes: number): string {
  if (bytes < 1_024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length);
  return `${(bytes / 1_024 ** power).toFixed(1)} ${UNITS[power - 1]}`;
}
