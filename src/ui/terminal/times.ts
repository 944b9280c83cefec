/**
 * Times as people read them, in the machine's time zone.
 *
 * @module
 */

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** `14:05`. */
export function timeOf(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `2026-11-20`. */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `Friday, 2026-11-20`. */
export function longDayOf(ms: number): string {
  return `${DAYS[new Date(ms).getDay()]}, ${dayOf(ms)}`;
}

/** `12 s`, `4 min`, `2 h`, `9 d`, of a length of time in milliseconds. */
export function lengthOf(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 100 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
