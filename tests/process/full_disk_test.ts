/** A disk without space: nothing acked is lost, everybody is told, and it goes on by itself. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { ApiClient } from "../harness/api_client.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { eventually } from "../harness/eventually.ts";
import { PASSWORD } from "../harness/node.ts";
import { type ServerProcess, startServer } from "../harness/server_process.ts";
import { SocketClient } from "../harness/socket_client.ts";
import { Peer } from "../transports/tcp/peer.ts";
import { canMount, HOW_TO_MOUNT, SmallDisk } from "./small_disk.ts";
import { V1Client } from "./v1_client.ts";

const mounts = await canMount();
/** Small journal files: segments are written, and cannot be, all the time. */
const ARGS = ["--journal-size", "256KiB"];
const TEXT = "x".repeat(4_000);

diskTest("a full disk: refused on every door, readable, and over by itself", async (folder) => {
  await using disk = await SmallDisk.mount(join(folder, "data"), 8);
  await using server = await startServer({ data: disk.folder, args: ARGS });
  const alice = await server.enter("alice");
  await server.enter("bob");
  await using v1 = await V1Client.open(server.ws, alice.token, { rooms: [{ room: "lobby" }] });
  await using alone = await SocketClient.open(`${server.ws}/?token=${alice.token}`);
  const acked = await sendUntilFull(v1, disk);

  await expectUnready(server);
  await expectRefusals(server, { alice, v1, alone });
  assert.equal((await server.api.login("bob", PASSWORD)).token?.split(".").length, 3);
  assert.deepEqual(await bodies(v1), acked, "what was acked can be read, nothing else is there");

  await disk.free();
  await expectReady(server);
  const after = await v1.ask({ type: "send", room: "lobby", body: "space again" });
  assert.equal(after.type, "ack");
  await server.enter("carol");
  await alice.say("alice", "by HTTP again");
  const all = [...acked, "space again", "by HTTP again"];
  assert.deepEqual(await bodies(v1), all);

  await server.kill();
  await using again = await startServer({ data: disk.folder, args: ARGS });
  const { token } = await again.api.login("alice", PASSWORD);
  await using reader = await V1Client.open(again.ws, token);
  assert.deepEqual(await bodies(reader), all, "none of what was refused comes back after a crash");
  assert.ok(await complaints(server) < 50, "a full disk is not told of line by line");
});

diskTest(
  "a full disk at the relay's door: everybody is told, and goes on later",
  async (folder) => {
    await using disk = await SmallDisk.mount(join(folder, "data"), 8);
    const ready = join(folder, "ready.json");
    const args = [...ARGS, "--relay", "--relay-port", "0", "--ready-file", ready];
    await using server = await startServer({ data: disk.folder, args });
    const port = await eventually("the relay's port is written", async () => {
      const text = await Deno.readTextFile(ready).catch(() => undefined);
      return text === undefined ? undefined : JSON.parse(text).relay_port as number;
    });
    const alice = await server.enter("alice");
    await using v1 = await V1Client.open(server.ws, alice.token, { rooms: [{ room: "lobby" }] });
    using native = await Peer.native(port, { name: "Nora", rooms: [{ room: "lobby" }] });
    await native.jsonThat(({ type }) => type === "joined");
    using original = await Peer.original(port, "Oscar");
    using lines = await Peer.lines(port, "Lena");
    const acked = await sendUntilFull(v1, disk);

    await native.json({ type: "send", room: "lobby", body: "refused", ref: "1" });
    const refused = await native.jsonThat(({ ref }) => ref === "1");
    assert.deepEqual([refused["type"], refused["code"]], ["error", "history/full"]);
    await original.frame("refused");
    const told = await original.frameThat((text) => text.startsWith("[!]"));
    assert.match(told, /^\[!\] Not done: no space is left/);
    await lines.write("refused\n");
    await lines.until(/Not done: no space is left.*\n/);
    using late = await Peer.original(port, "Late");
    await lines.until(/Late has joined the chat!\n/);

    await disk.free();
    await expectReady(server);
    await late.frame("by frames again");
    await lines.until(/Late: by frames again\n/);
    await lines.write("by a line again\n");
    await original.frameThat((text) => text === "Lena: by a line again");
    assert.deepEqual(await bodies(v1), [...acked, "by frames again", "by a line again"]);
  },
);

diskTest(
  "a disk that is full at the start: told in a sentence, or served unready",
  async (folder) => {
    await using disk = await SmallDisk.mount(join(folder, "data"), 8);
    const acked: string[] = [];
    {
      await using server = await startServer({ data: disk.folder, args: ARGS });
      const { token } = await server.enter("alice");
      await using v1 = await V1Client.open(server.ws, token);
      acked.push(...await sendUntilFull(v1, disk));
      await server.kill();
    }
    await disk.fill();
    const refused = await startServer({ data: disk.folder, args: ARGS }).then(
      async (server) => {
        await using running = server;
        const { token } = await running.api.login("alice", PASSWORD);
        await using v1 = await V1Client.open(running.ws, token);
        // What the journal had taken ahead of need is of use now.
        acked.push(...await sendUntilFull(v1, disk));
        await expectUnready(running);
      },
      (error) => String(error.stderr),
    );
    if (refused !== undefined) {
      assert.match(refused, /^chatnode: Cannot (?!go on)[^\n]*no space[^\n]*\.\n/);
    }
    await disk.free();
    await using server = await startServer({ data: disk.folder, args: ARGS });
    const { token } = await server.api.login("alice", PASSWORD);
    await using v1 = await V1Client.open(server.ws, token);
    assert.deepEqual(await bodies(v1), acked);
    await expectReady(server);
  },
);

diskTest(
  "a disk that is full of logs: chatting goes on, and so do the logs later",
  async (folder) => {
    await using disk = await SmallDisk.mount(join(folder, "logs"), 1);
    await using server = await startServer({
      data: join(folder, "data"),
      args: ["--log-files", "--log-dir", disk.folder, "--log-level", "trace"],
    });
    const alice = await server.enter("alice");
    await disk.fill();
    for (let count = 0; count < 200; count++) await alice.say("alice", `message ${count}`);
    await expectReady(server);
    await disk.free();
    const log = join(disk.folder, "chatnode.log");
    const { size } = await Deno.stat(log);
    await eventually("the log goes on", async () => {
      await server.api.get("/healthz");
      return (await Deno.stat(log)).size > size;
    });
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
  },
);

diskTest("a disk that may only be read is refused in a sentence", async (folder) => {
  await using disk = await SmallDisk.mount(join(folder, "data"), 8);
  {
    await using server = await startServer({ data: disk.folder });
    await server.stop();
  }
  await disk.makeReadOnly();
  const error = await startServer({ data: disk.folder }).then(
    async (server) => {
      await server.kill();
      assert.fail("it started");
    },
    (each) => each,
  );
  assert.equal(error.code, 1);
  assert.match(error.stderr, /^chatnode: Cannot (?!go on)[^\n]+\.\n( {2}[^\n]+\n)*$/);
  assert.ok(error.stderr.includes(disk.folder));
});

/** Sends until it is refused for want of space; returns what was acked. */
async function sendUntilFull(v1: V1Client, disk: SmallDisk): Promise<string[]> {
  const acked: string[] = [];
  await disk.fill();
  for (;;) {
    const body = `${crypto.randomUUID()} ${TEXT}`;
    const { type, code, message } = await v1.ask({ type: "send", room: "lobby", body });
    if (type === "ack") acked.push(body);
    else {
      assert.equal(code, "history/full");
      assert.match(String(message), /^Cannot store the event: no space is left/);
      return acked;
    }
    assert.ok(acked.length < 10_000, "a disk of this size has an end");
  }
}

async function expectUnready(server: ServerProcess): Promise<void> {
  const ready = await server.api.get("/readyz");
  assert.equal(ready.status, 503);
  assert.equal((ready.body as { code: string }).code, "history/full");
  assert.equal((await server.api.get("/healthz")).status, 200);
}

async function expectReady(server: ServerProcess): Promise<void> {
  await eventually(
    "ready",
    async () => (await server.api.get("/readyz")).status === 200,
    60_000,
  );
}

/** Whatever would have to be stored is refused with words, on every door. */
async function expectRefusals(
  server: ServerProcess,
  { alice, v1, alone }: {
    readonly alice: ApiClient;
    readonly v1: V1Client;
    readonly alone: SocketClient;
  },
): Promise<void> {
  const refused = await v1.ask({ type: "send", to: "bob", body: "refused" });
  assert.equal(refused["code"], "history/full");
  const sent = await alice.post("/send", { sender: "alice", message: "refused" });
  assert.equal(sent.status, 503);
  assert.match(JSON.stringify(sent.body), /no space is left/);
  assert.equal(sent.headers.get("Retry-After"), "5");
  alone.sendJson({ type: 1, sender: "alice", content: "refused" });
  const told = await alone.until(({ sender }) => sender === "SERVER");
  assert.match(String(told["content"]), /^Message not sent: no space is left/);
  await expectNoMoreAccounts(server);
  const feedback = await alice.post("/api/feedback/submit", { content: "y".repeat(4_000) });
  assert.equal(feedback.status, 503);
  // Ending a session is worth a line on a disk that may have none: it is refused or done, not lost.
  const logout = await (await server.api.login("bob", PASSWORD)).post("/api/logout");
  assert.ok(logout.status === 200 || logout.status === 503, String(logout.status));
}

/** The file may have room for a few in its last block. */
async function expectNoMoreAccounts(server: ServerProcess): Promise<void> {
  for (let count = 0;; count++) {
    const username = `carol${count}`;
    const { status, body } = await server.api.post("/api/register", {
      username,
      password: PASSWORD,
    });
    if (status === 200) {
      assert.deepEqual(body, { success: true, token: null, message: "Registration successful" });
      await server.api.login(username, PASSWORD);
    } else {
      assert.equal(status, 503, JSON.stringify(body));
      assert.match(JSON.stringify(body), /disk is full|no space/);
      return;
    }
    assert.ok(count < 50, "a block has an end");
  }
}

/** The texts of the lobby, in order. */
async function bodies(v1: V1Client): Promise<string[]> {
  const read: string[] = [];
  for (let more = true; more;) {
    const page = await v1.ask({ type: "history", room: "lobby", from: read.length, limit: 200 });
    const events = page["events"] as { event: { content: { body: string } } }[];
    read.push(...events.map(({ event }) => event.content.body));
    more = page["more_after"] === true;
  }
  return read;
}

async function complaints(server: ServerProcess): Promise<number> {
  await server.exited;
  return server.stderr.split("\n").length;
}

function diskTest(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test({
    name: mounts ? name : `${name} (${HOW_TO_MOUNT})`,
    ignore: !mounts,
    fn: () => withDataFolder(body),
    sanitizeOps: true,
    sanitizeResources: true,
  });
}
