import assert from "node:assert/strict";
import { VERSION } from "../../../src/commands/version.ts";
import { ApiClient } from "../../harness/api_client.ts";
import { type TestNode, withNode } from "../../harness/node.ts";
import { test } from "../../harness/test.ts";

interface Cast {
  readonly admin: ApiClient;
  readonly alice: ApiClient;
}

async function cast({ http, account }: TestNode): Promise<Cast> {
  const api = new ApiClient(http);
  return {
    admin: api.as(await account("boss-lady", "admin")),
    alice: api.as(await account("alice")),
  };
}

const routes: readonly (readonly ["GET" | "POST", string])[] = [
  ["GET", "/api/admin/all-users"],
  ["GET", "/api/admin/system-status"],
  ["GET", "/api/admin/chat-history"],
  ["POST", "/api/admin/kick-user?username=alice"],
  ["GET", "/api/admin/feedbacks"],
  ["POST", "/api/admin/feedback/reply"],
];

test("admin routes answer 403 to everybody else, whatever they are called", (context) =>
  withNode(async (running) => {
    await cast(running);
    const { registry } = running.node.accounts;
    await registry.setRole("admin", "user");
    await registry.setPassword("admin", "123456");
    const impostor = await new ApiClient(running.http).login("admin", "123456");
    for (const [method, path] of routes) {
      await context.step(`${method} ${path}`, async () => {
        const { status, body } = await (method === "GET"
          ? impostor.get(path)
          : impostor.post(path, { feedback_id: "x", status: "done", reply: "y" }));
        assert.deepEqual({ status, body }, {
          status: 403,
          body: { detail: "Admin privileges required" },
        });
      });
    }
  }));

test("GET /api/admin/all-users: names, roles, who is connected, and nothing else", () =>
  withNode(async (running) => {
    const { admin, alice } = await cast(running);
    await running.account("carol");
    await running.node.accounts.registry.remove("carol");
    await using _socket = await running.socket(alice.token);
    const { status, body } = await admin.get("/api/admin/all-users");
    assert.equal(status, 200);
    const { users } = body as { users: { username: string }[] };
    assert.deepEqual(users.filter(({ username }) => !username.startsWith("admin")), [
      { username: "alice", role: "user", is_online: true },
      { username: "boss-lady", role: "admin", is_online: false },
    ]);
    assert.deepEqual(Object.keys(body as object), ["users"]);
  }));

test("GET /api/admin/system-status: real numbers", () =>
  withNode(async (running) => {
    const { admin, alice } = await cast(running);
    await using _socket = await running.socket(alice.token);
    const { status, body } = await admin.get("/api/admin/system-status");
    assert.equal(status, 200);
    const found = body as Record<string, unknown>;
    assert.deepEqual(Object.keys(found), [
      ...["version", "uptime", "online_users", "total_users", "cpu_usage", "memory_usage"],
    ]);
    const { version, uptime, online_users, total_users, cpu_usage, memory_usage } = found;
    assert.equal(version, VERSION);
    assert.match(String(uptime), /^0:00:\d\d$/);
    assert.deepEqual({ online_users, total_users }, {
      online_users: 1,
      total_users: running.node.accounts.list().length,
    });
    assert.ok(typeof cpu_usage === "number" && cpu_usage > 0 && cpu_usage <= 100, `${cpu_usage}`);
    assert.ok(
      typeof memory_usage === "number" && memory_usage > 0 && memory_usage < 100,
      `${memory_usage}`,
    );
  }));

test("GET /api/admin/chat-history pages back through the lobby, never through private talk", () =>
  withNode(async (running) => {
    const { admin, alice } = await cast(running);
    await running.account("bobby");
    for (let at = 0; at < 5; at++) await alice.say("alice", `message ${at}`);
    await alice.say("alice", "secret", "bobby");
    const page = async (query: string) => {
      const { status, body } = await admin.get(`/api/admin/chat-history${query}`);
      assert.equal(status, 200);
      const { success, messages, before } = body as {
        success: boolean;
        messages: Record<string, unknown>[];
        before: string | null;
      };
      assert.equal(success, true);
      return { messages, before };
    };
    const newest = await page("?limit=2");
    assert.deepEqual(newest.messages.map(({ content }) => content), ["message 3", "message 4"]);
    const { id, timestamp, ...message } = newest.messages[0] ?? {};
    assert.deepEqual(message, {
      room: "lobby",
      type: 1,
      sender: "alice",
      content: "message 3",
      target: null,
      command: null,
    });
    assert.match(String(id), /^lobby::/);
    assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT.*Z$/);
    const older = await page(`?limit=3&before=${encodeURIComponent(newest.before ?? "")}`);
    assert.deepEqual(older.messages.map(({ content }) => content), [
      ...["message 0", "message 1", "message 2"],
    ]);
    assert.equal(older.before, null);
    const direct = running.node.history.rooms().find(({ room }) => room.startsWith("direct:"));
    const refused = await admin.get(
      `/api/admin/chat-history?room=${encodeURIComponent(direct?.room ?? "")}`,
    );
    assert.equal(refused.status, 403);
    for (const wrong of ["?limit=0", "?limit=x", "?before=yesterday", "?limit=-1"]) {
      assert.equal((await admin.get(`/api/admin/chat-history${wrong}`)).status, 400, wrong);
    }
  }));

test("POST /api/admin/kick-user ends every session of the user", () =>
  withNode(async (running) => {
    const { admin, alice } = await cast(running);
    const sockets = [
      await running.socket(alice.token),
      await running.socket(alice.token),
    ];
    const { status, body } = await admin.post("/api/admin/kick-user?username=alice");
    assert.deepEqual({ status, body }, {
      status: 200,
      body: { success: true, message: "User alice has been kicked" },
    });
    for (const socket of sockets) {
      assert.deepEqual(await socket.nextJson(), {
        type: 1,
        sender: "SERVER",
        content: "You have been kicked from the chat room by an admin",
        target: null,
        command: null,
      });
      assert.deepEqual(await socket.closed, { code: 1008, reason: "Kicked by admin" });
    }
    // Kicked is not banned: the token is still good.
    await alice.say("alice", "back again");
  }));

test("POST /api/admin/kick-user tells a user who polls, and others see them leave", () =>
  withNode(async (running) => {
    const { admin, alice } = await cast(running);
    await using watcher = await running.socket(await running.account("bobby"));
    const poll = alice.receive();
    assert.equal((await watcher.nextJson<{ content: string }>()).content, "alice joined the chat");
    assert.equal((await admin.post("/api/admin/kick-user?username=alice")).status, 200);
    assert.deepEqual(await poll, {
      success: true,
      sender: "SERVER",
      content: "You have been kicked from the chat room by an admin",
      type: 1,
    });
    assert.equal((await watcher.nextJson<{ content: string }>()).content, "alice left the chat");
  }));

const kicks: readonly { why: string; query: string; status: number; detail: unknown }[] = [
  {
    why: "oneself",
    query: "?username=boss-lady",
    status: 400,
    detail: "Admin cannot kick themselves",
  },
  {
    why: "oneself in capitals",
    query: "?username=BOSS-LADY",
    status: 400,
    detail: "Admin cannot kick themselves",
  },
  {
    why: "somebody who is not there",
    query: "?username=alice",
    status: 404,
    detail: "User alice is not online",
  },
  {
    why: "nobody's name",
    query: "?username=nobody-here",
    status: 404,
    detail: "User nobody-here is not online",
  },
  {
    why: "no name",
    query: "",
    status: 422,
    detail: [{ type: "missing", loc: ["query", "username"], msg: "Field required" }],
  },
];

test("POST /api/admin/kick-user refuses", (context) =>
  withNode(async (running) => {
    const { admin } = await cast(running);
    for (const { why, query, status, detail } of kicks) {
      await context.step(why, async () => {
        const answer = await admin.post(`/api/admin/kick-user${query}`);
        assert.deepEqual({ status: answer.status, body: answer.body }, {
          status,
          body: { detail },
        });
      });
    }
  }));

test("GET /api/get_default_server names the host that the client used", (context) =>
  withNode(async ({ port }) => {
    const hosts: readonly (readonly [string, string])[] = [
      ["127.0.0.1:8766", `ws://127.0.0.1:${port}`],
      ["chat.example", `ws://chat.example:${port}`],
      ["[::1]:8766", `ws://[::1]:${port}`],
    ];
    for (const [host, address] of hosts) {
      await context.step(host, async () => {
        const conn = await Deno.connect({ hostname: "127.0.0.1", port });
        await conn.write(new TextEncoder().encode(
          `GET /api/get_default_server HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
        ));
        const text = await new Response(conn.readable).text();
        assert.ok(
          text.endsWith(`{"success":true,"default_server_address":"${address}"}`),
          text,
        );
      });
    }
  }));
