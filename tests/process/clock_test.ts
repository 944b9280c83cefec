/** Steps of the wall clock, by an operator, by NTP, by a machine that wakes up. */
import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../src/clock.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { openTestNode, type TestNode } from "../harness/node.ts";
import { test } from "../harness/test.ts";
import { V1Client } from "./v1_client.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The system's clock, off by as much as a test says; timers do not notice, as on a real machine. */
class SteppedClock implements Clock {
  offset = 0;

  now(): number {
    return systemClock.now() + this.offset;
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  after(ms: number, action: () => void): ReturnType<Clock["after"]> {
    return systemClock.after(ms, action);
  }
}

const steps: readonly { why: string; by: readonly number[] }[] = [
  { why: "back an hour", by: [-HOUR] },
  { why: "back a year", by: [-365 * DAY] },
  { why: "on a day and back again", by: [DAY, -DAY] },
  { why: "to and fro", by: [HOUR, -2 * HOUR, 3 * HOUR, -DAY, DAY] },
];

for (const { why, by } of steps) {
  test(
    "a stepped clock reorders nothing and loses nothing, across restarts too",
    () =>
      withDataFolder(async (folder) => {
        const clock = new SteppedClock();
        const said: string[] = [];
        for (const step of [0, ...by]) {
          clock.offset += step;
          const opened = await openTestNode(folder, { clock });
          for (const more of [0, step]) {
            clock.offset += more;
            said.push(await say(opened, `${said.length} after ${step}`));
            clock.offset -= more;
          }
          await opened.node.stop(1_000);
        }
        const opened = await openTestNode(folder, { clock });
        await using v1 = await V1Client.open(opened.ws, await opened.account("alice"));
        const page = await v1.ask({ type: "history", room: "lobby", from: 0, limit: 200 });
        const events = page["events"] as Stored[];
        assert.deepEqual(events.map(({ event }) => event.content.body), said);
        assert.deepEqual(events.map(({ offset }) => offset), said.map((_, index) => index));
        const times = events.map(({ event }) => event.timestamp_ms);
        assert.deepEqual(times, times.toSorted((a, b) => a - b), "times do not go back in a room");
        const newest = await v1.ask({ type: "history", room: "lobby", limit: 1 });
        assert.equal((newest["events"] as Stored[])[0]?.event.content.body, said.at(-1));
        await v1.close();
        await opened.node.stop(1_000);
      }),
    { why },
  );
}

interface Stored {
  readonly offset: number;
  readonly event: { readonly timestamp_ms: number; readonly content: { readonly body: string } };
}

async function say(opened: TestNode, body: string): Promise<string> {
  await using v1 = await V1Client.open(opened.ws, await opened.account("alice"));
  const ack = await v1.ask({ type: "send", room: "lobby", body });
  assert.equal(ack.type, "ack", JSON.stringify(ack));
  return body;
}
