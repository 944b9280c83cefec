/** The real process with a clock that is two hours off, on a real S3 server and on a folder. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { verifyHistory } from "../../src/history/verify.ts";
import { eventually } from "../harness/eventually.ts";
import { RadosGateway } from "../harness/radosgw.ts";
import { runProgram, type ServerProcess, startServer } from "../harness/server_process.ts";
import { TempFolder } from "../history/temp_folder.ts";
import { textsOf } from "./sync_folders.ts";

/**
 * What gives a process another wall clock; durations are what they are. The wrapper `faketime` sets
 * the same, but stays between a test and its process when that is sent a signal.
 */
const clock = (offset: string): Readonly<Record<string, string>> => ({
  LD_PRELOAD: "/usr/$LIB/faketime/libfaketimeMT.so.1",
  FAKETIME: offset,
  FAKETIME_DONT_FAKE_MONOTONIC: "1",
});

const OFFSETS = { ahead: "+2h", right: "+0h", behind: "-2h" } as const;
type Name = keyof typeof OFFSETS;
const NAMES = Object.keys(OFFSETS) as Name[];

interface Shared {
  readonly folder: string;
  readonly bucket: string;
  readonly env: Readonly<Record<string, string>>;
}

function start({ folder, bucket, env }: Shared, name: Name): Promise<ServerProcess> {
  return startServer({
    ...{ data: join(folder, name), env: { ...env, ...clock(OFFSETS[name]) } },
    args: ["--bucket", bucket, "--name", name, "--sync-interval", "200ms", "--log-level", "info"],
  });
}

async function events(data: string): Promise<number> {
  const { stdout } = await runProgram(["history", "stat", "--data", data, "--json"]);
  return JSON.parse(stdout).events;
}

/** Three servers talk; what each of them has of the others while they run. */
async function talk(shared: Shared): Promise<Readonly<Record<Name, string>>> {
  await using ahead = await start(shared, "ahead");
  await using right = await start(shared, "right");
  await using behind = await start(shared, "behind");
  const servers = { ahead, right, behind };
  for (const name of NAMES) {
    const ann = servers[name].api.as((await servers[name].enter("ann")).token);
    for (let index = 0; index < 3; index++) await ann.say("ann", `${name} ${index}`);
  }
  // What seems to be more than an hour ahead waits for its time.
  const expected = { ahead: 9, right: 6, behind: 3 };
  for (const name of NAMES) {
    await eventually(`${name} holds ${expected[name]}`, async () => {
      return await events(servers[name].data) === expected[name];
    }, 60_000);
  }
  for (const name of NAMES) assert.deepEqual((await servers[name].stop()).code, 0);
  return { ahead: ahead.stderr, right: right.stderr, behind: behind.stderr };
}

/** Once their time has come everybody has everything, once. */
async function later({ folder, bucket, env }: Shared): Promise<void> {
  const all = NAMES.flatMap((name) => [0, 1, 2].map((index) => `${name} ${index}`)).sort();
  for (const name of NAMES) {
    const data = join(folder, name);
    const { code, stdout, stderr } = await runProgram(
      ["sync", "--data", data, "--bucket", bucket, "--json"],
      { env: { ...env, ...clock("+3h") } },
    );
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).held, 0);
    assert.deepEqual(await textsOf(data), all);
    assert.deepEqual((await verifyHistory({ dir: data })).faults, []);
  }
}

Deno.test("clocks two hours off, on a folder", async () => {
  await using temp = await TempFolder.make();
  const shared = { folder: temp.path, bucket: join(temp.path, "bucket"), env: {} };
  await talk(shared);
  await later(shared);
});

Deno.test("clocks two hours off, on S3: requests are signed with the store's time", async () => {
  await using gateway = await RadosGateway.start();
  await gateway.makeBucket("chat");
  await using temp = await TempFolder.make();
  const shared = {
    folder: temp.path,
    bucket: `s3://chat/clocks?endpoint=${gateway.endpoint}&region=us-east-1`,
    env: gateway.environment,
  };
  const told = await talk(shared);
  assert.match(told.ahead, /clock is 120 minutes ahead of the store's/);
  assert.match(told.behind, /clock is 120 minutes behind the store's/);
  assert.doesNotMatch(told.right, /clock is/);
  await later(shared);
});
