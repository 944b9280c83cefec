/** Lines: what people with netcat and telnet, and scripts, see. */
import assert from "node:assert/strict";
import { eventually } from "../../harness/eventually.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";
import { Peer } from "./peer.ts";
import { PASSWORD, withRelay } from "./stage.ts";

/** Reads bytes as Latin-1, so that telnet's can be seen. */
const HIDE = "\ufffd\ufffd\u0001";

test("telnet: CRLF throughout, and a password that is not shown", () =>
  withRelay(async ({ port }) => {
    using alice = await Peer.open(port);
    await alice.write("alice\r\n");
    const asked = await alice.until(/guest: .../s);
    assert.equal(
      asked,
      `Name: Password (this connection is not encrypted), empty to come in as a guest: ${HIDE}`,
    );
    await alice.write(`${PASSWORD}\r\n`);
    assert.match(await alice.until(/You are [^\n]*\n/), /You are alice, in lobby\..*\r\n$/);
    using bob = await Peer.lines(port, "Bob");
    await bob.write("hi\n");
    assert.match(await alice.until(/Bob: [^\n]*\n/), /\r\nBob: hi\r\n$/);
    await alice.write("yo\r\n");
    assert.equal(await bob.line(), "alice: yo");
  }, { accounts: ["alice"] }));

test("an account's name without its password is a guest's, with a number", () =>
  withRelay(async ({ port }) => {
    using eve = await Peer.open(port);
    await eve.write("Alice\n\n");
    await eve.until(/You are Alice \(2\), in lobby/);
  }, { accounts: ["alice"] }));

test("three wrong passwords are enough", () =>
  withRelay(async ({ port, hub }) => {
    using eve = await Peer.open(port);
    await eve.write("alice\none\ntwo\nthree\nfour\n");
    const all = await eve.rest();
    assert.equal(all.match(/name or the password is wrong/g)?.length, 3);
    assert.match(all, /You cannot come in: the name or the password is wrong\.\n$/);
    assert.equal(hub.people().length, 0);
  }, { accounts: ["alice"] }));

test("without an account nobody comes in where it is needed", () =>
  withRelay(async ({ port }) => {
    using eve = await Peer.open(port);
    await eve.write("Eve\n");
    await eve.until(/not encrypted\): /);
    await eve.write("\n");
    await eve.until(/an account is needed/);
    await eve.write("guess\n");
    await eve.until(/password is wrong/);
    using alice = await Peer.open(port);
    await alice.write(`alice\n${PASSWORD}\n`);
    await alice.until(/You are alice/);
  }, { accounts: ["alice"], guests: "off" }));

test("guests who may only listen do", () =>
  withRelay(async ({ port }) => {
    using eve = await Peer.lines(port, "Eve");
    using alice = await Peer.open(port);
    await alice.write(`alice\n${PASSWORD}\nhello\n`);
    assert.equal(await eve.line(), "[+] alice has joined the chat!");
    assert.equal(await eve.line(), "alice: hello");
    await eve.write("hi\n");
    assert.equal(await eve.line(), "Not done: guests may only listen.");
  }, { accounts: ["alice"], hub: { guests: "listen" } }));

const said: readonly { why: string; text: string; shown: string }[] = [
  { why: "a terminal's colours", text: "\x1b[31mred\x1b[0m", shown: "red" },
  { why: "a terminal's title", text: "\x1b]0;owned\x07x", shown: "x" },
  { why: "a bell and a backspace", text: "a\x07\x08b", shown: "ab" },
  { why: "C1 controls", text: "\u009b2Jx\u0090q\u009cy", shown: "xy" },
  { why: "text that runs backwards", text: "\u202egpj.exe", shown: "gpj.exe" },
  {
    why: "emoji stay",
    text: "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
    shown: "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
  },
  {
    why: "a line that looks like another's",
    text: "x\n[-] alice has left the chat.\nalice: no",
    shown: "x\n  [-] alice has left the chat.\n  alice: no",
  },
  {
    why: "a carriage return, which would write over the name",
    text: "x\rBob: y",
    shown: "x\n  Bob: y",
  },
];
for (const { why, text, shown } of said) {
  test(`what others say cannot play tricks: ${why}`, () =>
    withRelay(async ({ port }) => {
      using lines = await Peer.lines(port, "Lena");
      using original = await Peer.original(port, "Oscar");
      assert.equal(await lines.line(), "[+] Oscar has joined the chat!");
      using eve = await Peer.native(port, { name: "Eve", rooms: [{ room: "lobby" }] });
      await eve.json({ type: "send", room: "lobby", body: text });
      await eve.json({ type: "send", room: "lobby", body: "end" });
      const got = await lines.until(/Eve: end\n/);
      assert.equal(got, `[+] Eve has joined the chat!\nEve: ${shown}\nEve: end\n`);
      await original.next();
      assert.equal(await original.next(), `Eve: ${shown}`);
    }));
}

test("rooms, emotes, history, private messages, help", () =>
  withRelay(async ({ port }) => {
    using lena = await Peer.lines(port, "Lena");
    using max = await Peer.lines(port, "Max Power");
    assert.equal(await lena.line(), "[+] Max Power has joined the chat!");
    await max.write("/join dev\n");
    assert.equal(await max.line(), "You are in dev.");
    assert.equal(await lena.line(), "[-] Max Power has left the chat.");
    await max.write("only here\n//slash\n/me waves\n");
    await max.write("/history 2\n");
    assert.match(await max.line(), /^\[\d{4}-\d\d-\d\d \d\d:\d\d\] Max Power: \/slash$/);
    assert.match(await max.line(), /\] \* Max Power waves$/);
    await lena.write("/msg max power psst you\n");
    assert.equal(await lena.line(), "-> Max Power: psst you");
    assert.equal(await max.line(), "Lena -> Max Power: psst you");
    await lena.write("/rooms\n");
    assert.equal(await lena.line(), "dev (1 here)");
    assert.equal(await lena.line(), "lobby (1 here)");
    const answers: readonly [line: string, answer: string][] = [
      ["/msg nobody hi", "Nobody here is called that. /who lists people."],
      ["/msg alice later", "-> alice: later"],
      ["/msg Max Power", "Say what? /msg NAME TEXT"],
      ["/msg Lena me", "Not done: both ends of a direct conversation are one address."],
      ["/join", "Which room? /join ROOM"],
      ["/join a/b", "Not done: it looks like a path."],
      ["/join direct:a@b,c@d", "That is a conversation: /msg NAME TEXT"],
      ["/history x", "How many? /history N, 1 to 200"],
      ["/frobnicate", "There is no /frobnicate. /help lists what there is; // says a slash."],
      ["/ ", "There is no /. /help lists what there is; // says a slash."],
      ["/history", "Nothing was said here yet."],
    ];
    for (const [line, answer] of answers) {
      await lena.write(`${line}\n`);
      assert.equal(await lena.line(), answer);
    }
    await lena.write("/help\n");
    assert.match(await lena.until(/\/quit .*\n/), /\/join ROOM .*go to another room/);
  }, { accounts: ["alice"] }));

test("messages come in the order of the lines, commands in between see what was said", () =>
  withRelay(async ({ port, bodies }) => {
    using eve = await Peer.open(port);
    const lines = Array.from({ length: 300 }, (_, index) => `${index}`);
    await eve.write(`Eve\n${lines.join("\n")}\n/history 1\n`);
    assert.match(await eve.until(/\] Eve: .*\n/), /Eve: 299\n$/);
    assert.deepEqual(await bodies(), lines);
  }));

test("who types too fast is read more slowly; nothing is lost", () =>
  withRelay(async ({ port, bodies }) => {
    using eve = await Peer.open(port);
    const lines = Array.from({ length: 60 }, (_, index) => `${index}`);
    await eve.write(`Eve\n${lines.join("\n")}\n`);
    await eve.closeWrite();
    assert.doesNotMatch(await eve.rest(), /Not done/);
    assert.deepEqual(await bodies(), lines);
  }, { hub: { burst: 10, ratePerSecond: 200 } }));

test("silence ends a connection where the operator wants it to, and a login has its time", () => {
  const clock = new ManualClock();
  return withRelay(async ({ port, hub, relay }) => {
    using eve = await Peer.lines(port, "Eve");
    using oscar = await Peer.original(port, "Oscar");
    using late = await Peer.open(port);
    await late.write("alice\n");
    await late.until(/guest: /);
    await eventually("both are in", () => hub.people().length === 2);
    const all = Promise.all([eve.rest(), oscar.rest(), late.rest()]);
    await eventually("all are out", () => {
      clock.advance(1_000);
      return relay.connections === 0;
    });
    const [one, two, three] = await all;
    assert.match(one, /You have said nothing for too long\.\n$/);
    assert.match(two, /You have said nothing for too long\.$/);
    assert.match(three, /^You took too long\.\n$/);
  }, { clock, limits: { idleMs: 300_000 }, accounts: ["alice"] });
});

test("a native client is asked for a sign of life, and lives on if it gives one", () => {
  const clock = new ManualClock();
  return withRelay(async ({ port, hub }) => {
    using alive = await Peer.native(port, { name: "Alive" });
    assert.match(await alive.next(), /"welcome"/);
    using dead = await Peer.native(port, { name: "Dead" });
    assert.match(await dead.next(), /"welcome"/);
    const frames = dead.rest();
    await eventually("the silent one is gone", async () => {
      clock.advance(5_000);
      await alive.frame("");
      return hub.people().length === 1;
    });
    assert.match(await frames, /\0\0\0\0.*"session\/silent"/s);
    await alive.json({ type: "ping", ref: "1" });
    await alive.jsonThat(({ type }) => type === "pong");
  }, { clock });
});
