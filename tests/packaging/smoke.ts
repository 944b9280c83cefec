/**
 * What whoever gets an executable relies on. The same cases run on every kind that can be made
 * here: started as an ordinary user, from an empty folder, with an empty environment, at a path
 * with a space in it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { PASSWORD } from "../harness/node.ts";
import { type Ended, type ServerProcess, startServer } from "../harness/server_process.ts";
import { SocketClient } from "../harness/socket_client.ts";
import { test } from "../harness/test.ts";
import { type Executable, executables } from "./executables.ts";
import { become, run, strangersFolder, withFolder } from "./launch.ts";
import { modeOf } from "./unpacked.ts";

/** Starts `chatnode server` in `folder`, which is its home too. */
async function serve(
  { path }: Executable,
  folder: string,
  options: { readonly data?: string; readonly home?: string } = {},
): Promise<ServerProcess> {
  const { data = join(folder, "data"), home = folder } = options;
  const bare = ["-i", "-C", folder, `HOME=${home}`];
  return await startServer({ data, program: ["/usr/bin/env", ...bare, ...become(), path] });
}

async function stopped(server: ServerProcess, signal: "SIGTERM" | "SIGINT"): Promise<Ended> {
  server.signal(signal);
  return await server.exited;
}

/** Registers, says something, hears it. */
async function chat(server: ServerProcess, name: string): Promise<void> {
  const health = await server.api.get("/healthz");
  assert.equal(health.status, 200);
  const client = await server.enter(name);
  await client.say(name, "hello");
  const heard = await client.receive();
  assert.ok(typeof heard === "object" && heard !== null && "content" in heard);
  assert.equal(heard.content, "hello");
}

/** What a frame of chatnode.v1 lists. */
interface Listing {
  readonly type: string;
  readonly events?: readonly Listed[];
  readonly hits?: readonly Listed[];
}

interface Listed {
  readonly event: { readonly content: { readonly body: string } };
}

/** The texts in the lobby, oldest first, and those that a search finds: that takes the worker. */
async function said(server: ServerProcess, token: string): Promise<[string[], string[]]> {
  await using client = await SocketClient.open(server.ws, { protocols: ["chatnode.v1"] });
  const texts = (list: readonly Listed[] = []) => list.map(({ event }) => event.content.body);
  client.sendJson({ type: "hello", token });
  client.sendJson({ type: "history", room: "lobby" });
  const page = await client.until<Listing>(({ type }) => type === "page");
  client.sendJson({ type: "search", text: "hel*" });
  const results = await client.until<Listing>(({ type }) => type === "results");
  return [texts(page.events), texts(results.hits)];
}

/** A case, run on every kind of executable that can be made on this machine. */
function smoke(
  name: string,
  body: (executable: Executable, folder: string) => Promise<void>,
): void {
  test(`the executable ${name}`, async () => {
    const { whichever, selfExtracting } = await executables();
    for (const executable of new Set([whichever, selfExtracting])) {
      await withFolder((folder) => body(executable, folder));
    }
  });
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  smoke(`serves, keeps what was said, and stops on ${signal}`, async (executable, folder) => {
    {
      await using server = await serve(executable, folder);
      await chat(server, "alice");
      assert.deepEqual(await stopped(server, signal), { code: 0, signal: null });
    }
    assert.equal(await modeOf(join(folder, "data")), 0o700);
    await using again = await serve(executable, folder);
    const { token } = await again.api.login("alice", PASSWORD);
    assert.deepEqual(await said(again, token ?? ""), [["hello"], ["hello"]]);
    assert.deepEqual(await again.stop(), { code: 0, signal: null });

    const launch = { cwd: folder, env: { HOME: folder } };
    const verify = ["history", "verify", "--data", join(folder, "data")];
    const verified = await run(executable.path, { ...launch, args: verify });
    assert.match(verified.stdout, /^faults +0$/m);
    assert.equal(verified.code, 0);
  });
}

smoke("starts eight times at once for the first time", async (executable, folder) => {
  const starts = Array.from(
    { length: 8 },
    (_, index) => serve(executable, folder, { data: join(folder, `data ${index}`) }),
  );
  const servers = await Promise.all(starts);
  try {
    await Promise.all(servers.map((server, index) => chat(server, `alice${index}`)));
  } finally {
    const ends = await Promise.all(servers.map((server) => server.stop()));
    assert.deepEqual(new Set(ends.map(({ code }) => code)), new Set([0]));
  }
});

smoke("needs no home that can be written to", async (executable, folder) => {
  const home = await strangersFolder(join(folder, "closed"));
  await Deno.chmod(home, 0o500);
  await using server = await serve(executable, folder, { home });
  await chat(server, "alice");
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

smoke("tells its version and its commands", async ({ path }, folder) => {
  const launch = { cwd: folder, env: { HOME: folder } };
  const version = await run(path, { ...launch, args: ["version"] });
  assert.match(version.stdout, /^chatnode +\d+\.\d+\.\d+\n/);
  const help = await run(path, { ...launch, args: ["--help"] });
  assert.match(help.stdout, /^ {2}server +\S/m);
  assert.deepEqual([version.code, help.code, version.stderr, help.stderr], [0, 0, "", ""]);
});

smoke("passes stdin, arguments and exit codes on", async ({ path }, folder) => {
  const launch = { cwd: folder, env: { HOME: folder } };
  const add = ["account", "add", "alice", "--data", join(folder, "it's data")];
  const stdin = `${PASSWORD}\n`;
  assert.equal((await run(path, { ...launch, args: add, stdin })).code, 0);
  const again = await run(path, { ...launch, args: add, stdin });
  assert.match(again.stderr, /^chatnode: Cannot use the name/);
  assert.equal(again.code, 1);
  const wrong = await run(path, { ...launch, args: ["account", "--no such"] });
  assert.equal(wrong.code, 2);
});
