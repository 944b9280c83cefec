/** `chatnode client bucket:`: people who share nothing but a bucket, and a server that shares it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runProgram, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { TempFolder } from "../history/temp_folder.ts";
import { Talker } from "./talker.ts";
import { V1Client } from "./v1_client.ts";

test("two people and a server talk through a folder that they share", async () => {
  await using folder = await TempFolder.make();
  const bucket = join(folder.path, "bucket");
  await Deno.mkdir(bucket);
  const address = `bucket:file://${bucket}?room=general`;
  await using alice = new Talker(folder.path, "alice", address);
  await using bob = new Talker(folder.path, "bob", address);
  await bob.hears("bob is in", ({ type }) => type === "chatnode.online");
  await using server = await startServer({
    data: join(folder.path, "server"),
    args: ["--bucket", bucket, "--sync-interval", "200ms", "--name", "server"],
  });
  const token = (await server.enter("carol")).token;
  await using carol = await V1Client.open(server.ws, token, { rooms: [{ room: "general" }] });

  await alice.say({ body: "hello" });
  const hello = await bob.hearsBody("hello");
  assert.match(hello.sender_id ?? "", /^alice@node-/);
  await carol.heard("hello");
  await bob.say({ body: "an answer", parent: hello.event_id });
  const answer = await alice.hearsBody("an answer");
  await carol.ask({ type: "send", room: "general", body: "from the server", key: "1" });
  await alice.hearsBody("from the server");
  assert.match((await bob.hearsBody("from the server")).sender_id ?? "", /^carol@server$/);

  const replaced = {
    replaces: answer.event_id,
    new_content: { body: "better", msgtype: "m.text" },
  };
  await bob.say({ event_type: "m.room.edit", content: replaced });
  await bob.say({
    event_type: "m.room.reaction",
    content: { relates_to: hello.event_id, reaction: "+1" },
  });
  await alice.say({ event_type: "m.room.redaction", content: { redacts: hello.event_id } });
  await alice.hears("the edit", ({ type }) => type === "m.room.edit");
  await alice.hears("the reaction", ({ type }) => type === "m.room.reaction");
  await bob.hears("the redaction", ({ type }) => type === "m.room.redaction");

  await alice.say({ to: "bob", body: "for your eyes" });
  await alice.hears(
    "why that is not said",
    ({ type, code }) => type === "chatnode.error" && code === "client/not-shared",
  );
  assert.deepEqual([await alice.end(), await bob.end()], [1, 0], alice.stderr + bob.stderr);
  const bodies = bob.lines.filter(({ content }) => typeof content?.["body"] === "string");
  assert.equal(bodies.length, 2, "each message of others once");
});

test("a newcomer sees the history, and what was said without the bucket is shared later", async () => {
  await using folder = await TempFolder.make();
  const bucket = join(folder.path, "bucket");
  await Deno.mkdir(bucket);
  const args = (name: string) => [
    ...["client", `bucket:${bucket}?room=general`, "--sync-interval", "200ms"],
    ...["--name", name, "--data", join(folder.path, name)],
  ];
  const env = { HOME: folder.path };
  const first = await runProgram(args("alice"), { input: "one\ntwo\n", env });
  assert.equal(first.code, 0, first.stderr);
  await Deno.rename(bucket, `${bucket}.away`);
  await Deno.writeTextFile(bucket, "no folder any more");
  const second = await runProgram(args("alice"), { input: "three\n", env });
  assert.equal(second.code, 0, second.stderr);
  await Deno.remove(bucket);
  await Deno.rename(`${bucket}.away`, bucket);
  const third = await runProgram(args("alice"), { input: "four\n", env });
  assert.equal(third.code, 0, third.stderr);

  await using bob = new Talker(folder.path, "bob", `bucket:${bucket}?room=general`, {
    args: ["--history", "9"],
  });
  for (const body of ["one", "two", "three", "four"]) await bob.hearsBody(body);
  assert.equal(await bob.end(), 0);
});

test("an address that names no bucket, and a name that nobody signed in with, are told", async () => {
  await using folder = await TempFolder.make();
  const env = { HOME: folder.path };
  const run = (...args: readonly string[]) =>
    runProgram(["client", ...args, "--data", join(folder.path, "data")], { env });
  const nothing = await run("bucket:?room=x");
  assert.deepEqual([nothing.code, nothing.stdout], [2, ""]);
  assert.match(nothing.stderr, /it names no bucket/);
  const nobody = await run(`bucket:${folder.path}`, "--name", "me@example.com");
  assert.equal(nobody.code, 2);
  assert.match(nobody.stderr, /nobody has signed in so/);
});
