import { type AddressInfo, createServer, type Server } from "node:net";
import { ChatnodeError } from "../../errors.ts";

/** How often a pair of free ports is looked for before giving up. */
const MOST_TRIES = 50;

/** Connections that may wait to be accepted; the system may allow fewer. */
export const BACKLOG = 1024;

const LAST_PORT = 65_535;

/** Ports that systems seldom hand out by themselves. */
const QUIET_FROM = 10_000;
const QUIET_PORTS = 22_000;

/**
 * Makes the servers listen on `port` and the ports that follow it, all of them or none. Port 0
 * means any that are free; the result says which.
 *
 * @throws {ChatnodeError} see {@linkcode listenError}
 */
export async function bind(
  servers: readonly Server[],
  host: string,
  port: number,
): Promise<readonly number[]> {
  let first = port;
  for (let tries = 1;; tries++) {
    try {
      return await bindAll(servers, host, first);
    } catch (error) {
      await Promise.all(servers.map(close));
      if (port !== 0 || !isTaken(error) || tries >= MOST_TRIES) throw error;
      first = await quietPort(host);
    }
  }
}

/**
 * A port that probably has a free neighbour. The system's own choice may not: Linux hands out odd
 * ports to listeners and the even ones between them to outgoing connections, which keep them for
 * minutes. So its choice is moved below the range that those are taken from.
 */
async function quietPort(host: string): Promise<number> {
  const probe = createServer();
  await listen(probe, host, 0);
  const { port } = probe.address() as AddressInfo;
  await close(probe);
  return QUIET_FROM + port % QUIET_PORTS;
}

async function bindAll(
  servers: readonly Server[],
  host: string,
  port: number,
): Promise<readonly number[]> {
  const ports: number[] = [];
  for (const server of servers) {
    const before = ports.at(-1);
    const next = before === undefined ? port : before + 1;
    if (next > LAST_PORT) throw portsExhausted(host, next);
    await listen(server, host, next);
    ports.push((server.address() as AddressInfo).port);
  }
  return ports;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      server.off("listening", listening);
      reject(listenError(error, host, port));
    };
    const listening = () => {
      server.off("error", failed);
      resolve();
    };
    server.once("error", failed).once("listening", listening);
    server.listen({ host, port, backlog: BACKLOG });
  });
}

/** Also right for a server that does not listen. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function portsExhausted(host: string, port: number): ChatnodeError {
  return new ChatnodeError("http/port-taken", `Cannot listen on ${host}:${port}: no such port`, {
    hint: "Choose a lower --port; the port after it is used too.",
  });
}

function isTaken(error: unknown): boolean {
  return error instanceof ChatnodeError && error.code === "http/port-taken";
}

/** The operating system's refusal in words, with what to do about it. */
function listenError(error: Error, host: string, port: number): ChatnodeError {
  const place = port === 0 ? host : host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const refusal = (code: string, state: string, hint: string) =>
    new ChatnodeError(code, `Cannot listen on ${place}: ${state}`, { hint, cause: error });
  switch ("code" in error ? error.code : undefined) {
    case "EADDRINUSE":
      return refusal(
        "http/port-taken",
        "the port is in use",
        "Stop the other program, or choose another port with --port; the port after it is used too.",
      );
    case "EACCES":
      return refusal(
        "http/forbidden-port",
        "this user may not use the port",
        "Choose a port above 1023, or let a reverse proxy take the low one.",
      );
    case "EADDRNOTAVAIL":
    case "EINVAL":
    case "ENOTFOUND":
      return refusal(
        "http/no-such-address",
        "this machine has no such address",
        "Use 127.0.0.1 for this machine only, or 0.0.0.0 for all its addresses.",
      );
    default:
      return refusal("http/listen", error.message, "Check --host and --port.");
  }
}
