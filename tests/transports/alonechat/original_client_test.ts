/** The calls of the original AloneChat clients, in the order in which they make them. */
import assert from "node:assert/strict";
import { ApiClient } from "../../harness/api_client.ts";
import { openTestNode, PASSWORD, withNode } from "../../harness/node.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";

/** The five-key message in the key order of the original. */
function message(type: number, sender: string, content: string, target: string | null = null) {
  return { type, sender, content, target, command: null };
}

test("HTTP: register, log in, send, and see one's own text by /recv", () =>
  withNode(async ({ http }) => {
    const api = new ApiClient(http);
    const alice = await api.enter("alice", PASSWORD);
    await alice.say("alice", "hello all");
    assert.deepEqual(await alice.receive(), {
      success: true,
      sender: "alice",
      content: "hello all",
      type: 1,
    });
  }));

test("HTTP: everybody who logged in gets what is said after that, in order", () =>
  withNode(async ({ http }) => {
    const api = new ApiClient(http);
    const alice = await api.enter("alice", PASSWORD);
    const bob = await api.enter("bob", PASSWORD);
    for (const text of ["one", "two", "three"]) await alice.say("alice", text);
    for (const who of [alice, bob]) {
      for (const content of ["one", "two", "three"]) {
        assert.deepEqual(await receiveText(who), {
          success: true,
          sender: "alice",
          content,
          type: 1,
        });
      }
    }
  }));

test("HTTP: a targeted message reaches its target and its sender, nobody else", () =>
  withNode(async ({ http }) => {
    const api = new ApiClient(http);
    const [alice, bob, carol] = [
      await api.enter("alice", PASSWORD),
      await api.enter("bob", PASSWORD),
      await api.enter("carol", PASSWORD),
    ];
    await alice.say("alice", "psst", "bob");
    await alice.say("alice", "to all");
    const text = (content: string) => ({ success: true, sender: "alice", content, type: 1 });
    assert.deepEqual(await receiveText(bob), text("psst"));
    assert.deepEqual(await receiveText(bob), text("to all"));
    assert.deepEqual(await receiveText(alice), text("psst"));
    assert.deepEqual(await receiveText(alice), text("to all"));
    assert.deepEqual(await receiveText(carol), text("to all"));
  }));

test("HTTP: a message for a name that nobody has waits until somebody registers it", () =>
  withNode(async ({ http }) => {
    const api = new ApiClient(http);
    const alice = await api.enter("alice", PASSWORD);
    await alice.say("alice", "are you there?", "dave");
    const dave = await api.enter("dave", PASSWORD);
    assert.deepEqual(await receiveText(dave), {
      success: true,
      sender: "alice",
      content: "are you there?",
      type: 1,
    });
  }));

test("HTTP: what was not received waits across a restart of the node", () =>
  withDataFolder(async (folder) => {
    const first = await openTestNode(folder);
    const api = new ApiClient(first.http);
    const alice = await api.enter("alice", PASSWORD);
    const bob = await api.enter("bob", PASSWORD);
    await alice.say("alice", "first");
    await alice.say("alice", "second");
    await alice.say("alice", "third, for you", "bob");
    assert.deepEqual((await receiveText(bob) as { content: string }).content, "first");
    await first.node.stop();

    const second = await openTestNode(folder);
    try {
      const again = await new ApiClient(second.http).login("bob", PASSWORD);
      const texts = [await receiveText(again), await receiveText(again)];
      assert.deepEqual(texts.map((text) => (text as { content: string }).content), [
        "second",
        "third, for you",
      ]);
    } finally {
      await second.node.stop();
    }
  }));

test("WebSocket: join, text with echo, private text, leave", () =>
  withNode(async ({ socket, account }) => {
    const [aliceToken, bobToken] = [await account("alice"), await account("bob")];
    const alice = await socket(aliceToken);
    const bob = await socket(bobToken, "/any/path");
    assert.equal(await alice.next(), JSON.stringify(message(2, "bob", "bob joined the chat")));

    bob.sendJson(message(1, "bob", "hi"));
    for (const client of [alice, bob]) {
      assert.equal(await client.next(), JSON.stringify(message(1, "bob", "hi")));
    }
    alice.sendJson(message(1, "alice", "psst", "bob"));
    for (const client of [alice, bob]) {
      assert.equal(await client.next(), JSON.stringify(message(1, "alice", "psst", "bob")));
    }
    await bob.close();
    assert.equal(await alice.next(), JSON.stringify(message(3, "bob", "bob left the chat")));
    await alice.close();
  }));

test("WebSocket: the heartbeat of the original client", () =>
  withNode(async ({ socket, account }) => {
    await using alice = await socket(await account("alice"));
    alice.sendJson(message(7, "alice", "ping"));
    assert.equal(await alice.next(), JSON.stringify(message(7, "SERVER", "pong")));
  }));

test("one user space: a text over HTTP reaches WebSocket clients, and the other way round", () =>
  withNode(async ({ http, socket, account }) => {
    const token = await account("alice");
    const alice = new ApiClient(http, token);
    await using bob = await socket(await account("bob"));
    await alice.say("alice", "from HTTP");
    assert.equal(await bob.next(), JSON.stringify(message(1, "alice", "from HTTP")));
    bob.sendJson(message(1, "bob", "from the socket"));
    assert.deepEqual(await receiveText(alice), {
      success: true,
      sender: "alice",
      content: "from HTTP",
      type: 1,
    });
    assert.deepEqual(await receiveText(alice), {
      success: true,
      sender: "bob",
      content: "from the socket",
      type: 1,
    });
  }));

/** The next message that is no coming or going. */
async function receiveText(client: ApiClient): Promise<unknown> {
  for (;;) {
    const received = await client.receive() as { type?: number };
    if (received.type !== 2 && received.type !== 3) return received;
  }
}
