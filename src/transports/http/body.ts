import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { HTTPException } from "hono/http-exception";

/** Whether the request announces a body of more than `limit` bytes. */
export function announcesTooMuch(request: IncomingMessage, limit: number): boolean {
  return Number(request.headers["content-length"] ?? 0) > limit;
}

/**
 * Reads a request's body, at most `limit` bytes of it.
 *
 * @throws {HTTPException} 413 when there is more, 400 when the client went away before its end.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (status: 400 | 413, message: string) => {
      request.off("data", take).off("end", end).off("close", cut).off("error", cut);
      reject(new HTTPException(status, { message }));
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) fail(413, TOO_LARGE);
      else chunks.push(chunk);
    };
    const end = () => {
      request.off("close", cut).off("error", cut);
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    };
    const cut = () => fail(400, "Request body incomplete");
    request.on("data", take).once("end", end).once("close", cut).once("error", cut);
  });
}

export const TOO_LARGE = "Request body too large";
