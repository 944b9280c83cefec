/**
 * HTTP by hand: what is sent is exactly what the test wrote, however wrong, and the connection's
 * end can be watched.
 *
 * @module
 */
import { connect } from "node:net";
import { inTime, PATIENCE } from "./eventually.ts";

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A bare TCP connection that speaks only what it is told to. */
export class RawConnection {
  readonly #conn: Deno.TcpConn;
  #received = new Uint8Array();
  #ended = false;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async open(port: number): Promise<RawConnection> {
    return new RawConnection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Everything received and not yet taken, bytes read as Latin-1. */
  get received(): string {
    return latin1(this.#received);
  }

  async write(data: string | Uint8Array): Promise<void> {
    let bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    while (bytes.length > 0) bytes = bytes.subarray(await this.#conn.write(bytes));
  }

  /** Reads one whole answer; chunked bodies are joined. */
  async answer(patience: number = PATIENCE): Promise<RawAnswer> {
    return await inTime("an HTTP answer", this.#answer(), patience);
  }

  /** Waits for the server to end the connection; a reset counts as an end. */
  async ended(patience: number = PATIENCE): Promise<void> {
    await inTime(
      "the end of the connection",
      (async () => {
        while (await this.#more());
      })(),
      patience,
    );
  }

  /** Takes exactly `count` bytes. */
  async take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#received.length < count) {
      if (!await this.#more()) throw new Error(`ended after ${this.#received.length} of ${count}`);
    }
    const taken = this.#received.slice(0, count);
    this.#received = this.#received.slice(count);
    return taken;
  }

  /** Says that nothing more is sent; what comes can still be read. */
  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

  /** Cuts the connection. */
  close(): void {
    try {
      this.#conn.close();
    } catch {
      // It was closed already.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #answer(): Promise<RawAnswer> {
    const head = await this.#until("\r\n\r\n");
    const [first = "", ...lines] = head.split("\r\n").filter((line) => line !== "");
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
    }
    const status = Number(first.split(" ")[1]);
    const body = status === 101 ? "" : await this.#body(headers);
    return { status, headers, body };
  }

  async #body(headers: Readonly<Record<string, string>>): Promise<string> {
    if (headers["transfer-encoding"] !== "chunked") {
      return utf8(await this.take(Number(headers["content-length"] ?? 0)));
    }
    let body = "";
    for (;;) {
      const size = parseInt(await this.#until("\r\n"), 16);
      body += utf8(await this.take(size));
      await this.take(2);
      if (size === 0) return body;
    }
  }

  async #until(mark: string): Promise<string> {
    for (;;) {
      const text = latin1(this.#received);
      const at = text.indexOf(mark);
      if (at >= 0) return latin1(await this.take(at + mark.length));
      if (!await this.#more()) {
        throw new Error(`ended before an answer, after ${text.length} bytes`);
      }
    }
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const buffer = new Uint8Array(64 * 1024);
    let count: number | null;
    try {
      count = await this.#conn.read(buffer);
    } catch (error) {
      const cut = error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
        error instanceof Deno.errors.BrokenPipe;
      if (!cut) throw error;
      count = null;
    }
    if (count === null) {
      this.#ended = true;
      return false;
    }
    const joined = new Uint8Array(this.#received.length + count);
    joined.set(this.#received);
    joined.set(buffer.subarray(0, count), this.#received.length);
    this.#received = joined;
    return true;
  }
}

/** One request on its own connection, one answer. */
export async function rawRequest(port: number, request: string | Uint8Array): Promise<RawAnswer> {
  using connection = await RawConnection.open(port);
  await connection.write(request);
  return await connection.answer();
}

/**
 * Sends a request and resets the connection (TCP RST) when its answer begins to arrive, as when a
 * client dies with an answer in its hands.
 */
export async function requestAndReset(port: number, request: string): Promise<void> {
  const socket = connect(port, "127.0.0.1", () => socket.write(request));
  await inTime(
    "an answer to reset",
    new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("close", () => resolve());
      socket.once("data", () => socket.resetAndDestroy());
    }),
  );
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
