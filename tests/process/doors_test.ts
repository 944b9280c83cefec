/** All doors of the real process lead to the same rooms. */
import assert from "node:assert/strict";
import type { ApiClient } from "../harness/api_client.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { startServer } from "../harness/server_process.ts";
import { SocketClient } from "../harness/socket_client.ts";
import { test } from "../harness/test.ts";
import { V1Client } from "./v1_client.ts";

test("what comes in by one door goes out by the others, once", () =>
  withDataFolder(async (data) => {
    await using server = await startServer({ data });
    const [alice, bob, carol] = [
      await server.enter("alice"),
      await server.enter("bob"),
      await server.enter("carol"),
    ];
    await using v1 = await V1Client.open(server.ws, alice.token, { rooms: [{ room: "lobby" }] });
    await using alone = await SocketClient.open(`${server.ws}/?token=${bob.token}`);
    const polled = said(carol);
    await v1.ask({ type: "send", room: "lobby", body: "from v1" });
    assert.equal((await alone.until(({ content }) => content === "from v1"))["sender"], "alice");
    assert.deepEqual(await polled, {
      success: true,
      sender: "alice",
      content: "from v1",
      type: 1,
    });
    alone.sendJson({ type: 1, sender: "bob", content: "from AloneChat" });
    await v1.heard("from AloneChat");
    await carol.say("carol", "from HTTP");
    await v1.heard("from HTTP");
    assert.deepEqual(v1.events.map(({ offset }) => offset), [1, 2]);
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    assert.equal((await v1.ended).code, 1012);
  }));

/** What is polled next, but for who comes and goes. */
async function said(user: ApiClient): Promise<unknown> {
  for (;;) {
    const message = await user.receive();
    if ((message as { readonly type?: number }).type !== 2) return message;
  }
}
