/**
 * The times in Pidgin's logs: a line has an hour, sometimes a date as the locale writes it, and the
 * file's name says when the conversation began. A conversation may go on over midnight.
 *
 * @module
 */
import type { LogSurroundings } from "./contract.ts";
import {
  dayAfter,
  instantOf,
  parseLocaleDate,
  parseTimeOfDay,
  type TimeOfDay,
} from "./local_time.ts";

/** An hour that lies so far back is the next day's, seconds; less is a clock that was set. */
const MIDNIGHT_SECONDS = 6 * 60 * 60;

/** Gives the times of a file's lines, in their order. */
export class PidginClock {
  readonly #zone: string;
  #day: string;
  #last: number;

  constructor({ day, began, zone }: LogSurroundings) {
    this.#day = day;
    this.#zone = zone;
    this.#last = secondsOf(parseTimeOfDay(began ?? "") ?? { hour: 0, minute: 0, second: 0 });
  }

  /**
   * The time in a line's brackets, `08:45:35` or `11/20/26 08:45:35`, milliseconds since the epoch;
   * undefined when it is none.
   */
  read(text: string): number | undefined {
    const match = /^(?:(\S+) )?(\d{1,2}:\d{2}:\d{2}(?: ?[AP]M)?)$/i.exec(text.trim());
    const time = parseTimeOfDay(match?.[2] ?? "");
    if (time === undefined) return undefined;
    const date = match?.[1];
    if (date === undefined) return instantOf(this.#dayOf(time), time, this.#zone);
    // Such a line was late: it says nothing of where the conversation is.
    const day = parseLocaleDate(date, this.#day);
    return day === undefined ? undefined : instantOf(day, time, this.#zone);
  }

  #dayOf(time: TimeOfDay): string {
    const seconds = secondsOf(time);
    if (this.#last - seconds > MIDNIGHT_SECONDS) this.#day = dayAfter(this.#day);
    this.#last = seconds;
    return this.#day;
  }
}

function secondsOf({ hour, minute, second }: TimeOfDay): number {
  return (hour * 60 + minute) * 60 + second;
}
