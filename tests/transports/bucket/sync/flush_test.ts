/** When what was said is stored: after the interval, or sooner when much was said. */
import assert from "node:assert/strict";
import { BucketError } from "../../../../src/transports/bucket/stores/errors.ts";
import { eventually } from "../../../harness/eventually.ts";
import { ManualClock } from "../../../harness/manual_clock.ts";
import { test } from "../../../harness/test.ts";
import { World } from "./world.ts";

const INTERVAL = 60_000;
const MUCH = "x".repeat(40_000);

/** Says more than a megabyte. */
async function sayMuch(say: (text: string) => Promise<void>, name: string): Promise<void> {
  for (let part = 0; part < 30; part++) await say(`${name} ${part} ${MUCH}`);
}

test("little is stored when the interval is over, much at once", async () => {
  await using world = await World.make();
  const clock = new ManualClock(Date.now());
  await using alpha = await world.open("alpha", { clock, interval: INTERVAL, tasks: "push" });
  alpha.sync.start();
  await eventually("the first look is over", () => alpha.sync.status().sincePush !== undefined);
  await alpha.say("little");
  clock.advance(INTERVAL - 1);
  const { put } = alpha.sync.status().requests;
  clock.advance(1);
  await eventually("it is told", () => alpha.sync.status().requests.put > put);
  await eventually("it waits", () => clock.pending > 0);
  await sayMuch((text) => alpha.say(text), "much");
  await eventually("it is stored", () => alpha.sync.status().pushed.events > 20);
  await alpha.sync.stop(10_000);
});

test("a bucket that fails is not asked with every message, however many there are", async () => {
  await using world = await World.make();
  const clock = new ManualClock(Date.now());
  let asked = 0;
  await using alpha = await world.open("alpha", {
    ...{ clock, interval: INTERVAL, tasks: "push" },
    wrap: (bucket) =>
      new Proxy(bucket, {
        get(target, name) {
          const value = Reflect.get(target, name);
          if (typeof value !== "function") return value;
          return () => {
            asked++;
            throw new BucketError("bucket/forbidden", "Cannot do it: the store does not allow it");
          };
        },
      }),
  });
  alpha.sync.start();
  await eventually("it was asked", () => alpha.sync.status().failure !== undefined);
  for (const name of ["a", "b", "c"]) await sayMuch((text) => alpha.say(text), name);
  await alpha.say("the last word");
  assert.ok(asked <= 3, `${asked} requests`);
  await alpha.sync.stop(0);
});
