/**
 * Whatever comes, in whatever pieces: the real process answers or refuses, serves everybody else,
 * and finds nothing of its own worth a line in the log.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { withDataFolder } from "../harness/data_folder.ts";
import { RawConnection } from "../harness/raw_http.ts";
import { encodeFrame, OPCODE, RawWebSocket } from "../harness/raw_websocket.ts";
import { type ServerProcess, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { Bystanders } from "./bystanders.ts";
import { testSeed } from "./crash/random.ts";

const RUNS = 300;

const word = fc.constantFrom(
  ..."type hello send join leave members rooms history search presence typing read command".split(
    " ",
  ),
  ..."auth ping ref key room to body msgtype event_type content parent offset epoch token".split(
    " ",
  ),
  ..."before after around from timestamp id limit text cursor since until show active sender".split(
    " ",
  ),
  ..."target message username password lobby m.room.message m.room.edit replaces new_content".split(
    " ",
  ),
  ..."__proto__ constructor toString direct:a@b,c@d ../../x".split(" "),
);
const scalar = fc.oneof(
  word,
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, false, -0, 2 ** 53, -1, 1e308),
);
/** JSON of the shape of our frames and bodies, with everything in the wrong place. */
const shaped = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(word, tie("value")), { maxLength: 8 }).map((pairs) =>
      Object.fromEntries(pairs)
    ),
  ),
})).value;
const types = fc.constantFrom(
  ..."hello send join leave members rooms history search presence typing read command auth ping"
    .split(" "),
);
const frame = fc.tuple(types, shaped).map(([type, value]) =>
  JSON.stringify(
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? { ...value, type }
      : value,
  ) ?? ""
);
const message = fc.tuple(fc.oneof(fc.integer({ min: 0, max: 8 }), scalar), shaped, scalar).map(
  ([type, content, target]) =>
    JSON.stringify({ type, sender: "x", content, target, command: null }),
);
const bytes = fc.uint8Array({ maxLength: 200 });
const text = fc.oneof(frame, message, fc.string({ unit: "binary", maxLength: 200 }));

for (const dialect of ["chatnode.v1", "AloneChat"] as const) {
  test(`${dialect}: whatever text comes, it costs at most an error`, () =>
    fuzzed(async (server, token) => {
      using socket = await open(server, dialect, token);
      await fc.assert(
        fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
          for (const each of texts) await socket.sendText(each.toWellFormed());
          await answers(socket);
        }),
        { numRuns: RUNS, seed: testSeed() },
      );
    }));

  test(`${dialect}: whatever bytes come after the handshake, they cost at most the connection`, () =>
    fuzzed(async (server, token) => {
      await fc.assert(
        fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 5 }), async (chunks) => {
          using socket = await open(server, dialect, token);
          for (const chunk of chunks) await socket.connection.write(chunk).catch(() => {});
        }),
        { numRuns: RUNS, seed: testSeed() },
      );
    }));
}

const routes = fc.constantFrom(
  ..."/api/register /api/login /api/logout /send /api/feedback/submit /api/admin/kick-user".split(
    " ",
  ),
  "/api/admin/feedback/reply",
);

test("any body costs at most an answer that is no 500", () =>
  fuzzed(async (server, token) => {
    await fc.assert(
      fc.asyncProperty(
        routes.filter((route) => route !== "/api/logout"),
        fc.oneof(
          shaped.map((value) => new TextEncoder().encode(JSON.stringify(value) ?? "")),
          bytes,
        ),
        fc.constantFrom("application/json", "text/plain", "application/x-www-form-urlencoded", ""),
        async (route, body, type) => {
          const response = await fetch(server.http + route, {
            method: "POST",
            headers: { Authorization: `Bearer ${token}`, "Content-Type": type },
            body: new Uint8Array(body),
          });
          await response.text();
          assert.ok(response.status < 500, `${route} answered ${response.status}`);
        },
      ),
      { numRuns: RUNS, seed: testSeed() },
    );
  }));

test("any bytes instead of a request cost at most the connection", () =>
  fuzzed(async (server) => {
    const start = fc.constantFrom(
      "",
      "GET ",
      "GET / HTTP/1.1\r\n",
      "POST /send HTTP/1.1\r\nHost: a\r\n",
    );
    await fc.assert(
      fc.asyncProperty(start, bytes, async (beginning, rest) => {
        using connection = await RawConnection.open(server.port);
        await connection.write(beginning);
        await connection.write(rest).catch(() => {});
      }),
      { numRuns: RUNS, seed: testSeed() },
    );
  }));

/** Runs `attack` on a server that has nothing to complain of afterwards. */
function fuzzed(attack: (server: ServerProcess, token: string) => Promise<void>): Promise<void> {
  return withDataFolder(async (data) => {
    await using server = await startServer({ data });
    await using bystanders = await Bystanders.join(server);
    const { token } = await server.enter("mallory");
    await bystanders.chatUntil(attack(server, token ?? ""));
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    assert.doesNotMatch(server.stderr, /"level":"(error|fatal)"|\n\s+at /);
  });
}

async function open(
  server: ServerProcess,
  dialect: "chatnode.v1" | "AloneChat",
  token: string,
): Promise<RawWebSocket> {
  if (dialect === "AloneChat") return await RawWebSocket.open(server.port, `/?token=${token}`);
  const headers = { "Sec-WebSocket-Protocol": dialect };
  const socket = await RawWebSocket.open(server.port, `/?token=${token}`, headers);
  await socket.sendText('{"type":"hello"}');
  return socket;
}

/** The connection lives: what was sent before a ping is read when its pong comes. */
async function answers(socket: RawWebSocket): Promise<void> {
  await socket.connection.write(encodeFrame({ opcode: OPCODE.ping, payload: "alive?" }));
  for (;;) {
    const { opcode, text } = await socket.frame();
    assert.notEqual(opcode, OPCODE.close, text);
    if (opcode === OPCODE.pong) return;
  }
}
