import assert from "node:assert/strict";
import { test } from "../harness/test.ts";
import { refusal, stage } from "./stage.ts";

const HELP = "Available commands:\n  /help - Show available commands\n" +
  "  /echo - Echo back the message";

for (
  const { typed, reply } of [
    { typed: "/help", reply: { kind: "help", text: HELP } },
    { typed: "  /HELP me ", reply: { kind: "help", text: HELP } },
    { typed: "/?", reply: { kind: "help", text: HELP } },
    { typed: "/h x", reply: { kind: "help", text: HELP } },
    { typed: "/echo hi", reply: { kind: "text", text: "Echo: hi" } },
    { typed: "/Echo  Two  words \n", reply: { kind: "text", text: "Echo: Two  words" } },
    { typed: "/echo", reply: { kind: "text", text: "Echo: " } },
    { typed: "/unknown", reply: undefined },
    { typed: "/helpless", reply: undefined },
    { typed: "/", reply: undefined },
    { typed: "help", reply: undefined },
    { typed: "", reply: undefined },
  ]
) {
  test(`the command ${JSON.stringify(typed)}`, async () => {
    const { connect } = await stage();
    assert.deepEqual(await connect("alice").session.command(typed), reply);
  });
}

test("a command can be added and taken out again", async () => {
  const { connect, hub } = await stage();
  const { session } = connect("alice");
  const remove = hub.commands.add({
    name: "roll",
    aliases: ["dice"],
    summary: "Roll a die",
    run: ({ identity, argument, room }) => `${identity.name} ${argument} ${room}`,
  });
  assert.equal((await session.command("/dice d6", "lobby"))?.text, "alice d6 lobby");
  assert.match(hub.commands.help(), /\n {2}\/roll - Roll a die$/);
  assert.throws(() => hub.commands.add({ name: "dice", summary: "", run: () => "" }), TypeError);
  assert.throws(() => hub.commands.add({ name: "No", summary: "", run: () => "" }), TypeError);
  remove();
  assert.equal(await session.command("/roll d6"), undefined);
  assert.equal(hub.commands.help(), HELP);
});

test("a command that fails says so and nothing more", async () => {
  const { connect, hub } = await stage();
  const run = () => Promise.reject(new Error("the database password is x"));
  hub.commands.add({ name: "boom", summary: "", run });
  const reply = await connect("alice").session.command("/boom");
  assert.deepEqual(reply, { kind: "text", text: "Cannot run /boom: it failed" });
});

test("a hook can refuse a command", async () => {
  const { connect, hub } = await stage();
  hub.hooks.add("PRE_COMMAND", ({ name }) => ({ refuse: `/${name} is off` }), { name: "test" });
  await assert.rejects(connect("alice").session.command("/echo x"), refusal("hub/rejected"));
});
