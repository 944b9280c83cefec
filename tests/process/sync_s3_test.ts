/** The real process and a real S3 server: nodes, `chatnode sync` and clients share one bucket. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { verifyHistory } from "../../src/history/verify.ts";
import { eventually } from "../harness/eventually.ts";
import { RadosGateway } from "../harness/radosgw.ts";
import { S3Gate } from "../harness/s3_gate.ts";
import { runProgram, type ServerProcess, startServer } from "../harness/server_process.ts";
import { copyInto, TempFolder } from "../history/temp_folder.ts";
import { say, textsOf } from "./sync_folders.ts";
import { Watch } from "./sync_watcher.ts";
import { Talker } from "./talker.ts";
import { V1Client } from "./v1_client.ts";

const ROOM = "general";

/** A gateway, a folder, and what every process of a test is started with. */
class Place {
  readonly folder: string;
  readonly bucket: string;
  readonly env: Readonly<Record<string, string>>;

  constructor(folder: string, bucket: string, env: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.bucket = bucket;
    this.env = env;
  }

  node(name: string, ...more: readonly string[]): Promise<ServerProcess> {
    return startServer({
      data: join(this.folder, name),
      env: this.env,
      args: ["--bucket", this.bucket, "--name", name, "--sync-interval", "200ms", ...more],
    });
  }

  async sync(name: string, ...more: readonly string[]) {
    const ran = await runProgram([
      ...["sync", ...more, "--data", join(this.folder, name), "--bucket", this.bucket],
      ...["--name", name],
    ], { env: this.env });
    return { ...ran, status: ran.stdout.startsWith("{") ? JSON.parse(ran.stdout) : undefined };
  }
}

async function enter(server: ServerProcess, name: string): Promise<V1Client> {
  const { token } = await server.enter(name);
  return await V1Client.open(server.ws, token, { rooms: [{ room: ROOM }] });
}

const tell = (client: V1Client, body: string) =>
  client.ask({ type: "send", room: ROOM, body, key: body });

Deno.test("S3, the whole way", async (t) => {
  await using gateway = await RadosGateway.start();
  await gateway.makeBucket("chat");
  await gateway.makeLockedBucket("locked");
  await using gate = await S3Gate.open(gateway.endpoint);
  await using temp = await TempFolder.make();
  const at = (folder: string, bucket: string) =>
    new Place(
      join(temp.path, folder),
      `s3://${bucket}?endpoint=${gate.endpoint}&region=us-east-1`,
      gateway.environment,
    );

  await t.step("two servers, two clients and a sync hear each other", async () => {
    const place = at("together", "chat/together");
    await using a = await place.node("a");
    await using b = await place.node("b");
    await using ann = await enter(a, "ann");
    await using ben = await enter(b, "ben");
    await tell(ann, "hello from a");
    await ben.heard("hello from a");
    await using carol = new Talker(
      join(temp.path, "together"),
      "carol",
      `bucket:${place.bucket}&room=${ROOM}`,
      { env: place.env },
    );
    const hello = await carol.hearsBody("hello from a");
    await carol.say({ body: "hello from carol", parent: hello.event_id });
    await ann.heard("hello from carol");
    await carol.say({
      event_type: "m.room.reaction",
      content: { relates_to: hello.event_id, reaction: "+1" },
    });
    await tell(ben, "hello from b");
    await carol.hearsBody("hello from b");
    assert.equal(await carol.end(), 0, carol.stderr);
    assert.deepEqual(await a.stop(), { code: 0, signal: null });
    assert.deepEqual(await b.stop(), { code: 0, signal: null });
    for (const name of ["a", "b", "new"]) {
      const { code, stderr, status } = await place.sync(name, "--json");
      assert.equal(code, 0, stderr);
      assert.equal(status.pulled.faults, 0);
    }
    const bodies = async (name: string) => {
      const { stdout } = await runProgram([
        ...["history", "export", "--data", join(place.folder, name)],
      ]);
      return stdout.trimEnd().split("\n").map((line) => JSON.parse(line).event_id).sort();
    };
    const all = await bodies("a");
    assert.equal(all.length, 4, "three messages and a reaction");
    assert.deepEqual(await bodies("b"), all);
    assert.deepEqual(await bodies("new"), all);
    for (const name of ["a", "b", "new"]) {
      const { code, stdout } = await runProgram([
        ...["history", "verify", "--data", join(place.folder, name)],
      ]);
      assert.equal(code, 0, stdout);
    }
  });

  await t.step(
    "a bucket that denies everything at the start is taken when it lets us in",
    async () => {
      const place = at("denied", "chat/denied");
      gate.state = "denied";
      await using a = await place.node("a");
      await using ann = await enter(a, "ann");
      await tell(ann, "into the dark");
      const { body } = await a.api.get("/readyz");
      assert.deepEqual(body, {
        status: "ready",
        sync: { state: "failing", code: "bucket/forbidden" },
      });
      gate.state = "open";
      await eventually("it is in the bucket", async () => {
        const found = await place.sync("b", "--pull", "--json");
        return found.status?.pulled.events === 1;
      });
    },
  );

  await t.step("credentials that expire in the middle cost time, and no message", async () => {
    const place = at("expired", "chat/expired");
    await using a = await place.node("a");
    await using b = await place.node("b");
    await using ann = await enter(a, "ann");
    await using ben = await enter(b, "ben");
    await tell(ann, "before");
    await ben.heard("before");
    gate.state = "expired";
    const code = async ({ api }: ServerProcess) =>
      ((await api.get("/readyz")).body as { sync: { code?: string } }).sync.code;
    await tell(ann, "meanwhile");
    await eventually("a tells of it", async () => await code(a) === "bucket/credentials");
    await eventually("b tells of it", async () => await code(b) === "bucket/credentials");
    gate.state = "open";
    await ben.heard("meanwhile");
    await tell(ben, "afterwards");
    await ann.heard("afterwards");
    await eventually("all is well", async () => await code(a) === undefined);
  });

  await t.step("a watcher waits for a store that has no time for anybody", async () => {
    const place = at("waiting", "chat/waiting");
    await say(join(place.folder, "a"), "a", ["for later"]);
    gate.state = "overloaded";
    await using watch = new Watch(join(place.folder, "a"), place.bucket, ["--json"], place.env);
    await eventually("it says so", () => watch.stderr.includes("it is tried again"), 120_000);
    gate.state = "open";
    await eventually("it is in the bucket", async () => {
      const found = await place.sync("b", "--pull", "--json");
      return found.status?.pulled.events === 1;
    }, 120_000);
    const { code, stdout, stderr } = await watch.end("SIGTERM");
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).pushed.events, 1);
  });

  await t.step("a restored server whose store hangs serves, and shares what is said", async () => {
    const place = at("restored", "chat/restored");
    const data = join(place.folder, "a");
    const talk = async (name: string, ...bodies: readonly string[]) => {
      await using a = await place.node("a");
      await using ann = await enter(a, name);
      for (const body of bodies) await tell(ann, body);
      assert.equal((await a.stop()).code, 0);
    };
    await talk("ann", "before the backup");
    await using backup = await TempFolder.copyOf(data);
    await talk("ben", "after the backup");
    await Deno.remove(data, { recursive: true });
    await copyInto(backup.path, data);
    gate.state = "silent";
    await using restored = await place.node("a");
    assert.match(restored.stderr, /may come back from a backup.*goes on in place of/);
    await using carol = await enter(restored, "carol");
    await tell(carol, "while it hangs");
    gate.state = "open";
    await eventually("everything is in the bucket", async () => {
      const { status } = await place.sync("b", "--json");
      assert.deepEqual([status?.held, status?.lost, status?.conflicts], [0, 0, 0]);
      return (await textsOf(join(place.folder, "b"), ROOM)).length === 3;
    }, 120_000);
    await carol.heard("after the backup");
    assert.equal((await restored.stop()).code, 0);
    for (const name of ["a", "b"]) {
      const dir = join(place.folder, name);
      assert.deepEqual((await verifyHistory({ dir })).faults, []);
      assert.equal((await textsOf(dir, ROOM)).length, 3);
    }
  });

  await t.step("where everything is kept nothing is merged and nothing deleted", async () => {
    const place = at("kept", "locked/kept");
    await using a = await place.node("a", "--log-level", "info");
    await using ann = await enter(a, "ann");
    await tell(ann, "for ever");
    await a.stop();
    assert.match(a.stderr, /keeps everything \(object lock\)/);
    const { code, stderr } = await place.sync("a", "compact");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /lets nothing be removed: nothing was merged/);
    const { status } = await place.sync("b", "--json");
    assert.equal(status.pulled.events, 1);
    assert.equal(status.requests.delete, 0);
  });
});
