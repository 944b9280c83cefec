/** Who calls, by the first bytes: dialects, TLS, proxies. */
import assert from "node:assert/strict";
import { recognise, type Stage } from "../../../src/transports/tcp/caller.ts";
import { FIRST_CERTIFICATE as CERTIFICATE } from "../../harness/certificates.ts";
import { eventually } from "../../harness/eventually.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";
import { frame, Peer } from "./peer.ts";
import { PASSWORD, withRelay } from "./stage.ts";

const START: Stage = { proxy: "untrusted", tls: "possible" };
const TRUSTED: Stage = { proxy: "trusted", tls: "possible" };
const SIGNATURE = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10];
const V2 = [...SIGNATURE, 0x21, 0x11, 0, 12, 192, 0, 2, 7, 127, 0, 0, 1, 0x12, 0x34, 0xc3, 0x50];
const V2_IPV6 = [
  ...[...SIGNATURE, 0x21, 0x21, 0, 36],
  ...[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...Array<number>(20).fill(0),
];

const callers: readonly {
  why: string;
  bytes: string | readonly number[];
  stage?: Stage;
  is: ReturnType<typeof recognise>;
}[] = [
  { why: "nothing yet", bytes: "", is: { kind: "unclear" } },
  { why: "the header of a frame", bytes: [0], is: { kind: "frames" } },
  { why: "a TLS record", bytes: [0x16, 3, 1], is: { kind: "tls" } },
  {
    why: "TLS within TLS is none",
    bytes: [0x16, 3, 1],
    stage: { proxy: "past", tls: "past" },
    is: { kind: "lines" },
  },
  { why: "a name", bytes: "Bob\n", is: { kind: "lines" } },
  { why: "a name that begins as a header does", bytes: "PROXIMA\n", is: { kind: "lines" } },
  { why: "the beginning of a header", bytes: "PRO", is: { kind: "unclear" } },
  { why: "a line end, which version 2 begins with too", bytes: "\r\n", is: { kind: "unclear" } },
  { why: "a line end and a name", bytes: "\r\nBob", is: { kind: "lines" } },
  {
    why: "a header from anybody",
    bytes: "PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n",
    is: { kind: "refused", reason: "untrusted" },
  },
  {
    why: "a header of version 2 from anybody",
    bytes: V2,
    is: { kind: "refused", reason: "untrusted" },
  },
  {
    why: "a header of a trusted proxy",
    bytes: "PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\nBob",
    stage: TRUSTED,
    is: { kind: "proxy", length: 36, source: "192.0.2.7" },
  },
  {
    why: "with IPv6",
    bytes: "PROXY TCP6 2001:db8::1 ::1 1 2\r\n",
    stage: TRUSTED,
    is: { kind: "proxy", length: 32, source: "2001:db8::1" },
  },
  {
    why: "of a proxy that does not know",
    bytes: "PROXY UNKNOWN\r\n",
    stage: TRUSTED,
    is: { kind: "proxy", length: 15, source: undefined },
  },
  {
    why: "version 2",
    bytes: [...V2, 66],
    stage: TRUSTED,
    is: { kind: "proxy", length: 28, source: "192.0.2.7" },
  },
  {
    why: "version 2 with IPv6",
    bytes: V2_IPV6,
    stage: TRUSTED,
    is: { kind: "proxy", length: 52, source: "2001:db8::1" },
  },
  { why: "a part of version 2", bytes: V2.slice(0, 20), stage: TRUSTED, is: { kind: "unclear" } },
  {
    why: "a health check of version 2",
    bytes: [...SIGNATURE, 0x20, 0, 0, 0],
    stage: TRUSTED,
    is: { kind: "proxy", length: 16, source: undefined },
  },
  {
    why: "an address that is none",
    bytes: "PROXY TCP4 999.0.2.7 127.0.0.1 1 2\r\n",
    stage: TRUSTED,
    is: { kind: "refused", reason: "broken" },
  },
  {
    why: "a header without an end",
    bytes: "PROXY " + "x".repeat(200),
    stage: TRUSTED,
    is: { kind: "refused", reason: "broken" },
  },
  {
    why: "version 3",
    bytes: [...SIGNATURE, 0x31, 0x11, 0, 12],
    stage: TRUSTED,
    is: { kind: "refused", reason: "broken" },
  },
  {
    why: "version 2 with more than anybody sends",
    bytes: [...SIGNATURE, 0x21, 0x11, 0xff, 0xff],
    stage: TRUSTED,
    is: { kind: "refused", reason: "broken" },
  },
];
for (const { why, bytes, stage, is } of callers) {
  test(`recognised: ${why}`, () => {
    const given = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    assert.deepEqual(recognise(new Uint8Array(given), stage ?? START), is);
  });
}

test("who says nothing is greeted after a while, and not before", () => {
  const clock = new ManualClock();
  return withRelay(async ({ port, relay }) => {
    using silent = await Peer.open(port);
    await eventually("it is there", () => relay.connections === 1);
    clock.advance(1_900);
    assert.equal(silent.received, "");
    clock.advance(200);
    assert.equal(await silent.until(/: /), "Name: ");
    silent.close();
    await eventually("it is gone", () => relay.connections === 0);
  }, { clock });
});

test("a PROXY header of somebody else costs the connection, with a word", () =>
  withRelay(async ({ port, hub }) => {
    using eve = await Peer.open(port);
    await eve.write("PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\nEve\n");
    assert.equal(await eve.rest(), "This address may not send a PROXY header.\r\n");
    assert.equal(hub.people().length, 0);
  }));

test("a broken PROXY header of a trusted proxy costs the connection, with a word", () =>
  withRelay(async ({ port, hub }) => {
    using proxy = await Peer.open(port);
    await proxy.write("PROXY TCP4 nowhere 127.0.0.1 1 2\r\nBob\n");
    assert.equal(await proxy.rest(), "This is no PROXY header.\r\n");
    assert.equal(hub.people().length, 0);
  }, { relay: { trustedProxies: ["127.0.0.0/8"] } }));

test("behind a trusted proxy the client's address counts, and every dialect works", () =>
  withRelay(async ({ port, hub }) => {
    const seen: (string | undefined)[] = [];
    hub.hooks.add("PRE_CONNECT", ({ remote }) => void seen.push(remote), { name: "test" });
    using one = await Peer.open(port);
    await one.write("PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n");
    await one.frame("__alias__:One");
    using two = await Peer.open(port);
    await two.write(new Uint8Array([...V2_IPV6, ...new TextEncoder().encode("Two\n")]));
    assert.equal(await one.next(), "[+] Two has joined the chat!");
    using health = await Peer.open(port);
    await health.write("Three\n");
    assert.equal(await one.next(), "[+] Three has joined the chat!", "a header may be missing");
    assert.deepEqual(seen, ["192.0.2.7", "2001:db8::1", "127.0.0.1"]);
  }, { relay: { trustedProxies: ["127.0.0.0/8"] } }));

test("limits count whose connection it is, not the proxy", () =>
  withRelay(async ({ port, relay }) => {
    const from = async (address: string): Promise<Peer> => {
      const peer = await Peer.open(port);
      await peer.write(`PROXY TCP4 ${address} 127.0.0.1 1 2\r\n`);
      await peer.write("name\n");
      return peer;
    };
    using one = await from("192.0.2.1");
    await one.until(/You are/);
    using two = await from("192.0.2.2");
    await two.until(/You are/);
    using again = await from("192.0.2.1");
    assert.equal(await again.rest(), "");
    await eventually("it is gone", () => relay.connections === 2);
  }, { relay: { trustedProxies: ["127.0.0.1"] }, limits: { connectionsPerAddress: 1 } }));

test("TLS on the same port, each dialect within", () =>
  withRelay(async ({ port }) => {
    using plain = await Peer.original(port, "Plain");
    using original = await Peer.secure(port, CERTIFICATE.cert);
    await original.frame("__alias__:Secure");
    assert.equal(await plain.next(), "[+] Secure has joined the chat!");
    using native = await Peer.secure(port, CERTIFICATE.cert);
    await native.json({ type: "hello", name: "alice", password: PASSWORD });
    assert.equal((await native.nextJson())["type"], "welcome");
    using lines = await Peer.secure(port, CERTIFICATE.cert);
    await lines.write("alice\n");
    assert.match(await lines.until(/guest: /), /Password, empty to come in as a guest: $/);
    await lines.write(`${PASSWORD}\n`);
    await lines.until(/You are alice/);
    await native.json({ type: "send", room: "lobby", body: "by TLS" });
    assert.equal(await original.frameThat((text) => text.includes(":")), "alice: by TLS");
    assert.equal(await plain.frameThat((text) => text.includes(":")), "alice: by TLS");
    native.close();
  }, {
    accounts: ["alice"],
    relay: { tls: "optional", certificate: CERTIFICATE },
  }));

test("where TLS is required nothing is said without it", () =>
  withRelay(async ({ port }) => {
    using lines = await Peer.open(port);
    await lines.write("Bob\n");
    assert.equal(await lines.rest(), "This port needs TLS.\r\n");
    using frames = await Peer.original(port, "Bob");
    assert.equal(await frames.rest(), "");
    using secure = await Peer.secure(port, CERTIFICATE.cert);
    await secure.write("Bob\n");
    await secure.until(/You are Bob/);
  }, { relay: { tls: "required", certificate: CERTIFICATE } }));

test("TLS where there is none, and what only begins as TLS, costs its connection", async () => {
  await withRelay(async ({ port }) => {
    using eve = await Peer.open(port);
    await eve.write(new Uint8Array([0x16, 3, 1, 0, 5]));
    assert.equal(await eve.rest(), "");
  });
  await withRelay(async ({ port, relay }) => {
    using eve = await Peer.open(port);
    await eve.write(new Uint8Array([0x16, ...Array<number>(300).fill(0x41)]));
    await eve.rest();
    using half = await Peer.open(port);
    await half.write(new Uint8Array([0x16, 3, 1]));
    half.close();
    await eventually("both are gone", () => relay.connections === 0);
    using fine = await Peer.secure(port, CERTIFICATE.cert);
    await fine.frame("__alias__:Bob");
    fine.close();
    await eventually("that one too", () => relay.connections === 0);
  }, { relay: { tls: "optional", certificate: CERTIFICATE } });
});

test("a frame with a body that is a hello makes a native client, any other an original one", () =>
  withRelay(async ({ port }) => {
    using original = await Peer.open(port);
    await original.write(frame('{"type":"goodbye"}'));
    using native = await Peer.native(port, { name: "Eve", rooms: [{ room: "lobby" }] });
    assert.equal((await native.nextJson())["type"], "welcome");
    assert.equal(await original.next(), "[+] Eve has joined the chat!");
  }));
