/** `chatnode account login` as a process of its own, with the permissions that it is shipped with. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { PERMISSIONS } from "../../tasks/runtime.ts";
import { Browser } from "../harness/browser.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { inTime } from "../harness/eventually.ts";
import { signIn, withProvider } from "../harness/oidc_provider.ts";
import { runProgram } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";

const MAIN = join(import.meta.dirname ?? ".", "..", "..", "main.ts");

interface Running {
  readonly child: Deno.ChildProcess;
  /** What it has said until `pattern` matched; the first group of it. */
  said(pattern: RegExp): Promise<string>;
  end(): Promise<Deno.CommandStatus>;
}

function start(folder: string, args: readonly string[]): Running {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", ...PERMISSIONS, MAIN, "account", "login", ...args],
    env: { CHATNODE_DATA: folder, NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const said = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const match = pattern.exec(text);
      if (match !== null) return match[1] ?? "";
      const { value, done } = await inTime(`${pattern}`, reader.read(), 60_000);
      if (done) assert.fail(`it ended and had said: ${text}`);
      text += value;
    }
  };
  const end = async () => {
    const status = await inTime("its end", child.status, 60_000);
    await reader.cancel();
    return status;
  };
  return { child, said, end };
}

test("a login by browser and one by code, kept for the next process", async () => {
  await withProvider(async ({ issuer }) => {
    await withDataFolder(async (folder) => {
      const where = ["--provider", issuer, "--client-id", "terminal"];
      const first = start(folder, [...where, "--redirect-port", "0"]);
      const browser = new Browser();
      const back = await signIn(browser, await first.said(/^(http\S+)$/m), "alice");
      assert.ok(back instanceof URL);
      assert.match((await browser.ask(back)).text, /You are alice@example\.org/);
      await first.said(/(Signed in as alice@example\.org)/);
      assert.equal((await first.end()).code, 0);

      // Nothing but the wait for the next question keeps this one alive.
      const second = start(folder, [...where, "--device"]);
      await signIn(new Browser(), await second.said(/or open (\S+)/), "bob");
      await second.said(/(Signed in as bob@example\.org)/);
      assert.equal((await second.end()).code, 0);

      const who = await runProgram(["account", "whoami", "--all", "--data", folder]);
      assert.equal(who.code, 0, who.stderr);
      assert.match(who.stdout, /^\* +bob@example\.org[^]*^ +alice@example\.org/m);
    });
  });
});

test("Ctrl-C ends both waits", async () => {
  await withProvider(async ({ issuer }) => {
    await withDataFolder(async (folder) => {
      const where = ["--provider", issuer, "--client-id", "terminal"];
      for (const how of [["--redirect-port", "0"], ["--device"]]) {
        const login = start(folder, [...where, ...how]);
        await login.said(/(Waiting until)/);
        login.child.kill("SIGINT");
        assert.equal((await login.end()).code, 130);
      }
    });
  });
});
