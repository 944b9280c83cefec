/**
 * The client's end of a TCP connection, TLS or not.
 *
 * @module
 */
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { ChatnodeError, UsageError } from "../../../errors.ts";

/** Where a relay is. */
export interface TcpTarget {
  readonly hostname: string;
  readonly port: number;
  /** Present: TLS. `ca`: certificates (PEM) trusted instead of the system's. */
  readonly tls?: { readonly ca?: string };
}

/** The port of relays, where an address names none. */
export const RELAY_PORT = 50_000;

/** Silence after which TCP itself asks whether the other end is still there. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Reads `tcp://host:port` or `tls://host:port`; the port may be left out.
 *
 * @throws {UsageError} `tcp/address`
 */
export function parseTcpAddress(text: string): TcpTarget {
  const url = /^(?:tcp|tls):\/\//.test(text) ? URL.parse(text) : null;
  const bare = url !== null && (url.pathname === "" || url.pathname === "/") &&
    url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  if (url === null || !bare || url.hostname === "") {
    throw new UsageError("tcp/address", "Cannot use the address: it is not tcp://HOST:PORT", {
      hint: "With TLS it is tls://HOST:PORT.",
    });
  }
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? RELAY_PORT : Number(url.port);
  return url.protocol === "tls:" ? { hostname, port, tls: {} } : { hostname, port };
}

/**
 * Connects.
 *
 * @throws {ChatnodeError} `tcp/unreachable`, also when `signal` aborts
 */
export function openSocket(target: TcpTarget, signal: AbortSignal): Promise<Socket> {
  const { hostname, port, tls } = target;
  return new Promise((resolve, reject) => {
    const socket = tls === undefined
      ? connect({ host: hostname, port, noDelay: true })
      : connectTls({
        ...{ host: hostname, port },
        ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
        ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      });
    const finish = (error?: Error) => {
      signal.removeEventListener("abort", abort);
      socket.off("error", finish);
      // An error without a listener would end the process.
      socket.on("error", () => socket.destroy());
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      if (error === undefined) return resolve(socket);
      socket.destroy();
      reject(unreachable(target, error));
    };
    const abort = () => finish(new Error("it took too long, or was called off"));
    socket.once("error", finish);
    socket.once(tls === undefined ? "connect" : "secureConnect", () => finish());
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
  });
}

function unreachable({ hostname, port }: TcpTarget, cause: Error): ChatnodeError {
  const state = "code" in cause && cause.code === "ECONNREFUSED"
    ? "nobody listens there"
    : cause.message;
  return new ChatnodeError("tcp/unreachable", `Cannot connect to ${hostname}:${port}: ${state}`, {
    cause,
  });
}
