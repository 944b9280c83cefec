/**
 * Pidgin's plain text (libpurple 2.14): a head, then `(08:45:35) Name: text`, `(t) ***Name waves`
 * for /me, `(t) Name <AUTO-REPLY>: text`, `(t) text` of the program itself.
 *
 * @module
 */
import type { LoggedLine, LogSurroundings, ReadLog } from "./contract.ts";
import { Gathering, numberedLines } from "./gathering.ts";
import { PidginClock } from "./pidgin_clock.ts";
import { speakerNamed } from "./pidgin_names.ts";

const LINE = /^\(([^()]{7,40})\) (.*)$/s;

/** As {@linkcode LogFormat}. */
export function readPidginText(text: string, surroundings: LogSurroundings): ReadLog {
  const gathering = new Gathering();
  const clock = new PidginClock(surroundings);
  for (const [each, line] of numberedLines(text)) {
    if (line === 1 && isHead(each)) continue;
    const [, inBrackets = "", rest = ""] = LINE.exec(each) ?? [];
    const time = clock.read(inBrackets);
    if (time === undefined) gathering.more(each, line);
    else {
      const message = messageOf(rest, surroundings.account);
      if (message === undefined) gathering.notice();
      else gathering.begin({ line, time, ...message });
    }
  }
  return gathering.result();
}

/** The first line names the conversation in the language of the user; it has no time in front. */
function isHead(line: string): boolean {
  return !line.startsWith("(") && line.endsWith(")");
}

function messageOf(
  rest: string,
  account: string | undefined,
): Pick<LoggedLine, "speaker" | "kind" | "body"> | undefined {
  const emote = /^\*\*\*(\S+) (.*)$/s.exec(rest);
  if (emote !== null) {
    const [, name = "", body = ""] = emote;
    return { speaker: speakerNamed(name, account), kind: "emote", body };
  }
  const said = /^([^:]{1,256}?)(?: <AUTO-REPLY>)?: (.*)$/s.exec(rest) ??
    /^([^:]{1,256}?)(?: <AUTO-REPLY>)?:()$/s.exec(rest);
  if (said === null) return undefined;
  const [, name = "", body = ""] = said;
  return { speaker: speakerNamed(name, account), kind: "text", body };
}
