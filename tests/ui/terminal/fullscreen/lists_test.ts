/** Lists over the messages: what stands in their lines, at any width. */
import assert from "node:assert/strict";
import { test } from "../../../harness/test.ts";
import { AFTERNOON, said, Stage, StagedSession } from "./stage.ts";

test("lists: of what was found stands the part with the words, and where, unless it is here", async () => {
  const session = new StagedSession();
  const far = `${"hay ".repeat(60)}and a needle in it`;
  session.stored = [
    said(1, "bob", far),
    said(2, "carol", "a needle, too", { room_id: "builds", timestamp_ms: AFTERNOON + 1_000 }),
  ];
  await using stage = await Stage.open([session]);
  await stage.shows(/hay/);
  stage.enter("/search needle");
  await stage.shows(/Found: needle/);
  assert.match(stage.terminal.text, /\d\d:\d\d {2}bob +\u2026 (?:hay )+and a needle/);
  assert.match(stage.terminal.text, /\d\d:\d\d {2}carol +\[builds\] a needle, too/);
  assert.doesNotMatch(stage.terminal.text, /\[lobby\]/);
});

test("lists: help is read beside the keys, long ones have a row of their own", async () => {
  for (const columns of [40, 80, 120]) {
    await using stage = await Stage.open([new StagedSession()], { columns, rows: 60 });
    stage.enter("/help");
    await stage.shows(/Help/);
    await stage.shows(/PageUp, PageDown/);
    await stage.settle();
    // What is explained has more than half of the row.
    assert.match(stage.terminal.text, /look back and forth/);
  }
});

test("lists: where nothing is unread Alt-A says so", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.type("\x1ba");
  await stage.shows(/Everything is read/);
  stage.enter("hello");
  await stage.hides(/Everything is read/);
});
