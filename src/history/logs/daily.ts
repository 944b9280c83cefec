/**
 * One plain file a day: `[HH:MM:SS] You: body` and `[HH:MM:SS] bob@example.com: body`, local time,
 * no head.
 *
 * @module
 */
import type { LogSurroundings, ReadLog, Speaker } from "./contract.ts";
import { Gathering, numberedLines } from "./gathering.ts";
import { instantOf, parseTimeOfDay } from "./local_time.ts";

const LINE = /^\[(\d{2}:\d{2}:\d{2})\] ([^:]{1,512}): ?(.*)$/s;

/** As {@linkcode LogFormat}. */
export function readDaily(text: string, { day, zone, account }: LogSurroundings): ReadLog {
  const gathering = new Gathering();
  for (const [each, line] of numberedLines(text)) {
    const [, clock = "", name = "", body = ""] = LINE.exec(each) ?? [];
    const time = parseTimeOfDay(clock);
    if (time === undefined) gathering.more(each, line);
    else {
      const speaker = speakerOf(name, account);
      gathering.begin({ line, time: instantOf(day, time, zone), speaker, ...said(body) });
    }
  }
  return gathering.result();
}

function speakerOf(name: string, account: string | undefined): Speaker {
  if (name === "You" || name === account) return { kind: "self" };
  return name === "AI Bot" ? { kind: "bot" } : { kind: "named", name };
}

/** `/me waves` is an emote in formats that write it as it was typed. */
export function said(body: string): { readonly kind: "text" | "emote"; readonly body: string } {
  return body.startsWith("/me ") ? { kind: "emote", body: body.slice(4) } : { kind: "text", body };
}
