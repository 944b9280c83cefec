import assert from "node:assert/strict";
import { Secret } from "../../../src/config/secret.ts";
import { ApiClient } from "../../harness/api_client.ts";
import { PASSWORD, withNode } from "../../harness/node.ts";
import { test } from "../../harness/test.ts";
import { signToken, TOKEN_SECRET } from "../../harness/tokens.ts";

const refused = (message: string) => ({ success: false, token: null, message });

const registrations: readonly {
  why: string;
  body: unknown;
  status: number;
  answer: unknown;
}[] = [
  {
    why: "the usual one",
    body: { username: "alice", password: "123456" },
    status: 200,
    answer: { success: true, token: null, message: "Registration successful" },
  },
  {
    why: "a taken name is told before a bad password",
    body: { username: "taken", password: "1" },
    status: 200,
    answer: refused("Username already exists"),
  },
  {
    why: "case does not make another name",
    body: { username: "TAKEN", password: "123456" },
    status: 200,
    answer: refused("Username already exists"),
  },
  {
    why: "a bad password is told before a bad name",
    body: { username: "ab", password: "12345" },
    status: 200,
    answer: refused("Password must be at least 6 characters"),
  },
  {
    why: "a short name",
    body: { username: "ab", password: "123456" },
    status: 200,
    answer: refused("Username must be between 3-20 characters"),
  },
  {
    why: "a long name",
    body: { username: "a".repeat(21), password: "123456" },
    status: 200,
    answer: refused("Username must be between 3-20 characters"),
  },
  {
    why: "a field is missing",
    body: { username: "alice" },
    status: 422,
    answer: {
      detail: [{ type: "missing", loc: ["body", "password"], msg: "Field required" }],
    },
  },
  {
    why: "a field is no text",
    body: { username: 7, password: "123456" },
    status: 422,
    answer: {
      detail: [{
        type: "string_type",
        loc: ["body", "username"],
        msg: "Input should be a valid string",
      }],
    },
  },
  {
    why: "an array is no body",
    body: [],
    status: 422,
    answer: { detail: [{ type: "json_invalid", loc: ["body"], msg: "Not a JSON object" }] },
  },
];

test("POST /api/register", (context) =>
  withNode(async ({ http, account }) => {
    await account("taken");
    const api = new ApiClient(http);
    for (const { why, body, status, answer } of registrations) {
      await context.step(why, async () => {
        const got = await api.post("/api/register", body);
        assert.deepEqual({ status: got.status, body: got.body }, { status, body: answer });
      });
    }
  }));

const names: readonly { why: string; name: string }[] = [
  { why: "a path", name: "../etc" },
  { why: "a slash", name: "al/ice" },
  { why: "dots only", name: "..." },
  { why: "a control character", name: "ali\u0000ce" },
  { why: "a terminal sequence", name: "ali\u001b[31m" },
  { why: "text turned around", name: "ali\u202ece" },
  { why: "an invisible character", name: "ali\u200bce" },
  { why: "letters of two scripts that look alike", name: "\u0430lice" },
  { why: "the part of an address", name: "alice@elsewhere" },
  { why: "what separates event ids", name: "ali::ce" },
  { why: "the node's own voice", name: "SERVER" },
  { why: "a comma, which parts a conversation's ends", name: "ali,ce" },
];

test("POST /api/register refuses names that could deceive or escape", (context) =>
  withNode(async ({ http, node }) => {
    const api = new ApiClient(http);
    for (const { why, name } of names) {
      await context.step(why, async () => {
        const { status, body } = await api.post("/api/register", {
          username: name,
          password: PASSWORD,
        });
        assert.equal(status, 200);
        assert.equal((body as { success: boolean }).success, false);
        assert.equal(node.accounts.exists(name), false);
      });
    }
  }));

const broken: readonly { why: string; body: BodyInit; type?: string }[] = [
  { why: "no JSON", body: "{username" },
  { why: "nothing at all", body: "" },
  { why: "JSON of depth 10,000", body: "[".repeat(10_000) },
  { why: "closed JSON of depth 10,000", body: "[".repeat(10_000) + "]".repeat(10_000) },
  { why: "no UTF-8", body: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]) },
  { why: "UTF-16", body: new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]) },
  { why: "a form", body: "username=alice&password=123456", type: "x-www-form-urlencoded" },
  { why: "null", body: "null" },
];

for (const path of ["/api/register", "/api/login"]) {
  test(`POST ${path} answers 422 to what is no JSON object`, (context) =>
    withNode(async ({ http }) => {
      const api = new ApiClient(http);
      for (const { why, body, type } of broken) {
        await context.step(why, async () => {
          const answer = await api.raw(path, body, `application/${type ?? "json"}`);
          assert.equal(answer.status, 422);
          assert.deepEqual(answer.body, {
            detail: [{ type: "json_invalid", loc: ["body"], msg: "Not a JSON object" }],
          });
        });
      }
      assert.equal((await api.get("/healthz")).status, 200);
    }));
}

test("POST /api/register where registration is closed or by invitation", async () => {
  const body = { username: "alice", password: PASSWORD };
  await withNode(async ({ http }) => {
    const { body: answer } = await new ApiClient(http).post("/api/register", body);
    assert.match((answer as { message: string }).message, /operator/);
  }, { settings: { registration: "closed" } });
  await withNode(async ({ http, node }) => {
    const api = new ApiClient(http);
    const without = await api.post("/api/register", body);
    assert.match((without.body as { message: string }).message, /invit/);
    const { code } = await node.accounts.registry.invitations.make();
    const invited = await api.post("/api/register", { ...body, invite: code });
    assert.equal((invited.body as { success: boolean }).success, true);
  }, { settings: { registration: "invite" } });
});

test("POST /api/login", (context) =>
  withNode(async ({ http, account }) => {
    await account("alice");
    await account("root-of-all", "admin");
    const api = new ApiClient(http);
    const login = (username: unknown, password: unknown) =>
      api.post("/api/login", { username, password });
    await context.step("a user", async () => {
      const { status, body } = await login("alice", PASSWORD);
      const { token, ...rest } = body as { token: string };
      assert.deepEqual({ status, ...rest }, {
        status: 200,
        success: true,
        message: "Login successful",
      });
      const [header = "", claims = ""] = token.split(".").slice(0, 2).map(decodePart);
      assert.deepEqual(JSON.parse(header), { alg: "HS256", typ: "JWT" });
      const { sub, exp, role } = JSON.parse(claims);
      assert.deepEqual({ sub, role }, { sub: "alice", role: "user" });
      assert.ok(Math.abs(exp - Date.now() / 1000 - 1800) < 60, "30 minutes by default");
    });
    await context.step("the keys stand in AloneChat's order", async () => {
      const { body } = await login("alice", PASSWORD);
      assert.deepEqual(Object.keys(body as object), ["success", "token", "message"]);
    });
    await context.step("an admin", async () => {
      const { body } = await login("root-of-all", PASSWORD);
      assert.equal((body as { message: string }).message, "Admin login successful");
    });
    for (const [why, name] of [["a wrong password", "alice"], ["no such name", "nobody-here"]]) {
      await context.step(`${why}: the same words`, async () => {
        const { status, body } = await login(name, "wrong password");
        assert.deepEqual({ status, body }, {
          status: 200,
          body: refused("Incorrect username or password"),
        });
      });
    }
    await context.step("a missing field", async () => {
      const { status } = await api.post("/api/login", { username: "alice" });
      assert.equal(status, 422);
    });
  }));

test("POST /api/login is slowed down, with a time to wait", () =>
  withNode(async ({ http, account }) => {
    await account("alice");
    const api = new ApiClient(http);
    let answer = await api.post("/api/login", { username: "alice", password: "wrong 0" });
    for (let guess = 1; answer.status === 200 && guess < 50; guess++) {
      answer = await api.post("/api/login", { username: "alice", password: `wrong ${guess}` });
    }
    assert.equal(answer.status, 429);
    assert.match(answer.headers.get("retry-after") ?? "", /^\d+$/);
    const { success, token, message } = answer.body as Record<string, unknown>;
    assert.deepEqual({ success, token }, { success: false, token: null });
    assert.match(String(message), /too many attempts/);
  }, { settings: { loginAttempts: 3 } }));

test("POST /api/logout really revokes: the token, the polls and the sockets it opened", () =>
  withNode(async ({ http, ws, account }) => {
    const api = new ApiClient(http);
    const alice = api.as(await account("alice"));
    const other = api.as(await account("alice"));
    const socket = new WebSocket(`${ws}/?token=${alice.token}`);
    const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
    await new Promise((resolve) => socket.onopen = resolve);
    const poll = alice.get("/recv");
    const otherPoll = other.get("/recv");
    // Both wait now: what was sent before is answered before.
    assert.equal((await other.post("/send", { message: "/help" })).status, 200);
    const helped = await Promise.race([poll, otherPoll]);
    assert.equal((helped.body as { type: number }).type, 4);

    const { status, body } = await alice.post("/api/logout");
    assert.deepEqual({ status, body }, {
      status: 200,
      body: { success: true, message: "Logout successful" },
    });
    assert.deepEqual((await alice.get("/recv")).body, { detail: "Invalid token" });
    assert.equal((await alice.get("/recv")).status, 401);
    const { code, reason } = await closed;
    assert.deepEqual({ code, reason }, { code: 1008, reason: "INVALID_TOKEN" });
    await other.say("alice", "still here");
  }));

const now = () => Math.floor(Date.now() / 1000);
const claims = { sub: "alice", role: "admin" };

const tokens: readonly { why: string; token: () => string | undefined; detail: string }[] = [
  {
    why: "none",
    token: () => undefined,
    detail: "No valid authentication token provided",
  },
  { why: "garbage", token: () => "garbage", detail: "Invalid token" },
  {
    why: "alg none (RFC 8725 section 3.1)",
    token: () =>
      signToken({ claims: { ...claims, exp: now() + 60 }, header: { alg: "none" }, signature: "" }),
    detail: "Invalid token",
  },
  {
    why: "another algorithm's name over the same key",
    token: () =>
      signToken({ claims: { ...claims, exp: now() + 60 }, header: { alg: "RS256", typ: "JWT" } }),
    detail: "Invalid token",
  },
  {
    why: "another key: the public default of the original",
    token: () =>
      signToken({ claims: { ...claims, exp: now() + 60 }, secret: "your-secret-key-here" }),
    detail: "Invalid token",
  },
  {
    why: "no exp",
    token: () => signToken({ claims }),
    detail: "Invalid token",
  },
  {
    why: "expired",
    token: () => signToken({ claims: { ...claims, exp: now() - 60 } }),
    detail: "Invalid token",
  },
  {
    why: "nobody's name",
    token: () => signToken({ claims: { sub: "nobody-here", exp: now() + 60 } }),
    detail: "Invalid token",
  },
];

const protectedRoutes: readonly (readonly [string, string])[] = [
  ["POST", "/api/logout"],
  ["POST", "/send"],
  ["GET", "/recv"],
  ["GET", "/api/admin/all-users"],
  ["GET", "/api/admin/system-status"],
  ["GET", "/api/admin/chat-history"],
  ["POST", "/api/admin/kick-user?username=alice"],
  ["POST", "/api/feedback/submit"],
  ["GET", "/api/feedback/my-feedback"],
  ["GET", "/api/admin/feedbacks"],
  ["POST", "/api/admin/feedback/reply"],
];

test("every route that needs a token answers 401 without a good one", (context) =>
  withNode(async ({ http, account }) => {
    await account("alice");
    const api = new ApiClient(http);
    for (const [method, path] of protectedRoutes) {
      for (const { why, token, detail } of tokens) {
        await context.step(`${method} ${path}: ${why}`, async () => {
          const made = token();
          const client = made === undefined ? api : api.as(made);
          const { status, body } = method === "GET"
            ? await client.get(path, { headers: { Referer: http } })
            : await client.post(path, { sender: "alice", message: "x" });
          assert.deepEqual({ status, body }, { status: 401, body: { detail } });
        });
      }
    }
  }, { settings: { jwtSecret: new Secret(TOKEN_SECRET) } }));

test("a fractional exp is good, and the role is the account's, whatever the token says", () =>
  withNode(async ({ http, account }) => {
    await account("alice");
    const token = signToken({ claims: { ...claims, exp: Date.now() / 1000 + 60.5 } });
    const alice = new ApiClient(http, token);
    await alice.say("alice", "hello");
    const { status, body } = await alice.get("/api/admin/all-users");
    assert.deepEqual({ status, body }, {
      status: 403,
      body: { detail: "Admin privileges required" },
    });
  }, { settings: { jwtSecret: new Secret(TOKEN_SECRET) } }));

const cookies: readonly {
  why: string;
  headers: Readonly<Record<string, string>>;
  good: boolean;
}[] = [
  { why: "a program that keeps cookies", headers: {}, good: true },
  { why: "a page of the node itself", headers: { Origin: "$ORIGIN" }, good: true },
  { why: "a configured origin", headers: { Origin: "https://chat.example" }, good: true },
  { why: "another site's page", headers: { Origin: "https://evil.example" }, good: false },
  { why: "a sandboxed page", headers: { Origin: "null" }, good: false },
  {
    why: "a link or image on another site",
    headers: { "Sec-Fetch-Site": "cross-site" },
    good: false,
  },
];

test("the cookie authToken", (context) =>
  withNode(async ({ http, port, account }) => {
    const token = await account("alice");
    for (const { why, headers, good } of cookies) {
      await context.step(`${good ? "counts for" : "does not count for"} ${why}`, async () => {
        const entries = Object.entries(headers).map(([name, value]) =>
          `${name}: ${value.replace("$ORIGIN", http)}\r\n`
        );
        const conn = await Deno.connect({ hostname: "127.0.0.1", port });
        await conn.write(new TextEncoder().encode(
          `GET /api/feedback/my-feedback HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
            `Cookie: theme=dark; authToken=${token}; a=b\r\nConnection: close\r\n` +
            `${entries.join("")}\r\n`,
        ));
        const text = await new Response(conn.readable).text();
        assert.match(text, good ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 401 /);
      });
    }
  }, { settings: { corsOrigins: ["https://chat.example"] } }));

function decodePart(part: string): string {
  const bytes = Uint8Array.fromBase64(part, { alphabet: "base64url" });
  return new TextDecoder().decode(bytes);
}
