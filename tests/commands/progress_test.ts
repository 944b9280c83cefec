import assert from "node:assert/strict";
import { progress, type ProgressOptions } from "../../src/commands/progress.ts";
import { MemoryOutput, StandingClock } from "./memory_io.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

function setup(options: Partial<ProgressOptions> & { columns?: number }) {
  const clock = new StandingClock();
  const output = new MemoryOutput(options.columns);
  const shown = progress({
    label: "Verifying",
    total: 1000,
    unit: "events",
    output,
    clock,
    ...options,
  });
  return { clock, output, shown };
}

/** Lets the queued writes go out. */
const settled = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));

Deno.test("a terminal shows a bar with rate and time left", strict, async () => {
  const { clock, output, shown } = setup({ columns: 100 });
  clock.advance(1000);
  shown.update(250);
  await shown.finish();
  assert.equal(
    output.writes[0],
    "\rVerifying [######------------------] 25% of 1,000 events, 250 events/s, 3s left\x1b[K",
  );
  assert.equal(output.writes[1], "\rVerifying: 250 events in 1s\x1b[K\n");
});

Deno.test("a bar is not drawn more often than it can be seen", strict, async () => {
  const { clock, output, shown } = setup({ columns: 100 });
  for (let done = 1; done <= 1000; done++) {
    clock.advance(1);
    shown.update(done);
    await settled();
  }
  await shown.finish();
  assert.equal(output.writes.length, 11, "ten in a second, and the end");
});

Deno.test("a bar never takes more than its line", strict, async () => {
  const { clock, output, shown } = setup({ columns: 40, label: "A label of some length" });
  clock.advance(500);
  shown.update(1);
  await shown.finish();
  // deno-lint-ignore no-control-regex -- sequences of a terminal begin with Escape
  const drawn = (output.writes[0] ?? "").replace(/\r|\x1b\[K/g, "");
  assert.ok(drawn.length <= 39, drawn);
});

Deno.test("without a terminal there is a plain line every five seconds", strict, async () => {
  const { clock, output, shown } = setup({});
  for (let second = 1; second <= 12; second++) {
    clock.advance(1000);
    shown.advance(50);
    await settled();
  }
  await shown.finish();
  assert.deepEqual(output.writes, [
    "Verifying: 25% of 1,000 events, 50 events/s, 15s left\n",
    "Verifying: 50% of 1,000 events, 50 events/s, 10s left\n",
    "Verifying: 600 events in 12s\n",
  ]);
});

Deno.test("short work says nothing where nobody watches", strict, async () => {
  const { clock, output, shown } = setup({});
  clock.advance(400);
  shown.update(1000);
  await shown.finish();
  assert.equal(output.text, "");
});

Deno.test("bytes have units, and an unknown total has no bar", strict, async () => {
  const { clock, output, shown } = setup({ columns: 100, unit: "bytes", total: undefined });
  clock.advance(2000);
  shown.update(3 * 1024 * 1024);
  await shown.finish();
  assert.equal(output.writes[0], "\rVerifying 2s 3.0MiB, 1.5MiB/s\x1b[K");
});

Deno.test("work does not fail because nobody reads its progress", strict, async () => {
  const { clock, output, shown } = setup({ columns: 100 });
  output.closed = true;
  clock.advance(1000);
  shown.update(1);
  await shown.finish();
  shown.update(2);
  await shown.finish();
});

Deno.test("no work at all is done at once", strict, async () => {
  const { clock, output, shown } = setup({ columns: 100, total: 0 });
  clock.advance(1000);
  shown.update(0);
  await shown.finish();
  assert.match(output.writes[0] ?? "", /100% of 0 events/);
});
