/**
 * One flipped bit in any file of the data folder: the node says so, in the log or by not starting,
 * and whatever it does serve is what was stored.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { withDataFolder } from "../harness/data_folder.ts";
import { eventually } from "../harness/eventually.ts";
import { PASSWORD } from "../harness/node.ts";
import {
  runProgram,
  type ServerProcess,
  StartFailed,
  startServer,
} from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { SeededRandom, testSeed } from "./crash/random.ts";
import { copyFolder, filesOf } from "./folders.ts";
import { V1Client } from "./v1_client.ts";

const ARGS = ["--journal-size", "64KiB"];
const ROOMS = ["lobby", "T\u00e9am"];
/** Besides the first two and the last two. */
const POSITIONS = 4;

/** Every kind of file in a data folder. One file of each kind stands for all. */
const kinds: readonly {
  kind: string;
  file: RegExp;
  /** `chatnode history verify` names the file, whatever was flipped. */
  verified?: true;
}[] = [
  { kind: "journal that is written", file: /^history\/journal\/\d+\.jsonl$/, verified: true },
  { kind: "journal's summary", file: /^history\/journal\/\d+\.summary\.json$/ },
  { kind: "segment", file: /^history\/rooms\/[^/]+\/logs\/.*\.jsonl$/, verified: true },
  { kind: "room's metadata", file: /^history\/rooms\/[^/]+\/metadata\.json$/ },
  { kind: "catalog", file: /^history\/catalog\.jsonl$/, verified: true },
  { kind: "epoch", file: /^history\/history\.json$/ },
  { kind: "search index", file: /^history\/index\.sqlite$/ },
  { kind: "accounts", file: /^accounts\/accounts\.jsonl$/ },
  // Another secret than before: everybody has to sign in again.
  { kind: "token secret", file: /^accounts\/jwt\.secret$/ },
  { kind: "device key", file: /^keys\/device\.pem$/ },
  { kind: "device record", file: /^keys\/[a-z0-9]+\.json$/ },
  { kind: "node's name", file: /^node\.json$/ },
  { kind: "receive cursors", file: /^alonechat_cursors\.json$/ },
  { kind: "feedback", file: /^feedback\.jsonl$/ },
  { kind: "read markers", file: /^read_markers\.json$/ },
];

type Tokens = Readonly<Record<"alice" | "bob", string>>;

/** What a node serves. */
interface Facts {
  readonly node: unknown;
  readonly epoch: unknown;
  /** `<room> <event id>` to `<offset> <body>`. */
  readonly events: ReadonlyMap<string, string>;
  readonly marker: unknown;
  readonly feedback: unknown;
  /** What bob receives next by polling. */
  readonly next: unknown;
  /** Who signs. */
  readonly devices: ReadonlySet<unknown>;
  readonly tokens: Tokens;
}

test("a flipped bit is named or harmless, wherever it is", (context) =>
  withDataFolder(async (folder) => {
    const seed = testSeed();
    console.log(`CHATNODE_TEST_SEED=${seed}`);
    const random = new SeededRandom(seed);
    const whole = join(folder, "whole");
    await furnish(whole);
    const expected = await factsOf(folder, whole);
    assert.ok(expected.events.size > 300);
    const files = await filesOf(whole);
    for (const kind of kinds) {
      const file = files.find((path) => kind.file.test(path));
      if (file === undefined) continue;
      await context.step({
        name: `${kind.kind}: ${file}`,
        fn: async () => {
          const { size } = await Deno.stat(join(whole, file));
          const damages = positionsIn(size, random).map((position) => ({
            file,
            position,
            bit: random.integer(0, 7),
            verified: kind.verified ?? false,
          }));
          const outcomes = await Promise.allSettled(
            damages.map((each) => expectHonest(folder, whole, each, expected)),
          );
          for (const each of outcomes) if (each.status === "rejected") throw each.reason;
        },
      });
    }
    const unknown = files.filter((path) =>
      !kinds.some(({ file }) => file.test(path)) && !/(^|\/)lock$/.test(path)
    );
    assert.deepEqual(unknown, [], "every kind of file has to be damaged here");
  }));

interface Damage {
  readonly file: string;
  readonly position: number;
  readonly bit: number;
  readonly verified: boolean;
}

async function expectHonest(
  folder: string,
  whole: string,
  damage: Damage,
  expected: Facts,
): Promise<void> {
  const { file, position, bit } = damage;
  const why = `${file}, byte ${position}, bit ${bit}`;
  const data = join(folder, `byte-${position}`);
  await copyFolder(whole, data);
  await flip(join(data, file), position, bit);
  try {
    if (damage.verified) await expectVerified(data, file, why);
    await using server = await startServer({ data, args: ARGS });
    const found = await look(server, expected.tokens);
    const changes = compare(expected, found, why);
    await expectNewEvent(server, expected, found, why);
    await server.stop();
    if (changes.length > 0) {
      const name = file.split("/").at(-1) ?? file;
      const told = server.stderr.includes(name) || REPORTS.some((each) => each.test(server.stderr));
      assert.ok(told, `${why}: not told of ${changes.join(", ")}\n${server.stderr}`);
    }
    assert.ok(!/\n\s+at /.test(server.stderr), `${why}: ${server.stderr}`);
  } catch (error) {
    if (!(error instanceof StartFailed)) throw error;
    assert.equal(error.code, 1, why);
    assert.match(
      error.stderr,
      /^chatnode: Cannot (?!go on)[^\n]+\.\n( {2}[^\n]+\n)*$/,
      `${why}: ${error.stderr}`,
    );
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

async function expectVerified(data: string, file: string, why: string): Promise<void> {
  const { code, stdout, stderr } = await runProgram(["history", "verify", "--data", data]);
  const said = stdout + stderr;
  assert.equal(code, 1, `${why}: ${said}`);
  assert.ok(said.includes(file.split("/").at(-1) ?? file), `${why}: ${said}`);
}

/** Reports that name a thing by what it is instead of by its file. */
const REPORTS: readonly RegExp[] = [
  /The catalog of the history is (damaged|missing|incomplete) and is made again/,
  /The history was restored or rebuilt: everybody's read markers are forgotten/,
];

/** What differs. Anything served that was never stored is no mere difference. */
function compare(expected: Facts, found: Facts, why: string): string[] {
  const changes: string[] = [];
  const sameEpoch = expected.epoch === found.epoch;
  for (const [key, value] of found.events) {
    const known = expected.events.get(key);
    assert.ok(known !== undefined, `${why}: ${key} was never stored`);
    if (sameEpoch) assert.equal(value, known, `${why}: ${key}`);
    else assert.equal(bodyOf(value), bodyOf(known), `${why}: ${key}`);
  }
  if (found.events.size < expected.events.size) {
    changes.push(`${expected.events.size - found.events.size} events`);
  }
  if (!sameEpoch) changes.push("the epoch");
  for (const each of ["node", "marker", "feedback", "next"] as const) {
    if (JSON.stringify(expected[each]) !== JSON.stringify(found[each])) changes.push(each);
  }
  for (const device of found.devices) {
    assert.ok(expected.devices.has(device), `${why}: signed by ${device}`);
  }
  return changes;
}

/** What is written from now on gets no offset that somebody knows for something else. */
async function expectNewEvent(
  server: ServerProcess,
  expected: Facts,
  found: Facts,
  why: string,
): Promise<void> {
  await using v1 = await V1Client.open(server.ws, found.tokens.alice);
  const ack = await v1.ask({ type: "send", room: "lobby", body: "after the damage" });
  assert.equal(ack.type, "ack", `${why}: ${JSON.stringify(ack)}`);
  if (expected.epoch !== found.epoch) return;
  const given = [...expected.events]
    .filter(([key]) => key.startsWith("lobby "))
    .map(([, value]) => Number(value.split(" ")[0]));
  assert.ok(Number(ack["offset"]) > Math.max(...given), `${why}: offset ${ack["offset"]}`);
  const page = await v1.ask({ type: "history", room: "lobby", limit: 1 });
  const [last] = page["events"] as { event: { content: { chatnode: { device: unknown } } } }[];
  assert.ok(expected.devices.has(last?.event.content.chatnode.device), `${why}: another device`);
}

/** A data folder with something in every kind of file. */
async function furnish(data: string): Promise<void> {
  await using server = await startServer({ data, args: ARGS });
  const alice = await server.enter("alice");
  const bob = await server.enter("bob");
  await using v1 = await V1Client.open(server.ws, alice.token, { rooms: [{ room: "lobby" }] });
  for (let count = 0; count < 350; count++) {
    const where = [{ room: "lobby" }, { room: "T\u00e9am" }, { to: "bob" }][count % 3];
    await v1.ask({ type: "send", ...where, body: `message ${count} ${"x".repeat(300)}` });
  }
  await v1.ask({ type: "read", room: "lobby", offset: 5 });
  await bob.receive();
  await alice.post("/api/feedback/submit", { content: "a word to the operator" });
  await v1.close();
  // Gone once what it held is in segments, the catalog names them and the index has read it.
  const journal = join(data, "history", "journal", "00000001.jsonl");
  await eventually("sealed", () => Deno.stat(journal).then(() => false, () => true), 60_000);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
}

/** What a copy of `data` serves. */
async function factsOf(folder: string, data: string): Promise<Facts> {
  const copy = join(folder, "copy");
  await copyFolder(data, copy);
  await using server = await startServer({ data: copy, args: ARGS });
  const facts = await look(server);
  await server.stop();
  assert.equal(server.stderr, "");
  await Deno.remove(copy, { recursive: true });
  return facts;
}

/** `known`: tokens of another life, which are good for as long as the secret is the same. */
async function look(server: ServerProcess, known?: Tokens): Promise<Facts> {
  const tokens = {
    alice: await tokenOf(server, "alice", known?.alice),
    bob: await tokenOf(server, "bob", known?.bob),
  };
  const [alice, bob] = [server.api.as(tokens.alice), server.api.as(tokens.bob)];
  await using v1 = await V1Client.open(server.ws, alice.token);
  const events = new Map<string, string>();
  const devices = new Set<unknown>();
  const { rooms } = await v1.ask({ type: "rooms" }) as unknown as { rooms: { room: string }[] };
  for (const room of new Set([...ROOMS, ...rooms.map(({ room }) => room)])) {
    let from = 0;
    for (let more = true; more;) {
      const page = await v1.ask({ type: "history", room, from, limit: 200 });
      assert.equal(page.type, "page", JSON.stringify(page));
      const read = page["events"] as Parameters<typeof keep>[2][];
      for (const each of read) keep(events, devices, each);
      assert.ok(read.every(({ offset }) => offset >= from), "pages do not go back");
      from = (read.at(-1)?.offset ?? from) + 1;
      more = page["more_after"] === true;
    }
  }
  await expectSearch(v1, events);
  const joined = await v1.ask({ type: "join", room: "lobby" });
  const feedback = await alice.get("/api/feedback/my-feedback");
  const [node, epoch] = [v1.welcome?.["node"], v1.welcome?.["epoch"]];
  await expectResume(server, alice.token, epoch, events);
  const next = events.size === 0 ? undefined : await bob.receive();
  return {
    node,
    epoch,
    events,
    marker: joined["read"],
    feedback: feedback.body,
    next,
    devices,
    tokens,
  };
}

async function tokenOf(server: ServerProcess, name: string, known?: string): Promise<string> {
  if (known !== undefined) {
    const { status } = await server.api.as(known).get("/api/feedback/my-feedback");
    if (status === 200) return known;
  }
  return (await server.api.login(name, PASSWORD)).token ?? "";
}

/** What is found was stored, whatever became of the index, which is made again when it is broken. */
async function expectSearch(v1: V1Client, events: ReadonlyMap<string, string>): Promise<void> {
  const answer = await v1.ask({ type: "search", text: "message", room: "lobby" });
  if (answer.type === "error") {
    assert.match(String(answer["code"]), /^history\//, JSON.stringify(answer));
    return;
  }
  const hits = answer["hits"] as { event: { event_id: string; content: { body: string } } }[];
  for (const { event } of hits) {
    const stored = events.get(`lobby ${event.event_id}`);
    assert.equal(stored && bodyOf(stored), event.content.body);
  }
}

/** Whoever comes back gets what is there, without the node's giving up at a gap. */
async function expectResume(
  server: ServerProcess,
  token: string | undefined,
  epoch: unknown,
  events: ReadonlyMap<string, string>,
): Promise<void> {
  await using v1 = await V1Client.open(server.ws, token, {
    epoch: String(epoch),
    rooms: [{ room: "lobby", offset: 0 }],
  });
  const { recovered } = await v1.until(({ type }) => type === "joined");
  const stored = [...events].filter(([key]) => key.startsWith("lobby "));
  if (recovered === true && stored.length > 0) {
    await v1.until(() => v1.events.length === stored.length, `${stored.length} events`);
    assert.deepEqual(
      v1.events.map(({ offset, event }) => `${offset} ${event.content["body"]}`),
      stored.map(([, value]) => value),
    );
  }
}

function keep(
  events: Map<string, string>,
  devices: Set<unknown>,
  { offset, event }: {
    readonly offset: number;
    readonly event: {
      readonly event_id: string;
      readonly room_id: string;
      readonly content: { readonly body: string; readonly chatnode: { readonly device: string } };
    };
  },
): void {
  events.set(`${event.room_id} ${event.event_id}`, `${offset} ${event.content.body}`);
  devices.add(event.content.chatnode.device);
}

function bodyOf(value: string): string {
  return value.slice(value.indexOf(" ") + 1);
}

function positionsIn(size: number, random: SeededRandom): number[] {
  const some = Array.from({ length: POSITIONS }, () => random.integer(0, size - 1));
  return [...new Set([0, 1, ...some, size - 2, size - 1])].filter((each) => each >= 0);
}

async function flip(path: string, position: number, bit: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[position] = (bytes[position] ?? 0) ^ 1 << bit;
  await Deno.writeFile(path, bytes);
}
