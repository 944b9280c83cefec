/** The real program on the full screen of a real terminal, with others in the chat. */
import assert from "node:assert/strict";
import { withDataFolder } from "../harness/data_folder.ts";
import { eventually } from "../harness/eventually.ts";
import { type ServerProcess, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { OriginalClient, OriginalServer } from "../transports/tcp/reference.ts";
import { Tmux } from "./tmux.ts";
import { V1Client } from "./v1_client.ts";

/** A server, somebody else in its lobby, and a terminal with the program's full screen. */
async function withChat(
  body: (chat: {
    readonly tmux: Tmux;
    readonly bob: V1Client;
    readonly server: ServerProcess;
    readonly folder: string;
  }) => Promise<void>,
): Promise<void> {
  await withDataFolder(async (folder) => {
    await using server = await startServer({ data: folder });
    const token = `${folder}/token`;
    await Deno.writeTextFile(token, (await server.enter("alice")).token);
    const { token: bobs } = await server.enter("bob");
    await using bob = await V1Client.open(server.ws, bobs, { rooms: [{ room: "lobby" }] });
    await using tmux = await Tmux.open(folder);
    await tmux.chatnode("client", server.ws, "--token-file", token);
    await tmux.shows(/\u25cf alice@/);
    await body({ tmux, bob, server, folder });
  });
}

test("full screen: people talk, and everything is where it belongs", () =>
  withChat(async ({ tmux, bob }) => {
    await bob.ask({
      type: "send",
      room: "lobby",
      body: "hello \u65e5\u672c\u8a9e \u{1f44d} there",
    });
    await tmux.shows(/\d\d:\d\d {6}bob {2}hello \u65e5\u672c\u8a9e \u{1f44d} there/u);
    await tmux.enter("hello bob");
    await tmux.shows(/\d\d:\d\d {4}alice {2}hello bob/);
    await bob.heard("hello bob");
    await bob.ask({ type: "send", to: "alice", body: "psst" });
    await tmux.shows(/bob +1!/);
    await tmux.press("M-a");
    await tmux.shows(/^ bob {2}online[^]*psst/);
    await tmux.enter("what is it?");
    await bob.heard("what is it?");
    await tmux.press("M-1");
    await tmux.shows(/^ lobby[^]*hello bob/);
    await tmux.enter("/search hello");
    await tmux.shows(/Found: hello[^]*bob +hello/);
    await tmux.press("Escape");
    await tmux.shows(/^ lobby/);
    await tmux.enter("/quit");
    await tmux.shows(/shell>$/m);
    assert.equal((await tmux.state()).isAlternate, false);
    await tmux.enter("echo code $?");
    await tmux.shows(/^code 0/m);
  }));

test("full screen: columns stay in line behind wide characters and emoji", () =>
  withChat(async ({ tmux, bob }) => {
    const hard =
      "a\u0301 \u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u{1f1eb}\u{1f1ee} \u2764\ufe0f \uff21";
    for (let at = 0; at < 3; at++) {
      await bob.ask({
        type: "send",
        room: "lobby",
        body: `${hard} ${"\u65e5\u672c".repeat(20)} end${at}`,
      });
    }
    await tmux.shows(/end2/);
    for (const line of (await tmux.lines()).slice(1, -2)) {
      const [side = ""] = line.split("\u2502");
      assert.equal(side.length, 16, line);
    }
  }));

test("full screen: the window changes its size", () =>
  withChat(async ({ tmux, bob }) => {
    await bob.ask({
      type: "send",
      room: "lobby",
      body: "one two three four five six seven eight nine",
    });
    await tmux.shows(/seven eight nine/);
    await tmux.type("being written");
    for (const [columns, rows] of [[40, 10], [20, 5], [120, 40], [80, 24]] as const) {
      await tmux.resize(columns, rows);
      await tmux.shows(/> being written\s*$/);
      await eventually("it is painted in this size", async () => {
        const lines = await tmux.lines();
        return lines.length === rows && lines.at(-1)?.startsWith("> being written");
      });
      assert.equal((await tmux.state()).cursor, `15,${rows - 1}`);
    }
    await tmux.shows(/^ lobby[^]*one two three/);
  }));

test("full screen: Ctrl-Z suspends, fg goes on, and the chat with it", () =>
  withChat(async ({ tmux, bob }) => {
    await tmux.type("half a line");
    await tmux.shows(/> half a line/);
    await tmux.press("C-z");
    await tmux.shows(/Stopped[^]*shell>$/m);
    assert.equal((await tmux.state()).isAlternate, false);
    await tmux.enter("echo the shell echoes");
    await tmux.shows(/^the shell echoes/m);
    await bob.ask({ type: "send", room: "lobby", body: "while you were away" });
    await tmux.enter("fg");
    await tmux.shows(/^ lobby[^]*while you were away[^]*> half a line/);
    assert.equal((await tmux.state()).isAlternate, true);
    await tmux.press("Enter");
    await bob.heard("half a line");
  }));

for (const [signal, code] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  test(`full screen: ${signal} gives the terminal back`, () =>
    withChat(async ({ tmux }) => {
      const [pid = 0] = await tmux.children();
      Deno.kill(pid, signal);
      await tmux.shows(/shell>$/m);
      assert.equal((await tmux.state()).isAlternate, false);
      await tmux.enter("echo code $?");
      await tmux.shows(new RegExp(`^code ${code}`, "m"));
    }));
}

test("full screen: a server that cannot be reached is told behind it", () =>
  withDataFolder(async (folder) => {
    await using tmux = await Tmux.open(folder);
    await tmux.chatnode("client", "tcp://127.0.0.1:1", "--name", "alice");
    await tmux.shows(
      /chatnode: Cannot connect to 127\.0\.0\.1:1: nobody listens there[^]*shell>$/m,
    );
    assert.equal((await tmux.state()).isAlternate, false);
  }));

test("full screen: with a server of the original protocol", () =>
  withDataFolder(async (folder) => {
    await using server = await OriginalServer.start();
    await using other = new OriginalClient(server.port, "Ear");
    await eventually("Ear came", () => server.told.length === 1);
    await using tmux = await Tmux.open(folder);
    await tmux.chatnode("client", `tcp://127.0.0.1:${server.port}`, "--name", "alice");
    await tmux.shows(/\u25cf alice@/);
    await tmux.enter("hello");
    await tmux.shows(/alice {2}hello/);
    await tmux.enter("/search x");
    await tmux.shows(/Cannot search: the original protocol/);
    await tmux.enter("exit");
    await tmux.shows(/shell>$/m);
    await other.hears(
      ...["[+] alice has joined the chat!", "alice: hello", "[-] alice has left the chat."],
    );
  }));
