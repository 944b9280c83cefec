import assert from "node:assert/strict";
import { ApiClient } from "../../harness/api_client.ts";
import { eventually } from "../../harness/eventually.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { PASSWORD, type TestNode, withNode } from "../../harness/node.ts";
import { RawConnection, requestAndReset } from "../../harness/raw_http.ts";
import { test } from "../../harness/test.ts";

const SUCCESS = { success: true };

const sends: readonly {
  why: string;
  body?: BodyInit;
  type?: string;
  query?: string;
  status: number;
  answer: unknown;
  /** What alice then receives; undefined: nothing was stored. */
  content?: string;
}[] = [
  {
    why: "to everybody",
    body: '{"sender":"alice","message":"hello","target":null}',
    status: 200,
    answer: SUCCESS,
    content: "hello",
  },
  {
    why: "target may be absent, sender too",
    body: '{"message":"hello"}',
    status: 200,
    answer: SUCCESS,
    content: "hello",
  },
  {
    why: "an empty target is none",
    body: '{"sender":"alice","message":"hello","target":""}',
    status: 200,
    answer: SUCCESS,
    content: "hello",
  },
  {
    why: "further keys are ignored",
    body: '{"sender":"alice","message":"hello","type":"text","__proto__":{"message":"x"}}',
    status: 200,
    answer: SUCCESS,
    content: "hello",
  },
  {
    why: "the sender's case does not matter, the stored name is the account's",
    body: '{"sender":"ALICE","message":"hello"}',
    status: 200,
    answer: SUCCESS,
    content: "hello",
  },
  {
    why: "text of every script, with emoji and line ends",
    body: JSON.stringify({ message: "gr\u00fc\u00df dich\n\ud83d\udc4b \u4f60\u597d" }),
    status: 200,
    answer: SUCCESS,
    content: "gr\u00fc\u00df dich\n\ud83d\udc4b \u4f60\u597d",
  },
  {
    why: "an escaped lone surrogate becomes a replacement character",
    body: '{"message":"a\\ud83db"}',
    status: 200,
    answer: SUCCESS,
    content: "a\ufffdb",
  },
  {
    why: "query parameters without a body",
    query: "?sender=alice&message=hello%20there",
    type: "text/plain",
    body: "",
    status: 200,
    answer: SUCCESS,
    content: "hello there",
  },
  {
    why: "query parameters with a form beside them",
    query: "?sender=alice&message=hello",
    type: "application/x-www-form-urlencoded",
    body: "a=b",
    status: 200,
    answer: SUCCESS,
    content: "hello",
  },
  {
    why: "JSON under another type, as scripts send it",
    type: "text/plain",
    body: '{"message":"hello"}',
    status: 200,
    answer: SUCCESS,
    content: "hello",
  },
  {
    why: "no message",
    body: '{"sender":"alice"}',
    status: 400,
    answer: { detail: "Missing message" },
  },
  {
    why: "an empty message",
    body: '{"sender":"alice","message":""}',
    status: 400,
    answer: { detail: "Missing message" },
  },
  {
    why: "a message that is no text",
    body: '{"sender":"alice","message":{"a":1}}',
    status: 400,
    answer: { detail: "Missing message" },
  },
  {
    why: "nothing at all",
    body: "",
    type: "text/plain",
    status: 400,
    answer: { detail: "Missing message" },
  },
  { why: "bad JSON", body: '{"message":', status: 400, answer: { detail: "Invalid JSON" } },
  { why: "an array", body: "[]", status: 400, answer: { detail: "Invalid JSON" } },
  {
    why: "JSON of depth 10,000",
    body: "[".repeat(10_000) + "]".repeat(10_000),
    status: 400,
    answer: { detail: "Invalid JSON" },
  },
  {
    why: "bytes that are no UTF-8",
    body: new Uint8Array([0x7b, 0x22, 0x6d, 0xff, 0x22, 0x7d]),
    status: 400,
    answer: { detail: "Invalid JSON" },
  },
  {
    why: "somebody else's name",
    body: '{"sender":"bobby","message":"I am bobby"}',
    status: 403,
    answer: { detail: "Sender is not the authenticated user" },
  },
  {
    why: "a name that is no text",
    body: '{"sender":{"name":"alice"},"message":"hello"}',
    status: 403,
    answer: { detail: "Sender is not the authenticated user" },
  },
  {
    why: "a target that is no text",
    body: '{"message":"hello","target":["bobby"]}',
    status: 400,
    answer: { detail: "Target is not a name" },
  },
  {
    why: "a target that leads out of the folder",
    body: '{"message":"hello","target":"../../etc/passwd"}',
    status: 400,
    answer: { detail: "Cannot use the name: it is not of the form name@node" },
  },
  {
    why: "a target that turns text around",
    body: '{"message":"hello","target":"bob\u202eby"}',
    status: 400,
    answer: { detail: "Cannot use the name: it holds an invisible or control character" },
  },
  {
    why: "oneself",
    body: '{"message":"hello","target":"alice"}',
    status: 400,
    answer: { detail: "Cannot use the name: both ends of a direct conversation are one address" },
  },
  {
    why: "a text that is too long",
    body: JSON.stringify({ message: "a".repeat(5_000) }),
    status: 400,
    answer: { detail: "Cannot publish: the text is longer than 4096 bytes" },
  },
];

test("POST /send", (context) =>
  withNode(async ({ http, account }) => {
    await account("bobby");
    const alice = new ApiClient(http, await account("alice"));
    for (const { why, body, type, query, status, answer, content } of sends) {
      await context.step(why, async () => {
        const got = await alice.raw(`/send${query ?? ""}`, body ?? "", type ?? "application/json");
        assert.deepEqual({ status: got.status, body: got.body }, { status, body: answer });
        if (content === undefined) return;
        assert.deepEqual(await alice.receive(), {
          success: true,
          sender: "alice",
          content,
          type: 1,
        });
      });
    }
  }, { settings: { maxMessage: 4096, maxFrame: 256 * 1024 } }));

test("POST /send: success means stored, and a body over the bound is not read", () =>
  withNode(async ({ http, node, account }) => {
    const alice = new ApiClient(http, await account("alice"));
    await alice.say("alice", "kept");
    const [stored] = await node.history.read("lobby", 0, 1);
    assert.equal(stored?.event.content.body, "kept");
    assert.equal(stored?.event.sender_id, `alice@${node.name}`);
    const large = await alice.raw("/send", "a".repeat(2 * 1024 * 1024), "application/json");
    assert.equal(large.status, 413);
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(97)),
    });
    const chunked = await alice.raw("/send", endless, "application/json");
    assert.deepEqual({ status: chunked.status, body: chunked.body }, {
      status: 413,
      body: { detail: "Request body too large" },
    });
    assert.equal(node.history.room("lobby").next, 1);
  }));

test("POST /send is limited per account, with a time to wait", () =>
  withNode(async ({ http, account }) => {
    const alice = new ApiClient(http, await account("alice"));
    const answers = [];
    for (let at = 0; at < 8; at++) answers.push(await alice.post("/send", { message: "again" }));
    const limited = answers.find(({ status }) => status === 429);
    assert.ok(limited !== undefined);
    assert.match(limited.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
  }, { settings: { messageRate: 1, messageBurst: 4 } }));

const commands: readonly { why: string; text: string; type: number; content: RegExp }[] = [
  { why: "/help", text: "/help", type: 4, content: /^Available commands:\n {2}\/help - / },
  { why: "/?", text: "/?", type: 4, content: /^Available commands:\n/ },
  { why: "/h with a space", text: "/h ", type: 4, content: /^Available commands:\n/ },
  {
    why: "/help and more, as the original takes it",
    text: "/helpme",
    type: 4,
    content: /^Available/,
  },
  { why: "capitals and spaces around", text: "  /HELP  ", type: 4, content: /^Available/ },
  { why: "/echo", text: "/echo hi", type: 1, content: /^Echo: hi$/ },
  {
    why: "/echo keeps the case of its text",
    text: "/ECHO Hi There",
    type: 1,
    content: /^Echo: Hi There$/,
  },
];

test("commands over /send answer their sender only, and are not stored", (context) =>
  withNode(async ({ http, node, account }) => {
    const alice = new ApiClient(http, await account("alice"));
    for (const { why, text, type, content } of commands) {
      await context.step(why, async () => {
        await alice.say("alice", text);
        const got = await alice.receive() as { sender: string; content: string; type: number };
        assert.deepEqual({ sender: got.sender, type: got.type }, { sender: "SERVER", type });
        assert.match(got.content, content);
      });
    }
    await context.step("unknown slash text is ordinary text", async () => {
      await alice.say("alice", "/shrug really");
      const got = await alice.receive() as { sender: string; content: string };
      assert.deepEqual(got, { success: true, sender: "alice", content: "/shrug really", type: 1 });
    });
    assert.equal(node.history.room("lobby").next, 1);
  }));

test("/help lists the original's two commands word for word", () =>
  withNode(async ({ http, account }) => {
    const alice = new ApiClient(http, await account("alice"));
    await alice.say("alice", "/help");
    const { content } = await alice.receive() as { content: string };
    assert.ok(
      content.startsWith(
        "Available commands:\n  /help - Show available commands\n  /echo - Echo back the message",
      ),
      content,
    );
  }));

test("GET /recv says so after 30 seconds without a message", async () => {
  const clock = new ManualClock(Date.now());
  await withNode(async (running) => {
    const alice = new ApiClient(running.http, await running.account("alice"));
    const poll = alice.get("/recv");
    await waitingPolls(running, 1);
    let answered = false;
    void poll.then(() => answered = true);
    clock.advance(29_999);
    assert.equal((await alice.get("/healthz")).status, 200);
    assert.equal(answered, false);
    clock.advance(1);
    const { status, body } = await poll;
    assert.deepEqual({ status, body }, {
      status: 200,
      body: { success: false, error: "Timeout waiting for message" },
    });
  }, { clock });
});

test("GET /recv: parallel polls are served in the order in which they came", () =>
  withNode(async (running) => {
    const alice = new ApiClient(running.http, await running.account("alice"));
    const bobby = new ApiClient(running.http, await running.account("bobby"));
    const first = alice.receive();
    await waitingPolls(running, 1);
    const second = alice.receive();
    await waitingPolls(running, 2);
    await bobby.say("bobby", "one");
    await bobby.say("bobby", "two");
    const text = (content: string) => ({ success: true, sender: "bobby", content, type: 1 });
    assert.deepEqual(await first, text("one"));
    assert.deepEqual(await second, text("two"));
  }));

const departures: readonly {
  why: string;
  leave: (connection: RawConnection) => void | Promise<void>;
}[] = [
  { why: "the client closed the connection", leave: (connection) => connection.close() },
  { why: "the client closed its half", leave: (connection) => connection.closeWrite() },
];

for (const { why, leave } of departures) {
  test(
    "GET /recv: a poll whose client went away swallows nothing",
    () =>
      withNode(async (running) => {
        const token = await running.account("alice");
        const alice = new ApiClient(running.http, token);
        using connection = await RawConnection.open(running.port);
        await connection.write(
          `GET /recv HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`,
        );
        await waitingPolls(running, 1);
        await leave(connection);
        await waitingPolls(running, 0);
        await alice.say("alice", "not lost");
        assert.equal((await alice.receive() as { content: string }).content, "not lost");
      }),
    { why },
  );
}

test("GET /recv: an answer whose connection is reset comes again", () =>
  withNode(async (running) => {
    const token = await running.account("alice");
    const alice = new ApiClient(running.http, token);
    const poll = `GET /recv HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const reset = requestAndReset(running.port, poll);
    await waitingPolls(running, 1);
    await alice.say("alice", "not lost");
    await reset;
    assert.equal((await alice.receive() as { content: string }).content, "not lost");
  }));

test("GET /recv: 500 messages wait, the oldest give way", () =>
  withNode(async ({ http, node, account }) => {
    const alice = new ApiClient(http, await account("alice"));
    await alice.login("alice", PASSWORD);
    const identity = node.accounts.identityOf("alice");
    assert.ok(identity !== undefined);
    await Promise.all(
      Array.from({ length: 510 }, (_, at) =>
        node.hub.publish({ identity, via: "test" }, {
          room: "lobby",
          type: "m.room.message",
          content: { body: `message ${at}`, msgtype: "m.text" },
        })),
    );
    for (let at = 10; at < 510; at++) {
      assert.equal((await alice.receive() as { content: string }).content, `message ${at}`);
    }
    await alice.say("alice", "the last one");
    assert.equal((await alice.receive() as { content: string }).content, "the last one");
  }));

test("GET /recv: the bound holds while nobody polls and while somebody does", () =>
  withNode(async ({ http, account }) => {
    const alice = new ApiClient(http, await account("alice"));
    await alice.say("alice", "/help");
    assert.equal((await alice.receive() as { type: number }).type, 4);
    // The mailbox is awake now, and fills without being polled.
    for (let at = 0; at < 8; at++) await alice.say("alice", `message ${at}`);
    for (let at = 3; at < 8; at++) {
      assert.equal((await alice.receive() as { content: string }).content, `message ${at}`);
    }
  }, { settings: { receiveQueue: 5 } }));

test("GET /recv wakes a mailbox that fell asleep: others see its owner come and go", async () => {
  const clock = new ManualClock(Date.now());
  await withNode(async (running) => {
    const alice = new ApiClient(running.http, await running.account("alice"));
    const bobby = new ApiClient(running.http, await running.account("bobby"));
    await alice.say("alice", "/echo awake");
    await alice.receive();
    assert.deepEqual(running.node.hub.people().map(({ who }) => who.name), ["alice"]);
    // Answers are written before the mailbox begins to rest.
    await eventually("a timer of the mailbox", () => clock.pending > 0);
    clock.advance(60_000);
    assert.deepEqual(running.node.hub.people(), []);
    await bobby.say("bobby", "while you slept");
    await bobby.say("bobby", "privately", "alice");
    assert.equal((await alice.receive() as { content: string }).content, "while you slept");
    assert.equal((await alice.receive() as { content: string }).content, "privately");
  }, { clock });
});

/** Waits until so many polls wait for a message: the node answers each as soon as one is there. */
async function waitingPolls({ node }: TestNode, count: number): Promise<void> {
  await eventually(`${count} waiting polls`, () => node.load.polls === count);
}
