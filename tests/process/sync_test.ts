/** The real process: `chatnode sync` and `chatnode server --bucket`, killed and restored. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { verifyHistory } from "../../src/history/verify.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { eventually } from "../harness/eventually.ts";
import { runProgram, type ServerProcess, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { copyInto, TempFolder } from "../history/temp_folder.ts";
import { SeededRandom, testSeed } from "./crash/random.ts";
import { LOBBY, numbered, say, textsOf } from "./sync_folders.ts";
import { V1Client } from "./v1_client.ts";

async function sync(data: string, bucket: string, ...args: readonly string[]) {
  const name = data.slice(data.lastIndexOf("/") + 1).replace(/_.*/, "");
  const ran = await runProgram([
    ...["sync", "--data", data, "--bucket", bucket, "--name", name, "--json", ...args],
  ]);
  return { ...ran, status: ran.stdout === "" ? undefined : JSON.parse(ran.stdout) };
}

test("two folders that share a bucket come to hold the same, and then nothing is sent", () =>
  withDataFolder(async (folder) => {
    const [a, b, bucket] = [join(folder, "a"), join(folder, "b"), join(folder, "bucket")];
    await say(a, "a", numbered("a", 0, 20));
    await say(b, "b", numbered("b", 0, 10));
    for (const data of [a, b, a]) assert.equal((await sync(data, bucket)).code, 0);
    const all = [...numbered("a", 0, 20), ...numbered("b", 0, 10)];
    assert.deepEqual(await textsOf(a), all);
    assert.deepEqual(await textsOf(b), all);
    const again = await sync(a, bucket);
    assert.equal(again.status.pushed.objects + again.status.pulled.objects, 0, again.stdout);
    assert.equal(again.status.requests.put, 0, "nothing new is nothing stored");
    for (const dir of [a, b]) assert.deepEqual((await verifyHistory({ dir })).faults, []);
  }));

test("chatnode sync shares the rooms that are meant, and says what the bucket can", () =>
  withDataFolder(async (folder) => {
    const [a, b, bucket] = [join(folder, "a"), join(folder, "b"), join(folder, "bucket")];
    await say(a, "a", ["for all"]);
    await say(a, "a", ["among us"], "plans");
    const inBucket = async () =>
      (await Array.fromAsync(Deno.readDir(join(bucket, "rooms")))).map(({ name }) => name).sort();
    const nothing = await sync(a, bucket, "--room", "");
    assert.deepEqual([nothing.code, nothing.stdout], [2, ""], "an empty name is not every room");
    assert.match(nothing.stderr, /no room is named/);
    const named = await sync(a, bucket, "--sync-rooms", LOBBY);
    assert.equal(named.code, 0, named.stderr);
    assert.match(named.stderr, /^file:.*: never overwrites by mistake, replaces by comparison/);
    assert.deepEqual(await inBucket(), [LOBBY]);
    const other = await sync(a, bucket, "--sync-rooms", LOBBY, "--room", "plans", "--room", "den");
    assert.deepEqual([other.code, other.status.pushed.events], [0, 1]);
    assert.deepEqual(await inBucket(), [LOBBY, "plans"]);
    assert.equal((await sync(b, bucket, "--room", "plans")).status.pulled.events, 1);
  }));

test("a folder that is lost comes back from the bucket", () =>
  withDataFolder(async (folder) => {
    const [a, bucket] = [join(folder, "a"), join(folder, "bucket")];
    await say(a, "a", numbered("a", 0, 20));
    await sync(a, bucket);
    await Deno.remove(a, { recursive: true });
    const back = await sync(join(folder, "new"), bucket);
    assert.equal(back.code, 0, back.stderr);
    const verified = await runProgram(["history", "verify", "--data", join(folder, "new")]);
    assert.match(verified.stdout, /^signatures verified +20$/m);
    assert.match(verified.stdout, /^not signed yet +0$/m);
    assert.deepEqual(await textsOf(join(folder, "new")), numbered("a", 0, 20));
  }));

test("without its old key a lost folder's messages wait until the old device is trusted", () =>
  withDataFolder(async (folder) => {
    const [a, bucket] = [join(folder, "a"), join(folder, "bucket")];
    await say(a, "a", numbered("a", 0, 20));
    await sync(a, bucket);
    await Deno.remove(a, { recursive: true });
    const text = await runProgram([
      ...["sync", "--data", a, "--bucket", bucket, "--name", "a"],
    ]);
    assert.equal(text.code, 0, text.stderr);
    assert.match(
      text.stderr,
      /1 file waits, mostly for a device to be trusted: chatnode sync keys/,
    );
    const { stdout } = await runProgram(["sync", "keys", "list", "--data", a]);
    const old = /^waiting +\*@a +(\S{16})/m.exec(stdout)?.[1] ?? "";
    const trusted = await runProgram(["sync", "keys", "trust", old, "--data", a]);
    assert.equal(trusted.code, 0, trusted.stderr);
    const back = await sync(a, bucket);
    assert.equal(back.code, 0, back.stderr);
    assert.deepEqual(await textsOf(a), numbered("a", 0, 20));
  }));

test("with its old key a lost folder comes back as a device that the others believe", () =>
  withDataFolder(async (folder) => {
    const [a, b, bucket] = [join(folder, "a"), join(folder, "b"), join(folder, "bucket")];
    await say(a, "a", numbered("a", 0, 20));
    await sync(a, bucket);
    await sync(b, bucket);
    for (const part of ["history", "sync", "lock"]) {
      await Deno.remove(join(a, part), { recursive: true });
    }
    const back = await sync(a, bucket);
    assert.equal(back.code, 0, back.stderr);
    assert.deepEqual(await textsOf(a), numbered("a", 0, 20));
    await say(a, "a", numbered("a", 20, 22));
    assert.equal((await sync(a, bucket)).code, 0);
    assert.equal((await sync(b, bucket)).status.pulled.faults, 0);
    assert.deepEqual(await textsOf(b), numbered("a", 0, 22));
  }));

test("a folder restored from a backup gets its lost messages back and gives no number twice", () =>
  withDataFolder(async (folder) => {
    const [a, b, bucket] = [join(folder, "a"), join(folder, "b"), join(folder, "bucket")];
    await say(a, "a", numbered("a", 0, 10));
    await sync(a, bucket);
    await using backup = await TempFolder.copyOf(a);
    await say(a, "a", numbered("a", 10, 20));
    await sync(a, bucket);
    await sync(b, bucket);
    await Deno.remove(a, { recursive: true });
    await copyInto(backup.path, a);
    const restored = await sync(a, bucket);
    assert.equal(restored.code, 0, restored.stderr);
    assert.match(restored.stderr, /device [a-z2-7]{16} goes on in place of [a-z2-7]{16}/);
    assert.deepEqual(await textsOf(a), numbered("a", 0, 20));
    await say(a, "a", numbered("a", 20, 25));
    assert.equal((await sync(a, bucket)).code, 0);
    const there = await sync(b, bucket);
    assert.equal(there.code, 0, there.stderr);
    assert.equal(
      there.status.pulled.faults,
      0,
      "the new device is endorsed, no number is given twice",
    );
    assert.deepEqual(await textsOf(b), numbered("a", 0, 25));
    for (const dir of [a, b]) assert.deepEqual((await verifyHistory({ dir })).faults, []);
  }));

test("what was forgotten is found in the bucket: nothing is stored twice", () =>
  withDataFolder(async (folder) => {
    const [a, b, bucket] = [join(folder, "a"), join(folder, "b"), join(folder, "bucket")];
    await say(a, "a", numbered("a", 0, 10));
    await sync(a, bucket);
    await say(b, "b", numbered("b", 0, 10));
    await sync(b, bucket);
    await sync(a, bucket);
    await Deno.remove(join(a, "sync"), { recursive: true });
    const again = await sync(a, bucket);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(again.status.pushed.events, 0);
    assert.deepEqual(await textsOf(a), [...numbered("a", 0, 10), ...numbered("b", 0, 10)]);
  }));

test("chatnode sync killed at any moment loses nothing and doubles nothing", () =>
  withDataFolder(async (folder) => {
    const [a, b, bucket] = [join(folder, "a"), join(folder, "b"), join(folder, "bucket")];
    const seed = testSeed();
    console.log(`CHATNODE_TEST_SEED=${seed}`);
    const random = new SeededRandom(seed);
    const rounds = 6;
    for (let round = 0; round < rounds; round++) {
      await say(a, "a", numbered("a", round * 20, round * 20 + 20));
      await say(b, "b", numbered("b", round * 20, round * 20 + 20));
      for (const data of [a, b]) await killedSync(data, bucket, random.integer(250, 1_500));
    }
    for (const data of [a, b, a]) {
      const { code, stderr } = await sync(data, bucket);
      assert.equal(code, 0, stderr);
    }
    const all = [...numbered("a", 0, rounds * 20), ...numbered("b", 0, rounds * 20)];
    assert.deepEqual(await textsOf(a), all);
    assert.deepEqual(await textsOf(b), all);
    for (const dir of [a, b]) assert.deepEqual((await verifyHistory({ dir })).faults, []);
  }));

async function killedSync(data: string, bucket: string, ms: number): Promise<void> {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", main, "sync", "--data", data, "--bucket", bucket],
    ...{ stdin: "null", stdout: "null", stderr: "null" },
  }).spawn();
  // A moment that nobody chose.
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It was done before.
    }
  }, ms);
  await child.status;
  clearTimeout(timer);
}

function start(folder: string, name: string): Promise<ServerProcess> {
  return startServer({
    data: join(folder, name),
    args: [
      ...["--bucket", join(folder, "bucket"), "--name", name],
      ...["--sync-interval", "200ms", "--log-level", "info"],
    ],
  });
}

async function enter(server: ServerProcess, name: string): Promise<V1Client> {
  const { token } = await server.enter(name);
  return await V1Client.open(server.ws, token, { rooms: [{ room: LOBBY }] });
}

const heard = (client: V1Client, body: string) =>
  eventually(
    `hears ${body}`,
    () => client.frames.some((frame) => JSON.stringify(frame).includes(`"body":"${body}"`)),
  );

test("a server that is killed again and again has everything in the bucket, once", () =>
  withDataFolder(async (folder) => {
    const seed = testSeed();
    console.log(`CHATNODE_TEST_SEED=${seed}`);
    const random = new SeededRandom(seed);
    const said: string[] = [];
    let token = "";
    for (let life = 0; life < 5; life++) {
      await using server = await start(folder, "a");
      if (life === 0) token = (await server.enter("ann")).token;
      const ann = server.api.as(token);
      const end = performance.now() + random.integer(300, 1_500);
      for (let each = 0; performance.now() < end; each++) {
        const text = `${life} ${String(each).padStart(4, "0")}`;
        await ann.say("ann", text);
        said.push(text);
      }
      await server.kill();
    }
    for (const data of [join(folder, "a"), join(folder, "b")]) {
      const { code, stderr } = await sync(data, join(folder, "bucket"));
      assert.equal(code, 0, stderr);
      assert.deepEqual(await textsOf(data), said.toSorted());
      assert.deepEqual((await verifyHistory({ dir: data })).faults, []);
    }
    const ids: string[] = [];
    for await (const entry of walk(join(folder, "bucket", "rooms"))) {
      for (const line of (await Deno.readTextFile(entry)).trimEnd().split("\n")) {
        ids.push(JSON.parse(line).event_id);
      }
    }
    assert.equal(new Set(ids).size, ids.length, "nothing is stored twice");
  }));

async function* walk(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* walk(path);
    else if (name.endsWith(".jsonl")) yield path;
  }
}

const acked = (client: V1Client, ref: string) =>
  eventually(
    `is told that ${ref} is stored`,
    () => client.frames.some((frame) => frame.type === "ack" && frame["ref"] === ref),
  );

test("people on two servers that share nothing but a folder hear each other", () =>
  withDataFolder(async (folder) => {
    await using a = await start(folder, "a");
    await using b = await start(folder, "b");
    await using ann = await enter(a, "ann");
    await using ben = await enter(b, "ben");
    ann.send({ type: "send", room: LOBBY, body: "hello from a", ref: "1" });
    await heard(ben, "hello from a");
    ben.send({ type: "send", room: LOBBY, body: "hello from b", ref: "1" });
    await heard(ann, "hello from b");
    const ready = await a.api.get("/readyz");
    assert.deepEqual(ready.body, { status: "ready", sync: { state: "working" } });
    // What was said last is in the bucket when the process ends in good order.
    ann.send({ type: "send", room: LOBBY, body: "the last word", ref: "2" });
    await acked(ann, "2");
    assert.deepEqual(await a.stop(), { code: 0, signal: null });
    await heard(ben, "the last word");
  }));

test("a server whose bucket is away serves all the same, and shares once it is there", () =>
  withDataFolder(async (folder) => {
    const bucket = join(folder, "mounted", "bucket");
    await using server = await startServer({
      data: join(folder, "a"),
      args: ["--bucket", bucket, "--name", "a", "--sync-interval", "200ms"],
    });
    await using ann = await enter(server, "ann");
    ann.send({ type: "send", room: LOBBY, body: "into the dark", ref: "1" });
    await acked(ann, "1");
    const { body } = await server.api.get("/readyz");
    assert.deepEqual(body, { status: "ready", sync: { state: "failing", code: "bucket/missing" } });
    await Deno.mkdir(join(folder, "mounted"));
    await eventually("it is in the bucket", async () => {
      const found = await sync(join(folder, "b"), bucket, "--pull");
      return found.status?.pulled.events === 1;
    });
  }));

/** The devices that have signed something in a bucket, and the numbers that each has given. */
async function numbersIn(bucket: string): Promise<Map<string, number[]>> {
  const numbers = new Map<string, number[]>();
  for await (const path of walk(join(bucket, "rooms"))) {
    for (const line of (await Deno.readTextFile(path)).trimEnd().split("\n")) {
      const { device, seq } = JSON.parse(line).content.chatnode;
      const { sender_id: sender, room_id: room } = JSON.parse(line);
      const chain = `${room} ${sender} ${device}`;
      numbers.set(chain, [...numbers.get(chain) ?? [], seq]);
    }
  }
  return numbers;
}

test("a server restored from a backup while its bucket is away shares what is said then", () =>
  withDataFolder(async (folder) => {
    const [a, b, bucket] = [join(folder, "a"), join(folder, "b"), join(folder, "at", "bucket")];
    await Deno.mkdir(join(folder, "at"));
    const server = () =>
      startServer({
        data: a,
        args: ["--bucket", bucket, "--name", "a", "--sync-interval", "200ms"],
      });
    let token = "";
    const talk = async (from: number, to: number) => {
      await using running = await server();
      if (token === "") token = (await running.enter("ann")).token;
      for (const text of numbered("a", from, to)) await running.api.as(token).say("ann", text);
      assert.equal((await running.stop()).code, 0);
    };
    await talk(0, 5);
    await using backup = await TempFolder.copyOf(a);
    await talk(5, 10);
    await sync(b, bucket);
    await Deno.remove(a, { recursive: true });
    await copyInto(backup.path, a);
    await Deno.rename(join(folder, "at"), join(folder, "away"));
    {
      await using restored = await server();
      assert.match(restored.stderr, /may come back from a backup.*goes on in place of/);
      for (const text of numbered("a", 10, 15)) await restored.api.as(token).say("ann", text);
      await Deno.rename(join(folder, "away"), join(folder, "at"));
      await eventually("everything is in the bucket", async () => {
        await sync(b, bucket);
        return (await textsOf(b)).length === 15;
      }, 60_000);
      await eventually("what was lost is here again", async () => {
        const { stdout } = await runProgram(["history", "stat", "--data", a, "--json"]);
        return JSON.parse(stdout).events === 15;
      }, 60_000);
      assert.equal((await restored.stop()).code, 0);
    }
    for (const dir of [a, b]) {
      assert.deepEqual(await textsOf(dir), numbered("a", 0, 15));
      assert.deepEqual((await verifyHistory({ dir })).faults, []);
    }
    const { status } = await sync(b, bucket);
    assert.deepEqual([status.pulled.faults, status.held], [0, 0]);
    for (const [chain, numbers] of await numbersIn(bucket)) {
      assert.equal(new Set(numbers).size, numbers.length, `${chain} gives no number twice`);
    }
  }));

test("a server that was stopped and starts without its bucket keeps its device", () =>
  withDataFolder(async (folder) => {
    const [a, bucket] = [join(folder, "a"), join(folder, "at", "bucket")];
    await Deno.mkdir(join(folder, "at"));
    const device = async () => {
      const { stdout } = await runProgram(["history", "stat", "--data", a, "--json"]);
      return JSON.parse(stdout).device.device;
    };
    let token = "";
    const talk = async (text: string, end: "stop" | "kill") => {
      await using running = await startServer({
        data: a,
        args: ["--bucket", bucket, "--name", "a", "--sync-interval", "200ms"],
      });
      if (token === "") token = (await running.enter("ann")).token;
      await running.api.as(token).say("ann", text);
      await running[end]();
    };
    await talk("one", "stop");
    const first = await device();
    await Deno.rename(join(folder, "at"), join(folder, "away"));
    for (const end of ["kill", "stop", "kill"] as const) await talk(`ended by ${end}`, end);
    assert.equal(await device(), first);
    await Deno.rename(join(folder, "away"), join(folder, "at"));
    const { code, status } = await sync(a, bucket);
    assert.deepEqual([code, status.pushed.events], [0, 3]);
  }));
