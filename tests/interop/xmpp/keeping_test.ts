/** What `chatnode client xmpp:...` keeps of conversations, with a real server: history and logs. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import { type MessageEvent, messages } from "../../../src/transports/xmpp/features/messages.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { runProgram } from "../../harness/server_process.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { withServer, type XmppServer } from "./servers/servers.ts";

async function alice(
  server: XmppServer,
  data: string,
  input: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>[]> {
  const where = ["--connect", `xmpp://127.0.0.1:${server.ports.starttls}`];
  const trust = ["--ca", server.certificates.caFile, "--data", data];
  const room = ["--room", "bob@localhost"];
  const args = ["client", "xmpp:alice@localhost", "--json", ...room, ...where, ...trust];
  const { code, stdout, stderr } = await runProgram(args, {
    input: input.map((line) => `${line}\n`).join(""),
    env: { XMPP_PASSWORD: "alice-pw", TZ: "UTC", ...env },
  });
  assert.equal(code, 0, stderr);
  return stdout.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}

/** Texts of the events that were printed. */
function bodies(lines: readonly Record<string, unknown>[]): unknown[] {
  return lines.filter(({ type }) => type === "m.room.message")
    .map(({ content }) => (content as { body?: string }).body);
}

async function filesBelow(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) {
      for (const [below, text] of Object.entries(await filesBelow(join(folder, name)))) {
        found[`${name}/${below}`] = text;
      }
    } else found[name] = await Deno.readTextFile(join(folder, name));
  }
  return found;
}

test("what was said is there at the next start, once, and is searched and logged", async (context) => {
  await withServer("prosody", (server) =>
    withDataFolder(async (data) => {
      const purple = join(data, "purple");
      const bob = new XmppClient({
        user: "bob",
        service: `xmpp://127.0.0.1:${server.ports.starttls}`,
        ca: server.certificates.ca,
        features: FEATURES,
      });
      await using online = await bob.online();

      await context.step("both sides are kept", async () => {
        await online.session.use(messages).send({ to: "alice@localhost", body: "the red one" })
          .accepted;
        const said = ['{"to":"bob@localhost","body":"the blue one"}'];
        await alice(server, data, said, { PURPLE_DIR: purple });
        await online.heard<MessageEvent>("message");
      });

      await context.step("and shown again by a later run, before anything new", async () => {
        const lines = await alice(server, data, ["/history 10"], { PURPLE_DIR: purple });
        const history = lines.find(({ type }) => type === "chatnode.history");
        const texts = bodies((history?.["events"] ?? []) as Record<string, unknown>[]);
        assert.deepEqual(texts.toSorted(), ["the blue one", "the red one"]);
      });

      await context.step("the history of the account is one that other commands read", async () => {
        const folder = join(data, "clients", "xmpp", "alice@localhost");
        const args = ["history", "search", "blue", "--data", folder];
        const { code, stdout, stderr } = await runProgram(args);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /the blue one/);
        assert.doesNotMatch(stdout, /red/);
      });

      await context.step("the log says who said what, and each once", async () => {
        const files = Object.entries(await filesBelow(purple));
        assert.equal(files.length, 1);
        const [[path, text] = ["", ""]] = files;
        assert.match(path, /^logs\/xmpp\/bob_at_localhost\/\d{4}-\d\d-\d\d\.txt$/);
        const said = text.trimEnd().split("\n").map((line) => line.replace(/^\[[\d:]{8}\] /, ""));
        assert.deepEqual(said.toSorted(), ["You: the blue one", "bob@localhost: the red one"]);
      });
    }));
});

const FORMATS = [
  { format: "numbered", path: /^logs\/alice_at_localhost\/bob_at_localhost\/[\d-]+_00[12]\.txt$/ },
  { format: "pidgin-text", path: /^logs\/jabber\/alice@localhost\/bob@localhost\/[^/]+\.txt$/ },
  { format: "pidgin-html", path: /^logs\/jabber\/alice@localhost\/bob@localhost\/[^/]+\.html$/ },
] as const;

test("logs in the other forms, and none unless they are wanted", async (context) => {
  await withServer("prosody", async (server) => {
    for (const { format, path } of FORMATS) {
      await context.step(format, () =>
        withDataFolder(async (data) => {
          const purple = join(data, "purple");
          const say = (body: string) => JSON.stringify({ to: "bob@localhost", body });
          await alice(server, data, [say("one"), say("closing ticket now"), say("two")], {
            CHATNODE_CHAT_LOGS: format,
            PURPLE_DIR: purple,
          });
          const files = await filesBelow(purple);
          assert.equal(Object.keys(files).length, format === "numbered" ? 2 : 1);
          for (const [name, text] of Object.entries(files)) {
            assert.match(name, path);
            assert.match(text, /one|two/);
          }
        }));
    }
    await context.step("off", () =>
      withDataFolder(async (data) => {
        const purple = join(data, "purple");
        const said = ['{"to":"bob@localhost","body":"quiet"}'];
        await alice(server, data, said, { CHATNODE_CHAT_LOGS_DIR: purple });
        await assert.rejects(Deno.stat(purple), Deno.errors.NotFound);
      }));
  });
});
