/** `chatnode client bucket:`: people who share nothing but a bucket, and a server that shares it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { PERMISSIONS, V8_FLAGS } from "../../tasks/runtime.ts";
import { eventually } from "../harness/eventually.ts";
import { runProgram, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { TempFolder } from "../history/temp_folder.ts";
import { V1Client } from "./v1_client.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

interface Line {
  readonly type: string;
  readonly event_id?: string;
  readonly sender_id?: string;
  readonly content?: Readonly<Record<string, unknown>>;
}

/** A client that speaks JSON Lines both ways until it is told to end. */
class Talker implements AsyncDisposable {
  readonly lines: Line[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<void>;
  stderr = "";

  constructor(folder: string, name: string, bucket: string, ...more: readonly string[]) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", ...PERMISSIONS, V8_FLAGS, MAIN, "client", bucket, "--json"],
        ...["--data", join(folder, name), "--name", name, "--sync-interval", "200ms", ...more],
      ],
      env: { HOME: folder, NO_COLOR: "1" },
      ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
    }).spawn();
    this.#child = child;
    this.#input = child.stdin.getWriter();
    const errors = (async () => {
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        this.stderr += text;
      }
    })();
    this.#read = (async () => {
      let rest = "";
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) this.lines.push(JSON.parse(line) as Line);
      }
      await errors;
    })();
  }

  async say(request: unknown): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  }

  /** The first line that fits. */
  async hears(what: string, fits: (line: Line) => boolean): Promise<Line> {
    return await eventually(`${what}; ${this.stderr}`, () => this.lines.find(fits));
  }

  hearsBody(body: string): Promise<Line> {
    return this.hears(body, ({ content }) => content?.["body"] === body);
  }

  /** Ends the input and waits for the end. */
  async end(): Promise<number> {
    await this.#input.close();
    const { code } = await this.#child.status;
    await this.#read;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#input.close().catch(() => {});
    await this.#child.status;
    await this.#read;
  }
}

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

  assert.deepEqual([await alice.end(), await bob.end()], [0, 0], alice.stderr + bob.stderr);
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

  await using bob = new Talker(
    folder.path,
    "bob",
    `bucket:${bucket}?room=general`,
    "--history",
    "9",
  );
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
