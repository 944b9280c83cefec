/** A write that a power cut tore: the rest of the line is cut off, kept aside and reported. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { withDataFolder } from "../harness/data_folder.ts";
import { startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { filesOf } from "./folders.ts";
import { V1Client } from "./v1_client.ts";

const LF = 0x0a;

/** What the disk holds of the last line; a line is filled up with LF, as the journal is ahead. */
const tears: readonly { why: string; tear: (line: Uint8Array) => Uint8Array }[] = [
  { why: "the file ends in it", tear: (line) => line.slice(0, Math.floor(line.length / 2)) },
  {
    why: "its second half was never written",
    tear: (line) => line.map((byte, index) => index > line.length / 2 ? LF : byte),
  },
  { why: "one byte of it is there", tear: (line) => line.slice(0, 1) },
  { why: "all but its last two bytes", tear: (line) => line.slice(0, -2) },
];

for (const { why, tear } of tears) {
  test(
    "a torn last line is cut and reported, everything before it is there",
    () =>
      withDataFolder(async (data) => {
        {
          await using server = await startServer({ data });
          const alice = await server.enter("alice");
          for (const text of ["one", "two", "three"]) await alice.say("alice", text);
          await server.kill();
        }
        const journal = join(data, "history", "journal", "00000001.jsonl");
        await tearLastLine(journal, tear);

        await using server = await startServer({ data });
        assert.match(server.stderr, /A write was cut off: journal\/00000001\.jsonl at byte \d+/);
        assert.ok(!server.stderr.includes("three"), "no message's text in a log");
        const { token } = await server.api.login("alice", "correct horse");
        await using v1 = await V1Client.open(server.ws, token);
        await v1.ask({ type: "send", room: "lobby", body: "four" });
        const page = await v1.ask({ type: "history", room: "lobby" });
        const events = page["events"] as { event: { content: { body: string } } }[];
        assert.deepEqual(events.map(({ event }) => event.content.body), ["one", "two", "four"]);
        const kept = (await filesOf(data)).filter((path) => path.startsWith("history/quarantine/"));
        assert.equal(kept.length, 1, "what was cut off is kept");
        assert.deepEqual(await server.stop(), { code: 0, signal: null });

        await using again = await startServer({ data });
        assert.equal(again.stderr, "", "it is reported once");
      }),
    { why },
  );
}

async function tearLastLine(path: string, tear: (line: Uint8Array) => Uint8Array): Promise<void> {
  const bytes = await Deno.readFile(path);
  let end = bytes.length;
  while (bytes[end - 1] === LF) end--;
  const start = bytes.lastIndexOf(LF, end - 1) + 1;
  const torn = tear(bytes.slice(start, end + 1));
  const file = new Uint8Array(start + torn.length);
  file.set(bytes.subarray(0, start));
  file.set(torn, start);
  await Deno.writeFile(path, file);
}
