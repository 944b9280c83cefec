/**
 * Pidgin's logs (libpurple 2.14), which its own viewer reads: a file a conversation. See
 * `pidgin_text.ts` and `pidgin_html.ts` for the lines.
 *
 * @module
 */
import { pidginName } from "./folder_names.ts";
import type { OpenLog, WrittenFormat } from "./write_format.ts";
import { clockOf, type Conversation, dayOf, type WrittenMessage } from "./written.ts";

/** A conversation that rested so long is over; the next message begins a new file. */
const REST = Temporal.Duration.from({ hours: 4 });
/** Older messages carry their date. */
const OLD = Temporal.Duration.from({ minutes: 20 });
const COLOURS = { self: "#16569E", bot: "#16569E", peer: "#A82F2F", emote: "#062585" } as const;

/** `logs/jabber/me@example.com/bob@example.com/2026-11-20.084535+0100CET.txt` */
export const pidginTextFormat: WrittenFormat = {
  path: pathWith("txt"),
  head: (conversation, { time }) => `${title(conversation, time)}\n`,
  line: (message, now) => `(${stamp(message, now)}) ${said(message)}\n`,
  closes: () => false,
};

/** The same with `.html`. */
export const pidginHtmlFormat: WrittenFormat = {
  path: pathWith("html"),
  head(conversation, { time }) {
    const text = escaped(title(conversation, time));
    return '<html><head><meta http-equiv="content-type" content="text/html; charset=UTF-8">' +
      `<title>${text}</title></head><body><h3>${text}</h3>\n`;
  },
  line(message, now) {
    const { kind, from, name, body } = message;
    const colour = COLOURS[kind === "emote" ? "emote" : from];
    const who = kind === "emote" ? `***${escaped(name)}` : `${escaped(speaker(message))}:`;
    return `<span style="color: ${colour}"><span style="font-size: smaller">` +
      `(${stamp(message, now)})</span> <b>${who}</b></span> ` +
      `${escaped(body).replaceAll("\n", "<br>")}<br>\n`;
  },
  closes: () => false,
};

function pathWith(suffix: "txt" | "html"): WrittenFormat["path"] {
  return (conversation, { time }, open) =>
    Promise.resolve(pathOf(conversation, time, open, suffix));
}

function pathOf(
  { account, peer, kind }: Conversation,
  time: Temporal.ZonedDateTime,
  open: OpenLog | undefined,
  suffix: string,
): string {
  if (open !== undefined && Temporal.Duration.compare(open.last.until(time), REST) < 0) {
    return open.path;
  }
  const clock = clockOf(time).replaceAll(":", "");
  const name = `${dayOf(time)}.${clock}${time.offset.replace(":", "").slice(0, 5)}${zoneOf(time)}`;
  const folder = `${pidginName(peer)}${kind === "group" ? ".chat" : ""}`;
  return `logs/jabber/${pidginName(account)}/${folder}/${name}.${suffix}`;
}

/** `CET`; nothing where the zone has no letters of its own. */
function zoneOf(time: Temporal.ZonedDateTime): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: time.timeZoneId,
    timeZoneName: "short",
  });
  const name = format.formatToParts(time.epochMilliseconds)
    .find(({ type }) => type === "timeZoneName")?.value ?? "";
  return /^[A-Z]{2,5}$/.test(name) ? name : "";
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS = [
  ...["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
];

function title({ account, peer }: Conversation, time: Temporal.ZonedDateTime): string {
  const day = `${DAYS[time.dayOfWeek - 1]} ${MONTHS[time.month - 1]} ${
    String(time.day).padStart(2, " ")
  }`;
  return `Conversation with ${peer} at ${day} ${clockOf(time)} ${time.year} on ${account} (jabber)`;
}

function stamp({ time }: WrittenMessage, now: Temporal.ZonedDateTime): string {
  if (Temporal.Duration.compare(time.until(now), OLD) <= 0) return clockOf(time);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(time.month)}/${two(time.day)}/${two(time.year % 100)} ${clockOf(time)}`;
}

function said(message: WrittenMessage): string {
  const { kind, name, body } = message;
  return kind === "emote" ? `***${name} ${body}` : `${speaker(message)}: ${body}`;
}

function speaker({ from, name }: WrittenMessage): string {
  return from === "bot" ? "AI Bot" : name;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
