/** Folders and ports that cannot be had: refused in a sentence, with a hint, and nothing changed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { withDataFolder } from "../harness/data_folder.ts";
import { runProgram, StartFailed, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { filesOf } from "./folders.ts";

const isRoot = Deno.uid() === 0;

/** What stands in the way, and what is said of it. */
const obstacles: readonly {
  why: string;
  /** Prepares, and returns the data folder to start with. */
  prepare: (folder: string) => Promise<string>;
  says: RegExp;
  /** Root may do everything. */
  unlessRoot?: true;
}[] = [
  {
    why: "the data folder is a file",
    async prepare(folder) {
      const path = join(folder, "file");
      await Deno.writeTextFile(path, "not a folder");
      return path;
    },
    says: /file/,
  },
  {
    why: "a file stands in the way to it",
    async prepare(folder) {
      await Deno.writeTextFile(join(folder, "file"), "not a folder");
      return join(folder, "file", "data");
    },
    says: /file/,
  },
  {
    why: "a folder has the name of a file",
    async prepare(folder) {
      const data = join(folder, "data");
      await Deno.mkdir(join(data, "node.json"), { recursive: true });
      return data;
    },
    says: /node\.json/,
  },
  {
    why: "a link leads to itself",
    async prepare(folder) {
      await Deno.symlink(join(folder, "loop"), join(folder, "loop"));
      return join(folder, "loop");
    },
    says: /loop/,
  },
  {
    why: "nobody may write there",
    async prepare(folder) {
      const data = join(folder, "data");
      await Deno.mkdir(data, { mode: 0o500 });
      return data;
    },
    says: /data/,
    unlessRoot: true,
  },
  {
    why: "it lies where nothing can be made",
    prepare: () => Promise.resolve("/proc/chatnode"),
    says: /\/proc\/chatnode/,
  },
];

for (const { why, prepare, says, unlessRoot } of obstacles) {
  Deno.test({
    name: `a data folder that cannot be used is refused in a sentence: ${why}`,
    ignore: (unlessRoot ?? false) && isRoot,
    sanitizeOps: true,
    sanitizeResources: true,
    fn: () =>
      withDataFolder(async (folder) => {
        const data = await prepare(folder);
        const before = await filesOf(folder);
        const error = await failing(startServer({ data }));
        assert.match(error.stderr, SENTENCE);
        assert.match(error.stderr, says);
        const made = (await filesOf(folder)).filter((path) => !path.endsWith("/lock"));
        assert.deepEqual(made, before, "nothing was made");
      }),
  });
}

test("a data folder that is not there is made, with its parents, for its owner alone", () =>
  withDataFolder(async (folder) => {
    const data = join(folder, "a", "b", "data");
    await using server = await startServer({ data });
    await server.stop();
    assert.equal((await Deno.stat(data)).mode! & 0o777, 0o700);
  }));

test("a second process on the folder is refused by name, and harms nothing", () =>
  withDataFolder(async (data) => {
    await using server = await startServer({ data });
    const alice = await server.enter("alice");
    const before = await filesOf(data);
    const error = await failing(startServer({ data }));
    assert.match(
      error.stderr,
      new RegExp(`: process ${server.pid} \\("chatnode server"\\) is using it`),
    );
    assert.match(error.stderr, SENTENCE);
    assert.deepEqual(await filesOf(data), before);
    await alice.say("alice", "still here");
    await server.kill();
    // A lock dies with its process, however that ended.
    await using next = await startServer({ data });
    await next.api.login("alice", "correct horse");
  }));

for (const which of [0, 1]) {
  const name = ["the port", "the port after it"][which];
  test(`${name} is taken: refused by number, and the folder is free again`, () =>
    withDataFolder(async (data) => {
      const port = await freePair();
      using _taken = Deno.listen({ hostname: "127.0.0.1", port: port + which });
      const error = await failing(startServer({ data, args: ["--port", String(port)] }));
      assert.match(
        error.stderr,
        new RegExp(`127\\.0\\.0\\.1:${port + which}: the port is in use\\.`),
      );
      assert.match(error.stderr, SENTENCE);
      await using server = await startServer({ data });
      assert.ok(server.admin !== undefined, "no admin was made whom nobody knows");
    }));
}

const wrongUses: readonly { why: string; args: readonly string[]; says: RegExp }[] = [
  { why: "an address of another machine", args: ["--host", "192.0.2.1"], says: /192\.0\.2\.1/ },
  { why: "a port beyond the last", args: ["--port", "65536"], says: /port/ },
  { why: "no port for the second", args: ["--port", "65535"], says: /port \+ 1: port is 65535/ },
  {
    why: "a certificate that is not there",
    args: ["--tls-cert", "/x", "--tls-key", "/y"],
    says: /\/x/,
  },
  {
    why: "a certificate that is none",
    args: ["--tls-cert", "deno.json", "--tls-key", "deno.json"],
    says: /Cannot use the certificate: tls-cert holds none/,
  },
  { why: "a flag with a slip", args: ["--prot", "1"], says: /--prot/ },
  { why: "something left over", args: ["rest"], says: /rest/ },
];

for (const { why, args, says } of wrongUses) {
  test("a start that cannot succeed changes nothing", () =>
    withDataFolder(async (folder) => {
      const data = join(folder, "data");
      const error = await failing(startServer({ data, args }));
      assert.match(error.stderr, says);
      assert.match(error.stderr, SENTENCE);
      const accounts = await filesOf(data).catch((): string[] => []);
      assert.ok(!accounts.includes("accounts/accounts.jsonl"), "no account was made");
    }), { why });
}

test("accounts cannot be listed of a folder that is not there, and none is made by asking", () =>
  withDataFolder(async (folder) => {
    const data = join(folder, "data");
    const { code, stderr } = await runProgram(["account", "list", "--data", data]);
    assert.equal(code, 1);
    assert.match(stderr, SENTENCE);
    assert.deepEqual(await filesOf(folder), []);
  }));

/** One sentence, perhaps a hint, no stack trace. */
const SENTENCE = /^chatnode: Cannot (?!go on)[^\n]+\.\n( {2}[^\n]+\n)*$/;

async function failing(start: Promise<unknown>): Promise<StartFailed> {
  const error = await start.then(() => assert.fail("it started"), (each) => each);
  assert.ok(error instanceof StartFailed, String(error));
  assert.ok(error.code === 1 || error.code === 2, `code ${error.code}`);
  return error;
}

/** A port that is free now, and so is the next one. */
async function freePair(): Promise<number> {
  for (let port = 20_000 + Deno.pid % 5_000; port < 32_000; port += 2) {
    try {
      for (const each of [port, port + 1]) {
        Deno.listen({ hostname: "127.0.0.1", port: each }).close();
      }
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  return await Promise.reject(new Error("no two free ports in a row"));
}
