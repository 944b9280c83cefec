/**
 * Numbered files of a day: `(YYYY-MM-DD HH:MM:SS) bob@example.com/phone: body`, local time; `Me` is
 * the account, `AI Bot` the ticket desk's program.
 *
 * @module
 */
import type { LogSurroundings, ReadLog, Speaker } from "./contract.ts";
import { said } from "./daily.ts";
import { Gathering, numberedLines } from "./gathering.ts";
import { instantOf, parseTimeOfDay } from "./local_time.ts";

const LINE = /^\((\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})\) (.{1,1024}?): ?(.*)$/s;

/** As {@linkcode LogFormat}. */
export function readNumbered(text: string, { zone, account }: LogSurroundings): ReadLog {
  const gathering = new Gathering();
  for (const [each, line] of numberedLines(text)) {
    const [, day = "", clock = "", name = "", body = ""] = LINE.exec(each) ?? [];
    const time = instant(day, clock, zone);
    if (time === undefined) gathering.more(each, line);
    else gathering.begin({ line, time, speaker: speakerOf(name, account), ...said(body) });
  }
  return gathering.result();
}

function instant(day: string, clock: string, zone: string): number | undefined {
  const time = parseTimeOfDay(clock);
  try {
    return time && instantOf(day, time, zone);
  } catch (error) {
    // A month of 13, a day of 32: what it is in is then no line of a log.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function speakerOf(name: string, account: string | undefined): Speaker {
  if (name === "AI Bot") return { kind: "bot" };
  const bare = name.split("/", 1)[0] ?? name;
  return name === "Me" || bare === account ? { kind: "self" } : { kind: "named", name: bare };
}
