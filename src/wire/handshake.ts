/**
 * The server's side of the WebSocket opening handshake (RFC 6455 section 4.2), and what a request
 * for it may carry: a token and an origin.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY = /^[+/0-9A-Za-z]{22}==$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Whether the request wants to become a WebSocket at all. */
export function isWebSocketUpgrade(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === "websocket";
}

/** The subprotocols that the client offers, in its order. What is no token is left out. */
export function offeredProtocols(request: IncomingMessage): readonly string[] {
  return (request.headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => TOKEN.test(name));
}

/**
 * Answers the handshake: 101, or an error and the end of the connection.
 *
 * @param protocol the subprotocol chosen of those that were offered
 * @returns whether the socket is a WebSocket now
 */
export function acceptUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  protocol?: string,
): boolean {
  const key = request.headers["sec-websocket-key"] ?? "";
  if (request.method !== "GET" || !isWebSocketUpgrade(request) || !KEY.test(key)) {
    refuseUpgrade(socket, "400 Bad Request");
    return false;
  }
  if (request.headers["sec-websocket-version"] !== "13") {
    refuseUpgrade(socket, "426 Upgrade Required", "Sec-WebSocket-Version: 13\r\n");
    return false;
  }
  const accept = createHash("sha1").update(key + GUID).digest("base64");
  const chosen = protocol === undefined ? "" : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n${chosen}\r\n`,
  );
  return true;
}

/** Refuses an upgrade, for example with `403 Forbidden`, and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: string, headers = ""): void {
  socket.on("error", () => socket.destroy());
  socket.on("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** A token that came with the request, and where it stood. */
export interface UpgradeToken {
  readonly token: string;
  /** A browser sends a `cookie` by itself, whatever page asks: its origin has to be checked. */
  readonly from: "query" | "cookie" | "protocol";
}

/** Longer ones are none: headers are bounded anyway, and so is the work on them. */
const TOKEN_MAX = 8 * 1024;

/**
 * The token of the query's `token`, the subprotocol entry `bearer.<token>` or the cookie
 * `authToken`, looked for in that order.
 */
export function readUpgradeToken(request: IncomingMessage): UpgradeToken | undefined {
  const query = URL.parse(request.url ?? "/", "http://host")?.searchParams.get("token");
  const bearer = offeredProtocols(request).find((name) => name.startsWith("bearer."));
  const found: readonly UpgradeToken[] = [
    { token: query ?? "", from: "query" },
    { token: bearer?.slice("bearer.".length) ?? "", from: "protocol" },
    { token: readCookie(request.headers.cookie, "authToken") ?? "", from: "cookie" },
  ];
  return found.find(({ token }) => token !== "" && token.length <= TOKEN_MAX);
}

/**
 * Whether a page of that origin may use the visitor's cookie: the same host, or one of `allowed`
 * (`https://chat.example.org`). Requests without an origin come from no page.
 */
export function isAllowedOrigin(request: IncomingMessage, allowed: readonly string[]): boolean {
  const origin = request.headers.origin;
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  const page = URL.parse(origin);
  return page !== null && page.host !== "" && page.host === request.headers.host?.toLowerCase();
}

function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? "").split(";")) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name) {
      return pair.slice(equals + 1).trim().replace(/^"(.*)"$/, "$1");
    }
  }
  return undefined;
}
