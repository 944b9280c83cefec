import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import {
  FEEDBACK_LIMITS,
  FeedbackError,
  Feedbacks,
} from "../../../src/transports/alonechat/feedback.ts";
import { ApiClient } from "../../harness/api_client.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { withNode } from "../../harness/node.ts";
import { test } from "../../harness/test.ts";

test("feedback: submitted, listed, answered by an admin, seen by its author only", () =>
  withNode(async ({ http, account }) => {
    const api = new ApiClient(http);
    const [alice, bobby] = [api.as(await account("alice")), api.as(await account("bobby"))];
    const admin = api.as(await account("boss-lady", "admin"));
    const submit = async (content: string) => {
      const { status, body } = await alice.post("/api/feedback/submit", { content });
      const { success, message, feedback_id } = body as Record<string, unknown>;
      assert.deepEqual({ status, success, message: typeof message }, {
        status: 200,
        success: true,
        message: "string",
      });
      return String(feedback_id);
    };
    const first = await submit("more colours");
    const second = await submit("fewer colours");
    const { body } = await alice.get("/api/feedback/my-feedback");
    const { success, feedbacks } = body as {
      success: boolean;
      feedbacks: Record<string, unknown>[];
    };
    assert.equal(success, true);
    assert.deepEqual(feedbacks.map(({ id }) => id), [second, first]);
    const { timestamp, ...rest } = feedbacks[1] ?? {};
    assert.deepEqual(rest, {
      id: first,
      user: "alice",
      content: "more colours",
      status: "pending",
      reply: "",
    });
    assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual((await bobby.get("/api/feedback/my-feedback")).body, {
      success: true,
      feedbacks: [],
    });

    const answer = await admin.post("/api/admin/feedback/reply", {
      feedback_id: first,
      status: "resolved",
      reply: "done",
    });
    assert.equal(answer.status, 200);
    const all = (await admin.get("/api/admin/feedbacks")).body as typeof body & {
      feedbacks: Record<string, unknown>[];
    };
    const answered = all.feedbacks.find(({ id }) => id === first);
    assert.deepEqual([answered?.["status"], answered?.["reply"]], ["resolved", "done"]);
    const unknown = await admin.post("/api/admin/feedback/reply", {
      feedback_id: "no-such-id",
      status: "resolved",
      reply: "done",
    });
    assert.deepEqual({ status: unknown.status, body: unknown.body }, {
      status: 404,
      body: { detail: "Feedback not found" },
    });
  }));

const refusals: readonly { why: string; body: unknown; status: number }[] = [
  { why: "no content", body: {}, status: 422 },
  { why: "content that is no text", body: { content: 1 }, status: 422 },
  { why: "only spaces", body: { content: "  \n" }, status: 400 },
  { why: "too long", body: { content: "a".repeat(FEEDBACK_LIMITS.content + 1) }, status: 400 },
];

test("POST /api/feedback/submit refuses", (context) =>
  withNode(async ({ http, account }) => {
    const alice = new ApiClient(http, await account("alice"));
    for (const { why, body, status } of refusals) {
      await context.step(why, async () => {
        assert.equal((await alice.post("/api/feedback/submit", body)).status, status);
      });
    }
  }));

test("feedback is bounded per user, and answers make room", async () => {
  const feedbacks = await Feedbacks.open(undefined, new ManualClock());
  const kept = [];
  for (let at = 0; at < FEEDBACK_LIMITS.pendingPerUser; at++) {
    kept.push(await feedbacks.submit("alice", `idea ${at}`));
  }
  await assert.rejects(feedbacks.submit("alice", "one more"), { code: "feedback/too-many" });
  await feedbacks.submit("bobby", "mine");
  await feedbacks.answer(kept[0]?.id ?? "", "resolved", "yes");
  await feedbacks.submit("alice", "one more");
});

test("feedback survives a restart", () =>
  withDataFolder(async (folder) => {
    const path = join(folder, "feedback.jsonl");
    const first = await Feedbacks.open(path, systemClock);
    const { id } = await first.submit("alice", "line one\nline two \u2028");
    await first.answer(id, "resolved", "thanks");
    await first.close();
    const second = await Feedbacks.open(path, systemClock);
    assert.deepEqual(second.list(), first.list());
    assert.equal(second.list()[0]?.reply, "thanks");
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  }));

const damages: readonly { why: string; damage: (text: string) => string; left: string[] }[] = [
  {
    why: "a torn last line is cut",
    damage: (text) => text.slice(0, -20),
    left: ["one", "two"],
  },
  {
    why: "a damaged line is kept aside, the others count",
    damage: (text) => text.replace("two", 'tw"o'),
    left: ["one", "three"],
  },
  { why: "nothing but damage", damage: () => "\u0000\u0000\n", left: [] },
  { why: "an empty file", damage: () => "", left: [] },
];

for (const { why, damage, left } of damages) {
  test("a feedback file after a crash or a bad disk", () =>
    withDataFolder(async (folder) => {
      const path = join(folder, "feedback.jsonl");
      const before = await Feedbacks.open(path, systemClock);
      for (const content of ["one", "two", "three"]) await before.submit("alice", content);
      await Deno.writeTextFile(path, damage(await Deno.readTextFile(path)));
      const after = await Feedbacks.open(path, systemClock);
      assert.deepEqual(after.list().map(({ content }) => content).toReversed(), left);
      await after.submit("alice", "four");
      const again = await Feedbacks.open(path, systemClock);
      assert.deepEqual(again.list().map(({ content }) => content).toReversed(), [...left, "four"]);
    }), { why });
}

test("feedback that cannot be written is refused, not forgotten silently", () =>
  withDataFolder(async (folder) => {
    const feedbacks = await Feedbacks.open(join(folder, "missing", "feedback.jsonl"), systemClock);
    await assert.rejects(feedbacks.submit("alice", "lost?"), (error) => {
      assert.ok(error instanceof FeedbackError);
      assert.equal(error.code, "feedback/io");
      return true;
    });
    assert.deepEqual(feedbacks.list(), []);
  }));
