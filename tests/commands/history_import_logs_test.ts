/** `chatnode history import --from`: whole folders of other programs' logs, through the command. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { run } from "../../src/commands/cli.ts";
import { openHistory } from "../../src/history/open.ts";
import { test } from "../harness/test.ts";
import { TempFolder } from "../history/temp_folder.ts";
import { memoryIo } from "./memory_io.ts";

const BOB = "xmpp:me@example.com/bob@example.com";

async function history(folder: string, ...args: string[]) {
  const environment = { HOME: folder, CHATNODE_DATA: join(folder, "data"), NO_COLOR: "1" };
  const io = { ...memoryIo({ environment, cwd: folder }), clock: systemClock };
  const code = await run(["history", ...args], io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
}

interface Exported {
  readonly room_id: string;
  readonly sender_id: string;
  readonly timestamp_ms: number;
  readonly content: { readonly body: string; readonly msgtype: string };
}

/** Everything stored, as `sender time: body`, by room, in the order of time. */
async function stored(folder: string): Promise<Record<string, string[]>> {
  const { out } = await history(folder, "export");
  const events = out.trimEnd().split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Exported)
    .sort((a, b) => a.timestamp_ms - b.timestamp_ms);
  const rooms: Record<string, string[]> = {};
  for (const { room_id, sender_id, timestamp_ms, content: { body, msgtype } } of events) {
    const time = new Date(timestamp_ms).toISOString().slice(5, 19);
    const kind = msgtype === "m.text" ? "" : ` (${msgtype})`;
    (rooms[room_id] ??= []).push(`${sender_id} ${time}${kind}: ${body}`);
  }
  return rooms;
}

const PIDGIN = {
  "purple/logs/jabber/me@example.com/bob@example.com/2025-11-20.084535+0100CET.txt":
    "Conversation with bob@example.com at Fri 20 Nov 2025 on me@example.com/Desktop (jabber)\n" +
    "(08:45:35) Bobby: hi\n(08:45:36) Mick: hello\n(08:45:36) Bobby: hi\n",
  "purple/logs/jabber/me@example.com/bob@example.com/2025-11-20.084535+0100CET.html":
    '<html><body>\n<span style="color: #A82F2F"><span style="font-size: smaller">(08:45:35)</span>' +
    " <b>Bobby:</b></span> hi<br>\n</body></html>\n",
  "purple/logs/jabber/me@example.com/carol@example.com/2025-11-21.000000+0100CET.txt":
    "Conversation with carol@example.com (jabber)\n(00:00:01) Mick: one\n(00:00:02) carol: two\n",
  "purple/logs/jabber/me@example.com/room@conference.example.com.chat/2025-11-20.10000000.txt":
    "Conversation with room (jabber)\n(10:00:00) zoe: all\n(10:00:01) zoe entered the room.\n",
  "purple/logs/jabber/me@example.com/.system/2025-11-20.084535+0100CET.txt": "signed on\n",
  "purple/logs/irc/me/bob/2025-11-20.084535+0100CET.txt": "(08:45:35) x: y\n",
};

test("Pidgin's folder: people found out by their names, formats together, once", async () => {
  await using folder = await TempFolder.make();
  await write(folder.path, PIDGIN);
  const args = ["import", "--from", "pidgin", "purple", "--zone", "UTC"];
  const first = await history(folder.path, ...args);
  assert.deepEqual([first.code, first.err], [0, ""]);
  assert.match(first.out, /^files +4$/m);
  assert.match(first.out, /^other files +2$/m);
  assert.match(first.out, /^stored +6$/m);
  assert.match(first.out, /^already here +1$/m);
  const expected = {
    [BOB]: [
      "bob@example.com 11-20T07:45:35: hi",
      "me@example.com 11-20T07:45:36: hello",
      "bob@example.com 11-20T07:45:36: hi",
    ],
    "xmpp:me@example.com/carol@example.com": [
      "me@example.com 11-20T23:00:01: one",
      "carol@example.com 11-20T23:00:02: two",
    ],
    "xmpp:me@example.com/room@conference.example.com": [
      "room@conference.example.com/zoe 11-20T10:00:00: all",
    ],
  };
  const byTime = await stored(folder.path);
  for (const [room, lines] of Object.entries(expected)) {
    assert.deepEqual(byTime[room]?.toSorted(), lines.toSorted());
  }

  const again = await history(folder.path, ...args);
  assert.match(again.out, /^stored +0$/m);
  assert.match(again.out, /^already here +7$/m);
  const verified = await history(folder.path, "verify");
  assert.equal(verified.code, 0, verified.out + verified.err);
  assert.match((await history(folder.path, "search", "hello")).out, /me@example\.com/);
});

test("a person at a terminal sees how far an import is", async () => {
  await using folder = await TempFolder.make();
  await write(folder.path, PIDGIN);
  const environment = {
    HOME: folder.path,
    CHATNODE_DATA: join(folder.path, "data"),
    NO_COLOR: "1",
  };
  let passed = 0;
  const io = {
    ...memoryIo({ environment, cwd: folder.path, columns: 80 }),
    // Each look at the clock finds it a second later: nothing is over before it can be seen.
    clock: { ...systemClock, monotonic: () => passed += 1_000 },
  };
  const args = ["history", "import", "--from", "pidgin", "purple", "--zone", "UTC"];
  assert.equal(await run(args, io), 0);
  const shown = [...io.stderr.text.matchAll(/\rImporting [^\r]* (\d+)% of [\d.]+ ?\w+/g)]
    .map(([, percent]) => Number(percent));
  assert.ok(shown.length > 1, io.stderr.text);
  assert.deepEqual(shown, shown.toSorted((a, b) => a - b));
  assert.match(io.stderr.text, /\rImporting: [\d.]+ ?\w+ in \d+/);
});

test("what a live conversation stored is not imported again, what was said twice stays", async () => {
  await using folder = await TempFolder.make();
  const live = await openHistory({ dir: join(folder.path, "data") });
  const said = async (body: string) =>
    (await live.append({
      room: BOB,
      sender: "me@example.com",
      type: "m.room.message",
      content: { body, msgtype: "m.text" },
    })).stored.event.timestamp_ms;
  const first = await said("ok");
  await said("late");
  await live.close();
  const clock = (ms: number) => new Date(ms).toISOString().slice(11, 19);
  const day = new Date(first).toISOString().slice(0, 10);
  await write(folder.path, {
    [`logs/xmpp/bob_at_example.com/${day}.txt`]: `[${clock(first)}] You: ok\n[${
      clock(first)
    }] You: ok\n[${clock(first)}] You: late\n`,
  });
  const args = ["--zone", "UTC", "--account", "me@example.com"];
  const report = await history(folder.path, "import", "--from", "daily", "logs", ...args);
  assert.match(report.out, /^stored +1$/m, report.err);
  assert.match(report.out, /^already here +2$/m);
  assert.equal((await stored(folder.path))[BOB]?.length, 3);
});

test("numbered files: the bot is told apart", async () => {
  await using folder = await TempFolder.make();
  await write(folder.path, {
    "x/logs/me_at_example.com/bob_at_example.com/2025-11-20_001.txt":
      "(2025-11-20 08:00:00) bob@example.com/p: /help\n(2025-11-20 08:00:01) AI Bot: created\n",
  });
  const report = await history(folder.path, "import", "--from", "numbered", "x", "--zone", "UTC");
  assert.equal(report.code, 0, report.err);
  assert.deepEqual(await stored(folder.path), {
    [BOB]: [
      "bob@example.com 11-20T08:00:00: /help",
      "me@example.com 11-20T08:00:01 (m.notice): created",
    ],
  });
});

test("what cannot be imported is named by file and line", async () => {
  await using folder = await TempFolder.make();
  await write(folder.path, {
    "logs/xmpp/bob_at_example.com/2025-11-20.txt": `?\n[08:00:00] You: ${"x".repeat(300_000)}\n`,
    "logs/xmpp/bob_at_example.com/2999-11-20.txt": "[08:00:00] You: future\n",
  });
  const args = ["import", "--from", "daily", "logs", "--account", "me@example.com"];
  const report = await history(folder.path, ...args);
  assert.equal(report.code, 1);
  assert.match(report.err, /2025-11-20\.txt, line 1: it is no line of this format/);
  assert.match(report.err, /2025-11-20\.txt, line 2: its message is too long/);
  assert.match(report.err, /2999-11-20\.txt, line 1: its time is none/);
});

const REFUSED: readonly (readonly [why: string, args: readonly string[], says: RegExp])[] = [
  ["daily logs do not say whose they are", ["--from", "daily", "logs"], /--account/],
  ["a folder without a log", ["--from", "pidgin", "logs"], /no pidgin log is in it/],
  ["a path that is not there", ["--from", "pidgin", "nowhere"], /there is no such file/],
  ["a zone that is none", ["--from", "pidgin", "logs", "--zone", "Mars/Base"], /time zone/],
  ["an account that is no address", ["--from", "daily", "logs", "--account", "me"], /address/],
];

for (const [why, args, says] of REFUSED) {
  test(`refused: ${why}`, async () => {
    await using folder = await TempFolder.make();
    await Deno.mkdir(join(folder.path, "logs"));
    const { code, err } = await history(folder.path, "import", ...args);
    assert.equal(code, 2);
    assert.match(err, says);
  });
}
