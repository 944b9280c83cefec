import assert from "node:assert/strict";
import {
  ChatClient,
  ChatnodeError,
  connectWebSocket,
  HistoryError,
  openNode,
  SettingsError,
} from "../mod.ts";
import { ApiClient } from "./harness/api_client.ts";
import { withDataFolder } from "./harness/data_folder.ts";
import { inTime } from "./harness/eventually.ts";
import { test } from "./harness/test.ts";

const QUICK = { cost: { ln: 4, r: 8, p: 1 } };

function options(data: string) {
  return { settings: { data, host: "127.0.0.1", port: 0 }, passwords: QUICK };
}

test("a node embeds without replacing anything global", () =>
  withDataFolder(async (folder) => {
    const { Request, Response, fetch, WebSocket } = globalThis;
    {
      await using node = await openNode(options(folder));
      assert.equal(
        (await new ApiClient(`http://127.0.0.1:${node.port}`).get("/readyz")).status,
        200,
      );
      assert.ok(node.readiness.ready);
    }
    assert.deepEqual(
      [globalThis.Request, globalThis.Response, globalThis.fetch, globalThis.WebSocket],
      [Request, Response, fetch, WebSocket],
    );
  }));

test("a client and a node of the same library talk to each other", () =>
  withDataFolder(async (folder) => {
    await using node = await openNode(options(folder));
    const url = `ws://127.0.0.1:${node.port}`;
    const clientOf = async (name: string) => {
      const password = "correct horse";
      await node.accounts.registry.add({ name, password, role: "user" });
      const { token } = await node.accounts.issue(await node.accounts.authenticate(name, password));
      return new ChatClient({ connect: connectWebSocket(url), token, rooms: ["lobby"] });
    };
    await using alice = await clientOf("alice");
    await using bob = await clientOf("bobby");
    const ready = Promise.withResolvers<void>();
    const heard = (async () => {
      for await (const event of bob.events()) {
        if (event.type === "connected") ready.resolve();
        if (event.type === "event") return event.event.content.body;
      }
      return undefined;
    })();
    await inTime("the connection", ready.promise);
    const ack = await alice.send({ room: "lobby", body: "hello" });
    assert.equal(ack.durable, "synced");
    assert.equal(await inTime("the event", heard), "hello");
  }));

test("two nodes live in one process, each with its own people", () =>
  withDataFolder((one) =>
    withDataFolder(async (two) => {
      await using first = await openNode(options(one));
      await using second = await openNode(options(two));
      assert.notEqual(first.name, second.name);
      await first.accounts.registry.add({ name: "alice", password: "123456", role: "user" });
      assert.equal(second.accounts.exists("alice"), false);
    })
  ));

test("a folder in use, and settings that are none, are told by class and code", () =>
  withDataFolder(async (folder) => {
    await using _node = await openNode(options(folder));
    await assert.rejects(openNode(options(folder)), (error) => {
      assert.ok(error instanceof HistoryError && error instanceof ChatnodeError);
      assert.equal(error.code, "history/locked");
      return true;
    });
    await assert.rejects(
      openNode({ settings: { data: folder, port: -1 } }),
      (error) => error instanceof SettingsError,
    );
  }));

test("what failed to open leaves nothing behind: the folder can be opened at once", () =>
  withDataFolder(async (folder) => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr as Deno.NetAddr;
    const { settings, ...rest } = options(folder);
    await assert.rejects(openNode({ settings: { ...settings, port }, ...rest }), {
      code: "http/port-taken",
    });
    await using node = await openNode(options(folder));
    assert.ok(node.firstAdmin !== undefined);
    await node.stop();
    await node.stop();
    assert.deepEqual(node.readiness, {
      ready: false,
      code: "node/stopping",
      reason: "The node is stopping",
    });
  }));
