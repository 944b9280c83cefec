/**
 * The servers that chatnode is compared with.
 *
 * @module
 */
import { join } from "node:path";
import { V8_FLAGS } from "../../../tasks/runtime.ts";
import { Child, freePort, logIn, untilListening } from "../child.ts";
import type { Bench } from "../contract.ts";
import type { Server, ServerKind } from "./server.ts";

/** A server's name, dialect and command line. */
interface Command {
  readonly name: string;
  readonly dialect: string;
  readonly program: string;
  args(port: number, folder: string): readonly string[] | Promise<readonly string[]>;
}

async function launch(bench: Bench, command: Command): Promise<Server> {
  const { name, dialect, program } = command;
  const folder = await bench.folder(name);
  const port = freePort();
  const args = await command.args(port, folder);
  const child = await Child.start({ program, args, log: logIn(folder, name) });
  try {
    await untilListening(child, port);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { name, dialect, port, pid: child.pid, [Symbol.asyncDispose]: () => child.stop() };
}

/** The base of all ratios. */
export const NATS: ServerKind = {
  name: "nats-server",
  described: "nats-server: as it comes, nothing stored, nobody signs in.",
  start: async (bench) =>
    await launch(bench, {
      name: "nats-server",
      dialect: "nats",
      program: await bench.tools.system("nats-server"),
      args: (port) => ["--addr", "127.0.0.1", "--port", String(port)],
    }),
};

/** See {@linkcode ServerKind.described}. */
export const MOSQUITTO: ServerKind = {
  name: "mosquitto",
  described: "mosquitto: MQTT 3.1.1 with quality of service 0, nothing stored, nobody signs in.",
  start: async (bench) =>
    await launch(bench, {
      name: "mosquitto",
      dialect: "mqtt",
      program: await bench.tools.system("mosquitto"),
      async args(port, folder) {
        const file = join(folder, "mosquitto.conf");
        const settings = [
          `listener ${port} 127.0.0.1`,
          ...["allow_anonymous true", "persistence false", "log_type error"],
          // Without it every small message waits for the acknowledgement of the one before.
          "set_tcp_nodelay true",
        ];
        await Deno.writeTextFile(file, `${settings.join("\n")}\n`);
        return ["-c", file];
      },
    }),
};

/** See {@linkcode ServerKind.described}. */
export const SOCKET_IO: ServerKind = {
  name: "socket.io",
  described: "socket.io: on Node, one room, WebSocket only (`peers/socketio.cjs`).",
  start: (bench) => launchNode(bench, "socket.io", "socket.io", "socketio.cjs"),
};

/** See {@linkcode ServerKind.described}. */
export const WS_LOOP: ServerKind = {
  name: "ws loop",
  described: "ws loop: `ws` on Node, each message sent to each client (`peers/broadcast.cjs`).",
  start: (bench) => launchNode(bench, "ws loop", "broadcast", "broadcast.cjs"),
};

async function launchNode(
  bench: Bench,
  name: string,
  dialect: string,
  file: string,
): Promise<Server> {
  const folder = await bench.tools.nodePeers();
  return await launch(bench, {
    name,
    dialect,
    program: "node",
    args: (port) => [join(folder, file), String(port)],
  });
}

/** The runtime's own HTTP server, with the flags that chatnode has. */
export const BARE_HTTP: ServerKind = {
  name: "bare node:http",
  described:
    "bare node:http: on Deno, reads and parses the body, stores nothing (`peers/http.ts`).",
  start: (bench) =>
    launch(bench, {
      name: "bare node:http",
      dialect: "http",
      program: Deno.execPath(),
      args: (port) => [
        ...["run", "--quiet", "--allow-net", "--no-check", V8_FLAGS],
        ...[join(import.meta.dirname ?? ".", "..", "peers", "http.ts"), String(port)],
      ],
    }),
};

/** What cannot be done in less work. */
export const FLOOR: ServerKind = {
  name: "C floor",
  described: "C floor: one thread, epoll, raw TCP lines, nothing parsed (`peers/floor.c`).",
  start: async (bench) =>
    await launch(bench, {
      name: "C floor",
      dialect: "lines",
      program: await bench.tools.native("floor"),
      args: (port) => [String(port), "lines"],
    }),
};

/** See {@linkcode ServerKind.described}. */
export const FRAME_FLOOR: ServerKind = {
  name: "C floor in frames",
  described:
    "C floor in frames: one thread, epoll, frames handed on as they come (`peers/floor.c`).",
  start: async (bench) =>
    await launch(bench, {
      name: "C floor in frames",
      dialect: "original",
      program: await bench.tools.native("floor"),
      args: (port) => [String(port), "frames"],
    }),
};

/** See {@linkcode ServerKind.described}. */
export const ASYNCIO: ServerKind = {
  name: "asyncio",
  described: "asyncio: on Python, each frame with its author's name to everybody else, one after " +
    "the other (`peers/echo_to_all.py`).",
  start: async (bench) =>
    await launch(bench, {
      name: "asyncio",
      dialect: "original",
      program: await bench.tools.system("python3"),
      args: (
        port,
      ) => [join(import.meta.dirname ?? ".", "..", "peers", "echo_to_all.py"), String(port)],
    }),
};
