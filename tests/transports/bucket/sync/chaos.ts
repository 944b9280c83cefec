/**
 * Three writers on one bucket that fails all the time: one is closed and opened again, one has a
 * clock two hours ahead, one is a process of its own that is killed again and again. Afterwards all
 * three have to hold the same: everything that was acknowledged, nothing twice.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../../src/clock.ts";
import { verifyHistory } from "../../../../src/history/verify.ts";
import { SeededRandom } from "../../../process/crash/random.ts";
import { copyInto } from "../../../history/temp_folder.ts";
import { type FaultCounts, type Faults, FaultyBucket } from "./faulty_bucket.ts";
import { type SyncNode, World } from "./world.ts";

/** How long and how badly. */
export interface ChaosOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** One call of the bucket in so many fails. */
  readonly oneIn: number;
  /** Told now and then, for those who watch. */
  readonly onRound?: (report: ChaosReport) => void;
}

/** What happened. */
export interface ChaosReport {
  acked: number;
  kills: number;
  restarts: number;
  readonly faults: FaultCounts;
}

export const ROOMS = ["lobby", "Room 1", "direct:ann@a,ann@b"];
const AHEAD_MS = 2 * 60 * 60 * 1000;
const CHILD = join(import.meta.dirname ?? ".", "chaos_child.ts");

/** The system's clock, set wrongly. */
export function skewed(ms: number): Clock {
  return { ...systemClock, now: () => systemClock.now() + ms };
}

/** The room that a node may write in. */
export function roomOf(random: SeededRandom, name: string): string {
  const rooms = name === "c" ? ROOMS.slice(0, 2) : ROOMS;
  return random.pick(rooms);
}

/** Runs it. @throws {assert.AssertionError} for everything that was broken */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  await using world = await World.make();
  const report: ChaosReport = { acked: 0, kills: 0, restarts: 0, faults: {} };
  const said = new Map<string, Set<string>>(ROOMS.map((room) => [room, new Set()]));
  const note = (room: string, text: string) => {
    report.acked++;
    said.get(room)?.add(text);
  };
  const end = systemClock.monotonic() + options.durationMs;
  const going = () => systemClock.monotonic() < end;
  await Promise.all([
    live(world, "a", systemClock, { ...options, report, note, going }),
    live(world, "b", skewed(AHEAD_MS), { ...options, report, note, going }),
    killed(world, { ...options, report, note, going }),
  ]);
  try {
    await settleAndCompare(world, said);
  } catch (error) {
    // What a failure is understood by.
    const kept = await Deno.makeTempDir({ prefix: "chatnode_chaos_" });
    await copyInto(world.path, kept);
    console.log(`everything is in ${kept}`);
    throw error;
  }
  return report;
}

interface Part extends ChaosOptions {
  readonly report: ChaosReport;
  readonly note: (room: string, text: string) => void;
  readonly going: () => boolean;
}

/** Lives of a node in this process, each ended in good order. */
async function live(world: World, name: string, clock: Clock, part: Part): Promise<void> {
  const random = new SeededRandom(part.seed + name.charCodeAt(0));
  for (let life = 0; part.going(); life++) {
    const faults: Faults = { random, oneIn: part.oneIn, counts: part.report.faults };
    const wrap = (bucket: ConstructorParameters<typeof FaultyBucket>[0]) =>
      new FaultyBucket(bucket, faults);
    await using node = await world.open(name, { clock, wrap, interval: 30 });
    node.sync.start();
    const messages = random.integer(20, 200);
    for (let each = 0; each < messages && part.going(); each++) {
      const room = roomOf(random, name);
      const text = `${name} ${life} ${each}`;
      await node.say(text, room);
      part.note(room, text);
      await sleep(random.integer(1, 15));
    }
    part.report.restarts++;
    part.onRound?.(part.report);
  }
}

/** Lives of a process, none ended in good order. */
async function killed(world: World, part: Part): Promise<void> {
  const random = new SeededRandom(part.seed + 1);
  while (part.going()) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "-A",
        CHILD,
        world.path,
        `${random.integer(1, 1e9)}`,
        `${part.oneIn}`,
      ],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const output = new Response(child.stdout).text();
    await sleep(random.integer(1_500, 4_000));
    child.kill("SIGKILL");
    await child.status;
    // The last line may be cut: nobody was told of it then.
    for (const line of (await output).split("\n").slice(0, -1)) {
      const [room = "", text = ""] = line.split("\t");
      part.note(room, text);
    }
    part.report.kills++;
  }
}

async function settleAndCompare(
  world: World,
  said: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  // Two hours later, for all: what came from the future is not of the future any more.
  let later = 0;
  const ahead = skewed(AHEAD_MS);
  const clock = { ...ahead, monotonic: () => ahead.monotonic() + later };
  const nodes = await Promise.all(["a", "b", "c"].map((name) => world.open(name, { clock })));
  for (const node of nodes) await node.push();
  for (let round = 0; round < 30; round++) {
    for (const node of nodes) await node.pull();
    // Gaps are looked for after half a minute, and what failed is tried again after minutes.
    later += 30_000;
  }
  for (const node of nodes) await node.push();
  for (const [room, texts] of said) await compare(nodes, room, texts);
  const ids = await world.storedIds();
  assert.equal(new Set(ids).size, ids.length, "every event is stored in the bucket once");
  const everything = await Promise.all(ROOMS.map((room) => nodes[0]?.texts(room)));
  assert.equal(ids.length, everything.flat().length, "every event is in a file");
  for (const node of nodes) {
    const { lost, held, conflicts, waiting, headFaults } = node.sync.status();
    assert.deepEqual(
      { lost, held, conflicts, waiting, headFaults },
      { lost: 0, held: 0, conflicts: 0, waiting: 0, headFaults: [] },
    );
    await node.history.seal();
    await node[Symbol.asyncDispose]();
    const { faults } = await verifyHistory({ dir: node.dir });
    assert.deepEqual(faults, []);
  }
}

async function compare(
  nodes: readonly SyncNode[],
  room: string,
  said: ReadonlySet<string>,
): Promise<void> {
  const all = await Promise.all(nodes.map((node) => node.texts(room)));
  const first = all[0] ?? [];
  for (const [at, texts] of all.entries()) {
    const held = new Set(texts);
    assert.equal(held.size, texts.length, `${nodes[at]?.name} has nothing twice`);
    const missing = [...said].filter((text) => !held.has(text));
    assert.deepEqual(missing, [], `${nodes[at]?.name} has everything that was acknowledged`);
    assert.deepEqual(texts, first, `${nodes[at]?.name} and a hold the same in ${room}`);
  }
}

/** Chaos is made of moments: nothing waits for a condition here. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
