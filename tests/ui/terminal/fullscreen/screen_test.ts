/** What a person sees, on a terminal in memory. */
import assert from "node:assert/strict";
import { editContent, reactionContent, redactionContent } from "../../../../src/message/content.ts";
import { test } from "../../../harness/test.ts";
import { AFTERNOON, golden, idOf, said, Stage, StagedSession } from "./stage.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A morning in the lobby. */
function talk(): StagedSession {
  const session = new StagedSession();
  session.stored = [
    said(1, "bob", "good evening, is anybody there?", { timestamp_ms: AFTERNOON - DAY }),
    said(2, "carol", "I am", { timestamp_ms: AFTERNOON - 30 * MINUTE }),
    said(3, "carol", "have a look: https://example.org/a?b=c and tell alice", {
      timestamp_ms: AFTERNOON - 29 * MINUTE,
    }),
    said(4, "alice", "thanks! \u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8 \u{1f44d}", {
      timestamp_ms: AFTERNOON - 20 * MINUTE,
      parent_event_id: idOf(3),
    }),
    said(5, "bob", "helo", { timestamp_ms: AFTERNOON - 10 * MINUTE }),
    said(6, "bob", "", {
      type: "m.room.edit",
      timestamp_ms: AFTERNOON - 9 * MINUTE,
      content: editContent(idOf(5), { body: "hello", msgtype: "m.text" }),
    }),
    said(7, "carol", "", {
      type: "m.room.reaction",
      timestamp_ms: AFTERNOON - 8 * MINUTE,
      content: reactionContent(idOf(5), "\u{1f389}"),
    }),
    said(8, "carol", "a mistake", { timestamp_ms: AFTERNOON - 7 * MINUTE }),
    said(9, "carol", "", {
      type: "m.room.redaction",
      timestamp_ms: AFTERNOON - 6 * MINUTE,
      content: redactionContent(idOf(8)),
    }),
    said(10, "bob", "waves", {
      timestamp_ms: AFTERNOON - 5 * MINUTE,
      content: { body: "waves", msgtype: "m.emote" },
    }),
  ];
  const direct = "direct:alice@here,bob@here";
  session.known = [
    { room: "lobby", members: 3 },
    { room: direct, members: 2, lastMs: AFTERNOON - MINUTE, unread: 2 },
  ];
  session.people = [
    { address: "alice@here", name: "alice", show: "online" },
    { address: "bob@here", name: "bob", show: "away", text: "lunch" },
    { address: "carol@here", name: "carol", show: "online" },
  ];
  return session;
}

const sizes = [
  { name: "usual", columns: 80, rows: 24, why: "the size that every terminal begins with" },
  { name: "wide", columns: 120, rows: 30, why: "a large window" },
  { name: "narrow", columns: 50, rows: 20, why: "no list at the side" },
  { name: "tiny", columns: 20, rows: 5, why: "a corner of the screen" },
];

for (const { name, columns, rows, why } of sizes) {
  test(`screen, ${columns}x${rows}: ${why}`, async () => {
    await using stage = await Stage.open([talk()], { columns, rows });
    await stage.shows(/bob waves/);
    stage.type("an answer");
    await stage.shows(/> an answer/);
    await stage.settle();
    assert.equal(stage.terminal.text, await golden(`lobby_${name}`, stage.terminal.text));
  });
}

test("screen: the picture in the README and in the client's page is what is shown", async () => {
  const session = new StagedSession();
  const at = (minutes: number) => ({ timestamp_ms: AFTERNOON - (30 - minutes) * MINUTE });
  session.stored = [
    said(1, "carol", "Good morning! Is the release out yet?", at(0)),
    said(2, "bob", "Not yet: the tests run, see https://ci.example.org/1742", at(2)),
    said(3, "bob", "alice, can you look at what fails?", at(2)),
    said(4, "alice", "Looking.", at(5)),
    said(5, "carol", "", {
      type: "m.room.reaction",
      ...at(6),
      content: reactionContent(idOf(4), "+1"),
    }),
    said(6, "alice", "A time zone, as ever. Fixed.", {
      parent_event_id: idOf(3),
      ...at(25),
    }),
  ];
  session.known = [{ room: "lobby", members: 3 }];
  session.people = ["alice", "bob", "carol"].map((name) => ({
    ...{ address: `${name}@here`, name, show: "online" as const },
  }));
  await using stage = await Stage.open([session], { columns: 78, rows: 16 });
  await stage.shows(/as ever/);
  const dave = { address: "dave@here", name: "dave" };
  session.tell({ kind: "presence", who: dave, show: "away" });
  session.hear(said(7, "dave", "lunch?", { room_id: "direct:alice@here,dave@here" }));
  session.hear(said(8, "bob", "build 1743 is green", { room_id: "builds" }));
  session.tell({
    kind: "receipt",
    ...{ room: "lobby", id: idOf(6), state: "read" },
    who: { address: "bob@here", name: "bob" },
  });
  session.tell({
    ...{ kind: "typing", room: "lobby", state: "typing" },
    who: { address: "carol@here", name: "carol" },
  });
  stage.type("Lunch in ten min");
  await stage.shows(/carol is typing[^]*Lunch in ten min/);
  await stage.settle();
  const picture = await golden("tour", stage.terminal.text);
  assert.equal(stage.terminal.text, picture);
  for (const page of ["README.md", "docs/client.md"]) {
    const text = await Deno.readTextFile(new URL(`../../../../${page}`, import.meta.url));
    assert.ok(text.includes(`\`\`\`text\n${picture}\n\`\`\`\n`), `${page} shows another screen`);
  }
});
