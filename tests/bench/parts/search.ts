/**
 * A store of a million events: searching, indexing, opening.
 *
 * @module
 */
import { join } from "node:path";
import { V8_FLAGS } from "../../../tasks/runtime.ts";
import { ChatClient } from "../../../src/protocol/client/client.ts";
import { ServerError } from "../../../src/protocol/client/errors.ts";
import { connectWebSocket } from "../../../src/protocol/client/websocket_connection.ts";
import { logIn, pause } from "../child.ts";
import { type Bench, type Cell, paced, type Part, type Table, type Target } from "../contract.ts";
import { Instrument } from "../instrument.ts";
import { corpusMessage, randomFrom } from "../search/corpus.ts";
import { makeAccounts, NODE_NAME } from "../servers/accounts.ts";
import {
  bundleLauncher,
  limitsFor,
  type NodeOptions,
  type RunningNode,
  startNode,
} from "../servers/chatnode.ts";
import { quantile, spread } from "../statistics.ts";

const SENDERS = 20;
const HITS = 20;
const FILL = join(import.meta.dirname ?? ".", "..", "search", "fill.ts");

/** What can be asked of a message that is known to be there. */
const QUESTIONS: readonly (readonly [name: string, ask: (words: readonly string[]) => string])[] = [
  ["a word", ([word = ""]) => word],
  ["a phrase of two words", ([first = "", second = ""]) => `"${first} ${second}"`],
  ["a beginning of three letters", ([word = ""]) => `${word.slice(0, 3)}*`],
  ["a word in one room", ([word = ""]) => word],
];
const IN_ROOM = "a word in one room";

/** See the module's description. */
export const search: Part = {
  name: "search",
  summary: "Search, index and reopen a store of a million events",
  async run(bench) {
    const events = paced(bench, 1_000_000, 100_000);
    const data = await bench.folder("store");
    await bench.say(`A store of ${events.toLocaleString("en")} events`);
    const filled = await fill(data, events);
    const tokens = await makeAccounts(data, SENDERS);
    const options: NodeOptions = {
      data,
      log: logIn(data, "process"),
      flags: { "--name": NODE_NAME, ...limitsFor(SENDERS) },
    };
    const token = (await Deno.readTextFile(tokens)).split("\n", 1)[0] ?? "";
    const { indexSeconds, latencies } = await searchAll(bench, options, token, events);
    const reopened = await reopen(bench, options, tokens);
    return [
      searchTable(events, latencies),
      storeTable(events, { ...filled, indexSeconds }, reopened),
    ];
  },
};

interface Filled {
  readonly appendSeconds: number;
  readonly sealSeconds: number;
}

async function fill(data: string, events: number): Promise<Filled> {
  await using filler = await Instrument.start({
    program: Deno.execPath(),
    args: [
      ...["run", "--quiet", "-A", "--no-check", V8_FLAGS, FILL],
      ...[data, String(events), NODE_NAME],
    ],
    log: logIn(data, "fill"),
  });
  return filler.ready as unknown as Filled;
}

type Latencies = ReadonlyMap<string, readonly number[]>;

async function searchAll(
  bench: Bench,
  options: NodeOptions,
  token: string,
  events: number,
): Promise<{ readonly indexSeconds: number; readonly latencies: Latencies }> {
  await using node = await startNode(await bundleLauncher(bench), options);
  await using client = await connect(node, token);
  const started = performance.now();
  await untilIndexed(client);
  const indexSeconds = (performance.now() - started) / 1000;
  const latencies = new Map(QUESTIONS.map(([name]) => [name, [] as number[]]));
  const random = randomFrom(7);
  for (let round = 0; round < paced(bench, 500, 100); round++) {
    for (const [name, ask] of QUESTIONS) {
      const ms = await searchOnce(client, Math.floor(random() * events), name, ask);
      latencies.get(name)?.push(ms);
    }
  }
  return { indexSeconds, latencies };
}

async function connect(node: RunningNode, token: string): Promise<ChatClient> {
  const at = connectWebSocket(`ws://127.0.0.1:${node.port}`);
  const client = new ChatClient({ connect: at, token });
  for await (const event of client.events()) {
    if (event.type === "connected") return client;
  }
  throw new Error("Cannot go on: the client was not let in");
}

/** Asks for words of one message, and checks that something was found. */
async function searchOnce(
  client: ChatClient,
  index: number,
  name: string,
  ask: (words: readonly string[]) => string,
): Promise<number> {
  const { room, words } = corpusMessage(index);
  const text = ask(words);
  const started = performance.now();
  const { hits } = await client.search({
    text,
    limit: HITS,
    ...(name === IN_ROOM ? { room } : {}),
  });
  const ms = performance.now() - started;
  if (hits.length === 0) throw new Error(`Cannot go on: nothing was found for ${text}`);
  return ms;
}

/** The first search begins to index; until that is done searches are refused. */
async function untilIndexed(client: ChatClient): Promise<void> {
  for (;;) {
    try {
      await client.search({ text: corpusMessage(0).words[0] ?? "", limit: 1 });
      return;
    } catch (error) {
      if (!(error instanceof ServerError) || error.code !== "history/indexing") throw error;
      await pause(20);
    }
  }
}

/** How long the node takes to serve again, milliseconds. */
interface Reopened {
  readonly serving: readonly number[];
  /** Until a search was answered, with everything that was written before the end. */
  readonly searching: readonly number[];
}

/** Kills the node while it is being written to, and starts it again. */
async function reopen(bench: Bench, options: NodeOptions, tokens: string): Promise<Reopened> {
  const launcher = await bundleLauncher(bench);
  const token = (await Deno.readTextFile(tokens)).split("\n", 1)[0] ?? "";
  const serving: number[] = [];
  const searching: number[] = [];
  let node = await startNode(launcher, options);
  for (let round = 0; round < paced(bench, 5, 2); round++) {
    await killUnderLoad(bench, node, tokens);
    const started = performance.now();
    node = await startNode(launcher, options);
    serving.push(performance.now() - started);
    await using client = await connect(node, token);
    await untilIndexed(client);
    searching.push(performance.now() - started);
  }
  await node[Symbol.asyncDispose]();
  return { serving, searching };
}

async function killUnderLoad(bench: Bench, node: RunningNode, tokens: string): Promise<void> {
  const load = await Instrument.start({
    program: await bench.tools.native("requests"),
    args: [
      ...["--dialect", "chatnode", "--port", String(node.port), "--pid", String(node.child.pid)],
      ...["--connections", String(SENDERS), "--tokens", tokens],
    ],
    log: logIn(await bench.folder("generators"), "requests"),
  });
  // The generator loses its server: that it says so is the expected end.
  const run = load.run({ window: 16, warmupSeconds: 0, seconds: 60 }).catch(() => undefined);
  await pause(1_500);
  node.child.signal("SIGKILL");
  await node.child.end();
  await run;
  await load[Symbol.asyncDispose]();
  await node[Symbol.asyncDispose]();
}

function searchTable(events: number, latencies: Latencies): Table {
  const rows: Cell[][] = [];
  const targets: Target[] = [];
  for (const [name, samples] of latencies) {
    const p99 = quantile(samples, 0.99);
    rows.push([name, ms(quantile(samples, 0.5)), ms(p99), ms(Math.max(...samples))]);
    targets.push({
      what: `search for ${name} in ${events.toLocaleString("en")} events, p99`,
      unit: "milliseconds",
      bound: "at most",
      wanted: 10,
      measured: p99,
    });
  }
  const count = latencies.values().next().value?.length ?? 0;
  return {
    title: `Search in ${events.toLocaleString("en")} events`,
    notes: [
      `A client on \`chatnode.v1\` asks for the newest ${HITS} messages with words that stand in a ` +
      `message picked at random, ${count} times each, and waits for the answer before it asks ` +
      "again. Words are as unevenly frequent as in a language (Zipf's law, 50,000 of them), in " +
      "100 rooms.",
    ],
    columns: ["", "p50 ms", "p99 ms", "max ms"],
    rows,
    targets,
  };
}

function storeTable(
  events: number,
  times: Filled & { readonly indexSeconds: number },
  { serving, searching }: Reopened,
): Table {
  const rate = (seconds: number): Cell => one(events / seconds, "per second");
  return {
    title: `A store of ${events.toLocaleString("en")} events`,
    notes: [
      "Filled by the history alone, 2,000 writers at a time; sealing is what is left of it when the " +
      "last event is on disk; the index is made from nothing by the running node. Reopened after " +
      "`kill -9` while 20 connections were sending.",
    ],
    columns: ["", "measured"],
    rows: [
      ["durable appends/s", rate(times.appendSeconds)],
      ["sealing after the last append, s", one(times.sealSeconds, "seconds")],
      ["events indexed/s", rate(times.indexSeconds)],
      ["reopened, until it serves, ms", { unit: "milliseconds", spread: spread(serving) }],
      ["reopened, until it finds everything, ms", {
        unit: "milliseconds",
        spread: spread(searching),
      }],
    ],
    targets: [{
      what: `reopening ${events.toLocaleString("en")} events after kill -9, until it serves`,
      unit: "milliseconds",
      bound: "at most",
      wanted: 1_000,
      measured: quantile(serving, 0.5),
    }],
  };
}

function ms(value: number): Cell {
  return one(value, "milliseconds");
}

function one(value: number, unit: "milliseconds" | "seconds" | "per second"): Cell {
  return { unit, spread: spread([value]) };
}
