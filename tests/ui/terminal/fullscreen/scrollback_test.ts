/** However much was said, a key costs what is seen: nothing is laid out that nobody looks at. */
import assert from "node:assert/strict";
import { Conversation } from "../../../../src/ui/terminal/fullscreen/model/conversation.ts";
import { themeFor } from "../../../../src/ui/terminal/fullscreen/paint/theme.ts";
import { EntryRows } from "../../../../src/ui/terminal/fullscreen/view/entry_rows.ts";
import type { RowContext } from "../../../../src/ui/terminal/fullscreen/view/message_rows.ts";
import { Pane } from "../../../../src/ui/terminal/fullscreen/view/pane.ts";
import { test } from "../../../harness/test.ts";
import { AFTERNOON, said, Stage, StagedSession } from "./stage.ts";

const MESSAGES = 10_000;
const HEIGHT = 40;

/** Counts which entries rows are asked of. */
class CountingRows extends EntryRows {
  asked = 0;

  override rows(...given: Parameters<EntryRows["rows"]>): ReturnType<EntryRows["rows"]> {
    this.asked += 1;
    return super.rows(...given);
  }
}

function talk(count: number) {
  return Array.from(
    { length: count },
    (_, at) =>
      said(at + 1, at % 3 === 0 ? "bob" : "carol", `line ${at} ${"word ".repeat(at % 40)}`, {
        timestamp_ms: AFTERNOON - (count - at) * 1_000,
      }),
  );
}

function lookedAt() {
  const rows = new CountingRows();
  const conversation = new Conversation("lobby");
  for (const event of talk(MESSAGES)) conversation.timeline.add(event, "alice@here");
  const context: RowContext = {
    ...{ columns: 100, theme: themeFor("palette", "dark"), yourName: "alice", marked: [] },
    view: { you: "alice@here", node: "here", room: "lobby", recall: () => undefined },
  };
  const pane = new Pane(rows);
  /** What it costs to do something and to show what is seen then. */
  const cost = (action: () => void): number => {
    rows.asked = 0;
    action();
    pane.see(conversation, context, HEIGHT);
    return rows.asked;
  };
  return { pane, conversation, context, cost };
}

test("scrollback: a page of 10,000 messages costs a page", () => {
  const { pane, conversation, context, cost } = lookedAt();
  assert.ok(cost(() => {}) <= HEIGHT + 1);
  for (let pages = 0; pages < 500; pages++) {
    const asked = cost(() => pane.scroll(conversation, context, HEIGHT, -HEIGHT));
    assert.ok(asked <= 6 * HEIGHT, `${asked} entries were looked at for page ${pages}`);
  }
  const ends = [
    () => pane.toTop(conversation, context, HEIGHT),
    () => conversation.scroll = "end",
  ];
  for (const end of ends) assert.ok(cost(end) <= 6 * HEIGHT);
});

test("scrollback: what comes meanwhile moves nothing of what is read", () => {
  const { pane, conversation, context, cost } = lookedAt();
  pane.scroll(conversation, context, HEIGHT, -5_000);
  const before = pane.see(conversation, context, HEIGHT);
  const asked = cost(() => {
    conversation.timeline.add(said(MESSAGES + 1, "dave", "something new"), "alice@here");
  });
  assert.ok(asked <= 6 * HEIGHT);
  const after = pane.see(conversation, context, HEIGHT);
  assert.deepEqual(after.rows, before.rows);
  assert.equal(after.below, before.below + 1);
});

test("scrollback: all of the history can be read, page by page, each line once", async () => {
  const session = new StagedSession();
  session.stored = talk(1_000);
  await using stage = await Stage.open([session], { columns: 100, rows: 30 });
  await stage.shows(/line 999/);
  const seen = new Set<number>();
  const look = () => {
    for (const [, line] of stage.terminal.text.matchAll(/ line (\d+)/g)) seen.add(Number(line));
  };
  look();
  for (let pages = 0; pages < 200 && !seen.has(0); pages++) {
    const before = stage.terminal.text;
    stage.type("\x1b[5~");
    await stage.shows(new RegExp(`^(?!${RegExp.escape(before)})`));
    await stage.settle();
    look();
  }
  assert.equal(seen.size, 1_000);
  stage.type("\x1b>");
  await stage.shows(/line 999/);
});
