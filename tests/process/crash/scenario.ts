/**
 * Kills a server under load, again and again, at moments that nobody chose, and looks whether it
 * kept what it promised.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { eventually } from "../../harness/eventually.ts";
import { type ServerProcess, spawnServer, startServer } from "../../harness/server_process.ts";
import { V1Client } from "../v1_client.ts";
import { Follower, type Seen } from "./follower.ts";
import { SeededRandom } from "./random.ts";
import {
  type Destination,
  EchoWriter,
  HttpWriter,
  KeyedWriter,
  type Writer,
  type WriterParts,
} from "./writers.ts";

/** What to do to the server. */
export interface CrashOptions {
  readonly data: string;
  readonly seed: number;
  /** How often it is killed. */
  readonly kills: number;
  /** Told after each kill, for those who watch. */
  readonly onKill?: (count: number) => void;
}

/** What was done. */
export interface CrashReport {
  readonly acked: number;
  /** Sent by HTTP and AloneChat, never answered, and found all the same. */
  readonly unknownStored: number;
  /** Keyed messages that were sent again and had been there. */
  readonly duplicates: number;
  /** Lines that were cut off at restarts. */
  readonly torn: number;
  /** Journal files that were made into segments. */
  readonly sealed: number;
}

/** Small journal files: there is always one being sealed when the end comes. */
const ARGS = ["--journal-size", "64KiB"];
const PUBLIC = ["lobby", "Room 1", "Room 2", "Room 3"];
/** Acknowledgements in one life, at most. */
const MOST_ACKS = 600;
/** One start in so many is killed before it is done, while it recovers from the last time. */
const EARLY_ONE_IN = 5;
/** Longest time that a start is given then, milliseconds. */
const EARLY_MS = 400;

/**
 * Runs the scenario; every promise that was broken is an assertion that fails.
 *
 * @throws {assert.AssertionError}
 */
export async function crashAgainAndAgain(options: CrashOptions): Promise<CrashReport> {
  const random = new SeededRandom(options.seed);
  const cast = await assemble(options.data, random);
  const reports: string[] = [];
  for (let kills = 0; kills < options.kills; kills++) {
    if (random.integer(1, EARLY_ONE_IN) === 1) await killEarly(options.data, random);
    else reports.push(await live(options.data, cast, random));
    options.onKill?.(kills + 1);
  }
  await using server = await startServer({ data: options.data, args: ARGS });
  await drain(server, cast);
  const { unknownStored } = await compare(server, cast);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  const torn = checkReports([...reports, server.stderr]);
  const keyed = cast.writers.filter((writer) => writer instanceof KeyedWriter);
  return {
    acked: cast.writers.reduce((sum, { acked }) => sum + acked.length, 0),
    duplicates: keyed.reduce((sum, { duplicates }) => sum + duplicates, 0),
    unknownStored,
    torn,
    sealed: await sealedFiles(options.data),
  };
}

/** The number of the last journal file that is in segments. */
async function sealedFiles(data: string): Promise<number> {
  const catalog = await Deno.readTextFile(join(data, "history", "catalog.jsonl"));
  const numbers = [...catalog.matchAll(/"(?:sealed|journal)":(\d+)/g)].map(([, n]) => Number(n));
  return Math.max(0, ...numbers);
}

interface Cast {
  readonly follower: Follower;
  readonly writers: readonly Writer[];
  /** Acks so far. */
  readonly counter: { acks: number };
}

/** Makes the accounts in a first, quiet life. */
async function assemble(data: string, random: SeededRandom): Promise<Cast> {
  await using server = await startServer({ data, args: ARGS });
  const { token } = await server.enter("follower");
  const counter = { acks: 0 };
  const direct: string[] = [];
  const join = async (name: string): Promise<WriterParts> => {
    const api = await server.enter(name);
    const ends = [name, "follower"].map((each) => `${each}@${nodeOf(server)}`);
    direct.push(`direct:${ends.sort().join(",")}`);
    const onAck = () => void counter.acks++;
    return { name, token: api.token ?? "", random, destinations: DESTINATIONS, onAck };
  };
  const writers: Writer[] = [];
  for (const name of ["keyed1", "keyed2", "keyed3"]) {
    writers.push(new KeyedWriter(await join(name)));
  }
  for (const name of ["echo1", "echo2"]) writers.push(new EchoWriter(await forAlone(join(name))));
  for (const name of ["http1", "http2", "http3"]) {
    writers.push(new HttpWriter(await forAlone(join(name))));
  }
  const follower = new Follower(token ?? "", [...PUBLIC, ...direct]);
  const over = follower.follow(server);
  await follower.catchUp();
  await over;
  await server.stop();
  return { follower, writers, counter };
}

const DESTINATIONS: readonly Destination[] = [
  ...PUBLIC.map((room) => ({ frame: { room }, target: room === "lobby" ? null : undefined })),
  { frame: { to: "follower" }, target: "follower" },
];

async function forAlone(joining: Promise<WriterParts>): Promise<WriterParts> {
  const parts = await joining;
  return { ...parts, destinations: DESTINATIONS.filter(({ target }) => target !== undefined) };
}

function nodeOf(server: ServerProcess): string {
  return /node (node-[0-9a-f]{6})/.exec(server.stdout)?.[1] ?? "";
}

/** One life under load, to its violent end; what it reported. */
async function live(data: string, cast: Cast, random: SeededRandom): Promise<string> {
  const { follower, writers, counter } = cast;
  await using server = await startServer({ data, args: ARGS });
  const enough = counter.acks + random.integer(1, MOST_ACKS);
  const busy = Promise.all([
    follower.follow(server),
    ...writers.map((writer) => writer.write(server)),
  ]);
  await eventually("enough acks", () => counter.acks >= enough, 60_000);
  await server.kill();
  await busy;
  follower.check();
  return server.stderr;
}

async function killEarly(data: string, random: SeededRandom): Promise<void> {
  const child = spawnServer({ data, args: ARGS });
  const output = child.output();
  const moment = random.integer(0, EARLY_MS);
  await new Promise((resolve) => setTimeout(resolve, moment));
  child.kill("SIGKILL");
  await output;
}

/** Lets the keyed writers have everything acked, and the follower see everything. */
async function drain(server: ServerProcess, cast: Cast): Promise<void> {
  const keyed = cast.writers.filter((writer) => writer instanceof KeyedWriter);
  const over: Promise<void>[] = [];
  for (const writer of keyed) {
    writer.finish();
    over.push(writer.write(server));
  }
  await eventually(
    "every keyed message is acked",
    () => keyed.every(({ pending }) => pending === 0),
  );
  over.push(cast.follower.follow(server));
  await cast.follower.catchUp();
  for (const writer of keyed) writer.leave();
  await Promise.all(over);
}

/** Holds what the follower saw against what was promised, and against the history read anew. */
async function compare(
  server: ServerProcess,
  { follower, writers }: Cast,
): Promise<{ readonly unknownStored: number }> {
  follower.check();
  const places = new Map<string, { room: string; offset: number; seen: Seen }>();
  for (const [room, events] of follower.rooms) {
    events.forEach((seen, offset) => {
      assert.ok(!places.has(seen.body), `stored twice: ${seen.body}`);
      places.set(seen.body, { room, offset, seen });
    });
    assertInOrder(room, events);
  }
  let unknownStored = 0;
  for (const { acked, unknown } of writers) {
    for (const { body, place } of acked) {
      const found = places.get(body);
      assert.ok(found !== undefined, `acked and lost: ${body}`);
      if (place === undefined) continue;
      const { room, offset, seen: { id } } = found;
      assert.deepEqual({ room, offset, id }, place, `acked at another place: ${body}`);
    }
    unknownStored += unknown.filter((body) => places.has(body)).length;
  }
  const promised = new Set(writers.flatMap(({ acked, unknown }) => [
    ...acked.map(({ body }) => body),
    ...unknown,
  ]));
  for (const body of places.keys()) assert.ok(promised.has(body), `nobody wrote ${body}`);
  await compareWithHistory(server, follower);
  return { unknownStored };
}

/** What one writer wrote stands in the order in which it was written. */
function assertInOrder(room: string, events: readonly Seen[]): void {
  const last = new Map<string, number>();
  for (const { body } of events) {
    const [name = "", number = ""] = body.split(" ");
    assert.ok(Number(number) > (last.get(name) ?? -1), `out of order in ${room}: ${body}`);
    last.set(name, Number(number));
  }
}

/** Reads everything from its beginning: out of segments, journals and memory. */
async function compareWithHistory(server: ServerProcess, follower: Follower): Promise<void> {
  const { token } = await server.api.login("follower", "correct horse");
  await using reader = await V1Client.open(server.ws, token);
  for (const [room, expected] of follower.rooms) {
    const read: Seen[] = [];
    for (let more = true; more;) {
      const page = await reader.ask({ type: "history", room, from: read.length, limit: 200 });
      assert.equal(page.type, "page", JSON.stringify(page));
      for (const { offset, event } of page["events"] as Parameters<typeof seenOf>[0][]) {
        assert.equal(offset, read.length, room);
        read.push(seenOf({ offset, event }));
      }
      more = page["more_after"] === true;
    }
    assert.deepEqual(read, expected, room);
  }
}

function seenOf({ event }: {
  readonly offset: number;
  readonly event: { readonly event_id: string; readonly content: { readonly body: string } };
}): Seen {
  return { id: event.event_id, body: event.content.body };
}

/** The only trouble that a kill may leave behind is a line that was being written. */
function checkReports(reports: readonly string[]): number {
  const lines = reports.flatMap((text) => text.split("\n").filter((line) => line !== ""));
  const torn = lines.filter((line) => line.includes("A write was cut off"));
  assert.deepEqual(lines.filter((line) => !torn.includes(line)), []);
  return torn.length;
}
