/** Waits that have an end, with the clock on the wall: all at once, so that it takes a minute. */
import assert from "node:assert/strict";
import { withDataFolder } from "../harness/data_folder.ts";
import { RawConnection } from "../harness/raw_http.ts";
import { OPCODE, RawWebSocket } from "../harness/raw_websocket.ts";
import { type ServerProcess, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { Bystanders } from "./bystanders.ts";

/** Longer than any of them takes, milliseconds. */
const PATIENCE = 90_000;

test("who says nothing any more is found out, nobody else notices", () =>
  withDataFolder(async (data) => {
    await using server = await startServer({ data });
    await using bystanders = await Bystanders.join(server);
    const { token = "" } = await server.enter("mallory");
    await Promise.all([
      silentSocket(server, `/?token=${token}`, {}),
      silentSocket(server, `/?token=${token}`, V1, '{"type":"hello"}'),
      noHello(server),
      unfinishedMessage(server, token),
      slowBody(server),
    ]);
    await bystanders.check();
  }));

const V1 = { "Sec-WebSocket-Protocol": "chatnode.v1" };

/** A peer that vanished without a word: pinged after 20 seconds, closed 20 seconds later. */
async function silentSocket(
  server: ServerProcess,
  path: string,
  headers: Readonly<Record<string, string>>,
  hello?: string,
): Promise<void> {
  using socket = await RawWebSocket.open(server.port, path, headers);
  if (hello !== undefined) await socket.sendText(hello);
  const kinds: number[] = [];
  for (;;) {
    const { opcode, code } = await socket.frame();
    kinds.push(opcode);
    if (opcode !== OPCODE.close) continue;
    assert.equal(code, 1011);
    assert.ok(kinds.includes(OPCODE.ping));
    return;
  }
}

/** A connection that does not say who it is has ten seconds. */
async function noHello(server: ServerProcess): Promise<void> {
  using socket = await RawWebSocket.open(server.port, "/", V1);
  assert.match(await socket.text(), /"code":"auth\/none"/);
  assert.equal((await socket.closing()).code, 4401);
}

/** A message in fragments that never ends has a minute, however often another one comes. */
async function unfinishedMessage(server: ServerProcess, token: string): Promise<void> {
  using socket = await RawWebSocket.open(server.port, `/?token=${token}`);
  await socket.send({ opcode: OPCODE.text, payload: "{", fin: false });
  for (;;) {
    const { opcode, code } = await socket.frame();
    if (opcode === OPCODE.close) return assert.equal(code, 1008);
    // Alive, by its pongs and its fragments.
    if (opcode === OPCODE.ping) {
      await socket.send({ opcode: OPCODE.pong });
      await socket.send({ opcode: OPCODE.continuation, payload: " ", fin: false });
    }
  }
}

/** A body has thirty seconds. */
async function slowBody(server: ServerProcess): Promise<void> {
  using connection = await RawConnection.open(server.port);
  await connection.write("POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{");
  await connection.ended(PATIENCE);
  assert.match(connection.received, /^(HTTP\/1\.1 408 |$)/);
}
