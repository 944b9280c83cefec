/**
 * chatnode as it is run: the built program in a process of its own, with its usual flags.
 *
 * @module
 */
import { join } from "node:path";
import { ENTRY, RUN_FLAGS } from "../../../tasks/runtime.ts";
import { Child, logIn } from "../child.ts";
import type { Bench } from "../contract.ts";
import { makeAccounts, NODE_NAME } from "./accounts.ts";
import type { Afterwork, Server, ServerKind } from "./server.ts";

/** Settings that differ from the defaults, by flag; the notes name them. */
export type Flags = Readonly<Record<string, string>>;

/** How a node is started. */
export interface NodeOptions {
  /** Its data folder. */
  readonly data: string;
  readonly log: string;
  readonly flags?: Flags;
  /** The command, and what it cannot do without; `server` when not given. */
  readonly command?: readonly string[];
}

/** It seals and indexes in pauses of the traffic, which it looks for twice a second, or when told. */
export const SEALING: Afterwork = { signal: "SIGUSR2", calmMs: 600 };
/** Milliseconds of rest that say that it is done when it was not told. */
export const LULL_MS = 1_500;

const SERVER = ["server", "--no-second-port"];

/** A running node. */
export interface RunningNode extends AsyncDisposable {
  readonly child: Child;
  readonly port: number;
  /** From the start of the process until it said that it is ready, milliseconds. */
  readonly startMs: number;
}

/** How a node is started: the program and what comes before the command. */
export interface Launcher {
  readonly program: string;
  readonly args: readonly string[];
}

/** The built program on Deno. */
export async function bundleLauncher(bench: Bench): Promise<Launcher> {
  const folder = await bench.tools.bundle();
  return { program: Deno.execPath(), args: ["run", ...RUN_FLAGS, join(folder, ENTRY)] };
}

/**
 * Starts a node on 127.0.0.1 and a port of its own choice, and waits until it is ready.
 *
 * @throws {Error} with what it says when it ends instead
 */
export async function startNode(launcher: Launcher, options: NodeOptions): Promise<RunningNode> {
  const flags = { "--data": options.data, "--host": "127.0.0.1", "--port": "0", ...options.flags };
  const started = performance.now();
  const child = await Child.start({
    program: launcher.program,
    args: [...launcher.args, ...options.command ?? SERVER, ...Object.entries(flags).flat()],
    log: options.log,
    talks: true,
  });
  try {
    for (;;) {
      const line = await child.line();
      const port = /^chatnode is ready: (?:http|tcp):\/\/127\.0\.0\.1:(\d+)$/.exec(line)?.[1];
      if (port === undefined) continue;
      const startMs = performance.now() - started;
      return { child, port: Number(port), startMs, [Symbol.asyncDispose]: () => child.stop() };
    }
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** Limits that many clients from one address, one of them very fast, need raised. */
export function limitsFor(clients: number): Flags {
  return {
    "--message-rate": "off",
    "--max-connections-per-address": String(clients + 100),
    "--max-connections": String(Math.max(10_000, clients + 100)),
  };
}

type Durability = "synced" | "relaxed";

/** A chatnode to be measured, with an account for each client. */
export function chatnode(
  name: string,
  dialect: "chatnode" | "alonechat",
  durability: Durability,
): ServerKind {
  return {
    name,
    described: `${name}: everybody signed in, every message in the history, ` +
      `\`--durability ${durability}\`.`,
    async start(bench: Bench, clients: number): Promise<Server> {
      const data = await bench.folder(name);
      const tokens = await makeAccounts(data, clients);
      const flags = { "--durability": durability, ...limitsFor(clients) };
      return serverOf({ name, dialect, tokens }, await startIn(bench, data, { flags }));
    },
  };
}

/** A relay to be measured: original clients are guests, native ones are signed in. */
export function relay(
  name: string,
  dialect: "original" | "native",
  durability: Durability,
): ServerKind {
  const who = dialect === "original" ? "everybody a guest" : "everybody signed in";
  return {
    name,
    described: `${name}: ${who}, every message in the history, \`--durability ${durability}\`.`,
    async start(bench: Bench, clients: number): Promise<Server> {
      const data = await bench.folder(name);
      const signedIn = dialect === "original" ? {} : { tokens: await makeAccounts(data, clients) };
      const flags = {
        "--durability": durability,
        "--connections-per-second": "off",
        ...limitsFor(clients),
      };
      const node = await startIn(bench, data, { command: ["relay"], flags });
      return serverOf({ name, dialect, ...signedIn }, node);
    },
  };
}

async function startIn(
  bench: Bench,
  data: string,
  { command, flags }: { readonly command?: readonly string[]; readonly flags: Flags },
): Promise<RunningNode> {
  return await startNode(await bundleLauncher(bench), {
    data,
    log: logIn(data, "process"),
    flags: { "--name": NODE_NAME, ...flags },
    ...(command === undefined ? {} : { command }),
  });
}

function serverOf(
  who: Pick<Server, "name" | "dialect" | "tokens">,
  node: RunningNode,
): Server {
  return {
    ...who,
    afterwork: SEALING,
    port: node.port,
    pid: node.child.pid,
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
}
