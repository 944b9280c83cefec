import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { HTTPException } from "hono/http-exception";
import type { Clock } from "../../clock.ts";

/** Whether the request announces a body of more than `limit` bytes. */
export function announcesTooMuch(request: IncomingMessage, limit: number): boolean {
  return Number(request.headers["content-length"] ?? 0) > limit;
}

/**
 * Reads a request's body, at most `limit` bytes of it.
 *
 * @throws {HTTPException} 413 when there is more, 400 when the client went away before its end.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  tooLarge: () => void,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (status: 400 | 413, message: string) => {
      request.off("data", take).off("end", end).off("close", cut).off("error", cut);
      reject(new HTTPException(status, { message }));
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) return void chunks.push(chunk);
      fail(413, TOO_LARGE);
      tooLarge();
    };
    const end = () => {
      request.off("close", cut).off("error", cut);
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    };
    const cut = () => fail(400, "Request body incomplete");
    request.on("data", take).once("end", end).once("close", cut).once("error", cut);
  });
}

/**
 * Reads the rest of a body and throws it away, then ends the connection. A client that is still
 * sending would not see an answer otherwise: closing a connection on it resets it. One that takes
 * longer, or sends much more, is cut all the same.
 */
export function discard(request: IncomingMessage, response: ServerResponse, clock: Clock): void {
  const { socket } = request;
  const timer = clock.after(LINGER, () => socket.destroy());
  socket.once("close", () => timer.cancel());
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MOST_DISCARDED) socket.destroy();
  });
  request.once("end", () => {
    if (response.writableFinished) socket.end();
    else response.once("finish", () => socket.end());
  });
}

/** How long a client may go on sending what nobody wants, milliseconds. */
const LINGER = 2_000;
/** Bytes of one request that are read for nothing. */
const MOST_DISCARDED = 16 * 1024 * 1024;

export const TOO_LARGE = "Request body too large";
