import { type Answer, connectionSuite } from "../../conformance/connection.ts";
import { RawWebSocket } from "../../harness/raw_websocket.ts";
import { startServer } from "../../protocol/stage.ts";

connectionSuite("WebSocket", async (body) => {
  await using server = await startServer({
    limits: { ratePerSecond: Infinity },
    links: { queueBytes: 256 * 1024 },
  });
  await body({
    hub: server.hub,
    history: server.history,
    async enter(name, hello = {}) {
      // By hand: a browser's WebSocket reads whether anybody asks or not.
      const client = await RawWebSocket.open(server.port, "/", {
        "Sec-WebSocket-Protocol": "chatnode.v1",
      });
      await client.sendText(JSON.stringify({ type: "hello", token: `token ${name}`, ...hello }));
      await client.text();
      return {
        send: (frame) => client.sendText(typeof frame === "string" ? frame : JSON.stringify(frame)),
        next: async () => JSON.parse(await client.text()) as Answer,
        gone: () => client.closing(),
        close: () => client.close(),
      };
    },
  });
});
