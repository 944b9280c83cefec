/** Passwords and tokens stand in no log, no error, no file and no list of arguments. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import { messages } from "../../../src/transports/xmpp/features/messages.ts";
import { PERMISSIONS } from "../../../tasks/runtime.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { eventually } from "../../harness/eventually.ts";
import { runProgram } from "../../harness/server_process.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { StrictDesk } from "../../transports/xmpp/tickets/strict_desk.ts";
import { withServer, type XmppServer } from "./servers/servers.ts";

const MAIN = join(import.meta.dirname ?? ".", "..", "..", "..", "main.ts");
const PASSWORD = "alice-pw";
const WRONG = "not-the-passw\u00f6rd";

/** The ways in which something may be written: itself, in base64 with what PLAIN says, escaped. */
function spellings(secret: string): readonly string[] {
  const bytes = (text: string): string => {
    return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  };
  return [secret, bytes(secret), bytes(`\0alice\0${secret}`), encodeURIComponent(secret)];
}

function assertSilent(text: string, where: string, ...secrets: readonly string[]): void {
  for (const secret of secrets) {
    for (const spelled of spellings(secret)) assert.ok(!text.includes(spelled), where);
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) paths.push(...await filesBelow(path));
    else if (isFile) paths.push(path);
  }
  return paths;
}

async function assertNoneIn(folder: string, ...secrets: readonly string[]): Promise<void> {
  const paths = await filesBelow(folder);
  assert.ok(paths.length > 0);
  for (const path of paths) {
    assertSilent(new TextDecoder("latin1").decode(await Deno.readFile(path)), path, ...secrets);
  }
}

function whereOf(server: XmppServer, data: string): readonly string[] {
  const connect = ["--connect", `xmpp://127.0.0.1:${server.ports.starttls}`];
  return [...connect, "--ca", server.certificates.caFile, "--data", data];
}

test("secrets: a service that logs everything, with a ticket system that refuses it", async () => {
  await using desk = new StrictDesk();
  await withServer("prosody", (server) =>
    withDataFolder(async (data) => {
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--quiet", "--no-check", ...PERMISSIONS, MAIN, "client"],
          ...["xmpp:alice@localhost", "--headless", "--json", ...whereOf(server, data)],
        ],
        env: {
          ...{ XMPP_PASSWORD: PASSWORD, API_BASE_URL: desk.base, API_TOKEN: desk.token },
          ...{ CHATNODE_LOG_LEVEL: "debug", NO_COLOR: "1" },
        },
        ...{ stdin: "null", stdout: "piped", stderr: "piped" },
      }).spawn();
      let said = "";
      const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
        for await (const text of stream.pipeThrough(new TextDecoderStream())) said += text;
      };
      const reading = Promise.all([read(child.stdout), read(child.stderr)]);
      try {
        await eventually("it is online", () => said.includes("chatnode.online"));
        const args = await Deno.readTextFile(`/proc/${child.pid}/cmdline`);
        assertSilent(args, "the arguments", PASSWORD, desk.token);
        // Whichever call comes first: none gets through.
        desk.faults = Array.from({ length: 50 }, () => ({ status: 401 }));
        await using bob = await new XmppClient({
          user: "bob",
          service: `xmpp://127.0.0.1:${server.ports.starttls}`,
          ca: server.certificates.ca,
          features: FEATURES,
        }).online();
        await bob.session.use(messages).send({ to: "alice@localhost", body: "/help me" }).accepted;
        await eventually("the refusal is told", () => said.includes("API_TOKEN"));
      } finally {
        child.kill("SIGTERM");
        await reading;
        await child.status;
      }
      assertSilent(said, "what it says", PASSWORD, desk.token);
      await assertNoneIn(data, PASSWORD, desk.token);
    }));
});

test("secrets: a wrong password is in no error, a kept one in no file", async () => {
  await withServer("prosody", (server) =>
    withDataFolder(async (data) => {
      const args = ["client", "xmpp:alice@localhost", "--json", ...whereOf(server, data)];
      const run = (env: Readonly<Record<string, string>>, ...more: readonly string[]) =>
        runProgram([...args, ...more], {
          input: '{"to":"bob@localhost","body":"hi"}\n',
          env: { CHATNODE_LOG_LEVEL: "debug", ...env },
        });
      const refused = await run({ XMPP_PASSWORD: WRONG });
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /the name or the password is wrong/);
      assertSilent(refused.stdout + refused.stderr, "a refusal", WRONG);

      const kept = await run({ XMPP_PASSWORD: PASSWORD }, "--remember");
      assert.equal(kept.code, 0, kept.stderr);
      const again = await run({});
      assert.equal(again.code, 0, again.stderr);
      assertSilent(kept.stdout + kept.stderr + again.stdout + again.stderr, "a run", PASSWORD);
      await assertNoneIn(data, PASSWORD, WRONG);

      const misspelt = await run({}, `--password=${WRONG}`);
      assert.equal(misspelt.code, 2);
      assertSilent(misspelt.stdout + misspelt.stderr, "an unknown flag's value", WRONG);
    }));
});
