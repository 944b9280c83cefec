/** What an account may not see, change or keep open, tried at every door of the real process. */
import assert from "node:assert/strict";
import type { ApiClient } from "../harness/api_client.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { eventually } from "../harness/eventually.ts";
import { runProgram, type ServerProcess, startServer } from "../harness/server_process.ts";
import { SocketClient } from "../harness/socket_client.ts";
import { test } from "../harness/test.ts";
import { V1Client, type V1Frame } from "./v1_client.ts";

const SECRET = "meet me at the old mill";

/** Alice and Bob have a conversation; Mallory knows its name. */
interface Scene {
  readonly server: ServerProcess;
  readonly alice: V1Client;
  readonly bob: V1Client;
  readonly mallory: V1Client;
  readonly room: string;
  /** The id of {@linkcode SECRET}. */
  readonly id: string;
  readonly apis: Readonly<Record<"alice" | "bob" | "mallory", ApiClient>>;
}

/** What Mallory asks for, with the rooms' names as she may guess them. */
const requests: readonly {
  why: string;
  ask: (scene: Scene) => Readonly<Record<string, unknown>>;
}[] = [
  { why: "entering", ask: ({ room }) => ({ type: "join", room }) },
  {
    why: "resuming",
    ask: ({ room, alice }) => ({ type: "join", room, offset: 0, epoch: alice.welcome?.["epoch"] }),
  },
  { why: "the newest page", ask: ({ room }) => ({ type: "history", room }) },
  { why: "a page by offset", ask: ({ room }) => ({ type: "history", room, from: 0 }) },
  {
    why: "a page around an event",
    ask: ({ room, id }) => ({ type: "history", room, around: { timestamp: Date.now(), id } }),
  },
  { why: "searching in it", ask: ({ room }) => ({ type: "search", text: "mill", room }) },
  { why: "who is there", ask: ({ room }) => ({ type: "members", room }) },
  { why: "typing", ask: ({ room }) => ({ type: "typing", room, active: true }) },
  { why: "a read marker", ask: ({ room }) => ({ type: "read", room, offset: 0 }) },
  { why: "a command in it", ask: ({ room }) => ({ type: "command", text: "/help", room }) },
  { why: "writing", ask: ({ room }) => ({ type: "send", room, body: "hello you two" }) },
  {
    why: "answering",
    ask: ({ room, id }) => ({ type: "send", room, body: "I agree", parent: id }),
  },
  {
    why: "redacting",
    ask: ({ room, id }) => ({
      type: "send",
      room,
      event_type: "m.room.redaction",
      content: { redacts: id },
    }),
  },
  {
    why: "reacting from another room",
    ask: ({ id }) => ({
      type: "send",
      room: "lobby",
      event_type: "m.room.reaction",
      content: { relates_to: id, reaction: "!" },
    }),
  },
  {
    why: "answering from another room",
    ask: ({ id }) => ({ type: "send", room: "lobby", body: "I agree", parent: id }),
  },
  {
    why: "a name with room for a third",
    ask: ({ room, mallory }) => ({ type: "history", room: `${room},${address(mallory)}` }),
  },
  {
    why: "the ends in the other order",
    ask: ({ alice, bob }) => ({
      type: "history",
      room: `direct:${address(bob)},${address(alice)}`,
    }),
  },
  ...["DIRECT:", "Direct:", " direct:", "direct::", "xmpp:"].map((prefix) => ({
    why: `a name that begins with "${prefix}"`,
    ask: ({ room }: Scene) => ({ type: "history", room: room.replace("direct:", prefix) }),
  })),
  {
    why: "a name with upper-case letters",
    ask: ({ room }) => ({ type: "history", room: room.toUpperCase().replace("DIRECT", "direct") }),
  },
  {
    why: "a name in another Unicode form",
    ask: ({ room }) => ({ type: "history", room: room.replace("alice", "\uff41lice") }),
  },
];

test("nobody gets at other people's conversation over chatnode.v1", () =>
  withScene(async (scene) => {
    // Else Mallory would find nothing because nothing can be found yet.
    await eventually("the index has it", async () => {
      const found = await scene.alice.ask({ type: "search", text: "mill" });
      return JSON.stringify(found).includes(SECRET);
    });
    for (const { why, ask } of requests) {
      const answer = await scene.mallory.ask(ask(scene));
      assertNothing(answer, why);
    }
    const everywhere = await scene.mallory.ask({ type: "search", text: "mill" });
    assertNothing(everywhere, "searching everywhere");
    const rooms = await scene.mallory.ask({ type: "rooms" });
    assert.ok(!JSON.stringify(rooms).includes("direct:"), "the list of rooms");
    await expectUntouched(scene);
  }));

test("nobody resumes other people's conversation in hello", () =>
  withScene(async (scene) => {
    const { server, apis, room, alice } = scene;
    await using intruder = await V1Client.open(server.ws, apis.mallory.token, {
      epoch: String(alice.welcome?.["epoch"]),
      rooms: [{ room, offset: 0 }, { room: "lobby", offset: 0 }],
    });
    await intruder.until((frame) => frame.type === "joined" && frame["room"] === "lobby");
    await intruder.until((frame) => frame.type === "error" && frame["code"] === "hub/forbidden");
    await expectUntouched(scene);
    assert.ok(!JSON.stringify(intruder.frames).includes(SECRET));
  }));

test("nobody gets at other people's conversation over AloneChat's doors", () =>
  withScene(async (scene) => {
    const { server, apis, room } = scene;
    await using socket = await SocketClient.open(`${server.ws}/?token=${apis.mallory.token}`);
    const history = `/api/admin/chat-history?room=${encodeURIComponent(room)}`;
    assert.equal((await apis.mallory.get(history)).status, 403);
    const { admin } = server;
    assert.ok(admin !== undefined);
    const chief = await server.api.login(admin.name, admin.password);
    const seen = await chief.get(history);
    assert.notEqual(seen.status, 200, "an admin is no party to it either");
    assert.ok(!JSON.stringify(seen.body).includes(SECRET));
    await apis.alice.say("alice", `again: ${SECRET}`, "bob");
    await apis.alice.say("alice", "to everybody");
    const shown = await socket.until(({ content }) => content === "to everybody");
    assert.equal(shown["sender"], "alice");
    const polled = JSON.stringify(await apis.mallory.receive());
    assert.ok(!polled.includes(SECRET), polled);
    const forged = await apis.mallory.post("/send", {
      sender: "alice",
      message: "it is me",
      target: "bob",
    });
    assert.equal(forged.status, 403);
    await expectUntouched(scene);
  }));

test("nobody changes what others have written, admins may only remove it", () =>
  withScene(async ({ server, alice, mallory }) => {
    const { id } = await alice.ask({ type: "send", room: "lobby", body: "my own words" });
    const edit = { replaces: id, new_content: { body: "your words", msgtype: "m.text" } };
    const edits = { type: "send", room: "lobby", event_type: "m.room.edit", content: edit };
    const redaction = {
      type: "send",
      room: "lobby",
      event_type: "m.room.redaction",
      content: { redacts: id },
    };
    assert.equal((await mallory.ask(edits))["code"], "hub/forbidden");
    assert.equal((await mallory.ask(redaction))["code"], "hub/forbidden");
    const { admin } = server;
    assert.ok(admin !== undefined);
    const { token } = await server.api.login(admin.name, admin.password);
    await using chief = await V1Client.open(server.ws, token);
    assert.equal((await chief.ask(edits))["code"], "hub/forbidden");
    assert.equal((await chief.ask(redaction)).type, "ack");
  }));

const forAdmins: readonly (readonly ["GET" | "POST", string])[] = [
  ["GET", "/api/admin/all-users"],
  ["GET", "/api/admin/system-status"],
  ["GET", "/api/admin/chat-history"],
  ["GET", "/api/admin/feedbacks"],
  ["POST", "/api/admin/kick-user?username=alice"],
  ["POST", "/api/admin/feedback/reply"],
];

test("what admins may do is for nobody else, however the request is written", () =>
  withScene(async ({ server, apis }) => {
    const ask = (api: ApiClient, method: string, path: string, headers = {}) =>
      method === "GET" ? api.get(path, { headers }) : api.post(path, {}, { headers });
    for (const [method, path] of forAdmins) {
      assert.equal((await ask(apis.mallory, method, path)).status, 403, path);
      assert.equal((await ask(server.api, method, path)).status, 401, path);
      const referred = { Referer: `${server.http}/admin`, "X-Forwarded-For": "127.0.0.1" };
      assert.equal((await ask(server.api, method, path, referred)).status, 401, path);
      for (const odd of [path.replace("/api", "//api"), path.toUpperCase(), `/.${path}`]) {
        const { status } = await ask(apis.mallory, method, odd);
        assert.ok(status === 403 || status === 404, `${odd}: ${status}`);
      }
    }
  }));

/** How an account's sessions come to an end, and what its two sockets are told. */
const ends: readonly {
  why: string;
  act: (scene: Scene) => Promise<void>;
  v1: number;
  alone: number;
}[] = [
  {
    why: "kicked by an admin",
    act: async ({ server }) => {
      const { admin } = server;
      assert.ok(admin !== undefined);
      const chief = await server.api.login(admin.name, admin.password);
      assert.equal((await chief.post("/api/admin/kick-user?username=mallory")).status, 200);
    },
    v1: 4403,
    alone: 1008,
  },
  {
    why: "logged out elsewhere with the same token",
    act: async ({ apis }) => void await apis.mallory.post("/api/logout"),
    v1: 4401,
    alone: 1008,
  },
  {
    why: "a new password",
    act: (scene) => account(scene, "passwd", "new password\n"),
    v1: 4401,
    alone: 1008,
  },
  { why: "disabled", act: (scene) => account(scene, "disable"), v1: 4401, alone: 1008 },
  {
    why: "removed",
    act: (scene) => account(scene, "remove"),
    v1: 4401,
    alone: 1008,
  },
];

for (const { why, act, v1, alone } of ends) {
  test("an account loses its sockets with its rights", () =>
    withScene(async (scene) => {
      const { server, mallory, apis } = scene;
      const { token } = apis.mallory;
      await using socket = await SocketClient.open(`${server.ws}/?token=${token}`);
      await act(scene);
      assert.equal((await mallory.ended).code, v1);
      assert.equal((await socket.closed).code, alone);
      if (why.startsWith("kicked")) return;
      assert.equal((await apis.mallory.get("/api/feedback/my-feedback")).status, 401);
      await using again = await V1Client.connect(server.ws);
      again.send({ type: "hello", token });
      assert.equal((await again.ended).code, 4401);
    }), { why });
}

test("a cookie is worth nothing to another site's page", () =>
  withScene(async ({ server, apis }) => {
    const cookie = { Cookie: `authToken=${apis.alice.token}` };
    const own = { ...cookie, Origin: server.http };
    for (const origin of ["https://evil.example", "null", "http://127.0.0.1.evil.example"]) {
      const foreign = { ...cookie, Origin: origin };
      await using alone = await SocketClient.open(server.ws, { headers: foreign });
      assert.equal((await alone.closed).reason, "NO_TOKEN", origin);
      await using v1 = await V1Client.connect(server.ws, foreign);
      v1.send({ type: "hello" });
      assert.equal((await v1.ended).code, 4401, origin);
      const path = "/send?message=bought&sender=alice";
      const form = { ...foreign, "Content-Type": "text/plain" };
      const forged = await server.api.raw(path, "", "text/plain", { headers: form });
      assert.equal(forged.status, 401, origin);
      assert.equal(forged.headers.get("Access-Control-Allow-Origin"), null, origin);
    }
    await using alone = await SocketClient.open(server.ws, { headers: own });
    alone.sendJson({ type: 7, sender: "alice", content: "ping" });
    await alone.until(({ content }) => content === "pong");
    await using v1 = await V1Client.connect(server.ws, own);
    v1.send({ type: "hello" });
    await v1.until(({ type }) => type === "welcome");
  }));

function withScene(body: (scene: Scene) => Promise<void>): Promise<void> {
  return withDataFolder(async (data) => {
    await using server = await startServer({ data });
    const apis = {
      alice: await server.enter("alice"),
      bob: await server.enter("bob"),
      mallory: await server.enter("mallory"),
    };
    await using alice = await V1Client.open(server.ws, apis.alice.token);
    await using bob = await V1Client.open(server.ws, apis.bob.token);
    await using mallory = await V1Client.open(server.ws, apis.mallory.token);
    const ack = await alice.ask({ type: "send", to: "bob", body: SECRET });
    await bob.heard(SECRET);
    const [room, id] = [String(ack["room"]), String(ack["id"])];
    await body({ server, alice, bob, mallory, room, id, apis });
    assert.ok(!JSON.stringify(mallory.frames).includes(SECRET));
    assert.ok(!/\n\s+at /.test(server.stderr), server.stderr);
  });
}

/** Alice's and Bob's conversation is as they left it, and they were told nothing of Mallory. */
async function expectUntouched({ alice, bob, room }: Scene): Promise<void> {
  const page = await alice.ask({ type: "history", room, from: 0 });
  const events = page["events"] as { event: { sender_id: string } }[];
  assert.ok(events.every(({ event }) => !event.sender_id.startsWith("mallory")));
  for (const { frames } of [alice, bob]) {
    const told = frames.filter((frame) =>
      frame["room"] === room && JSON.stringify(frame["who"] ?? "").includes("mallory")
    );
    assert.deepEqual(told, []);
  }
}

function assertNothing(answer: V1Frame, why: string): void {
  const text = JSON.stringify(answer);
  assert.ok(!text.includes(SECRET), `${why}: ${text}`);
  if (answer.type === "error") return;
  // A name that means another room, or nothing, may be answered: with nothing.
  assert.ok(
    (answer.type === "page" && (answer["events"] as unknown[]).length === 0) ||
      (answer.type === "results" && (answer["hits"] as unknown[]).length === 0),
    `${why}: ${text}`,
  );
}

function address(client: V1Client): string {
  return (client.welcome?.["you"] as { address: string }).address;
}

async function account({ server }: Scene, action: string, input = ""): Promise<void> {
  const args = ["account", action, "mallory", "--data", server.data];
  const { code, stderr } = await runProgram(args, { input });
  assert.equal(code, 0, stderr);
}
