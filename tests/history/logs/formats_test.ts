/** What the log formats of other programs say, line by line. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { LogFormat, LogSurroundings, Speaker } from "../../../src/history/logs/contract.ts";
import { readDaily } from "../../../src/history/logs/daily.ts";
import { readNumbered } from "../../../src/history/logs/numbered.ts";
import { readPidginHtml } from "../../../src/history/logs/pidgin_html.ts";
import { readPidginText } from "../../../src/history/logs/pidgin_text.ts";
import { test } from "../../harness/test.ts";

const SURROUNDINGS: LogSurroundings = {
  day: "2026-11-20",
  began: "08:45:35",
  zone: "+01:00",
  account: "me@example.com",
};

const SELF: Speaker = { kind: "self" };
const PEER: Speaker = { kind: "peer" };
const named = (name: string): Speaker => ({ kind: "named", name });
const HEAD = "Conversation with bob@example.com at Fri Nov 20 08:45:35 2026 on " +
  "me@example.com/Desktop (jabber)";
const SPAN = (colour: string, name: string, body: string, time = "08:45:35") =>
  `<span style="color: ${colour}"><span style="font-size: smaller">(${time})</span> ` +
  `<b>${name}</b></span> ${body}<br>`;

interface Row {
  readonly why: string;
  readonly read: LogFormat;
  readonly text: string;
  /** Time, UTC, without date where it is the day's; speaker; body, an emote begins with `*`. */
  readonly says: readonly (readonly [time: string, speaker: Speaker, body: string])[];
  readonly notices?: number;
  readonly unreadable?: readonly number[];
}

const ROWS: readonly Row[] = [
  {
    why: "daily: one's own and the other's lines, local time",
    read: readDaily,
    text: "[08:45:35] You: hi\n[08:45:36] bob@example.com: hello: you\n",
    says: [["07:45:35", SELF, "hi"], ["07:45:36", named("bob@example.com"), "hello: you"]],
  },
  {
    why: "daily: a body of several lines, CRLF, an empty body, text before the first line",
    read: readDaily,
    text: "lost\r\n[08:45:35] You: one\r\ntwo\r\n\r\n[08:45:36] You: \r\n",
    says: [["07:45:35", SELF, "one\ntwo"]],
    unreadable: [1],
  },
  {
    why: "daily: hours that no clock shows belong to the text",
    read: readDaily,
    text: "[08:45:35] You: a\n[25:00:00] You: b\n",
    says: [["07:45:35", SELF, "a\n[25:00:00] You: b"]],
  },
  {
    why: "numbered: full addresses, Me, the desk's bot, each line with its date",
    read: readNumbered,
    text: "(2026-11-20 08:45:35) bob@example.com/phone: hi\n" +
      "(2026-11-20 08:45:36) Me: hello\n(2026-11-21 00:00:01) AI Bot: Support ticket created!\n" +
      "Subject: x\n",
    says: [
      ["07:45:35", named("bob@example.com"), "hi"],
      ["07:45:36", SELF, "hello"],
      ["23:00:01", { kind: "bot" }, "Support ticket created!\nSubject: x"],
    ],
  },
  {
    why: "numbered: a month of 13 is no time",
    read: readNumbered,
    text: "(2026-13-20 08:45:35) Me: hi\n",
    says: [],
    unreadable: [1],
  },
  {
    why: "Pidgin text: head, message, /me, automatic answer, the program itself",
    read: readPidginText,
    text: `${HEAD}\n(08:45:35) Bob: hi\n(08:45:36) ***Bob waves\n` +
      "(08:45:37) Bob <AUTO-REPLY>: away\n(08:45:38) Bob has signed off.\n" +
      "(08:45:39) me@example.com/Desktop: bye\n",
    says: [
      ["07:45:35", named("Bob"), "hi"],
      ["07:45:36", named("Bob"), "*waves"],
      ["07:45:37", named("Bob"), "away"],
      ["07:45:39", SELF, "bye"],
    ],
    notices: 1,
  },
  {
    why: "Pidgin text: a conversation over midnight goes on the next day",
    read: readPidginText,
    text: `${HEAD}\n(23:59:59) Bob: a\n(00:00:01) Bob: b\n(00:00:00) Bob: a clock set back\n`,
    says: [
      ["22:59:59", named("Bob"), "a"],
      ["23:00:01", named("Bob"), "b"],
      ["23:00:00", named("Bob"), "a clock set back"],
    ],
  },
  {
    why: "Pidgin text: a late message has its date, in whatever order the locale writes it",
    read: readPidginText,
    text: `${HEAD}\n(11/20/26 07:45:35) Bob: us\n(20.11.2026 07:45:36) Bob: de\n` +
      "(2026-11-20 07:45:37) Bob: iso\n(11/20/26 07:45:38 AM) Bob: half\n",
    says: [
      ["06:45:35", named("Bob"), "us"],
      ["06:45:36", named("Bob"), "de"],
      ["06:45:37", named("Bob"), "iso"],
      ["06:45:38", named("Bob"), "half"],
    ],
  },
  {
    why: "Pidgin HTML of 2.14: colours say who, entities, links and line ends",
    read: readPidginHtml,
    text: `<html><head><title>${HEAD}</title></head><body><h3>${HEAD}</h3>\n` +
      `${SPAN("#16569E", "Me:", "1 &lt; 2 &amp;&#33;")}\n` +
      `${SPAN("#A82F2F", "Bob:", 'see <a href="https://a.example/">this</a><br>two')}\n` +
      `${SPAN("#062585", "***Bob", "waves")}\n` +
      '<span style="font-size: smaller">(08:45:36)</span><b> Bob has left.</b><br>\n' +
      "</body></html>\n",
    says: [
      ["07:45:35", SELF, "1 < 2 &!"],
      ["07:45:35", PEER, "see this (https://a.example/)\ntwo"],
      ["07:45:35", named("Bob"), "*waves"],
    ],
    notices: 1,
  },
  {
    why: "Pidgin HTML before 2.14: font elements",
    read: readPidginHtml,
    text: '<font color="#16569E"><font size="2">(08:45:35)</font> <b>Me:</b></font> hi<br/>\n' +
      '<font color="#A82F2F"><font size="2">(08:45:36 AM)</font> <b>Bob:</b></font> ho<br/>\n' +
      '<font size="2">(08:45:37)</font><b> Bob is away.</b><br/>\n',
    says: [["07:45:35", SELF, "hi"], ["07:45:36", PEER, "ho"]],
    notices: 1,
  },
];

for (const { why, read, text, says, notices = 0, unreadable = [] } of ROWS) {
  test(why, () => {
    const log = read(text, SURROUNDINGS);
    const said = log.lines.map(({ time, speaker, kind, body }) =>
      [
        new Date(time).toISOString().slice(11, 19),
        speaker,
        kind === "emote" ? `*${body}` : body,
      ] as const
    );
    assert.deepEqual(said, says);
    assert.deepEqual([log.notices, log.unreadable], [notices, unreadable]);
  });
}

test("the hour that summer time skips and the one that winter time repeats", () => {
  const zone = "Europe/Berlin";
  const at = (day: string, clock: string) =>
    readDaily(`[${clock}] You: x`, { ...SURROUNDINGS, day, zone }).lines.map(({ time }) =>
      new Date(time).toISOString()
    );
  assert.deepEqual(at("2026-03-29", "02:30:00"), ["2026-03-29T01:30:00.000Z"]);
  assert.deepEqual(at("2026-10-25", "02:30:00"), ["2026-10-25T00:30:00.000Z"]);
});

test("no text makes a reader fail, and every line number exists", () => {
  const piece = fc.constantFrom(
    ...["(", ")", "[", "]", ":", " ", "\n", "\r\n", "08:45:35", "2026-11-20", "You", "<b>", "</b>"],
    ...["<span", ">", "&#x41;", "&#99999999;", "&amp;", "\u202e", "\ud800", "***", "#16569E"],
  );
  const text = fc.array(fc.oneof(piece, fc.string({ unit: "binary" })), { maxLength: 40 });
  fc.assert(fc.property(text, (pieces) => {
    const whole = pieces.join("");
    const last = whole.split("\n").length;
    for (const read of [readDaily, readNumbered, readPidginText, readPidginHtml]) {
      const { lines, unreadable } = read(whole, SURROUNDINGS);
      for (const line of [...lines.map(({ line }) => line), ...unreadable]) {
        assert.ok(line >= 1 && line <= last);
      }
    }
  }));
});

test("a line of a million characters is read in time", () => {
  for (const filler of ["<", "(", "a", ": ", "<b>", "&#"]) {
    const long = filler.repeat(1_000_000 / filler.length);
    for (const read of [readDaily, readNumbered, readPidginText, readPidginHtml]) {
      read(`(08:45:35) ${long}`, SURROUNDINGS);
      read(SPAN("#16569E", "Me:", long), SURROUNDINGS);
    }
  }
});
