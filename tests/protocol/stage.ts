/** A real chatnode.v1 server on loopback, with whatever accounts a test names. */
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Verification } from "../../src/accounts/accounts.ts";
import type { Identity } from "../../src/accounts/contract.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import type { History } from "../../src/history/contract.ts";
import { MemoryHistory } from "../../src/history/memory.ts";
import type { Hub } from "../../src/hub/contract.ts";
import { openHub } from "../../src/hub/hub.ts";
import type { HubLimits } from "../../src/hub/limits.ts";
import { getLogger } from "../../src/log.ts";
import { WebSocketDoor } from "../../src/transports/websocket/door.ts";
import type { LinkLimits } from "../../src/wire/limits.ts";
import { SocketClient } from "../harness/socket_client.ts";

export const NODE = "node-1a2b3c";

export interface ServerOptions {
  readonly clock?: Clock;
  readonly history?: History;
  readonly limits?: Partial<HubLimits>;
  readonly links?: Partial<LinkLimits>;
  readonly origins?: readonly string[];
  readonly verify?: (token: string | undefined) => Promise<Verification>;
  /** 0 lets the system pick. */
  readonly port?: number;
}

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly hub: Hub;
  readonly history: History;
  readonly door: WebSocketDoor;
  /** The sockets accepted, the oldest first. */
  readonly sockets: readonly Socket[];
  /** A client that has said hello; its token is `token <name>`. */
  enter(name: string, hello?: Record<string, unknown>): Promise<SocketClient>;
  connect(): Promise<SocketClient>;
}

/** Tokens are `token <name>`; the name `admin` is an administrator. */
export function verifyByName(token: string | undefined): Promise<Verification> {
  if (token === undefined) {
    return Promise.resolve({ ok: false, reason: "none", detail: "there is none" });
  }
  const name = /^(?:token |eyJhbGciOiJIUzI1NiJ9\.)(\w+)$/.exec(token)?.[1];
  if (name === undefined) {
    return Promise.resolve({ ok: false, reason: "invalid", detail: "it is not one of this node" });
  }
  return Promise.resolve({ ok: true, identity: identityOf(name, { token }) });
}

export function identityOf(name: string, more: Partial<Identity> = {}): Identity {
  return { address: `${name}@${NODE}`, name, role: name === "admin" ? "admin" : "user", ...more };
}

export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const clock = options.clock ?? systemClock;
  const history = options.history ?? new MemoryHistory({ clock });
  const hub = await openHub({
    ...{ node: NODE, history, clock, log: getLogger(["hub"]) },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const door = new WebSocketDoor({
    ...{ hub, clock, verify: options.verify ?? verifyByName },
    ...(options.links === undefined ? {} : { limits: options.links }),
    ...(options.origins === undefined ? {} : { origins: options.origins }),
  });
  const sockets: Socket[] = [];
  const server = createServer((_, response) => response.end());
  server.on("connection", (socket) => sockets.push(socket));
  server.on("upgrade", (request, socket, head) => {
    if (!door.matches(request)) socket.destroy();
    else door.handle(request, socket, head, { address: "127.0.0.1" });
  });
  const port = await listen(server, options.port ?? 0);
  const url = `ws://127.0.0.1:${port}/`;
  const connect = () => SocketClient.open(url, { protocols: ["chatnode.v1"] });
  return {
    ...{ port, url, hub, history, door, sockets, connect },
    async enter(name, hello = {}) {
      const client = await connect();
      client.sendJson({ type: "hello", token: `token ${name}`, ...hello });
      await client.until(({ type }) => type === "welcome");
      return client;
    },
    async [Symbol.asyncDispose]() {
      const closed = hub.close(1_000);
      for (const socket of sockets) socket.destroy();
      await closed;
      await door.close();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
