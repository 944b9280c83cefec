/**
 * A TCP line to a server that a test can cut and mend again, as a network or a restart does.
 *
 * @module
 */

/** See the module's description. */
export class LineTo implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #to: number;
  readonly #open = new Set<Deno.Conn>();
  readonly #running: Promise<void>;
  #isCut = false;

  /** @param to port on 127.0.0.1 */
  constructor(to: number) {
    this.#to = to;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#running = this.#run();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Ends every connection, and each new one at once. */
  cut(): void {
    this.#isCut = true;
    for (const conn of this.#open) end(conn);
  }

  mend(): void {
    this.#isCut = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    await this.#running;
  }

  async #run(): Promise<void> {
    const pairs: Promise<unknown>[] = [];
    for await (const conn of this.#listener) {
      if (this.#isCut) end(conn);
      else pairs.push(this.#pair(conn));
    }
    await Promise.all(pairs);
  }

  async #pair(conn: Deno.Conn): Promise<void> {
    this.#open.add(conn);
    const other = await Deno.connect({ hostname: "127.0.0.1", port: this.#to });
    this.#open.add(other);
    if (this.#isCut) this.cut();
    await Promise.all([carry(conn, other), carry(other, conn)]);
    for (const one of [conn, other]) {
      this.#open.delete(one);
      end(one);
    }
  }
}

/** Bytes in one direction, the end too. */
async function carry(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) break;
      for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
    }
    await to.closeWrite();
  } catch {
    // One of the two is gone, so the other goes.
    end(from);
    end(to);
  }
}

function end(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It was closed already.
  }
}
