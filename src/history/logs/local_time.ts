/**
 * Local times of log files: an hour on some day in some zone, as people's clocks showed it.
 *
 * @module
 */

/** Time of day, whole seconds since midnight as the clock shows it. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** `08:45:35`, also `8:45:35 PM`; undefined when it is no time. */
export function parseTimeOfDay(text: string): TimeOfDay | undefined {
  const match = /^(\d{1,2}):(\d{2}):(\d{2})(?: ?([AP])M)?$/i.exec(text);
  if (match === null) return undefined;
  const [, hours, minutes, seconds, half] = match;
  const [shown, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  const hour = half === undefined ? shown : shown % 12 + (half.toUpperCase() === "P" ? 12 : 0);
  return hour < 24 && minute < 60 && second < 61 && (half === undefined || shown <= 12)
    ? { hour, minute, second: Math.min(second, 59) }
    : undefined;
}

/**
 * Milliseconds since the epoch of a local time. In the hour that a change of the clock skips the
 * time is moved on, in the one that it repeats the earlier one is meant (RFC 5545, "compatible").
 *
 * @param day ISO 8601, `2026-01-31`
 * @param zone an IANA name or an offset, `+01:00`
 * @throws {RangeError} when the day or the zone is none
 */
export function instantOf(day: string, time: TimeOfDay, zone: string): number {
  return Temporal.PlainDate.from(day).toPlainDateTime({ ...time })
    .toZonedDateTime(zone, { disambiguation: "compatible" }).epochMilliseconds;
}

/** The day after, ISO 8601. @throws {RangeError} when it is no day */
export function dayAfter(day: string): string {
  return Temporal.PlainDate.from(day).add({ days: 1 }).toString();
}

/**
 * A date as a locale writes it (`11/20/26`, `20.11.2026`, `2026-11-20`), ISO 8601. Which number is
 * the day and which the month differs between locales: of the readings that exist, the one nearest
 * to `near` counts. Undefined when none exists.
 */
export function parseLocaleDate(text: string, near: string): string | undefined {
  const match = /^(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})\.?$/.exec(text.trim());
  if (match === null) return undefined;
  const [first, second, third] = [match[1] ?? "", match[3] ?? "", match[4] ?? ""];
  const readings = [
    dateOf(first, second, third),
    dateOf(third, first, second),
    dateOf(third, second, first),
  ].filter((date) => date !== undefined);
  const target = Temporal.PlainDate.from(near);
  const distance = (date: Temporal.PlainDate) => Math.abs(target.until(date).days);
  readings.sort((a, b) => distance(a) - distance(b));
  return readings[0]?.toString();
}

function dateOf(year: string, month: string, day: string): Temporal.PlainDate | undefined {
  if (year.length !== 2 && year.length !== 4) return undefined;
  if (month.length > 2 || day.length > 2) return undefined;
  // Logs of two-digit years are all of this century: the programs are.
  const full = year.length === 2 ? 2000 + Number(year) : Number(year);
  try {
    const numbers = { year: full, month: Number(month), day: Number(day) };
    return Temporal.PlainDate.from(numbers, { overflow: "reject" });
  } catch {
    return undefined;
  }
}
