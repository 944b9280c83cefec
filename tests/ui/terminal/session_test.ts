/** Every session against real servers. */
import { connectWebSocket } from "../../../src/protocol/client/websocket_connection.ts";
import { connectTcp } from "../../../src/transports/tcp/client/native.ts";
import { connectOriginal } from "../../../src/transports/tcp/client/original.ts";
import { NativeSession } from "../../../src/ui/terminal/native/session.ts";
import { OriginalSession } from "../../../src/ui/terminal/original/session.ts";
import type { ChatSession } from "../../../src/ui/terminal/session.ts";
import { testSessions } from "../../conformance/session.ts";
import { withNode } from "../../harness/node.ts";
import { OriginalServer } from "../../transports/tcp/reference.ts";
import { withRelay } from "../../transports/tcp/stage.ts";
import { LineTo } from "./line_to.ts";

const backOffMs = { first: 5, most: 50 };

function overTcp(port: number, name: string): ChatSession {
  const connect = connectTcp({ hostname: "127.0.0.1", port });
  return new NativeSession({ connect, introduction: { name }, rooms: ["lobby"], backOffMs });
}

function overWebSocket(port: number, token: string): ChatSession {
  const connect = connectWebSocket(`ws://127.0.0.1:${port}`);
  return new NativeSession({ connect, token, rooms: ["lobby"], backOffMs });
}

function originally(port: number, alias: string): ChatSession {
  const target = { hostname: "127.0.0.1", port };
  return new OriginalSession({
    ...{ alias, host: "127.0.0.1", backOffMs },
    connect: (events, signal) => connectOriginal(target, alias, events, signal),
  });
}

testSessions("chatnode.v1 over TCP", (body) =>
  withRelay(async ({ port }) => {
    await using line = new LineTo(port);
    await body({
      open: (name) => overTcp(line.port, name),
      nowhere: () => overTcp(1, "Nobody"),
      cut: () => line.cut(),
      mend: () => line.mend(),
    });
  }));

testSessions("chatnode.v1 over WebSocket", (body) =>
  withNode(async (node) => {
    const tokens = new Map<string, string>();
    for (const name of ["Alice", "Bob"]) tokens.set(name, await node.account(name));
    await using line = new LineTo(node.port);
    await body({
      open: (name) => overWebSocket(line.port, tokens.get(name) ?? ""),
      nowhere: () => overWebSocket(1, "token"),
      cut: () => line.cut(),
      mend: () => line.mend(),
    });
  }));

testSessions("the original protocol with a chatnode", (body) =>
  withRelay(async ({ port }) => {
    await using line = new LineTo(port);
    await body({
      open: (name) => originally(line.port, name),
      nowhere: () => originally(1, "Nobody"),
      cut: () => line.cut(),
      mend: () => line.mend(),
    });
  }));

testSessions("the original protocol with its original server", async (body) => {
  await using server = await OriginalServer.start();
  await using line = new LineTo(server.port);
  await body({
    open: (name) => originally(line.port, name),
    nowhere: () => originally(1, "Nobody"),
    cut: () => line.cut(),
    mend: () => line.mend(),
  });
});
