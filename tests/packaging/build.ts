/** `deno task build` and `deno task start` in a copy of the project. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../../tasks/build.ts";
import { capture, type Outcome } from "../../tasks/program.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { inTime } from "../harness/eventually.ts";
import { linesOf } from "../../tasks/testing/quiet.ts";
import { test } from "../harness/test.ts";

/** Runs `body` in a copy of what the build reads. */
async function withCopy(body: (copy: string) => Promise<void>): Promise<void> {
  await withDataFolder(async (folder) => {
    const parts = ["deno.json", "deno.lock", "LICENSE", "main.ts", "mod.ts", "src", "tasks"];
    const { success } = await new Deno.Command("cp", {
      args: ["-r", ...parts.map((name) => join(ROOT, name)), folder],
    }).output();
    assert.ok(success);
    await body(folder);
  });
}

function build(copy: string): Promise<Outcome> {
  return capture(Deno.execPath(), ["task", "--quiet", "build"], { cwd: copy });
}

async function version(copy: string): Promise<string> {
  const program = join(copy, "dist/chatnode.js");
  return (await capture(Deno.execPath(), ["run", "-A", "--no-config", program, "version"])).stdout;
}

test("a build is made once, and again when a source or what was built has changed", async () => {
  await withCopy(async (copy) => {
    const first = await build(copy);
    assert.match(first.stderr, /^Building dist \.\.\. \d/m);
    assert.equal(first.code, 0);
    assert.match(await version(copy), /^chatnode +\d/);

    const second = await build(copy);
    assert.deepEqual([second.code, second.stderr], [0, ""], "nothing to do, nothing to say");

    const source = join(copy, "src/commands/version.ts");
    const text = await Deno.readTextFile(source);
    await Deno.writeTextFile(source, text.replaceAll("chatnode: VERSION", 'chatnode: "changed"'));
    assert.match((await build(copy)).stderr, /^Building dist/m);
    assert.match(await version(copy), /^chatnode +changed/);

    await Deno.truncate(join(copy, "dist/chatnode.js"), 100);
    assert.match((await build(copy)).stderr, /^Building dist/m);
    assert.match(await version(copy), /^chatnode +changed/);
  });
});

test("builds at the same time do not disturb each other", async () => {
  await withCopy(async (copy) => {
    const all = await Promise.all(Array.from({ length: 3 }, () => build(copy)));
    assert.deepEqual(all.map(({ code }) => code), [0, 0, 0]);
    assert.match(await version(copy), /^chatnode +\d/);
    const left = (await Array.fromAsync(Deno.readDir(join(copy, "dist")))).map(({ name }) => name);
    assert.deepEqual(left.filter((name) => name.startsWith(".")), []);
  });
});

test("parts of the last build stay for programs that run, those before it go", async () => {
  await withCopy(async (copy) => {
    const source = join(copy, "src/commands/version.ts");
    const text = await Deno.readTextFile(source);
    const builds: string[] = [];
    for (const word of ["one", "two", "three"]) {
      await Deno.writeTextFile(source, text.replaceAll("chatnode: VERSION", `chatnode: "${word}"`));
      assert.equal((await build(copy)).code, 0);
      builds.push(await partOf(copy, `chatnode: "${word}"`));
    }
    const left = await parts(copy);
    assert.deepEqual(builds.map((name) => left.includes(name)), [false, true, true]);
    assert.equal(new Set(builds).size, 3, "another content, another name");
  });
});

/** The names of the scripts in the build. */
async function parts(copy: string): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(join(copy, "dist")))).map(({ name }) => name);
  return names.filter((name) => name.endsWith(".js"));
}

/** The part that holds `text`. */
async function partOf(copy: string, text: string): Promise<string> {
  for (const name of await parts(copy)) {
    if ((await Deno.readTextFile(join(copy, "dist", name))).includes(text)) return name;
  }
  throw new Error(`no part holds ${text}`);
}

test("a source that cannot be bundled fails with a sentence and leaves the last build", async () => {
  await withCopy(async (copy) => {
    await build(copy);
    await Deno.writeTextFile(join(copy, "main.ts"), 'import "./src/missing.ts";\n');
    const { code, stderr } = await build(copy);
    assert.equal(code, 1);
    assert.match(stderr, /^chatnode: Cannot bundle main\.ts: deno bundle failed\.\n {2}\S/m);
    assert.match(await version(copy), /^chatnode +\d/);
  });
});

/** The command that a newcomer types, with a data folder of its own. */
function start(copy: string, data: string): Deno.ChildProcess {
  // A process group of its own, as at a terminal, where Ctrl-C reaches everybody in it.
  return new Deno.Command("setsid", {
    args: [
      ...[Deno.execPath(), "task", "start"],
      ...["--host", "127.0.0.1", "--port", "0", "--data", data],
    ],
    cwd: copy,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

test("deno task start builds, serves, takes arguments and stops at Ctrl-C", async () => {
  await withCopy(async (copy) => {
    for (
      const [round, built] of [["first", /^Building/m], ["second", /^(?![^]*Building)/]] as const
    ) {
      const data = join(copy, "it's data");
      const child = start(copy, data);
      const stderr = new Response(child.stderr).text();
      let address: string | undefined;
      const reading = (async () => {
        for await (const line of linesOf(child.stdout)) {
          const found = /^chatnode is ready: (\S+)$/.exec(line)?.[1];
          if (found === undefined) continue;
          address = found;
          const { status } = await fetch(`${found}/healthz`).then(async (answer) => {
            await answer.body?.cancel();
            return answer;
          });
          assert.equal(status, 200);
          new Deno.Command("kill", { args: ["-INT", "--", `-${child.pid}`] }).outputSync();
        }
      })();
      await inTime(`the ${round} start and its end`, reading, 60_000);
      assert.ok(address !== undefined, "it said that it was ready");
      const { code, signal } = await child.status;
      assert.deepEqual([code, signal], [0, null]);
      assert.match(await stderr, built);
      assert.ok((await Deno.stat(join(data, "node.json"))).isFile, "the arguments arrived");
    }
  });
});
