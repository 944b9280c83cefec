/** Original clients and servers, real ones, against chatnode's side of their protocol. */
import assert from "node:assert/strict";
import { systemClock } from "../../../src/clock.ts";
import { connectOriginal } from "../../../src/transports/tcp/client/original.ts";
import { probe } from "../../../src/transports/tcp/client/probe.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { Peer } from "./peer.ts";
import { OriginalClient, OriginalServer } from "./reference.ts";
import { withRelay } from "./stage.ts";

const never = new AbortController().signal;

test("original clients talk by way of chatnode as by their own server", () =>
  withRelay(async ({ port, hub, bodies }) => {
    await using bob = new OriginalClient(port, "Bob");
    await eventually("bob is in", () => hub.people().length === 1);
    await using second = new OriginalClient(port, "Bob");
    await bob.hears("[+] Bob (2) has joined the chat!");
    await bob.say("hello");
    await second.hears("Bob: hello");
    await second.say("caf\u00e9: \u{1f600}");
    await bob.hears("[+] Bob (2) has joined the chat!", "Bob (2): caf\u00e9: \u{1f600}");
    assert.deepEqual(await bodies(), ["hello", "caf\u00e9: \u{1f600}"]);
  }));

test("an original client gets nothing that its reader cannot take", () =>
  withRelay(async ({ port, hub }) => {
    await using bob = new OriginalClient(port, "Bob");
    await eventually("bob is in", () => hub.people().length === 1);
    using eve = await Peer.native(port, { name: "Eve", rooms: [{ room: "lobby" }] });
    const long = "\u4f60\u597d ".repeat(2_000);
    await eve.json({ type: "send", room: "lobby", body: long });
    await eve.json({ type: "send", room: "lobby", body: "the end" });
    await eventually("all of it came", () => bob.heard.includes("Eve: the end"));
    assert.deepEqual(bob.heard.filter((text) => text.startsWith("FRAMING")), []);
    const joined = bob.heard.slice(1, -1).map((text) => text.slice("Eve: ".length)).join("");
    assert.equal(joined, long);
  }));

test("chatnode's client talks on an original server, and takes its news", async () => {
  await using server = await OriginalServer.start();
  const heard: string[] = [];
  const target = { hostname: "127.0.0.1", port: server.port };
  let isOver = false;
  const events = { text: (text: string) => void heard.push(text), closed: () => isOver = true };
  await using bob = new OriginalClient(server.port, "Bob");
  await eventually("bob is in", () => server.told.includes("[+] Bob has joined the chat!"));
  const alice = await connectOriginal(target, "Alice", events, never);
  await bob.hears("[+] Alice has joined the chat!");
  const long = "word ".repeat(500);
  alice.send(long);
  alice.send("end");
  await eventually("all of it came", () => bob.heard.includes("Alice: end"));
  const pieces = bob.heard.slice(1, -1).map((text) => text.slice("Alice: ".length));
  assert.equal(pieces.join(""), long);
  await bob.say("hi");
  await eventually("alice hears it", () => heard.includes("Bob: hi"));
  alice.close();
  await eventually("bob hears it", () => bob.heard.at(-1) === "[-] Alice has left the chat.");
  assert.equal(isOver, false, "her own goodbye is no news");
  await connectOriginal(target, "Alice", events, never);
  await server[Symbol.asyncDispose]();
  await eventually("she is told", () => isOver);
});

test("what listens at an address can be found out, unseen", async () => {
  await using server = await OriginalServer.start();
  await using bob = new OriginalClient(server.port, "Bob");
  const original = { hostname: "127.0.0.1", port: server.port };
  assert.equal(await probe(original, systemClock, never), "original");
  await withRelay(async ({ port, relay, hub }) => {
    const node = { hostname: "127.0.0.1", port };
    assert.equal(await probe(node, systemClock, never), "chatnode");
    await eventually("it is gone", () => relay.connections === 0);
    assert.equal(hub.counters.connections, 0);
  });
  assert.deepEqual(bob.heard.filter((text) => !text.includes("Bob")), []);
});
