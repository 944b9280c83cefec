/**
 * Everything that should not come, on every dialect: each has its documented answer
 * (`docs/relay.md`), a witness in the same room goes on undisturbed, and what was said before counts.
 */
import assert from "node:assert/strict";
import { eventually } from "../../harness/eventually.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";
import { frame, Peer } from "./peer.ts";
import { type Stage, type StageOptions, withRelay } from "./stage.ts";

const MOST = 8 * 1024;
const LIMITS = { frameBytes: MOST };

/** Runs `body` with a witness in the lobby, who is there and hears afterwards as before. */
function witnessed(
  body: (stage: Stage, witness: Peer) => Promise<void>,
  options: StageOptions = {},
): Promise<void> {
  return withRelay(async (stage) => {
    using witness = await Peer.original(stage.port, "Witness");
    await eventually("the witness is in", () => stage.hub.people().length === 1);
    await body(stage, witness);
    using other = await Peer.original(stage.port, "Other");
    assert.equal(await witness.next(), "[+] Other has joined the chat!");
    await other.frame("still there?");
    assert.equal(await witness.next(), "Other: still there?");
    await witness.frame("yes");
    assert.equal(await other.next(), "Witness: yes");
  }, { limits: LIMITS, ...options });
}

/** Joins the pieces of one long message again. */
async function pieces(witness: Peer, prefix: string, length: number): Promise<string> {
  let text = "";
  while (text.length < length) {
    const bytes = await witness.nextBytes();
    assert(bytes.length <= 1024, `${bytes.length} bytes`);
    const piece = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    assert(piece.startsWith(prefix));
    text += piece.slice(prefix.length);
  }
  return text;
}

const lengths: readonly { why: string; text: string }[] = [
  { why: "1 byte", text: "x" },
  { why: "1,024 bytes, which its name makes too long", text: "a".repeat(1024) },
  { why: "1,025 bytes", text: "b".repeat(1025) },
  { why: "characters of four bytes", text: "\u{1f600}".repeat(1000) },
  { why: "words", text: "word ".repeat(500) + "end" },
  { why: "the maximum", text: "c".repeat(MOST) },
];
for (const { why, text } of lengths) {
  test(`an original client's message of ${why} arrives, 1,024 bytes a frame at most`, () =>
    witnessed(async ({ port, bodies }, witness) => {
      using bob = await Peer.original(port, "Bob");
      await witness.next();
      await bob.frame(text);
      assert.equal(await pieces(witness, "Bob: ", text.length), text);
      assert.deepEqual(await bodies(), [text], "stored in one piece");
      bob.close();
      assert.equal(await witness.next(), "[-] Bob has left the chat.");
    }));
}

const endings: readonly { why: string; bytes: Uint8Array | string; told: RegExp | undefined }[] = [
  { why: "a byte more than the maximum", bytes: frame("", MOST + 1), told: /8193 bytes is too/ },
  { why: "0xFFFFFFFF", bytes: frame("", 0xffffffff), told: /4294967295 bytes is too long/ },
  {
    why: "a line, whose letters are a length",
    bytes: "hello\n",
    told: /1751477356 bytes is too long/,
  },
  {
    why: "bytes that are no UTF-8",
    bytes: frame(new Uint8Array([0xc3, 0x28])),
    told: undefined,
  },
  { why: "half a character", bytes: frame(new Uint8Array([0xf0, 0x9f])), told: undefined },
];
for (const { why, bytes, told } of endings) {
  test(`an original client that sends ${why} is dropped, what it said before is not`, () =>
    witnessed(async ({ port, bodies }, witness) => {
      using bob = await Peer.original(port, "Bob");
      await bob.frame("before");
      await bob.write(bytes);
      await bob.frame("after").catch(() => {});
      assert.equal(await witness.next(), "[+] Bob has joined the chat!");
      assert.equal(await witness.next(), "Bob: before");
      assert.equal(await witness.next(), "[-] Bob has left the chat.");
      const rest = await bob.rest();
      if (told !== undefined) assert.match(rest, told);
      else assert.equal(rest, "");
      assert.deepEqual(await bodies(), ["before"]);
    }));
}

test("a frame of no bytes is nothing", () =>
  witnessed(async ({ port }, witness) => {
    using bob = await Peer.original(port, "Bob");
    for (const text of ["", "   ", "x"]) await bob.frame(text);
    await witness.next();
    assert.equal(await witness.next(), "Bob: x");
    bob.close();
    await witness.next();
  }));

test("byte by byte is as good as at once", () =>
  witnessed(async ({ port }, witness) => {
    using bob = await Peer.open(port);
    const bytes = [...frame("__alias__:Bob"), ...frame("hi")];
    for (const byte of bytes) await bob.write(new Uint8Array([byte]));
    assert.equal(await witness.next(), "[+] Bob has joined the chat!");
    assert.equal(await witness.next(), "Bob: hi");
    bob.close();
    await witness.next();
  }));

const unfinished: readonly { why: string; bytes: Uint8Array | string }[] = [
  { why: "nothing", bytes: "" },
  { why: "half a header", bytes: new Uint8Array([0, 0]) },
  { why: "a header without a body", bytes: frame("", 100) },
  { why: "half a frame", bytes: frame("__alias__:B", 100) },
];
for (const { why, bytes } of unfinished) {
  test(`a caller who sends ${why} and goes is never announced, and hears nothing`, () =>
    witnessed(async ({ port, relay }, witness) => {
      using bob = await Peer.open(port);
      await bob.write(bytes);
      await witness.frame("who hears this?");
      await bob.closeWrite();
      assert.equal(await bob.rest(), "");
      await eventually("it is gone", () => relay.connections === 1);
    }));

  test(`a caller who sends ${why} and stays is cut in time`, () => {
    const clock = new ManualClock();
    return withRelay(async ({ port, relay }) => {
      using bob = await Peer.open(port);
      await bob.write(bytes);
      await eventually("it is there", () => relay.connections === 1);
      const ended = bob.rest();
      await eventually("it is cut", () => {
        clock.advance(1_000);
        return relay.connections === 0;
      });
      const heard = await ended;
      // Who sends nothing is greeted, and has two minutes then.
      if (why === "nothing") assert.match(heard, /^Name: .*too long|^Name: You took/);
      else assert.equal(heard, "");
    }, { clock });
  });
}

test("who sends no more is finished with: all of it is said", () =>
  witnessed(async ({ port, bodies }, witness) => {
    using bob = await Peer.open(port);
    await bob.write(new Uint8Array([...frame("__alias__:Bob"), ...frame("one"), ...frame("two")]));
    await bob.closeWrite();
    using eve = await Peer.open(port);
    await eve.write("Eve\nthree\nfour without an end");
    await eve.closeWrite();
    assert.equal(await bob.rest(), "");
    assert.match(await eve.rest(), /You are Eve/);
    const heard = new Set<string>();
    while (heard.size < 8) heard.add(await witness.next());
    for (const name of ["Bob", "Eve"]) assert(heard.has(`[-] ${name} has left the chat.`));
    assert.deepEqual(
      new Set(await bodies()),
      new Set(["one", "two", "three", "four without an end"]),
    );
  }));

test("a reader that stops is cut, the others go on", () =>
  witnessed(async ({ port, hub }, witness) => {
    using _stuck = await Peer.original(port, "Stuck");
    assert.equal(await witness.next(), "[+] Stuck has joined the chat!");
    using bob = await Peer.original(port, "Bob");
    await witness.next();
    const text = "x".repeat(MOST);
    const sent = (async () => {
      while (hub.people().length === 3) {
        await bob.frame(text);
        await bob.frame("done");
        await witness.frameThat((body) => body === "Bob: done");
      }
    })();
    await sent;
    assert.equal(
      await witness.frameThat((body) => !body.startsWith("Bob: ")),
      "[-] Stuck has left the chat.",
    );
    assert.equal(hub.counters.slowDropped, 1);
    bob.close();
    assert.equal(
      await witness.frameThat((body) => !body.startsWith("Bob: ")),
      "[-] Bob has left the chat.",
    );
  }, { limits: { ...LIMITS, queueBytes: 64 * 1024 } }));

test("200 connections at once from one address: some come in, the rest are closed", () =>
  withRelay(async ({ port, relay, hub }) => {
    using witness = await Peer.original(port, "Witness");
    await eventually("the witness is in", () => hub.people().length === 1);
    using bob = await Peer.original(port, "Bob");
    assert.equal(await witness.next(), "[+] Bob has joined the chat!");
    const peers = await Promise.all(Array.from({ length: 200 }, () => Peer.open(port)));
    const over = peers.map((peer) => peer.rest());
    const refused = await Promise.race([Promise.any(over), bob.next()]);
    assert.equal(refused, "", "closed without a word");
    await bob.frame("still there?");
    assert.equal(await witness.next(), "Bob: still there?");
    for (const peer of peers) peer.close();
    await Promise.all(over);
    await eventually("all are gone", () => relay.connections === 2);
  }, { limits: { connectBurst: 60, connectsPerSecond: 20 } }));

test("connections at a time from one address are bounded", () =>
  withRelay(async ({ port, relay }) => {
    const peers = [await Peer.lines(port, "a"), await Peer.lines(port, "b")];
    using third = await Peer.open(port);
    assert.equal(await third.rest(), "");
    peers[0]?.close();
    await eventually("there is room", () => relay.connections === 1);
    using fourth = await Peer.lines(port, "c");
    for (const peer of [...peers, fourth]) peer.close();
  }, { limits: { connectionsPerAddress: 2 } }));

test("a line of 10 MB without an end costs its connection", () =>
  witnessed(async ({ port, bodies }, witness) => {
    using eve = await Peer.lines(port, "Eve");
    await witness.next();
    const flood = (async () => {
      for (let mb = 0; mb < 10; mb++) await eve.write(new Uint8Array(1024 * 1024).fill(0x78));
    })().catch(() => {});
    assert.equal(await witness.next(), "[-] Eve has left the chat.");
    await flood;
    await eve.rest();
    assert.deepEqual(await bodies(), []);
  }));

test("a line that is no UTF-8 is told of, and costs nothing else", () =>
  witnessed(async ({ port }, witness) => {
    using eve = await Peer.lines(port, "Eve");
    await eve.write(new Uint8Array([0xe9, 0x0a]));
    assert.equal(await eve.line(), "Not done: your line is not UTF-8.");
    await eve.write("fine\n");
    await witness.next();
    assert.equal(await witness.next(), "Eve: fine");
    await eve.write("/quit\n");
    await witness.next();
  }));

test("a web browser is told where it is", () =>
  witnessed(async ({ port }) => {
    using browser = await Peer.open(port);
    await browser.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.match(await browser.rest(), /^HTTP\/1\.1 400 Bad Request\r\n/);
  }));

const native: readonly { why: string; bytes: Uint8Array; code: string; ends: boolean }[] = [
  { why: "what is no JSON", bytes: frame("__alias__:Bob"), code: "protocol/json", ends: false },
  {
    why: "what is no UTF-8",
    bytes: frame(new Uint8Array([0xff])),
    code: "protocol/utf8",
    ends: true,
  },
  {
    why: "too long a frame",
    bytes: frame("", MOST + 1),
    code: "protocol/too-large",
    ends: true,
  },
  { why: "0xFFFFFFFF", bytes: frame("", 0xffffffff), code: "protocol/too-large", ends: true },
];
for (const { why, bytes, code, ends } of native) {
  test(`a native client that sends ${why} is told ${code}`, () =>
    witnessed(async ({ port }) => {
      using eve = await Peer.native(port, { name: "Eve" });
      await eve.jsonThat(({ type }) => type === "welcome");
      await eve.write(new Uint8Array([...frame(""), ...bytes]));
      assert.equal((await eve.jsonThat(({ type }) => type === "error"))["code"], code);
      if (ends) return assert.equal(await eve.rest(), "");
      await eve.json({ type: "ping", ref: "1" });
      assert.equal((await eve.nextJson())["type"], "pong");
    }));
}

test("a native client's half-closed connection: what it asked for is answered", () =>
  witnessed(async ({ port }, witness) => {
    using eve = await Peer.native(port, { name: "Eve" });
    await eve.json({ type: "send", room: "lobby", body: "bye", ref: "1" });
    await eve.closeWrite();
    const ack = await eve.jsonThat<{ type: string }>(({ type }) => type === "ack");
    assert.equal(ack.type, "ack");
    assert.equal(await witness.next(), "Eve: bye");
  }));

const mixed: readonly { why: string; first: Uint8Array | string; then: Uint8Array | string }[] = [
  { why: "frames within lines", first: "Eve\n", then: frame("__alias__:Bob") },
  { why: "TLS within lines", first: "Eve\n", then: new Uint8Array([0x16, 3, 1, 0, 5, 1, 0, 0, 1]) },
  {
    why: "a PROXY header within lines",
    first: "Eve\n",
    then: "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
  },
];
for (const { why, first, then } of mixed) {
  test(`mixed protocols: ${why} are text`, () =>
    witnessed(async ({ port }, witness) => {
      using eve = await Peer.open(port);
      await eve.write(first);
      assert.equal(await witness.next(), "[+] Eve has joined the chat!");
      await eve.write(then);
      await eve.write("\n");
      const text = await witness.next();
      assert.match(text, /^Eve: /);
      // deno-lint-ignore no-control-regex -- that none is left
      assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f]/);
      await eve.write("/quit\n");
      await witness.next();
    }));
}

test("mixed protocols: a native hello of an original client is text", () =>
  witnessed(async ({ port }, witness) => {
    using bob = await Peer.original(port, "Bob");
    await bob.json({ type: "hello", name: "Eve" });
    await witness.next();
    assert.equal(await witness.next(), 'Bob: {"type":"hello","name":"Eve"}');
    bob.close();
    await witness.next();
  }));

test("0xFFFFFFFF as the first bytes is what a telnet could send, and harmless", () =>
  witnessed(async ({ port }, witness) => {
    using eve = await Peer.open(port);
    await eve.write(new Uint8Array([255, 255, 255, 255, 13, 10]));
    assert.equal(await eve.line(), "Name: Not done: your line is not UTF-8.\r");
    await eve.write(new Uint8Array([255, 251, 31, 255, 250, 31, 0, 80, 0, 24, 255, 240]));
    await eve.write("Eve\r\n");
    assert.equal(await witness.next(), "[+] Eve has joined the chat!");
    await eve.write("/quit\r\n");
    await witness.next();
  }));
