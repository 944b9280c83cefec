/** A lobby and the chat of an original server, joined; the server is the real one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { type Bridge, openBridge } from "../../../src/transports/tcp/bridge/bridge.ts";
import { Echoes } from "../../../src/transports/tcp/bridge/echoes.ts";
import {
  authorOf,
  readUpstream,
  upstreamDomain,
} from "../../../src/transports/tcp/bridge/upstream.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { Peer } from "./peer.ts";
import { OriginalClient, OriginalServer } from "./reference.ts";
import { type Stage, withRelay } from "./stage.ts";

function bridgeOf(
  { hub, history }: Pick<Stage, "hub" | "history">,
  port: number,
  folder: string,
  alias = "bridge",
): Promise<Bridge> {
  return openBridge({
    ...{ alias, hub, history, clock: systemClock, random: Math.random },
    target: { hostname: "127.0.0.1", port },
    cursorFile: join(folder, "bridges", "cursor.json"),
    backOffMs: { first: 20, most: 100 },
  });
}

test("what is said on one side is heard on the other, once, by its author's name", () =>
  withDataFolder((folder) =>
    withRelay(async (stage) => {
      await using server = await OriginalServer.start();
      await using old = new OriginalClient(server.port, "Old");
      using alice = await Peer.original(stage.port, "Alice");
      await eventually("old is in", () => server.told.includes("[+] Old has joined the chat!"));
      const bridge = await bridgeOf(stage, server.port, folder);
      await old.hears("[+] bridge has joined the chat!");
      await alice.frame("hello there");
      await eventually("old hears it", () => old.heard.includes("bridge: Alice: hello there"));
      await old.say("hello yourself");
      assert.equal(await alice.next(), "Old@127.0.0.1: hello yourself");
      await old.say("a: b");
      assert.equal(await alice.next(), "Old@127.0.0.1: a: b");
      const long = "word ".repeat(600);
      await alice.frame(long);
      await alice.frame("the end");
      await eventually("old hears it", () => old.heard.includes("bridge: Alice: the end"));
      const said = old.heard.filter((text) => text.startsWith("bridge: "));
      assert.equal(said[0], "bridge: Alice: hello there");
      const pieces = said.slice(1, -1).map((text) => text.slice("bridge: Alice: ".length));
      assert.equal(pieces.join(""), long);
      await bridge.close();
      await eventually("it leaves", () => old.heard.includes("[-] bridge has left the chat."));
      assert.deepEqual(await stage.bodies(), [
        "hello there",
        "hello yourself",
        "a: b",
        long,
        "the end",
      ]);
    })
  ));

test("what was said while the server or the bridge was away follows, once", () =>
  withDataFolder((folder) =>
    withRelay(async (stage) => {
      using alice = await Peer.original(stage.port, "Alice");
      const say = async (text: string) => {
        const { next } = stage.history.room("lobby");
        await alice.frame(text);
        await eventually("it is stored", () => stage.history.room("lobby").next > next);
      };
      await say("before there was a bridge");
      const first = await OriginalServer.start();
      const bridge = await bridgeOf(stage, first.port, folder);
      await eventually("it is there", () => bridge.isConnected);
      await first[Symbol.asyncDispose]();
      await eventually("it is gone", () => !bridge.isConnected);
      await say("while the server was away");
      await using second = await OriginalServer.start(first.port);
      const passed = () => second.told.filter((text) => text.startsWith("bridge: "));
      await eventually("it follows", () => passed().length === 1);
      await say("live");
      await eventually("it follows too", () => passed().length === 2);
      await bridge.close();
      await say("while the bridge was away");
      const again = await bridgeOf(stage, first.port, folder);
      await eventually("that follows too", () => passed().length === 3);
      await again.close();
      assert.deepEqual(passed(), [
        "bridge: Alice: while the server was away",
        "bridge: Alice: live",
        "bridge: Alice: while the bridge was away",
      ]);
    })
  ));

test("a server that is killed while much is said: nothing is missing, the last may come twice", () =>
  withDataFolder((folder) =>
    withRelay(async (stage) => {
      using alice = await Peer.original(stage.port, "Alice");
      const first = await OriginalServer.start();
      const bridge = await bridgeOf(stage, first.port, folder);
      await eventually("it is there", () => bridge.isConnected);
      const all = Array.from({ length: 150 }, (_, index) => `bridge: Alice: message ${index}`);
      const said = (async () => {
        for (let index = 0; index < all.length; index++) await alice.frame(`message ${index}`);
      })();
      const toldBy = ({ told }: OriginalServer) =>
        told.filter((text) => text.startsWith("bridge: "));
      await eventually("some of it came", () => toldBy(first).length >= 20);
      await first[Symbol.asyncDispose]();
      await said;
      await using second = await OriginalServer.start(first.port);
      await eventually("the rest comes", () => toldBy(second).at(-1) === all.at(-1));
      const [before, after] = [toldBy(first), toldBy(second)];
      assert.deepEqual(before, all.slice(0, before.length), "in order until the end");
      assert.deepEqual(after, all.slice(-after.length), "and from there or earlier on");
      assert.ok(before.length + after.length >= all.length, `${before.length}, ${after.length}`);
      await bridge.close();
    })
  ));

test("two nodes that are bridged to each other say everything twice at most, never for ever", () =>
  withDataFolder((folder) =>
    withRelay((one) =>
      withRelay(async (other) => {
        const there = await bridgeOf(one, other.port, join(folder, "1"), "one");
        const back = await bridgeOf(other, one.port, join(folder, "2"), "other");
        await eventually("both are joined", () =>
          there.isConnected && back.isConnected &&
          one.hub.people().length === 1 && other.hub.people().length === 1);
        using alice = await Peer.original(one.port, "Alice");
        using bob = await Peer.original(other.port, "Bob");
        await eventually("bob is in", () => other.hub.people().length === 2);
        await alice.frame("hello");
        await bob.frameThat((text) => text === "one: Alice: hello");
        await bob.frame("hi");
        await alice.frameThat((text) => text.endsWith("Bob: hi"));
        const long = "word ".repeat(1_000);
        await alice.frame(long);
        await alice.frame("the end");
        const ends = new Set(["one: Alice: the end", "Alice@127.0.0.1: the end"]);
        while (ends.size > 0) ends.delete(await bob.next());
        await alice.frameThat((text) => text === "other: one: Alice: the end");
        await there.close();
        await back.close();
        for (const { bodies } of [one, other]) {
          const short = (await bodies()).filter((body) => !body.includes("word"));
          assert.equal(short.length, 6, "three messages, each twice");
          // By the one way whole, by the other in pieces.
          const words = (await bodies()).join(" ").match(/word/g) ?? [];
          assert.equal(words.length, 2_000);
        }
      })
    )
  ));

const frames: readonly { why: string; frame: string; is: unknown }[] = [
  { why: "a message", frame: "Bob: hi", is: { alias: "Bob", text: "hi" } },
  { why: "with a colon", frame: "Bob: a: b", is: { alias: "Bob", text: "a: b" } },
  { why: "of several lines", frame: "Bob: a\nb", is: { alias: "Bob", text: "a\nb" } },
  { why: "who came", frame: "[+] Bob has joined the chat!", is: undefined },
  { why: "who went", frame: "[-] Bob has left the chat.", is: undefined },
  { why: "of a chatnode to the bridge", frame: "[!] Not done: too long.", is: undefined },
  { why: "a private message to the bridge", frame: "Bob -> bridge: psst", is: undefined },
  { why: "nothing", frame: "Bob:  ", is: undefined },
  { why: "nobody's", frame: "* Bob waves", is: { alias: "up", text: "* Bob waves" } },
];
for (const { why, frame, is } of frames) {
  test(`a frame of the upstream server: ${why}`, () => {
    assert.deepEqual(readUpstream(frame, "up"), is);
  });
}

test("people upstream cannot be taken for people here", () => {
  assert.equal(upstreamDomain("Old.Example", "n"), "old.example");
  assert.equal(upstreamDomain("::1", "n"), "--1");
  assert.equal(upstreamDomain("n", "n"), "upstream.n");
  const { address, name } = authorOf("alice@n", "old.example");
  assert.deepEqual({ address, name }, {
    address: "~alice-n@old.example",
    name: "alice-n@old.example",
  });
});

test("an echo is known by its author, behind the names that were put in front of it", () => {
  const echoes = new Echoes();
  const long = "a long message ".repeat(100);
  echoes.note("Alice", "hi");
  echoes.note("Alice", long);
  const within: readonly [text: string, known: boolean][] = [
    ["Alice: hi", true],
    ["one: Alice: hi", true],
    ["two: one: Alice@old: hi", true],
    [`one: Alice: ${long.slice(300, 700)}`, true],
    ["hi", false],
    ["Bob: hi", false],
    ["Alice: h", false],
  ];
  for (const [text, known] of within) assert.equal(echoes.isWithin(text), known, text);
  assert.equal(echoes.isOfUs("Alice@old", "hi"), true);
  assert.equal(echoes.isOfUs("Alice@old", "h"), true, "what is long comes in pieces");
  assert.equal(echoes.isOfUs("Alice", "hi"), false, "another Alice may say the same");
  for (let count = 0; count < 1_000; count++) echoes.note("Bob", `${count}`);
  assert.equal(echoes.isWithin("Alice: hi"), false, "forgotten in time");
  for (let count = 0; count < 100; count++) echoes.note("Bob", `${count}`.repeat(60_000));
  assert.equal(echoes.isWithin("Bob: 999"), false, "long ones take the place of many");
});
