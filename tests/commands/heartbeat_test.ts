import assert from "node:assert/strict";
import { heartbeat } from "../../src/commands/heartbeat.ts";
import { ManualClock } from "../harness/manual_clock.ts";
import { test } from "../harness/test.ts";

test("a heartbeat shows every second that work goes on, and ends with it", () => {
  const clock = new ManualClock(0);
  let shown = 0;
  {
    using _ = heartbeat({ advance: (by) => shown += by + 1 }, clock);
    for (let second = 0; second < 5; second++) clock.advance(1_000);
    assert.equal(shown, 5);
  }
  clock.advance(10_000);
  assert.equal(shown, 5);
});
