/**
 * Answers to what never reaches the application.
 *
 * @module
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import { discard } from "./body.ts";

/** How long a refused client may take to read the answer, milliseconds. */
const LINGER = 1000;

/** For the server's `clientError`: broken or slow requests. */
export function answerBadRequest(clock: Clock): (error: Error, socket: Duplex) => void {
  return (error, socket) => {
    const code = "code" in error ? error.code : undefined;
    // Nothing can be said to a connection that is gone, or that is in the middle of an answer.
    if (!socket.writable || code === "ECONNRESET" || code === "EPIPE") {
      socket.destroy();
      return;
    }
    if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
      answer(socket, 408, "The request took too long", clock);
    } else if (code === "HPE_HEADER_OVERFLOW") answer(socket, 431, "Headers too large", clock);
    else answer(socket, 400, "Not an HTTP request", clock);
  };
}

/** For an upgrade that no door is asked for, or that none wants. */
export function refuseUpgrade(socket: Socket, detail: string, clock: Clock): void {
  answer(socket, 400, detail, clock);
}

/** What a request is refused with. */
export interface Refused {
  readonly status: number;
  readonly detail: string;
}

/** Answers a request without looking at its body, and ends its connection. */
export function refuseRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { status, detail }: Refused,
  clock: Clock,
): void {
  discard(request, response, clock);
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ detail }));
}

/** Written by hand, because there is no parsed request to answer. */
function answer(socket: Duplex, status: number, detail: string, clock: Clock): void {
  const body = JSON.stringify({ detail });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    "Connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
  // Destroying at once would reset the connection and take the answer back.
  const timer = clock.after(LINGER, () => socket.destroy());
  socket.once("close", () => timer.cancel());
}
