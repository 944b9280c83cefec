/**
 * Sizes and durations as people write them. Reading what was printed gives the same number.
 *
 * @module
 */

interface Unit {
  readonly name: string;
  readonly factor: number;
}

/** IEC 80000-13 names; plain `B` may be left out. */
const BYTES: readonly Unit[] = [
  { name: "GiB", factor: 1024 ** 3 },
  { name: "MiB", factor: 1024 ** 2 },
  { name: "KiB", factor: 1024 },
  { name: "B", factor: 1 },
];

const DURATIONS: readonly Unit[] = [
  { name: "d", factor: 86_400_000 },
  { name: "h", factor: 3_600_000 },
  { name: "m", factor: 60_000 },
  { name: "s", factor: 1000 },
  { name: "ms", factor: 1 },
];

/** `8MiB`, `512 kib`, `4096` to bytes; undefined when `text` is no size. Decimals are allowed. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*(b|[kmg]ib|[kmg])?$/i.exec(text.trim());
  if (match === null) return undefined;
  const suffix = (match[2] ?? "b").toLowerCase();
  const unit = BYTES.find(({ name }) => name.toLowerCase().startsWith(suffix.charAt(0)));
  return whole(Number(match[1]) * (unit?.factor ?? 1));
}

/** Bytes to the largest unit that holds them without a fraction: `8MiB`, `1500B`. */
export function printBytes(bytes: number): string {
  return print(bytes, BYTES, "0B");
}

/** `30m`, `1.5h`, `250ms`, `7d` to milliseconds; undefined for anything else, bare numbers too. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*(ms|s|m|h|d)$/i.exec(text.trim());
  if (match === null) return undefined;
  const unit = DURATIONS.find(({ name }) => name === match[2]?.toLowerCase());
  return unit === undefined ? undefined : whole(Number(match[1]) * unit.factor);
}

/** Milliseconds to the largest unit that holds them without a fraction: `30m`, `90s`. */
export function printDuration(milliseconds: number): string {
  return print(milliseconds, DURATIONS, "0s");
}

function print(value: number, units: readonly Unit[], zero: string): string {
  if (value === 0) return zero;
  const unit = units.find(({ factor }) => value % factor === 0);
  return unit === undefined ? String(value) : `${value / unit.factor}${unit.name}`;
}

function whole(value: number): number | undefined {
  const rounded = Math.round(value);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}
