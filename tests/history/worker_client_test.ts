import assert from "node:assert/strict";
import type { MergeTask } from "../../src/history/merging.ts";
import { serve } from "../../src/history/worker_dispatch.ts";
import { WorkerClient, type WorkerThread } from "../../src/history/worker_client.ts";
import type { Handlers, WorkerReply, WorkerRequest } from "../../src/history/worker_protocol.ts";
import { ManualClock } from "../harness/manual_clock.ts";

/** A thread in name only: requests are kept, replies are posted by the test. */
class PaperThread implements WorkerThread {
  onmessage: ((message: MessageEvent<WorkerReply>) => void) | null = null;
  onerror: ((error: ErrorEvent) => void) | null = null;
  readonly requests: WorkerRequest[] = [];
  terminated = false;

  postMessage(request: WorkerRequest): void {
    this.requests.push(request);
  }

  terminate(): void {
    this.terminated = true;
  }

  reply(reply: WorkerReply): void {
    this.onmessage?.(new MessageEvent("message", { data: reply }));
  }
}

const TASK: MergeTask = { history: "", segments: [] };

function client(options: { readonly maxPending?: number } = {}) {
  const clock = new ManualClock();
  const threads: PaperThread[] = [];
  const start = () => {
    threads.push(new PaperThread());
    return threads.at(-1)!;
  };
  return { clock, threads, client: new WorkerClient({ clock, start, ...options }) };
}

Deno.test("a thread starts with the first call and stops when it is idle", async () => {
  const { clock, threads, client: worker } = client();
  assert.equal(threads.length, 0);
  const call = worker.call("merge", TASK, { timeout: 1_000 });
  threads[0]!.reply({ id: 1, result: "done" });
  assert.equal(await call, "done");
  clock.advance(999);
  assert.equal(threads[0]!.terminated, false);
  clock.advance(1);
  assert.equal(threads[0]!.terminated, true);
  const again = worker.call("merge", TASK, { timeout: 1_000 });
  threads[1]!.reply({ id: 2, result: "again" });
  assert.equal(await again, "again");
  await worker.close();
});

Deno.test("a thread that somebody may want again is kept for longer, whatever it did since", async () => {
  const { clock, threads, client: worker } = client();
  const search = worker.call("merge", TASK, { timeout: 1_000, keep: 30_000 });
  threads[0]!.reply({ id: 1, result: "found" });
  await search;
  clock.advance(10_000);
  const other = worker.call("merge", TASK, { timeout: 1_000 });
  threads[0]!.reply({ id: 2, result: "done" });
  await other;
  clock.advance(19_999);
  assert.equal(threads[0]!.terminated, false);
  clock.advance(1);
  assert.equal(threads[0]!.terminated, true);
  await worker.close();
});

Deno.test("answers find their calls in any order, reports on the way", async () => {
  const { threads, client: worker } = client();
  const reports: unknown[] = [];
  const one = worker.call("merge", TASK, {
    timeout: 1_000,
    onProgress: (progress) => reports.push(progress),
  });
  const two = worker.call("merge", TASK, { timeout: 1_000 });
  threads[0]!.reply({ id: 1, progress: 0.5 });
  threads[0]!.reply({ id: 2, failure: { code: "history/corrupt", message: "Cannot: it is bad" } });
  threads[0]!.reply({ id: 2, result: "too late" });
  threads[0]!.reply({ id: 1, result: "one" });
  await assert.rejects(two, { code: "history/corrupt", message: "Cannot: it is bad" });
  assert.equal(await one, "one");
  assert.deepEqual(reports, [0.5]);
  await worker.close();
});

Deno.test("a thread that does not answer, or dies, is replaced", async () => {
  const { clock, threads, client: worker } = client();
  const late = worker.call("merge", TASK, { timeout: 1_000 });
  const other = worker.call("merge", TASK, { timeout: 5_000 });
  clock.advance(1_000);
  await assert.rejects(late, { code: "history/worker" });
  await assert.rejects(other, { code: "history/worker" });
  assert.equal(threads[0]!.terminated, true);

  const dying = worker.call("merge", TASK, { timeout: 1_000 });
  threads[1]!.onerror?.(new ErrorEvent("error", { cancelable: true }));
  await assert.rejects(dying, { code: "history/worker" });
  const next = worker.call("merge", TASK, { timeout: 1_000 });
  threads[2]!.reply({ id: 4, result: "fine" });
  assert.equal(await next, "fine");
  await worker.close();
});

Deno.test("what is under way is bounded", async () => {
  const { threads, client: worker } = client({ maxPending: 2 });
  const calls = [1, 2].map(() => worker.call("merge", TASK, { timeout: 1_000 }));
  await assert.rejects(() => worker.call("merge", TASK, { timeout: 1_000 }), {
    code: "history/busy",
  });
  threads[0]!.reply({ id: 1, result: "a" });
  threads[0]!.reply({ id: 2, result: "b" });
  assert.deepEqual(await Promise.all(calls), ["a", "b"]);
  await worker.close();
});

Deno.test("closing cancels what is under way and waits for its end, but not for ever", async () => {
  for (const answers of [true, false]) {
    const { clock, threads, client: worker } = client();
    const call = worker.call("merge", TASK, { timeout: 60_000 });
    const closed = worker.close();
    assert.deepEqual(threads[0]!.requests.at(-1), { id: 1, cancel: true });
    assert.equal(threads[0]!.terminated, false);
    if (answers) {
      threads[0]!.reply({ id: 1, failure: { code: "history/closed", message: "Cancelled" } });
    } else clock.advance(5_000);
    await assert.rejects(call, { code: answers ? "history/closed" : "history/worker" });
    await closed;
    assert.equal(threads[0]!.terminated, true);
    await assert.rejects(() => worker.call("merge", TASK, { timeout: 1 }), {
      code: "history/closed",
    });
  }
});

Deno.test("the thread's side: calls run side by side, a cancelled one ends at its next breath", async () => {
  const replies: WorkerReply[] = [];
  const done = Promise.withResolvers<void>();
  const scope = {
    onmessage: null as ((message: MessageEvent<WorkerRequest>) => void) | null,
    postMessage: (reply: WorkerReply) => {
      replies.push(reply);
      if (replies.length === 3) done.resolve();
    },
  };
  const other = () => Promise.reject(new Error("not asked for"));
  const handlers: Handlers = {
    chainEnds: other,
    indexForget: other,
    indexStep: other,
    indexSearch: other,
    indexRefresh: other,
    indexSettle: other,
    indexReset: other,
    indexClose: other,
    seal: async (_, { breathe }) => {
      for (;;) await breathe();
    },
    merge: (_, { report }) => {
      report(1 as never);
      return Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }));
    },
  };
  serve(scope, handlers);
  const post = (data: WorkerRequest) => scope.onmessage?.(new MessageEvent("message", { data }));
  post({ id: 1, call: "seal", task: TASK as never });
  post({ id: 2, call: "merge", task: TASK });
  post({ id: 1, cancel: true });
  post({ id: 7, cancel: true });
  await done.promise;
  assert.deepEqual(replies, [
    { id: 2, progress: 1 },
    { id: 2, failure: { code: "ENOSPC", message: "no space" } },
    { id: 1, failure: { code: "history/closed", message: "The call was cancelled" } },
  ]);
});

for (
  const { failure, message, why } of [
    {
      failure: { code: "ENOSPC", message: "No space left on device (os error 28)" },
      message: "Cannot use the history's files: no space is left (ENOSPC)",
      why: "a full disk, in words that say what to do",
    },
    {
      failure: { code: "EIO", message: "Input/output error (os error 5)" },
      message: "Cannot use the history's files: the disk failed (EIO)",
      why: "a broken one",
    },
    {
      failure: { code: "history/corrupt", message: "Cannot read it" },
      message: "Cannot read it",
      why: "what the history says itself",
    },
  ]
) {
  Deno.test(`what fails in the thread is told: ${why}`, async () => {
    const { threads, client: worker } = client();
    const call = worker.call("merge", TASK, { timeout: 1_000 });
    threads[0]!.reply({ id: 1, failure });
    await assert.rejects(call, { message });
    await worker.close();
  });
}
