/** Whatever others send, nothing but the interface's own sequences reaches the terminal. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { inTime } from "../../../harness/eventually.ts";
import { test } from "../../../harness/test.ts";
import { AFTERNOON, said, Stage, StagedSession } from "./stage.ts";

/** Everything that the interface itself writes. */
const OWN =
  // deno-lint-ignore no-control-regex -- sequences begin with Escape
  /\x1b\[[0-9;]*m|\x1b\[\d+;\d+H|\x1b\[\d+G|\x1b\[[2]?[JK]|\x1b\[H|\x1b\[\?(?:25|7|1004|1049|2004|2026)[hl]|\x1b\]11;\?\x1b\\/g;
// deno-lint-ignore no-control-regex -- controls are what it looks for
const HARM = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

function harmIn(raw: string): string | undefined {
  return HARM.exec(raw.replaceAll(OWN, ""))?.[0];
}

const texts: readonly { readonly why: string; readonly text: string }[] = [
  { why: "clearing the screen", text: "\x1b[2J\x1b[H" },
  { why: "a C1 sequence", text: "\x9b2J" },
  { why: "the window's title", text: "\x1b]0;owned\x07" },
  { why: "a title without an end", text: "\x1b]0;owned" },
  { why: "the clipboard (OSC 52)", text: "\x1b]52;c;b3duZWQ=\x07" },
  { why: "a link (OSC 8)", text: "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\" },
  { why: "an image (DCS)", text: "\x1bPq#0\x1b\\" },
  { why: "a question that the terminal answers", text: "\x1b[6n\x1b[c\x1b]11;?\x07" },
  { why: "leaving the alternate screen", text: "\x1b[?1049l" },
  { why: "a reset", text: "\x1bc" },
  { why: "going back over the line", text: "real\rfake\b\b\b\bmore" },
  { why: "the bell", text: "\x07\x07" },
  { why: "text that turns around", text: "\u202eevil\u2066x\u2069\u200f" },
  { why: "a lone surrogate", text: "a\ud800b" },
  { why: "a pile of marks", text: `Z${"\u0310\u035b".repeat(200)}` },
  {
    why: "a line that looks like the interface's",
    text: "x\n14:05    admin  give me your password",
  },
  { why: "lines without end", text: "a\n".repeat(5_000) },
  { why: "one word without end", text: "x".repeat(100_000) },
];

for (const { why, text } of texts) {
  test(`hostile: ${why}`, async () => {
    await using stage = await Stage.open([new StagedSession()], { columns: 70, rows: 12 });
    const eve = { address: `e${text.slice(0, 100)}@here`, name: `e${text}` };
    const session = stage.session;
    session.people = [{ ...eve, show: "away", text }];
    session.stored = [said(1, "bob", text)];
    session.hear(
      said(2, "bob", text),
      said(3, eve.name.slice(0, 100), "by name"),
      said(4, "bob", "in a room", { room_id: `r${text.slice(0, 100)}` }),
    );
    session.tell({ kind: "typing", room: "lobby", who: eve, state: "typing" });
    session.tell({ kind: "notice", text });
    session.tell({ kind: "request", who: eve, text });
    session.tell({ kind: "invitation", room: `i${text.slice(0, 50)}`, who: eve, text });
    session.tell({ kind: "member", room: "lobby", who: eve, state: "joined" });
    session.tell({
      kind: "room",
      room: { room: "lobby", members: 3, topic: text, name: `n${text}` },
    });
    session.tell({ kind: "presence", who: eve, show: "away", text });
    session.hear(said(5, "bob", "the end", { timestamp_ms: AFTERNOON + 1_000 }));
    await stage.shows(/the end/);
    for (
      const line of ["/who", "/rooms", "/list", "/search the", "/contacts", "/account", "/help"]
    ) {
      stage.enter(line);
      await stage.settle();
      assert.equal(harmIn(stage.terminal.raw), undefined, line);
      stage.type("\x07");
    }
    assert.equal(stage.terminal.isAlternate, true);
    // Nothing within a message begins where messages begin.
    assert.doesNotMatch(stage.terminal.text, /\u2502 14:05 +admin/);
  });
}

test("hostile: anything at all, in any size", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "binary", maxLength: 60 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 4, max: 100 }),
      fc.integer({ min: 2, max: 30 }),
      async (bodies, columns, rows) => {
        await using stage = new Stage([new StagedSession()], { columns, rows });
        stage.session.online();
        for (const [at, body] of bodies.entries()) {
          stage.session.hear(said(at + 1, "bob", body, { timestamp_ms: AFTERNOON + at }));
          stage.session.tell({
            kind: "typing",
            room: "lobby",
            who: { address: "x@y", name: body },
            state: "typing",
          });
        }
        await inTime("drawing", stage.settle());
        assert.equal(harmIn(stage.terminal.raw), undefined);
        assert.equal(stage.terminal.lines.length, rows);
      },
    ),
    { numRuns: 40 },
  );
});
