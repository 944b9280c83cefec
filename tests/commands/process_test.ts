/** The real program, as a process of its own. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { inFolder } from "../config/folder.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };
const MAIN = join(import.meta.dirname ?? ".", "..", "..", "main.ts");
const RUN = ["run", "--no-prompt", "--allow-read", "--allow-env", MAIN];

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `chatnode` in `cwd` with that environment and no other. */
async function chatnode(
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string>; run?: readonly string[] },
): Promise<Outcome> {
  // The cache of the runtime is found by HOME or DENO_DIR.
  const cache = Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "", ".cache", "deno");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...options.run ?? RUN, ...args],
    cwd: options.cwd,
    clearEnv: true,
    env: { DENO_DIR: cache, HOME: options.cwd, NO_COLOR: "1", ...options.env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const runs: readonly {
  why: string;
  args: string[];
  files?: Record<string, string>;
  env?: Record<string, string>;
  code: number;
  stdout?: RegExp;
  stderr?: string;
}[] = [
  { why: "version", args: ["version"], code: 0, stdout: /^chatnode +\d+\.\d+\.\d+\n/ },
  { why: "help", args: ["help"], code: 0, stdout: /^chatnode: / },
  {
    why: "a good file",
    args: ["config", "check"],
    files: { "chatnode.jsonc": '{ "port": 1 }' },
    code: 0,
    stdout: /1 set, the others default; chatnode\.jsonc/,
  },
  {
    why: "a bad file",
    args: ["config", "check"],
    files: { "chatnode.jsonc": '{\n  "port": 1,\n  "prot": 2,\n}' },
    code: 2,
    stderr: 'chatnode: Cannot set "prot" from chatnode.jsonc:3:3: no setting has that name.\n' +
      "  Did you mean port?\n",
  },
  {
    why: "a bad environment",
    args: ["config", "print"],
    env: { CHATNODE_RETENTION: "soon" },
    code: 2,
    stderr:
      'chatnode: Cannot set retention from CHATNODE_RETENTION: "soon" is not a time from 1d ' +
      "to 36500d, or off.\n  Write a number and ms, s, m, h or d, for example 30m.\n",
  },
  {
    why: "a bad flag",
    args: ["config", "check", "--regstration", "open"],
    code: 2,
    stderr: "chatnode: Cannot use --regstration: there is no such flag.\n" +
      "  Did you mean --registration?\n",
  },
];

for (const { why, args, files, env, code, stdout, stderr } of runs) {
  Deno.test(`the program: ${why}`, strict, () =>
    inFolder(files ?? {}, async (cwd) => {
      const found = await chatnode(args, { cwd, ...(env === undefined ? {} : { env }) });
      assert.equal(found.stderr, stderr ?? "");
      assert.match(found.stdout, stdout ?? /^$/);
      assert.equal(found.code, code);
    }));
}

Deno.test(
  "the program: without permissions it says which is missing or does without",
  strict,
  () =>
    inFolder({}, async (cwd) => {
      const run = ["run", "--no-prompt", MAIN];
      const version = await chatnode(["version"], { cwd, run });
      assert.equal(version.code, 0);
      const named = await chatnode(["config", "check", "--config", "x", "--data", "d"], {
        cwd,
        run,
      });
      assert.equal(named.code, 2);
      assert.equal(
        named.stderr,
        "chatnode: Cannot read x: the program runs without --allow-read for it.\n",
      );
    }),
);

Deno.test(
  "the program: a reader that goes away is no error",
  strict,
  () =>
    inFolder({}, async (cwd) => {
      const driver = `set -o pipefail; "$@" | head -c 1 > /dev/null; echo "\${PIPESTATUS[0]}"`;
      const program = [Deno.execPath(), ...RUN, "completions", "bash"];
      const cache = Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "", ".cache", "deno");
      const { stdout, stderr } = await new Deno.Command("bash", {
        args: ["-c", driver, "bash", ...program],
        cwd,
        env: { HOME: cwd, DENO_DIR: cache },
      }).output();
      assert.equal(new TextDecoder().decode(stderr), "");
      assert.equal(new TextDecoder().decode(stdout), "0\n");
    }),
);

Deno.test(
  "the program: a full disk behind stdout is told in a sentence",
  { ...strict, ignore: Deno.build.os !== "linux" },
  () =>
    inFolder({}, async (cwd) => {
      const cache = Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "", ".cache", "deno");
      const { code, stderr } = await new Deno.Command("sh", {
        args: ["-c", `exec "$@" > /dev/full`, "sh", Deno.execPath(), ...RUN, "help"],
        cwd,
        env: { HOME: cwd, DENO_DIR: cache, NO_COLOR: "1" },
      }).output();
      assert.equal(
        new TextDecoder().decode(stderr),
        "chatnode: Cannot write to stdout: no space is left.\n",
      );
      assert.equal(code, 1);
    }),
);

Deno.test("the program asks the person at a real terminal and shows nothing typed", {
  ...strict,
  ignore: !await hasScript(),
}, () =>
  inFolder({}, async (cwd) => {
    const probe = join(cwd, "probe.ts");
    const here = dirname(MAIN);
    await Deno.writeTextFile(
      probe,
      `import { systemIo } from ${JSON.stringify(join(here, "src/commands/system_io.ts"))};
       import { askSecret } from ${JSON.stringify(join(here, "src/commands/terminal.ts"))};
       const secret = await askSecret(systemIo(), "Password");
       console.log("length " + secret.length);
       Deno.exit(0);`,
    );
    const command = `${Deno.execPath()} run -A --no-check ${probe}`;
    const child = new Deno.Command("script", {
      args: ["--quiet", "--command", command, "/dev/null"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    let shown = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      const asked = shown.includes("Password");
      shown += decoder.decode(chunk, { stream: true });
      // Typed only once it asks: before, the terminal itself would echo.
      if (!asked && shown.includes("Password: ")) {
        await writer.write(new TextEncoder().encode("hunterr\x7f22\r"));
      }
    }
    await writer.close();
    assert.ok((await child.status).success);
    assert.match(shown, /length 8/);
    assert.doesNotMatch(shown, /hunter/);
  }));

async function hasScript(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("script", { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
}
