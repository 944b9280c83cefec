/** However the full screen ends, the terminal is as before. */
import assert from "node:assert/strict";
import { ENTER, LEAVE } from "../../../../src/ui/terminal/fullscreen/modes.ts";
import { eventually } from "../../../harness/eventually.ts";
import { test } from "../../../harness/test.ts";
import { Stage, StagedSession } from "./stage.ts";

const ends: readonly {
  readonly why: string;
  readonly end: (stage: Stage) => void;
  readonly thrown?: RegExp;
}[] = [
  { why: "the person leaves", end: (stage) => stage.enter("/quit") },
  { why: "Ctrl-D", end: (stage) => stage.type("\x04") },
  { why: "the keyboard is gone", end: (stage) => stage.terminal.hangUp() },
  { why: "a signal", end: (stage) => stage.abort(new Error("SIGTERM")), thrown: /SIGTERM/ },
  {
    why: "the only session fails",
    end: (stage) => stage.session.fail(new Error("refused")),
    thrown: /refused/,
  },
  {
    why: "something is thrown that nobody catches",
    end: (stage) => stage.throwStray(new TypeError("a fault")),
    thrown: /a fault/,
  },
  {
    why: "the terminal is gone",
    end(stage) {
      stage.terminal.write = () => Promise.reject(new Error("EIO"));
      stage.type("x");
      stage.clock.advance(100);
    },
    thrown: /EIO/,
  },
];

for (const { why, end, thrown } of ends) {
  test(`ending: ${why}`, async () => {
    await using stage = await Stage.open([new StagedSession()]);
    assert.equal(stage.terminal.isAlternate, true);
    await stage.settle();
    const canWrite = why !== "the terminal is gone";
    end(stage);
    await eventually("it notices", () => {
      stage.clock.advance(20);
      return stage.terminal.modes.at(-1) === "line";
    });
    if (thrown === undefined) await stage.ended();
    else await assert.rejects(stage.ended(), thrown);
    if (canWrite) {
      assert.ok(stage.terminal.raw.endsWith(LEAVE));
      assert.equal(stage.terminal.isAlternate, false);
    }
    assert.deepEqual(stage.terminal.modes, ["raw", "line"]);
  });
}

test("ending: it is painted before anything is connected to, and left at once", async () => {
  const never = new Promise<never>(() => {});
  await using stage = new Stage([new StagedSession()], {
    given: {
      accounts: [{
        ...{ label: "alice", room: "lobby", warning: undefined },
        farewells: () => [],
        open: () => never,
      }],
    },
  });
  await stage.shows(/^ lobby[^]*alice connecting/);
  stage.enter("too early");
  await stage.shows(/the account is still/);
  stage.enter("/quit");
  await stage.ended();
});

test("suspending: Ctrl-Z gives the terminal back, going on takes and paints it again", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.type("half a line\x1a");
  await eventually("it is suspended", () => {
    stage.clock.advance(1);
    return stage.suspensions === 1;
  });
  assert.ok(stage.terminal.raw.endsWith(LEAVE));
  assert.deepEqual(stage.terminal.modes, ["raw", "line"]);
  // What the shell and others write meanwhile.
  await stage.terminal.write("$ ls\r\nfile\r\n$ fg\r\n");
  const before = stage.terminal.raw.length;
  stage.continue();
  await stage.shows(/> half a line$/);
  assert.ok(stage.terminal.raw.slice(before).startsWith(ENTER));
  assert.doesNotMatch(stage.terminal.text, /file/);
  assert.deepEqual(stage.terminal.modes, ["raw", "line", "raw"]);
  stage.type("!");
  await stage.shows(/> half a line!$/);
});

test("suspending: without a shell that lets it go on, it goes on by itself", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.type("\x1a");
  await eventually("it is suspended", () => {
    stage.clock.advance(1);
    return stage.suspensions === 1;
  });
  stage.clock.advance(400);
  await stage.shows(/^ lobby/);
  assert.equal(stage.terminal.isAlternate, true);
});
