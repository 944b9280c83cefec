import assert from "node:assert/strict";
import { Secret } from "../../../src/config/secret.ts";
import { ApiClient } from "../../harness/api_client.ts";
import { eventually } from "../../harness/eventually.ts";
import { type TestNode, withNode } from "../../harness/node.ts";
import { OPCODE, RawWebSocket } from "../../harness/raw_websocket.ts";
import { SocketClient } from "../../harness/socket_client.ts";
import { test } from "../../harness/test.ts";
import { signToken, TOKEN_SECRET } from "../../harness/tokens.ts";

const now = () => Math.floor(Date.now() / 1000);

function message(type: number, sender: string, content: string, target: string | null = null) {
  return JSON.stringify({ type, sender, content, target, command: null });
}

const refusals: readonly {
  why: string;
  query: () => string;
  content: RegExp;
  reason: string;
}[] = [
  {
    why: "no token",
    query: () => "",
    content: /^No authentication token provided$/,
    reason: "NO_TOKEN",
  },
  {
    why: "an empty token",
    query: () => "?token=",
    content: /^No authentication token provided$/,
    reason: "NO_TOKEN",
  },
  {
    why: "garbage",
    query: () => "?token=abc",
    content: /^Invalid token: \S/,
    reason: "INVALID_TOKEN",
  },
  {
    why: "a bad signature",
    query: () =>
      `?token=${signToken({ claims: { sub: "alice", exp: now() + 60 }, secret: "x".repeat(40) })}`,
    content: /^Invalid token: \S/,
    reason: "INVALID_TOKEN",
  },
  {
    why: "alg none",
    query: () =>
      `?token=${
        signToken({
          claims: { sub: "alice", exp: now() + 60 },
          header: { alg: "none" },
          signature: "",
        })
      }`,
    content: /^Invalid token: \S/,
    reason: "INVALID_TOKEN",
  },
  {
    why: "no exp",
    query: () => `?token=${signToken({ claims: { sub: "alice" } })}`,
    content: /^Invalid token: \S/,
    reason: "INVALID_TOKEN",
  },
  {
    why: "expired",
    query: () => `?token=${signToken({ claims: { sub: "alice", exp: now() - 60 } })}`,
    content: /^Token has expired$/,
    reason: "TOKEN_EXPIRED",
  },
  {
    why: "no sub",
    query: () => `?token=${signToken({ claims: { exp: now() + 60 } })}`,
    content: /^No username in token payload$/,
    reason: "INVALID_PAYLOAD",
  },
  {
    why: "an account that does not exist",
    query: () => `?token=${signToken({ claims: { sub: "nobody-here", exp: now() + 60 } })}`,
    content: /^Invalid token: \S/,
    reason: "INVALID_TOKEN",
  },
];

const secret = { settings: { jwtSecret: new Secret(TOKEN_SECRET) } };

test("a handshake with a bad token is answered 101, then a text from SERVER, then 1008", (context) =>
  withNode(async ({ port, account, node }) => {
    await account("alice");
    for (const { why, query, content, reason } of refusals) {
      await context.step(why, async () => {
        using socket = await RawWebSocket.open(port, `/ws${query()}`);
        const told = JSON.parse(await socket.text());
        assert.deepEqual(Object.keys(told), ["type", "sender", "content", "target", "command"]);
        assert.match(told.content, content);
        assert.deepEqual({ ...told, content: "" }, {
          type: 1,
          sender: "SERVER",
          content: "",
          target: null,
          command: null,
        });
        const closing = await socket.closing();
        assert.deepEqual({ code: closing.code, reason: closing.reason }, { code: 1008, reason });
      });
    }
    assert.equal(node.hub.counters.connections, 0);
  }, secret));

const entries: readonly { why: string; path: string; headers?: Record<string, string> }[] = [
  { why: "a token in the query, on any path", path: "/some/old/path?room=1&token=$TOKEN" },
  { why: "a fractional exp", path: "/?token=$FRACTION" },
  { why: "a cookie", path: "/", headers: { Cookie: "a=b; authToken=$TOKEN" } },
  {
    why: "a cookie from the node's own page",
    path: "/",
    headers: { Cookie: "authToken=$TOKEN", Origin: "http://127.0.0.1" },
  },
];

test("a handshake with a good token is let in, without a welcome", (context) =>
  withNode(async ({ port, account }) => {
    const token = await account("alice");
    const fraction = signToken({ claims: { sub: "alice", exp: Date.now() / 1000 + 60.5 } });
    for (const { why, path, headers } of entries) {
      await context.step(why, async () => {
        const fill = (text: string) => text.replace("$TOKEN", token).replace("$FRACTION", fraction);
        const filled = Object.entries(headers ?? {}).map(([name, value]) => [name, fill(value)]);
        using socket = await RawWebSocket.open(port, fill(path), Object.fromEntries(filled));
        assert.equal(socket.protocol, "");
        await socket.sendText(message(7, "alice", "ping"));
        assert.equal(await socket.text(), message(7, "SERVER", "pong"));
      });
    }
  }, secret));

test("a cookie that another site's page sends along does not count", () =>
  withNode(async ({ port, account }) => {
    using socket = await RawWebSocket.open(port, "/", {
      Cookie: `authToken=${await account("alice")}`,
      Origin: "https://evil.example",
    });
    assert.equal(JSON.parse(await socket.text()).content, "No authentication token provided");
    assert.equal((await socket.closing()).reason, "NO_TOKEN");
  }));

test("single-session mode refuses the second socket and leaves the first unharmed", () =>
  withNode(async ({ socket, ws, account }) => {
    const token = await account("alice");
    await using first = await socket(token);
    const second = await SocketClient.open(`${ws}/?token=${token}`);
    assert.equal(
      await second.next(),
      message(1, "SERVER", "User 'alice' already logged in at another location."),
    );
    assert.deepEqual(await second.closed, { code: 1008, reason: "Already logged in" });
    first.send(message(1, "alice", "still here"));
    assert.equal(await first.next(), message(1, "alice", "still here"));
  }, { settings: { singleSession: true } }));

test("several sessions of one user: one join, one leave, texts to all", () =>
  withNode(async ({ socket, account }) => {
    await using bobby = await socket(await account("bobby"));
    const token = await account("alice");
    const [one, two] = [
      await socket(token),
      await socket(token),
    ];
    assert.equal(await bobby.next(), message(2, "alice", "alice joined the chat"));
    one.send(message(1, "alice", "psst", "bobby"));
    for (const socket of [one, two, bobby]) {
      assert.equal(await socket.next(), message(1, "alice", "psst", "bobby"));
    }
    await one.close();
    two.send(message(1, "alice", "one left"));
    assert.equal(await bobby.next(), message(1, "alice", "one left"));
    await two.close();
    assert.equal(await bobby.next(), message(3, "alice", "alice left the chat"));
  }));

interface Exchange {
  readonly why: string;
  readonly sent: string | Uint8Array<ArrayBuffer>;
  /** What alice gets; undefined: nothing, and the next message is served. */
  readonly got?: string | RegExp;
}

const exchanges: readonly Exchange[] = [
  {
    why: "text to everybody comes back to its author",
    sent: message(1, "alice", "hello"),
    got: message(1, "alice", "hello"),
  },
  {
    why: "the sender is the token's user, whatever the message says",
    sent: message(1, "bobby", "I am bobby"),
    got: message(1, "alice", "I am bobby"),
  },
  {
    why: "types as AloneChat's documents write them, with their timestamp",
    sent: '{"type":"TEXT","sender":"alice","content":"hi","timestamp":"2024-01-01"}',
    got: message(1, "alice", "hi"),
  },
  {
    why: "small letters too",
    sent: '{"type":"text","sender":"alice","content":"hi"}',
    got: message(1, "alice", "hi"),
  },
  {
    why: "a binary frame that holds JSON",
    sent: new TextEncoder().encode(message(1, "alice", "gr\u00fc\u00df dich")),
    got: message(1, "alice", "gr\u00fc\u00df dich"),
  },
  {
    why: "an encrypted text is passed on as such",
    sent: message(6, "alice", "c2VjcmV0"),
    got: message(6, "alice", "c2VjcmV0"),
  },
  {
    why: "a heartbeat",
    sent: message(7, "alice", "ping"),
    got: message(7, "SERVER", "pong"),
  },
  { why: "a heartbeat that asks nothing", sent: message(7, "alice", "pong") },
  { why: "somebody else's coming", sent: message(2, "bobby", "bobby joined the chat") },
  { why: "somebody else's going", sent: message(3, "bobby", "bobby left the chat") },
  { why: "/help", sent: message(1, "alice", "/help"), got: /^\{"type":4,"sender":"SERVER"/ },
  { why: "/?", sent: message(1, "alice", "/?"), got: /^\{"type":4,"sender":"SERVER"/ },
  { why: "/h with a space", sent: message(1, "alice", "/h "), got: /^\{"type":4,/ },
  { why: "type HELP", sent: message(4, "alice", ""), got: /^\{"type":4,"sender":"SERVER"/ },
  {
    why: "/echo",
    sent: message(1, "alice", " /Echo Hi there "),
    got: message(1, "SERVER", "Echo: Hi there"),
  },
  {
    why: "type COMMAND without the slash",
    sent: message(5, "alice", "echo hi"),
    got: message(1, "SERVER", "Echo: hi"),
  },
  {
    why: "unknown slash text is ordinary text",
    sent: message(1, "alice", "/shrug"),
    got: message(1, "alice", "/shrug"),
  },
  { why: "an empty text", sent: message(1, "alice", "") },
  { why: "no JSON", sent: "hello" },
  { why: "nothing", sent: "" },
  { why: "null", sent: "null" },
  { why: "an array", sent: "[1,2,3]" },
  { why: "JSON of depth 10,000", sent: "[".repeat(10_000) + "]".repeat(10_000) },
  { why: "no content", sent: '{"type":1,"sender":"alice"}' },
  { why: "no sender", sent: '{"type":1,"content":"hi"}' },
  { why: "no type", sent: '{"sender":"alice","content":"hi"}' },
  { why: "an unknown type", sent: '{"type":99,"sender":"alice","content":"hi"}' },
  { why: "an unknown type's name", sent: '{"type":"WHISPER","sender":"alice","content":"hi"}' },
  { why: "a name of Object's", sent: '{"type":"constructor","sender":"alice","content":"hi"}' },
  { why: "content that is no text", sent: '{"type":1,"sender":"alice","content":{"a":1}}' },
  { why: "a target that is no text", sent: '{"type":1,"sender":"a","content":"hi","target":7}' },
  { why: "binary that is no UTF-8", sent: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]) },
  {
    why: "a target that can be nobody's name is answered, not stored",
    sent: message(1, "alice", "hi", "../../etc"),
    got: message(
      1,
      "SERVER",
      "Message not sent: the target is no name: it is not of the form name@node",
    ),
  },
];

test("frames of a client", (context) =>
  withNode(async ({ socket, node, account }) => {
    await using alice = await socket(await account("alice"));
    for (const { why, sent, got } of exchanges) {
      await context.step(why, async () => {
        alice.send(sent);
        if (got !== undefined) {
          const text = await alice.next();
          if (typeof got === "string") assert.equal(text, got);
          else assert.match(text, got);
        }
        alice.send(message(7, "alice", "ping"));
        assert.equal(await alice.next(), message(7, "SERVER", "pong"));
      });
    }
    assert.ok(node.hub.counters.badFrames >= 10);
  }));

test("a message of several fragments is one message", () =>
  withNode(async ({ port, account }) => {
    using socket = await RawWebSocket.open(port, `/?token=${await account("alice")}`);
    const bytes = new TextEncoder().encode(message(1, "alice", "\u4f60\u597d"));
    for (let at = 0; at < bytes.length; at += 5) {
      const last = at + 5 >= bytes.length;
      await socket.send({
        opcode: at === 0 ? OPCODE.text : OPCODE.continuation,
        payload: bytes.slice(at, at + 5),
        fin: last,
      });
      // Control frames may stand between fragments (RFC 6455 section 5.4).
      if (at === 0) await socket.send({ opcode: OPCODE.ping, payload: "x" });
    }
    assert.equal((await socket.frame()).opcode, OPCODE.pong);
    assert.equal(await socket.text(), message(1, "alice", "\u4f60\u597d"));
  }));

test("a message over the bound costs its connection (1009), and nobody else's", () =>
  withNode(async ({ port, socket: open, account }) => {
    await using bobby = await open(await account("bobby"));
    using socket = await RawWebSocket.open(port, `/?token=${await account("alice")}`);
    await socket.send({ opcode: OPCODE.text, announced: 1024 * 1024 + 1 });
    assert.equal((await socket.closing()).code, 1009);
    bobby.send(message(7, "bobby", "ping"));
    await bobby.until((one) => one["sender"] === "SERVER");
  }));

test("a text over the bound is refused, and the connection goes on", () =>
  withNode(async ({ socket, account }) => {
    await using alice = await socket(await account("alice"));
    alice.send(message(1, "alice", "a".repeat(5_000)));
    assert.equal(
      await alice.next(),
      message(1, "SERVER", "Message not sent: the text is longer than 4096 bytes"),
    );
  }, { settings: { maxMessage: 4096 } }));

test("what is sent right behind the handshake is not lost", () =>
  withNode(async ({ port, account }) => {
    const token = await account("alice");
    using socket = await RawWebSocket.open(port, `/?token=${token}`);
    for (let at = 0; at < 20; at++) await socket.sendText(message(1, "alice", `early ${at}`));
    for (let at = 0; at < 20; at++) {
      assert.equal(await socket.text(), message(1, "alice", `early ${at}`));
    }
  }));

test("a flood is stored in order or refused, and the complaints do not flood back", () =>
  withNode(async ({ socket, account }) => {
    await using alice = await socket(await account("alice"));
    for (let at = 0; at < 50; at++) alice.send(message(1, "alice", `text ${at}`));
    const texts: string[] = [];
    const complaints: string[] = [];
    while (complaints.length === 0 || texts.length < 10) {
      const { sender, content } = await alice.nextJson<{ sender: string; content: string }>();
      (sender === "SERVER" ? complaints : texts).push(content);
    }
    assert.deepEqual(texts, Array.from({ length: 10 }, (_, at) => `text ${at}`));
    assert.deepEqual(complaints, ["Message not sent: too many requests"]);
  }, { settings: { messageRate: 1, messageBurst: 10 } }));

const endings: readonly {
  why: string;
  end: (running: TestNode) => Promise<unknown>;
  reason: string;
}[] = [
  {
    why: "a new password",
    end: ({ node }) => node.accounts.registry.setPassword("alice", "another password"),
    reason: "INVALID_TOKEN",
  },
  {
    why: "the account is shut",
    end: ({ node }) => node.accounts.registry.disable("alice"),
    reason: "INVALID_TOKEN",
  },
  {
    why: "another role",
    end: ({ node }) => node.accounts.registry.setRole("alice", "admin"),
    reason: "INVALID_TOKEN",
  },
];

for (const { why, end, reason } of endings) {
  test("sessions and polls end when their account changes", () =>
    withNode(async (running) => {
      const token = await running.account("alice");
      const socket = await running.socket(token);
      const poll = new ApiClient(running.http, token).get("/recv");
      await eventually("the poll waits", () => running.node.load.polls === 1);
      await end(running);
      assert.deepEqual(await socket.closed, { code: 1008, reason });
      assert.equal((await poll).status, 401);
      assert.deepEqual((await poll).body, { detail: "Invalid token" });
    }), { why });
}

test("connections that are opened and cut leave nothing behind", () =>
  withNode(async ({ port, node, account }) => {
    const token = await account("alice");
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 20 }, async (_, at) => {
        const socket = await RawWebSocket.open(port, `/?token=${at % 2 === 0 ? token : "bad"}`);
        socket.close();
      }));
    }
    await eventually("all are gone", () => node.load.connections === 0 && node.load.sessions === 0);
  }, { settings: { maxSessionsPerAccount: 1000 } }));
