import assert from "node:assert/strict";
import type { Phase } from "../../src/hub/hooks.ts";
import { lineOf, withLogs } from "../harness/logs.ts";
import { test } from "../harness/test.ts";
import { identity, refusal, stage, text } from "./stage.ts";

test("all twelve phases run, in their order", async () => {
  const { hub, connect } = await stage();
  const seen: Phase[] = [];
  const phases: Phase[] = [
    ...["PRE_CONNECT", "PRE_AUTHENTICATE", "POST_AUTHENTICATE", "POST_CONNECT"] as const,
    ...["PRE_MESSAGE", "PRE_BROADCAST", "POST_BROADCAST", "POST_MESSAGE"] as const,
    ...["PRE_COMMAND", "POST_COMMAND", "PRE_DISCONNECT", "POST_DISCONNECT"] as const,
  ];
  for (const phase of phases) hub.hooks.add(phase, () => void seen.push(phase), { name: "test" });
  await hub.admit({ via: "test" }, () => Promise.resolve(identity("alice")));
  const { session } = connect("alice");
  await session.publish(text("lobby", "x"));
  await session.command("/echo x");
  session.close();
  assert.deepEqual(seen, phases);
});

test("hooks run by priority, then by registration, each seeing what the one before made", async () => {
  const { hub, connect } = await stage();
  const add = (name: string, priority?: number) =>
    hub.hooks.add(
      "PRE_MESSAGE",
      ({ outgoing }) => ({ content: { ...outgoing.content, body: outgoing.content.body + name } }),
      priority === undefined ? { name } : { name, priority },
    );
  add("c");
  add("d");
  add("e", 200);
  add("a", -1);
  const removeB = add("b", 50);
  const removed = add("x", 60);
  removed();
  removed();
  const { session } = connect("alice");
  const first = await session.publish(text("lobby", "-"));
  assert.equal(first.stored.event.content.body, "-abcde");
  removeB();
  const second = await session.publish(text("lobby", "-"));
  assert.equal(second.stored.event.content.body, "-acde");
});

test("a refusal stops the message and says why", async () => {
  const { hub, connect, history } = await stage();
  hub.hooks.add("PRE_MESSAGE", () => ({ refuse: "no shouting" }), { name: "test" });
  const { session } = connect("alice");
  await assert.rejects(session.publish(text("lobby", "HEY")), (error: Error) => {
    assert.equal(error.message, "Cannot do this: no shouting");
    return refusal("hub/rejected")(error);
  });
  assert.equal(history.room("lobby").next, 0);
});

test("what a hook makes of a message is checked like any message", async () => {
  const { hub, connect } = await stage();
  hub.hooks.add("PRE_MESSAGE", () => ({ content: { body: "", msgtype: "m.text" } }), {
    name: "test",
  });
  await assert.rejects(
    connect("alice").session.publish(text("lobby", "x")),
    refusal("hub/invalid"),
  );
});

for (const phase of ["PRE_CONNECT", "PRE_AUTHENTICATE"] as const) {
  test("a newcomer can be refused", async () => {
    const { hub } = await stage();
    hub.hooks.add(phase, ({ remote }) => ({ refuse: `not from ${remote}` }), { name: "test" });
    let asked = false;
    const admitted = hub.admit({ via: "test", remote: "192.0.2.1" }, () => {
      asked = true;
      return Promise.resolve(identity("alice"));
    });
    await assert.rejects(admitted, refusal("hub/rejected"));
    assert.equal(asked, false);
    assert.equal(hub.counters.refused, 1);
  }, { why: phase });
}

for (
  const { why, hook } of [
    { why: "throws", hook: () => assert.fail("the secret body") },
    { why: "rejects", hook: () => Promise.reject(new Error("broken")) },
    { why: "rejects with nothing", hook: () => Promise.reject(undefined) },
    { why: "never answers", hook: () => new Promise<never>(() => {}) },
    { why: "answers nonsense", hook: () => 42 as never },
  ]
) {
  test("a hook that fails is skipped", async () => {
    const { hub, connect, clock } = await stage({ hookMs: 1_000 });
    hub.hooks.add("PRE_MESSAGE", hook, { name: "broken" });
    const published = connect("alice").session.publish(text("lobby", "x"));
    clock.advance(1_001);
    assert.equal((await published).stored.event.content.body, "x");
    assert.equal(hub.counters.hookFaults, why === "answers nonsense" ? 0 : 1);
  }, { why });
}

test("a failure is logged with the hook's name and the phase, without the message", async () => {
  await withLogs(async (records) => {
    const { hub, connect } = await stage();
    const hook = () => Promise.reject(new Error("broken"));
    hub.hooks.add("PRE_MESSAGE", hook, { name: "shouty" });
    await connect("alice").session.publish(text("lobby", "the secret body"));
    const lines = records.map(lineOf).join("\n");
    assert.match(lines, /shouty/);
    assert.match(lines, /PRE_MESSAGE/);
    assert.doesNotMatch(lines, /secret body/);
  });
});

test("delivery waits for PRE_BROADCAST, in order, and the author's answer for delivery", async () => {
  const { hub, connect } = await stage();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let calls = 0;
  const remove = hub.hooks.add("PRE_BROADCAST", () => gates[calls++]?.promise, { name: "test" });
  const [alice, bob] = [connect("alice"), connect("bob")];
  bob.session.join("lobby");
  let answered = 0;
  const first = alice.session.publish(text("lobby", "1")).then(() => answered += 1);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  const second = alice.session.publish(text("lobby", "2")).then(() => answered += 1);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  remove();
  const third = alice.session.publish(text("lobby", "3"));
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  assert.deepEqual([bob.peer.bodies, answered], [[], 0]);
  gates[0]?.resolve();
  gates[1]?.resolve();
  await Promise.all([first, second, third]);
  assert.deepEqual(bob.peer.bodies, ["1", "2", "3"]);
});
