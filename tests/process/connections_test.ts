/** Many connections, and connections that are not used as they should be. */
import assert from "node:assert/strict";
import { withDataFolder } from "../harness/data_folder.ts";
import { eventually } from "../harness/eventually.ts";
import { RawConnection } from "../harness/raw_http.ts";
import { RawWebSocket } from "../harness/raw_websocket.ts";
import { type ServerProcess, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { Bystanders } from "./bystanders.ts";
import { descriptorLimit, residentMiB, sockets, socketsFall } from "./resources.ts";

const MOST = 10_000;
/** Connections opened at the same time: the backlog of a listener is not endless. */
const AT_ONCE = 200;

const UPGRADE = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/** What each of many connections says before it is cut. */
const beginnings: readonly string[] = [
  "",
  "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nX: unfinis",
  "POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{",
  `${UPGRADE}Sec-WebSocket-Protocol: chatnode.v1\r\n\r\n`,
  `${UPGRADE}\r\n`,
];

test("10,000 connections opened and cut leave nothing behind", () =>
  withDataFolder(async (data) => {
    const count = Math.min(MOST, await descriptorLimit() - 1_000);
    assert.equal(count, MOST, "this needs `ulimit -n 11000`");
    const args = ["--max-connections", "12000", "--max-connections-per-address", "12000"];
    await using server = await startServer({ data, args });
    await using bystanders = await Bystanders.join(server);
    await bystanders.chat();
    const before = await sockets(server.pid);
    const memory: number[] = [];
    for (let round = 0; round < 3; round++) {
      await bystanders.chatUntil(openAndCut(server, count, before));
      memory.push(await residentMiB(server.pid));
    }
    const [first = 0, , last = 0] = memory;
    assert.ok(last < first + 60, `memory went from ${first} to ${last} MiB`);
    assert.equal(server.stderr, "");
  }));

async function openAndCut(server: ServerProcess, count: number, before: number): Promise<void> {
  const open: RawConnection[] = [];
  while (open.length < count) {
    open.push(
      ...await Promise.all(Array.from({ length: AT_ONCE }, async (_, index) => {
        const connection = await RawConnection.open(server.port);
        await connection.write(beginnings[index % beginnings.length] ?? "");
        return connection;
      })),
    );
  }
  const held = await sockets(server.pid);
  assert.ok(held > before + count / 2, `${held} sockets are open`);
  for (const connection of open) connection.close();
  await socketsFall(server.pid, before + 5);
}

test("connections beyond the limit of an address are refused, those that are there stay", () =>
  withDataFolder(async (data) => {
    const most = 40;
    await using server = await startServer({
      data,
      args: ["--max-connections-per-address", String(most)],
    });
    await using bystanders = await Bystanders.join(server);
    const before = await sockets(server.pid);
    const flood = await Promise.all(
      Array.from({ length: 1_000 }, () => RawConnection.open(server.port)),
    );
    await bystanders.check();
    const asked = flood.map(async (connection) => {
      try {
        await connection.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
        return (await connection.answer()).status;
      } catch {
        return "refused";
      }
    });
    const answers = await Promise.all(asked);
    const served = answers.filter((answer) => answer === 200).length;
    assert.ok(served > 0 && served <= most, `${served} were served`);
    assert.equal(served + answers.filter((answer) => answer === "refused").length, 1_000);
    await bystanders.chat();
    for (const connection of flood) connection.close();
    await eventually("the address may connect again", async () => {
      using connection = await RawConnection.open(server.port);
      await connection.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").catch(() => {});
      return await connection.answer().then(({ status }) => status === 200, () => false);
    });
    await socketsFall(server.pid, before + 5);
    const complaints = server.stderr.split("\n").length;
    assert.ok(complaints < 100, `a flood is not logged line by line: ${complaints} lines`);
  }));

test("readers that stop reading are dropped, others get everything, memory stays bounded", () =>
  withDataFolder(async (data) => {
    await using server = await startServer({ data });
    await using bystanders = await Bystanders.join(server);
    const talker = await server.enter("talker");
    const sleeper = await server.enter("sleeper");
    const sleepers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => stopReading(server, sleeper.token ?? "", index)),
    );
    assert.ok((await bystanders.company()).includes("sleeper"));
    const began = await residentMiB(server.pid);
    let peak = began;
    const text = "x".repeat(60 * 1024);
    await bystanders.chatUntil((async () => {
      // Twice what a kernel may hold for both ends of a connection, and the queue.
      for (let sent = 0; sent < 40 * 1024 * 1024; sent += text.length) {
        await talker.say("talker", text);
        peak = Math.max(peak, await residentMiB(server.pid));
      }
    })());
    await eventually(
      "the sleepers are gone",
      async () => !(await bystanders.company()).includes("sleeper"),
    );
    assert.ok(peak < began + 200, `memory went from ${began} to ${peak} MiB`);
    for (const socket of sleepers) socket.close();
  }));

/** A member of the lobby on either dialect that reads nothing beyond its greeting. */
async function stopReading(
  server: ServerProcess,
  token: string,
  index: number,
): Promise<RawWebSocket> {
  if (index % 2 === 0) return await RawWebSocket.open(server.port, `/?token=${token}`);
  const socket = await RawWebSocket.open(server.port, "/", {
    "Sec-WebSocket-Protocol": "chatnode.v1",
  });
  await socket.sendText(JSON.stringify({ type: "hello", token, rooms: [{ room: "lobby" }] }));
  while (!(await socket.text()).includes('"joined"'));
  return socket;
}

test("who closes one direction of a socket is gone", () =>
  withDataFolder(async (data) => {
    await using server = await startServer({ data });
    await using bystanders = await Bystanders.join(server);
    const before = await sockets(server.pid);
    const halves = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
      const connection = await RawConnection.open(server.port);
      await connection.write(beginnings[index % beginnings.length] ?? "");
      await connection.closeWrite();
      return connection;
    }));
    await Promise.all(halves.map((connection) => connection.ended()));
    await socketsFall(server.pid, before + 5);
    for (const connection of halves) connection.close();
    await bystanders.check();
  }));
