/** The real client against real servers: at a terminal, in pipes, as JSON Lines. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { FIRST_CERTIFICATE as CERTIFICATE } from "../harness/certificates.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { eventually } from "../harness/eventually.ts";
import { PASSWORD } from "../harness/node.ts";
import { runProgram, type ServerProcess, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { Peer } from "../transports/tcp/peer.ts";
import { OriginalClient, OriginalServer } from "../transports/tcp/reference.ts";
import { hasTerminals, Terminal } from "./terminal.ts";
import { V1Client } from "./v1_client.ts";

const withTerminals = await hasTerminals();

/** A test that needs pseudo-terminals. */
function terminalTest(name: string, body: () => Promise<void>): void {
  if (withTerminals) test(name, body);
  else Deno.test.ignore(name, body);
}

/** A server with a relay, on ports that it can have again. */
interface Doors {
  readonly data: string;
  readonly args: readonly string[];
  readonly tcp: string;
}

/** The first of `count` ports in a row that nobody has, and that the system gives to nobody. */
function freePorts(count: number): number {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const isFree = Array.from({ length: count }, (_, at) => first + at).every((port) => {
      try {
        Deno.listen({ hostname: "127.0.0.1", port }).close();
        return true;
      } catch {
        return false;
      }
    });
    if (isFree) return first;
  }
}

function doorsIn(data: string, ...more: readonly string[]): Doors {
  // AloneChat's HTTP interface is on the port behind the first.
  const http = freePorts(3);
  const relay = http + 2;
  const args = ["--relay", "--relay-port", `${relay}`, "--port", `${http}`, ...more];
  return { data, args, tcp: `tcp://127.0.0.1:${relay}` };
}

async function withServer(
  body: (server: ServerProcess, doors: Doors) => Promise<void>,
): Promise<void> {
  await withDataFolder(async (data) => {
    const doors = doorsIn(data);
    await using server = await startServer(doors);
    await body(server, doors);
  });
}

/** Texts of the lobby, as the server has them. */
async function lobby(server: ServerProcess): Promise<readonly string[]> {
  const { token } = await server.enter(`reader${Math.floor(Math.random() * 1e9)}`);
  await using client = await V1Client.open(server.ws, token);
  const page = await client.ask({ type: "history", room: "lobby", limit: 200 });
  const events = page["events"] as readonly { event: { content: { body: string } } }[];
  return events.map(({ event }) => event.content.body);
}

terminalTest(
  "client: people talk, the server dies and comes back, nothing is lost and nothing doubled",
  () =>
    withDataFolder(async (data) => {
      const doors = doorsIn(data);
      let server = await startServer(doors);
      const passwords = join(data, "password");
      await Deno.writeTextFile(passwords, `${PASSWORD}\n`);
      const { token } = await server.enter("bob");
      const carols = (await server.enter("carol")).token;
      try {
        await using alice = new Terminal(["client", "--line", doors.tcp, "--name", "Alice"]);
        await using bob = new Terminal([
          ...["client", "--line", server.ws, "--name", "bob", "--password-file", passwords],
        ]);
        await alice.shows(/You are Alice on/);
        await bob.shows(/You are bob on/);
        assert.ok(token !== "");
        {
          await using carol = await V1Client.open(server.ws, carols, {
            rooms: [{ room: "lobby" }],
          });
          await alice.enter("hello from alice");
          await bob.shows(/Alice: hello from alice/);
          await bob.enter("hello from bob");
          await alice.shows(/bob: hello from bob/);
          await carol.heard("hello from alice");
          await carol.heard("hello from bob");
          await carol.ask({ type: "send", room: "lobby", body: "hello from carol" });
          await alice.shows(/carol: hello from carol/);
          await bob.shows(/carol: hello from carol/);
          await server.kill();
        }
        await alice.shows(/lobby \(offline\)> /);
        await bob.shows(/lobby \(offline\)> /);
        for (const text of ["away one", "away two"]) await alice.enter(text);
        await bob.enter("away three");
        await alice.shows(/offline, 2 unsent/);
        server = await startServer(doors);
        for (const one of [alice, bob]) {
          await one.shows(/Connected again after/);
          await one.shows(/Alice: away one[^]*Alice: away two/);
          await one.shows(/bob: away three/);
        }
        await alice.enter("after");
        await bob.shows(/Alice: after/);
        await alice.shows(/Alice: after/);
        const said = [
          ...["Alice: hello from alice", "bob: hello from bob", "carol: hello from carol"],
          ...["Alice: away one", "Alice: away two", "bob: away three", "Alice: after"],
        ];
        for (const text of said) {
          assert.equal(alice.count(text), 1, `alice: ${text}`);
          assert.equal(bob.count(text), 1, `bob: ${text}`);
        }
        const stored = await lobby(server);
        assert.deepEqual([...stored].sort(), said.map((text) => text.replace(/^\w+: /, "")).sort());
        await alice.type("the last word\r/quit\r");
        assert.equal(await alice.ended(), 0);
        await bob.shows(/Alice: the last word/);
        await bob.type("\x04");
        assert.equal(await bob.ended(), 0);
      } finally {
        await server.kill();
      }
    }),
);

terminalTest(
  "client: the line that is written is not disturbed, and edited as it should be",
  () =>
    withServer(async (_, doors) => {
      await using alice = new Terminal(["client", "--line", doors.tcp, "--name", "Alice"]);
      await alice.shows(/You are Alice/);
      using peer = await Peer.original(Number(doors.tcp.split(":").at(-1)), "Eve");
      await alice.shows(/Eve came/);
      await alice.type("half \u65e5\u672c\u{1f44d}x");
      await peer.frame("in between");
      await alice.shows(/Eve: in between\nlobby> half \u65e5\u672c\u{1f44d}x/u);
      await alice.type("\x7f\x7f\x1b[D\x1b[D\x17");
      await alice.type("whole \x1b[F!\r");
      await peer.frameThat((text) => text === "Alice: whole \u65e5\u672c!");
      await alice.type("\x1b[200~two\rlines\x1b[201~");
      await alice.shows(/lobby> two\u23celines/);
      await alice.enter("");
      await peer.frameThat((text) => text.includes("two\n  lines"));
      await alice.type("given up\x03\x03\x03");
      assert.equal(await alice.ended(), 0);
      // Bracketed paste is off again.
      assert.ok(alice.raw.includes("\x1b[?2004l"));
    }),
);

terminalTest(
  "client: a password is asked for and never shown, a wrong one is told",
  () =>
    withServer(async (server) => {
      await server.enter("bob");
      await using wrong = new Terminal(["client", "--line", server.ws, "--name", "bob"]);
      await wrong.shows(/Password of bob: /);
      await wrong.enter("nonsense");
      assert.equal(await wrong.ended(), 1);
      assert.match(wrong.raw, /Cannot log in: Incorrect username or password/);
      await using bob = new Terminal(["client", "--line", server.ws, "--name", "bob"]);
      await bob.shows(/Password of bob: /);
      await bob.enter(PASSWORD);
      await bob.shows(/You are bob on/);
      assert.doesNotMatch(bob.raw, /correct horse/);
      await bob.enter("/quit");
      assert.equal(await bob.ended(), 0);
    }),
);

terminalTest(
  "client: rooms, private messages, edits, reactions, looking back",
  () =>
    withServer(async (server) => {
      const file = join(server.data, "password");
      await Deno.writeTextFile(file, PASSWORD);
      const open = (name: string) =>
        new Terminal(["client", "--line", server.ws, "--name", name, "--password-file", file]);
      await Promise.all(["alice", "bob"].map((name) => server.enter(name)));
      await using alice = open("alice");
      await alice.shows(/You are alice/);
      await using bob = open("bob");
      await bob.shows(/You are bob/);
      await alice.shows(/bob came/);
      await alice.enter("/msg bob psst");
      await alice.shows(/you -> bob: psst/);
      await bob.shows(/alice -> you: psst/);
      await alice.enter("/join dev");
      await alice.shows(/\ndev> /);
      await bob.enter("/join dev");
      await alice.shows(/bob came/);
      await bob.enter("helo");
      await alice.shows(/bob: helo/);
      await bob.enter("/edit hello");
      await alice.shows(/bob \(edited\): hello/);
      await alice.enter("/react \u{1f44d}");
      await bob.shows(/alice reacts \u{1f44d} to bob: helo/u);
      await alice.enter("/reply well");
      await bob.shows(/\(to bob: helo\) alice: well/);
      await bob.enter("/redact");
      await alice.shows(/bob took back the message/);
      await alice.enter("/who");
      await alice.shows(/In dev: alice, bob/);
      await alice.enter("/rooms");
      await alice.shows(/Rooms: .*dev \(2\)/);
      await alice.enter("/me waves");
      await bob.shows(/\* alice waves/);
      await bob.enter("/leave");
      await alice.shows(/bob left/);
      await bob.shows(/lobby> /);
      await alice.enter("/echo ping");
      await alice.shows(/Echo: ping/);
      await alice.enter("/dance");
      await alice.shows(/Unknown command: \/dance/);
      await bob.enter("/msg alice");
      await bob.shows(/@alice> /);
      await bob.shows(/alice -> you: psst/);
    }),
);

terminalTest("client: hostile text reaches the terminal as text", () =>
  withDataFolder(async () => {
    await using server = await OriginalServer.start();
    await using alice = new Terminal([
      ...["client", "--line", `tcp://127.0.0.1:${server.port}`, "--name", "Alice"],
      ...["--protocol", "original"],
    ]);
    await alice.shows(/You are Alice/);
    using peer = await Peer.original(server.port, "E\x1b]0;owned\x07v\u202ee");
    await peer.frame("\x1b[2J\x1b[Hcleared \x9b31mred\x1bc\u202e back\r\n00:00 root: fake");
    await peer.frame("the end");
    await alice.shows(/the end/);
    assert.match(alice.raw, /cleared red back/);
    assert.match(alice.raw, /\n {6}00:00 root: fake/);
    for (const harm of ["\x1b[2J", "\x1b[H", "\x9b", "\x1bc", "\x1b]", "\x07", "\u202e"]) {
      assert.ok(!alice.raw.includes(harm), JSON.stringify(harm));
    }
    await alice.enter("exit");
    assert.equal(await alice.ended(), 0);
    await eventually("she left", () => server.told.includes("[-] Alice has left the chat."));
  }));

test("client: a pipe says every line and leaves", () =>
  withServer(async (server, doors) => {
    const lines = Array.from({ length: 150 }, (_, at) => `line ${at}`);
    const { code, stdout, stderr } = await runProgram(["client", doors.tcp, "--name", "builds"], {
      input: `${lines.join("\n")}\n\n/quit is said like anything else`,
    });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(await lobby(server), [...lines, "/quit is said like anything else"]);
  }));

test("client: a pipe to the original server, found out by itself", async () => {
  await using server = await OriginalServer.start();
  await using listener = new OriginalClient(server.port, "Ear");
  await eventually("Ear came", () => server.told.length === 1);
  const { code, stderr } = await runProgram(
    ["client", `tcp://127.0.0.1:${server.port}`, "--name", "bot"],
    { input: "one\ntwo\nquit\nthree\n" },
  );
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  await listener.hears(
    ...["[+] bot has joined the chat!", "bot: one", "bot: two", "[-] bot has left the chat."],
  );
});

test("client: JSON Lines in and out", () =>
  withServer(async (_, doors) => {
    const { code, stdout, stderr } = await runProgram(
      ["client", doors.tcp, "--name", "bot1", "--json"],
      {
        input: [
          '{"body":"one"}',
          '{"room":"dev","body":"two","msgtype":"m.emote"}',
          "/me three",
          "/who",
          '{"body":',
          '{"nothing":1}',
          "/nonsense",
          "/quit",
          '{"body":"never"}',
        ].join("\n"),
      },
    );
    assert.equal(stderr, "");
    assert.equal(code, 1);
    const told = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(told[0].type, "chatnode.online");
    const sent = told.filter(({ type }) => type === "chatnode.sent")
      .sort((a, b) => a.line - b.line);
    assert.deepEqual(sent.map(({ line, room }) => [line, room]), [[1, "lobby"], [2, "dev"], [
      3,
      "lobby",
    ]]);
    const failed = told.filter(({ type }) => type === "chatnode.error");
    assert.deepEqual(failed.map(({ line, code }) => [line, code]), [
      ...[5, 6, 7].map((line) => [line, "client/input"]),
    ]);
    assert.doesNotMatch(stdout, /never/);
    const heard = await runProgram(
      ["client", doors.tcp, "--name", "bot2", "--json", "--history", "10"],
      { input: '{"body":"\\u001b[2J\\u202e\\u009b"}\n' },
    );
    assert.equal(heard.code, 0);
    const events = heard.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const bodies = events.filter(({ event_id: id }) => id !== undefined)
      .map(({ content }) => content.body);
    assert.deepEqual(bodies, ["one", "three"]);
  }));

test("client: over TLS, with the server's certificate alone", () =>
  withDataFolder(async (data) => {
    const [cert, key] = [join(data, "cert.pem"), join(data, "key.pem")];
    await Deno.writeTextFile(cert, CERTIFICATE.cert);
    await Deno.writeTextFile(key, CERTIFICATE.key);
    const doors = doorsIn(data, "--tls-cert", cert, "--tls-key", key);
    await using server = await startServer(doors);
    const tls = doors.tcp.replace("tcp://", "tls://").replace("127.0.0.1", "localhost");
    const wss = server.ws.replace("ws://", "wss://").replace("127.0.0.1", "localhost");
    const passwords = join(data, "password");
    const added = await runProgram(["account", "add", "alice", "--data", data], {
      input: PASSWORD,
    });
    assert.equal(added.code, 0, added.stderr);
    await Deno.writeTextFile(passwords, PASSWORD);
    const login = ["--name", "alice", "--password-file", passwords];
    for (const address of [tls, wss]) {
      const untrusted = await runProgram(["client", address, ...login], { input: "x\n" });
      assert.equal(untrusted.code, 1, address);
      assert.match(untrusted.stderr, /Cannot connect/);
      const trusted = await runProgram(["client", address, ...login, "--ca", cert], {
        input: "hi\n",
      });
      assert.deepEqual({ code: trusted.code, stderr: trusted.stderr }, { code: 0, stderr: "" });
    }
  }));

test("client: exit codes for a server that is gone and for a message it refuses", () =>
  withServer(async (_, doors) => {
    const long = await runProgram(["client", doors.tcp, "--name", "bot1"], {
      input: `${"x".repeat(300_000)}\nfine\n`,
    });
    assert.equal(long.code, 1);
    assert.match(long.stderr, /Line 1: Cannot /);
    assert.doesNotMatch(long.stderr, /Line 2/);
    const nobody = await runProgram(["client", "tcp://127.0.0.1:1", "--name", "x"]);
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /nobody listens there/);
  }));
