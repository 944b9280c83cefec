/**
 * Sending: how many messages a second the node takes in, one answer for each.
 *
 * @module
 */
import { logIn } from "../child.ts";
import { type Bench, type Cell, paced, type Part, type Table } from "../contract.ts";
import { Instrument } from "../instrument.ts";
import { chatnode } from "../servers/chatnode.ts";
import { BARE_HTTP } from "../servers/peers.ts";
import type { Server } from "../servers/server.ts";
import { type Contender, sideBySide, type Slot } from "../slots.ts";
import { spread } from "../statistics.ts";

const CONNECTIONS = [1, 50] as const;
/** Sends under way on each WebSocket. */
const WINDOWS = [1, 16] as const;

/** One way to send to one server over so many connections. */
interface Way {
  readonly server: Server;
  readonly dialect: "http" | "chatnode";
  readonly connections: number;
}

/** See the module's description. */
export const sends: Part = {
  name: "sends",
  summary: "POST /send and WebSocket sends per second",
  async run(bench) {
    await using opened = new AsyncDisposableStack();
    const clients = Math.max(...CONNECTIONS);
    const start = async (kind: { start(bench: Bench, clients: number): Promise<Server> }) =>
      opened.use(await kind.start(bench, clients));
    const nodes = [
      await start(chatnode("chatnode synced", "chatnode", "synced")),
      await start(chatnode("chatnode relaxed", "chatnode", "relaxed")),
    ];
    const bare = await start(BARE_HTTP);
    await bench.say("Sends per second");
    return [
      await measure(bench, "POST /send", [1], ways([...nodes, bare], "http"), HTTP_NOTES),
      await measure(bench, "WebSocket sends", WINDOWS, ways(nodes, "chatnode"), SOCKET_NOTES),
    ];
  },
};

const HTTP_NOTES: readonly string[] = [
  "Each connection is kept and sends its next message when the one before is answered: it is on " +
  "disk then (`synced`). Everybody sends to the lobby with a token of their own; nobody listens.",
  BARE_HTTP.described,
];
const SOCKET_NOTES: readonly string[] = [
  "`chatnode.v1`: each connection has as many messages under way as told, each answered by an ack.",
];

function ways(servers: readonly Server[], dialect: Way["dialect"]): Way[] {
  return servers.flatMap((server) =>
    CONNECTIONS.map((connections) => ({ server, dialect, connections }))
  );
}

async function measure(
  bench: Bench,
  title: string,
  windows: readonly number[],
  list: readonly Way[],
  notes: readonly string[],
): Promise<Table> {
  await using opened = new AsyncDisposableStack();
  const contenders: Contender[] = [];
  for (const way of list) {
    const { server } = way;
    const instrument = opened.use(await attach(bench, way));
    const { pid, afterwork } = server;
    contenders.push({ name: nameOf(way), pid, afterwork, instrument });
  }
  const slots = await sideBySide(contenders, {
    rounds: paced(bench, 6, 2),
    runs: windows.map((window) => ({
      window,
      warmupSeconds: 0.3,
      seconds: paced(bench, 1, 0.5),
    })),
    restMs: 20_000,
  });
  const rows = list.flatMap((way) =>
    windows.map((window) => rowOf(way, window, slots.get(nameOf(way))?.get(window) ?? []))
  );
  return {
    title,
    notes,
    columns: [
      "server",
      "connections",
      "under way each",
      "sends/s",
      "p50 ms",
      "p99 ms",
      "CPU us/send",
    ],
    rows,
    targets: [],
  };
}

function nameOf({ server, connections }: Way): string {
  return `${server.name} ${connections}`;
}

async function attach(bench: Bench, { server, dialect, connections }: Way): Promise<Instrument> {
  return await Instrument.start({
    program: await bench.tools.native("requests"),
    args: [
      ...["--dialect", dialect, "--port", String(server.port), "--pid", String(server.pid)],
      ...["--connections", String(connections)],
      ...(server.tokens === undefined ? [] : ["--tokens", server.tokens]),
    ],
    log: logIn(await bench.folder("generators"), server.name),
  });
}

function rowOf({ server, connections }: Way, window: number, slots: readonly Slot[]): Cell[] {
  return [
    server.name,
    String(connections),
    String(window),
    { unit: "per second", spread: spread(slots.map((slot) => slot.messages / slot.seconds)) },
    { unit: "milliseconds", spread: spread(slots.map((slot) => slot.p50)), brief: true },
    { unit: "milliseconds", spread: spread(slots.map((slot) => slot.p99)), brief: true },
    {
      unit: "microseconds",
      spread: spread(slots.map((slot) => slot.serverCpu / slot.messages * 1e6)),
      brief: true,
    },
  ];
}
