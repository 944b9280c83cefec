/** `chatnode server` as a process: start, stop, signals, what it says and what it keeps. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { announcement, type Facts } from "../../src/commands/server_announcement.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { eventually } from "../harness/eventually.ts";
import { openAloneSocket, PASSWORD } from "../harness/node.ts";
import { RawConnection } from "../harness/raw_http.ts";
import { runProgram, StartFailed, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { memoryIo } from "./memory_io.ts";

test("the first start makes an admin, prints the password once, and keeps it nowhere", () =>
  withDataFolder(async (data) => {
    await using first = await startServer({ data, args: ["--env", "production"] });
    const { admin } = first;
    assert.ok(admin !== undefined);
    const { body } = await first.api.post("/api/login", {
      username: admin.name,
      password: admin.password,
    });
    assert.equal((body as { message: string }).message, "Admin login successful");
    assert.deepEqual(await first.stop(), { code: 0, signal: null });
    assert.equal(first.stdout.split(admin.password).length, 2);
    assert.doesNotMatch(first.stderr, new RegExp(admin.password));
    for await (const file of files(data)) {
      assert.doesNotMatch(await Deno.readTextFile(file), new RegExp(admin.password), file);
    }

    await using second = await startServer({ data });
    assert.equal(second.admin, undefined);
    assert.deepEqual(await second.stop(), { code: 0, signal: null });
  }));

for (const name of ["SIGTERM", "SIGINT"] as const) {
  test(`${name} stops it: code 0, polls answered, sockets told, messages kept`, () =>
    withDataFolder(async (data) => {
      await using server = await startServer({ data });
      const alice = await server.enter("alice");
      const socket = await openAloneSocket(server.ws, alice.token);
      const poll = (await server.enter("bobby")).receive();
      await socket.until((message) => message["type"] === 2 && message["sender"] === "bobby");
      server.signal(name);
      assert.deepEqual(await poll, { success: false, error: "Timeout waiting for message" });
      assert.equal((await socket.closed).code, 1001);
      assert.deepEqual(await server.exited, { code: 0, signal: null });
    }));
}

test("a second signal ends it at once, whatever still runs", () =>
  withDataFolder(async (data) => {
    await using server = await startServer({ data });
    // A request whose body never comes holds the listener open for the whole deadline.
    using slow = await RawConnection.open(server.port);
    await slow.write("POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{");
    using idle = await RawConnection.open(server.port);
    await idle.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    await idle.answer();
    server.signal("SIGTERM");
    await idle.ended();
    let ended = false;
    void server.exited.then(() => ended = true);
    // For a moment further signals count as the first one.
    await eventually("its end, before the deadline for the slow one", () => {
      if (!ended) server.signal("SIGTERM");
      return ended;
    }, 4_000);
    const { code, signal } = await server.exited;
    assert.ok(signal === "SIGTERM" || code === 143, `${code} ${signal}`);
  }));

test("a second process on the same data folder is refused by name", () =>
  withDataFolder(async (data) => {
    await using server = await startServer({ data });
    const error = await startServer({ data }).then(() => assert.fail("it started"), (e) => e);
    assert.ok(error instanceof StartFailed);
    assert.equal(error.code, 1);
    assert.match(
      error.stderr,
      new RegExp(`Cannot open .*: process ${server.pid} \\("chatnode server"\\) is using it`),
    );
    assert.equal(error.stdout, "");
  }));

test("a taken port is refused with a sentence, and the folder is free again", () =>
  withDataFolder(async (data) => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr as Deno.NetAddr;
    const error = await startServer({ data, args: ["--port", String(port)] })
      .then(() => assert.fail("it started"), (e) => e);
    assert.ok(error instanceof StartFailed);
    assert.equal(error.code, 1);
    assert.match(
      error.stderr,
      /^chatnode: Cannot listen on 127\.0\.0\.1:\d+: the port is in use\.$/m,
    );
    assert.doesNotMatch(error.stderr, /\n\s+at /);

    await using server = await startServer({ data });
    assert.ok(server.admin !== undefined, "the failed start made no admin that nobody knows");
  }));

test("--ready-file says where it listens, for programs", () =>
  withDataFolder(async (data) => {
    const file = join(data, "ready.json");
    await using server = await startServer({ data, args: ["--ready-file", file] });
    const ready = await eventually("the file", async () => {
      try {
        return JSON.parse(await Deno.readTextFile(file));
      } catch {
        return undefined;
      }
    });
    assert.equal(ready.pid, server.pid);
    assert.equal(ready.port, server.port);
    assert.equal(ready.second_port, server.port + 1);
    assert.equal(ready.host, "127.0.0.1");
    assert.match(ready.name, /^node-[0-9a-f]{6}$/);
  }));

test("SIGHUP opens the log files anew, and everything goes on", () =>
  withDataFolder(async (data) => {
    await using server = await startServer({
      data,
      args: ["--env", "development", "--log-files"],
    });
    const log = join(data, "logs", "chatnode.log");
    await eventually("the log", () => exists(log));
    await Deno.rename(log, `${log}.moved`);
    server.signal("SIGHUP");
    await eventually("a new log", () => exists(log));
    assert.equal((await server.api.get("/healthz")).status, 200);
  }));

test("SIGUSR2 seals what was said so far, and everything goes on", () =>
  withDataFolder(async (data) => {
    await using server = await startServer({ data });
    const alice = await server.enter("alice");
    await alice.say("alice", "for the files");
    server.signal("SIGUSR2");
    const rooms = join(data, "history", "rooms");
    await eventually("a segment with it", async () => {
      for await (const text of segmentsIn(rooms)) if (text.includes("for the files")) return true;
      return undefined;
    });
    await alice.say("alice", "and on");
  }));

test("tokens in queries, headers and cookies never reach a log", () =>
  withDataFolder(async (data) => {
    await using server = await startServer({
      data,
      args: ["--env", "development", "--log-level", "trace", "--log-files"],
    });
    const alice = await server.enter("alice");
    const socket = await openAloneSocket(server.ws, alice.token);
    await alice.get(`/recv-not-there?token=${alice.token}`);
    await fetch(`${server.http}/api/feedback/my-feedback`, {
      headers: { Cookie: `authToken=${alice.token}` },
    }).then((response) => response.body?.cancel());
    await alice.say("alice", "a very private text");
    await socket.close();
    await server.stop();
    const logs = server.stderr + await Deno.readTextFile(join(data, "logs", "chatnode.log"));
    assert.match(logs, /recv-not-there/);
    const [, payload = "", signature = ""] = alice.token.split(".");
    for (const secret of [payload, signature, PASSWORD, "very private"]) {
      assert.ok(!logs.includes(secret), `a log holds ${secret}`);
    }
  }));

test("an account that is added beside the running server can log in", () =>
  withDataFolder(async (data) => {
    await using server = await startServer({ data, args: ["--registration", "closed"] });
    const closed = await server.api.post("/api/register", {
      username: "carol",
      password: "123456",
    });
    assert.equal((closed.body as { success: boolean }).success, false);
    const added = await runProgram(["account", "add", "carol", "--data", data], {
      input: `${PASSWORD}\n`,
    });
    assert.equal(added.code, 0, added.stderr);
    await server.api.login("carol", PASSWORD);
  }));

const warned: readonly { why: string; facts: Partial<Facts>; warns: boolean }[] = [
  { why: "everybody on the network can reach it", facts: { host: "0.0.0.0" }, warns: true },
  { why: "over IPv6 too", facts: { host: "::" }, warns: true },
  { why: "one address of the network", facts: { host: "192.0.2.7" }, warns: true },
  { why: "this machine only", facts: { host: "127.0.0.1" }, warns: false },
  { why: "TLS by the node", facts: { host: "0.0.0.0", secure: true }, warns: false },
  { why: "TLS by a proxy", facts: { host: "0.0.0.0", behindProxy: true }, warns: false },
];

for (const { why, facts, warns } of warned) {
  test(`plain traffic ${warns ? "is" : "is not"} warned of`, () => {
    const text = announcement({ ...PLAIN, ...facts }, memoryIo());
    assert.equal(/Warning: other machines/.test(text), warns);
    assert.match(text, /\nchatnode is ready: https?:\/\/\S+:8765\n$/);
  }, { why });
}

const PLAIN: Facts = {
  name: "node-test",
  host: "127.0.0.1",
  port: 8765,
  secondPort: 8766,
  relayPort: undefined,
  guests: "chat",
  data: "/data",
  registration: "invite",
  signIn: undefined,
  secure: false,
  behindProxy: false,
  firstAdmin: undefined,
};

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

async function* files(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* files(path);
    else if (entry.isFile) yield path;
  }
}

/** The text of every file of messages below a folder, which need not be there yet. */
async function* segmentsIn(folder: string): AsyncGenerator<string> {
  if (!await exists(folder)) return;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* segmentsIn(path);
    else if (name.startsWith("messages_") && name.endsWith(".jsonl")) {
      yield await Deno.readTextFile(path);
    }
  }
}
