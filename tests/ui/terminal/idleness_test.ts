/** When somebody counts as being there. */
import assert from "node:assert/strict";
import { Idleness } from "../../../src/ui/terminal/idleness.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";
import { Stage, StagedSession } from "./fullscreen/stage.ts";

function watch(afterMs: number) {
  const clock = new ManualClock(0);
  const told: string[] = [];
  const idleness = new Idleness({
    ...{ clock, afterMs },
    present: () => void told.push("present"),
    absent: () => void told.push(`absent at ${clock.monotonic()}`),
  });
  return { clock, told, idleness };
}

test("idleness: told once, when it has been so long since the last key", () => {
  const { clock, told, idleness } = watch(1_000);
  clock.advance(900);
  idleness.touched();
  clock.advance(900);
  assert.deepEqual(told, ["present"]);
  clock.advance(100);
  clock.advance(10_000);
  assert.deepEqual(told, ["present", "absent at 1900"]);
  idleness.touched();
  clock.advance(1_000);
  assert.deepEqual(told.slice(2), ["present", "absent at 12900"]);
});

test("idleness: never, where it is turned off, and not after the end", () => {
  const off = watch(0);
  off.idleness.touched();
  off.clock.advance(1e9);
  assert.deepEqual(off.told, ["present"]);
  const ended = watch(1_000);
  ended.idleness.end();
  ended.clock.advance(1e9);
  assert.deepEqual(ended.told, []);
});

test("idleness: on the full screen every account hears of it; looking elsewhere is no key", async () => {
  const sessions = [new StagedSession(), new StagedSession({ name: "anna" })];
  await using stage = await Stage.open(sessions, { given: { awayAfterMs: 60_000 } });
  stage.type("\x1b[O");
  await stage.settle();
  const asked = () => sessions.map((one) => one.asked.filter((what) => /sent$/.test(what)));
  stage.clock.advance(60_000);
  assert.deepEqual(asked(), [["absent"], ["absent"]]);
  stage.type("h");
  await stage.shows(/> h/);
  assert.deepEqual(asked(), [["absent", "present"], ["absent", "present"]]);
});
