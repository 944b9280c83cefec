/** Logs of conversations, written beside the history: what Pidgin and the old clients would write. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Draft } from "../../../src/history/contract.ts";
import { findLogs } from "../../../src/history/logs/find.ts";
import { appendMissing } from "../../../src/history/logs/log_file.ts";
import { LogWriter } from "../../../src/history/logs/log_writer.ts";
import { pidginName, spelledName } from "../../../src/history/logs/folder_names.ts";
import type { WrittenFormatName } from "../../../src/history/logs/write_format.ts";
import { FORMATS } from "../../../src/history/logs/write_formats.ts";
import { openHistory } from "../../../src/history/open.ts";
import { getLogger } from "../../../src/log.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";
import { TempFolder } from "../temp_folder.ts";

const ROOM = "xmpp:me@example.com/bob@example.com";
const START = Date.parse("2026-11-20T07:45:35.500Z");

interface Stage {
  readonly folder: string;
  readonly clock: ManualClock;
  say(sender: string, body: string, msgtype?: string, room?: string): Promise<string>;
  edit(sender: string, id: string, body: string): Promise<void>;
  /** Ends the log writer and begins another one. */
  restart(): Promise<void>;
  /** Every file below the folder with its text, once everything is written. */
  files(): Promise<Record<string, string>>;
}

async function withLogs(
  format: WrittenFormatName,
  body: (stage: Stage) => Promise<void>,
): Promise<void> {
  await using folder = await TempFolder.make();
  const clock = new ManualClock(START);
  const history = await openHistory({ dir: join(folder.path, "data"), clock });
  const logs = join(folder.path, "purple");
  const start = () =>
    LogWriter.start({
      history,
      format: FORMATS[format],
      folder: logs,
      cursors: join(folder.path, "data", "logs.json"),
      zone: "Europe/Berlin",
      clock,
      logger: getLogger(["test"]),
    });
  let writer = await start();
  const append = async (draft: Omit<Draft, "room"> & { room?: string }) =>
    (await history.append({ room: ROOM, ...draft })).stored.event.event_id;
  try {
    await body({
      folder: logs,
      clock,
      say: (sender, text, msgtype = "m.text", room = ROOM) =>
        append({ room, sender, type: "m.room.message", content: { body: text, msgtype } }),
      edit: async (sender, replaces, text) => {
        const new_content = { body: text, msgtype: "m.text" };
        await append({ sender, type: "m.room.edit", content: { replaces, new_content } });
      },
      restart: async () => {
        await writer.close();
        writer = await start();
      },
      files: async () => {
        await writer.written();
        return await texts(logs);
      },
    });
  } finally {
    await writer.close();
    await history.close();
  }
}

async function texts(folder: string, within = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(join(folder, within))) {
    const path = within === "" ? name : `${within}/${name}`;
    if (isDirectory) Object.assign(found, await texts(folder, path));
    else found[path] = await Deno.readTextFile(join(folder, path));
  }
  return found;
}

async function talk({ say, edit, clock }: Stage): Promise<void> {
  await say("me@example.com", "hi <b>");
  clock.advance(1000);
  const id = await say("bob@example.com", "one\ntwo");
  await edit("bob@example.com", id, "three");
  await say("bob@example.com", "waves", "m.emote");
  await say("me@example.com", "created", "m.notice");
}

const TALKS: readonly (readonly [WrittenFormatName, Record<string, string>])[] = [
  ["daily", {
    "logs/xmpp/bob_at_example.com/2026-11-20.txt": "[08:45:35] You: hi <b>\n" +
      "[08:45:36] bob@example.com: one\ntwo\n[08:45:36] bob@example.com: * three\n" +
      "[08:45:36] bob@example.com: /me waves\n[08:45:36] AI Bot: created\n",
  }],
  ["numbered", {
    "logs/me_at_example.com/bob_at_example.com/2026-11-20_001.txt":
      "(2026-11-20 08:45:35) Me: hi <b>\n(2026-11-20 08:45:36) bob@example.com: one\ntwo\n" +
      "(2026-11-20 08:45:36) bob@example.com: * three\n" +
      "(2026-11-20 08:45:36) bob@example.com: /me waves\n(2026-11-20 08:45:36) AI Bot: created\n",
  }],
  ["pidgin-text", {
    "logs/jabber/me@example.com/bob@example.com/2026-11-20.084535+0100CET.txt":
      "Conversation with bob@example.com at Fri Nov 20 08:45:35 2026 on me@example.com (jabber)\n" +
      "(08:45:35) me@example.com: hi <b>\n(08:45:36) bob@example.com: one\ntwo\n" +
      "(08:45:36) bob@example.com: * three\n(08:45:36) ***bob@example.com waves\n" +
      "(08:45:36) AI Bot: created\n",
  }],
];

for (const [format, expected] of TALKS) {
  test(`${format}: a conversation as it is read by people`, () =>
    withLogs(format, async (stage) => {
      await talk(stage);
      assert.deepEqual(await stage.files(), expected);
    }));
}

test("Pidgin's HTML: escaped, and read back by the import", () =>
  withLogs("pidgin-html", async (stage) => {
    await talk(stage);
    const [[path = "", html = ""] = []] = Object.entries(await stage.files());
    assert.match(path, /2026-11-20\.084535\+0100CET\.html$/);
    assert.match(html, /<b>me@example\.com:<\/b><\/span> hi &lt;b&gt;<br>\n/);
    const { signal } = new AbortController();
    const { files: [log] } = await findLogs(join(stage.folder, path), {
      format: "pidgin",
      account: undefined,
      signal,
    });
    assert.ok(log);
    const read = log.read(html, { ...log, zone: log.offset ?? "UTC" });
    assert.deepEqual(
      read.lines.map(({ time, speaker: { kind }, body }) => [time % 86_400_000, kind, body]),
      [
        [27_935_000, "self", "hi <b>"],
        [27_936_000, "peer", "one\ntwo"],
        [27_936_000, "peer", "* three"],
        [27_936_000, "named", "waves"],
        [27_936_000, "self", "created"],
      ],
    );
  }));

test("numbered: a closed conversation goes on in the next file", () =>
  withLogs("numbered", async (stage) => {
    await stage.say("me@example.com", "I am Closing Ticket 4");
    await stage.say("me@example.com", "again");
    assert.deepEqual(Object.keys(await stage.files()).map((path) => path.slice(-18)), [
      "2026-11-20_001.txt",
      "2026-11-20_002.txt",
    ]);
  }));

test("a restart writes nothing twice and leaves nothing out", () =>
  withLogs("pidgin-text", async (stage) => {
    await stage.say("bob@example.com", "before");
    await stage.restart();
    await stage.say("bob@example.com", "after");
    const text = Object.values(await stage.files()).join("");
    assert.equal(text.match(/before/g)?.length, 1);
    assert.equal(text.match(/after/g)?.length, 1);
  }));

test("a room of several has nicknames and Pidgin's folder for it", () =>
  withLogs("pidgin-text", async (stage) => {
    const room = "xmpp:me@example.com/den@muc.example.com";
    await stage.say("den@muc.example.com/zoe", "all", "m.text", room);
    const [[path = "", text = ""] = []] = Object.entries(await stage.files());
    assert.match(path, /den@muc\.example\.com\.chat/);
    assert.match(text, /\) zoe: all\n$/);
  }));

test("rooms of other doors have no logs", () =>
  withLogs("daily", async (stage) => {
    await Deno.mkdir(stage.folder);
    await stage.say("bob@node", "public", "m.text", "lobby");
    assert.deepEqual(await stage.files(), {});
  }));

test("lines that a crash left behind are not written twice, a cut one is ended", async () => {
  await using folder = await TempFolder.make();
  const path = join(folder.path, "log.txt");
  await Deno.writeTextFile(path, "old\none\ntw");
  await appendMissing(path, ["two\n", "three\n"]);
  assert.equal(await Deno.readTextFile(path), "old\none\ntw\ntwo\nthree\n");
  await appendMissing(path, ["two\n", "three\n", "four\n"]);
  assert.equal(await Deno.readTextFile(path), "old\none\ntw\ntwo\nthree\nfour\n");
});

const NAMES: readonly (readonly [why: string, text: string, name: string])[] = [
  ["a parent folder", "..", "%2e."],
  ["a hidden file", ".ssh@x", "%2essh@x"],
  ["a path", "../../etc/passwd@x", "%2e.%2f..%2fetc%2fpasswd@x"],
  ["other scripts", "\u00e9@x", "%c3%a9@x"],
  ["controls", "a\u0000\n@x", "a%00%0a@x"],
  ["nothing", "", "%"],
];

for (const [why, text, name] of NAMES) {
  test(`a folder's name is never ${why}`, () => {
    assert.equal(pidginName(text), name);
    assert.equal(spelledName(text), name.replaceAll("@", "_at_"));
  });
}

test("a long name is cut and stays its own", () => {
  const [a, b] = ["a", "b"].map((end) => pidginName("x".repeat(400) + end));
  assert.ok(a !== undefined && a.length <= 240);
  assert.notEqual(a, b);
});
