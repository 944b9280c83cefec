/**
 * Pidgin's HTML, its default: one line a message, the colour of the name says who wrote it. Two
 * generations exist, `<span style="color: #16569E">` (libpurple 2.14) and `<font color="#16569E">`
 * before it.
 *
 * @module
 */
import type { LoggedLine, LogSurroundings, ReadLog, Speaker } from "./contract.ts";
import { Gathering, numberedLines } from "./gathering.ts";
import { htmlText } from "./html_text.ts";
import { PidginClock } from "./pidgin_clock.ts";
import { speakerNamed } from "./pidgin_names.ts";

/** What Pidgin colours names with. */
const SENT = "#16569e";
const RECEIVED = "#a82f2f";
const EMOTE = "#062585";

/** A coloured line: colour, time, name in bold, body. */
const COLOURED =
  /^<(?:span style="color: ?|font color=")(#[0-9a-f]{6})"><(?:span style="font-size: smaller"|font size="2")>\(([^()]{7,40})\)<\/(?:span|font)> ?<b>(.{1,2048}?)<\/b><\/(?:span|font)>(.*)$/is;
/** A line of the program: its time, and no colour. */
const PLAIN =
  /^<(?:span style="font-size: smaller"|font size="2")>\(([^()]{7,40})\)<\/(?:span|font)>/i;
const ERROR_LINE =
  /^<(?:span style="color: ?|font color=")#ff0000"><(?:span style="font-size: smaller"|font size="2")>/i;

/** As {@linkcode LogFormat}. */
export function readPidginHtml(text: string, surroundings: LogSurroundings): ReadLog {
  const gathering = new Gathering();
  const clock = new PidginClock(surroundings);
  for (const [each, line] of numberedLines(text)) {
    const coloured = COLOURED.exec(each);
    const time = clock.read(coloured?.[2] ?? PLAIN.exec(each)?.[1] ?? "");
    if (coloured !== null && time !== undefined) {
      const [, colour = "", , name = "", body = ""] = coloured;
      gathering.begin({ line, time, ...messageOf(colour.toLowerCase(), name, body, surroundings) });
    } else if (time !== undefined || ERROR_LINE.test(each)) gathering.notice();
    else if (!isFrame(each, line)) gathering.more(htmlText(each), line);
  }
  return gathering.result();
}

/** The document around the messages. */
function isFrame(text: string, line: number): boolean {
  return line === 1 && /<html|<h[1-6]|<!doctype/i.test(text) ||
    /^\s*(?:<\/?(?:html|head|body|title|meta|p|h[1-6])\b.*)?$/i.test(text);
}

function messageOf(
  colour: string,
  html: string,
  bodyHtml: string,
  { account }: LogSurroundings,
): Pick<LoggedLine, "speaker" | "kind" | "body"> {
  const shown = htmlText(html).trim().replace(/ <AUTO-REPLY>(?=:?$)/, "");
  const body = htmlText(bodyHtml).replace(/^ /, "");
  if (colour === EMOTE || shown.startsWith("***")) {
    return { speaker: speakerNamed(shown.replace(/^\*+/, ""), account), kind: "emote", body };
  }
  return { speaker: speakerOf(colour, shown.replace(/:$/, ""), account), kind: "text", body };
}

function speakerOf(colour: string, name: string, account: string | undefined): Speaker {
  if (colour === SENT) return { kind: "self" };
  if (colour === RECEIVED) return { kind: "peer" };
  return speakerNamed(name, account);
}
