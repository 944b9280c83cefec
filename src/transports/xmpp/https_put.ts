/**
 * Puts a file at an address over HTTPS and tells how far it is. The runtime's `fetch` cannot: it
 * sends a stream without its length, in chunks, which Prosody answers with 413 and ejabberd with
 * 400.
 *
 * @module
 */
import type { ClientRequest } from "node:http";
import { request } from "node:https";

/** What goes up. */
export interface PutBody {
  /** Bytes; exactly so many come. */
  readonly size: number;
  /** The bytes, in blocks of at most `size`. */
  blocks(size: number): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** How it goes. */
export interface PutOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Is told how many bytes the connection has taken. */
  progress(bytes: number): void;
}

/** Puts a body at an address; resolves with the status of the answer. */
export type HttpPut = (url: URL, body: PutBody, options: PutOptions) => Promise<number>;

const BLOCK = 64 * 1024;

/**
 * A {@linkcode HttpPut} on connections of its own. Follows no redirection, and asks no proxy.
 *
 * @param ca certificates (PEM) to trust besides the system's
 * @throws {TypeError} for an address that is not https://
 * @throws as the socket has it; the signal's reason; what reading the body throws
 */
export function httpsPut(ca?: string): HttpPut {
  return async (url, body, { headers, signal, progress }) => {
    signal.throwIfAborted();
    const answered = Promise.withResolvers<number>();
    const sent = request(url, {
      method: "PUT",
      agent: false,
      // Said always: NODE_TLS_REJECT_UNAUTHORIZED=0 would turn the check off silently.
      rejectUnauthorized: true,
      headers: { ...headers, "content-length": String(body.size) },
      ...(ca === undefined ? {} : { ca }),
    });
    sent.on("error", (error) => answered.reject(error));
    sent.on("response", (answer) => {
      answer.resume();
      answered.resolve(answer.statusCode ?? 0);
    });
    const abort = () => answered.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      // Who refuses may do so at once, and what is left need not be sent.
      await Promise.race([write(sent, body, progress), answered.promise]);
      return await answered.promise;
    } finally {
      signal.removeEventListener("abort", abort);
      sent.destroy();
    }
  };
}

/** One block at a time: the next one is read once the connection has taken the last. */
async function write(
  sent: ClientRequest,
  body: PutBody,
  progress: (bytes: number) => void,
): Promise<void> {
  let done = 0;
  for await (const block of body.blocks(BLOCK)) {
    await new Promise<void>((resolve, reject) => {
      sent.write(block, (error) => error ? reject(error) : resolve());
    });
    done += block.length;
    progress(done);
  }
  if (done !== body.size) throw new Error("the file has changed while it was sent");
  await new Promise<void>((resolve) => sent.end(resolve));
}

/** Bytes in memory as a body. */
export function bytesBody(bytes: Uint8Array): PutBody {
  return {
    size: bytes.length,
    *blocks(size) {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    },
  };
}
