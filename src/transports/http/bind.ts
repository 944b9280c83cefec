import type { AddressInfo, Server } from "node:net";
import { ChatnodeError } from "../../errors.ts";

/** How often a pair of free ports is looked for before giving up. */
const MOST_TRIES = 50;

/** The highest port that still has a next one. */
const LAST_FIRST_PORT = 65_534;

type Pair = readonly [Server, Server];

/**
 * Listens on `port` and the next one, or on neither.
 *
 * @throws {ChatnodeError} see {@linkcode listenError}
 */
export async function bind(servers: Pair, host: string, port: number): Promise<void> {
  if (port > LAST_FIRST_PORT) {
    throw new RangeError(`Cannot listen on port ${port}: no port follows it`);
  }
  await listen(servers[0], host, port);
  try {
    await listen(servers[1], host, port + 1);
  } catch (error) {
    await close(servers[0]);
    throw error;
  }
}

/** Listens on two neighbouring ports that the system has free. */
export async function bindPair(servers: Pair, host: string): Promise<void> {
  for (let tries = 1;; tries++) {
    await listen(servers[0], host, 0);
    const { port } = servers[0].address() as AddressInfo;
    try {
      if (port <= LAST_FIRST_PORT) return await listen(servers[1], host, port + 1);
    } catch (error) {
      if (!isTaken(error) || tries >= MOST_TRIES) {
        await close(servers[0]);
        throw error;
      }
    }
    await close(servers[0]);
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(listenError(error, host, port));
    server.once("error", failed);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function isTaken(error: unknown): boolean {
  return error instanceof ChatnodeError && error.code === "http/port-taken";
}

/** The operating system's refusal in words, with what to do about it. */
function listenError(error: Error, host: string, port: number): ChatnodeError {
  const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
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
