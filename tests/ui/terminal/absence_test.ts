/** Longer absences, and ends that wait for nobody for ever. */
import assert from "node:assert/strict";
import { systemClock } from "../../../src/clock.ts";
import { connectTcp } from "../../../src/transports/tcp/client/native.ts";
import { JsonPipe } from "../../../src/ui/terminal/json_pipe.ts";
import { NativeSession } from "../../../src/ui/terminal/native/session.ts";
import { Pipe } from "../../../src/ui/terminal/piped.ts";
import type { SessionEvent } from "../../../src/ui/terminal/session.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { withRelay } from "../../transports/tcp/stage.ts";
import { LineTo } from "./line_to.ts";

function open(port: number, name: string): NativeSession {
  return new NativeSession({
    connect: connectTcp({ hostname: "127.0.0.1", port }),
    introduction: { name },
    rooms: ["lobby"],
    backOffMs: { first: 5, most: 50 },
    outbox: 5_000,
  });
}

/** Everything that a session tells, from now on. */
function follow(session: NativeSession): { readonly told: SessionEvent[]; over: Promise<void> } {
  const told: SessionEvent[] = [];
  const over = (async () => {
    for await (const event of session.events()) told.push(event);
  })();
  return { told, over };
}

for (
  const { why, count, skipped } of [
    { why: "what a resume does not bring is fetched", count: 450, skipped: 0 },
    { why: "of very much, the newest; and told how much is missing", count: 1_300, skipped: 300 },
  ]
) {
  test(`absence: ${why}`, () =>
    withRelay(async ({ port }) => {
      await using line = new LineTo(port);
      await using alice = open(line.port, "Alice");
      await using bob = open(port, "Bob");
      const [hers, his] = [follow(alice), follow(bob)];
      await eventually("both are there", () => alice.isOnline && bob.isOnline);
      await alice.send({ room: "lobby", body: "own" });
      line.cut();
      await eventually("she is away", () => hers.told.some(({ kind }) => kind === "offline"));
      const sending = Array.from(
        { length: count },
        (_, at) => bob.send({ room: "lobby", body: `${at}` }),
      );
      await Promise.all(sending);
      const hersUnsent = alice.send({ room: "lobby", body: "unsent" });
      line.mend();
      const bodies = () =>
        hers.told.flatMap((one) => one.kind === "event" ? [one.event.content.body] : []);
      await eventually("the last one", () => bodies().includes(`${count - 1}`));
      await hersUnsent;
      const heard = Array.from({ length: count - skipped }, (_, at) => `${at + skipped}`);
      assert.deepEqual(bodies(), heard);
      const missing = hers.told.flatMap((one) => one.kind === "skipped" ? [one.count] : []);
      assert.deepEqual(missing, skipped === 0 ? [] : [skipped]);
      await alice.close();
      await bob.close();
      await Promise.all([hers.over, his.over]);
    }, { hub: { resumeEvents: 5 } }));
}

test("a pipe does not wait for ever for a server that is gone", () =>
  withRelay(async ({ port }) => {
    await using line = new LineTo(port);
    await using session = open(line.port, "bot1");
    const input = Promise.withResolvers<number | null>();
    let isRead = false;
    const pipe = new Pipe(
      {
        ...{ session, clock: systemClock, atEnd: "leave", patienceMs: 50, backlog: undefined },
        signal: new AbortController().signal,
        input: {
          read(buffer) {
            if (isRead) return Promise.resolve(null);
            isRead = true;
            return input.promise.then((count) => {
              buffer.set(new TextEncoder().encode("/me x\n"));
              return count;
            });
          },
        },
      },
      (one) =>
        new JsonPipe({ session, target: { room: "lobby" }, out: () => Promise.resolve() }, one),
    );
    const running = pipe.run();
    await eventually("it is online", () => session.isOnline);
    line.cut();
    await eventually("it is offline", () => !session.isOnline);
    input.resolve(6);
    await assert.rejects(running, { code: "client/unsent" });
  }));
