/**
 * A TCP proxy on loopback that does to connections what networks do.
 *
 * @module
 */

/** Between a client and a server on 127.0.0.1. Disposing of it ends everything. */
export class FaultProxy implements AsyncDisposable {
  readonly port: number;
  readonly #to: number;
  readonly #rewrite: ((text: string) => string) | undefined;
  readonly #listener: Deno.Listener;
  readonly #open = new Set<Deno.Conn>();
  readonly #running = new Set<Promise<void>>();
  #behaviour: "passing" | "swallowing" | "refusing" = "passing";
  #accepted = 0;

  /** @param rewrite changes what the server says, chunk by chunk */
  constructor(to: number, rewrite?: (text: string) => string) {
    this.#to = to;
    this.#rewrite = rewrite;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#track(this.#accept());
  }

  /** Connections so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Ends every connection; those in the backlog come through afterwards. */
  cut(): void {
    for (const connection of this.#open) close(connection);
    this.#open.clear();
  }

  /** From now on everything is taken and nothing is given on, in either direction. */
  swallow(): void {
    this.#behaviour = "swallowing";
  }

  /** From now on new connections are ended at once. */
  refuse(): void {
    this.#behaviour = "refusing";
  }

  /** Works again. What was swallowed is gone. */
  heal(): void {
    this.#behaviour = "passing";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    close(this.#listener);
    this.cut();
    await Promise.all(this.#running);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.#accepted += 1;
      if (this.#behaviour === "refusing") close(client);
      else this.#track(this.#join(client));
    }
  }

  async #join(client: Deno.Conn): Promise<void> {
    this.#open.add(client);
    let server: Deno.Conn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.#to });
    } catch {
      return close(client);
    }
    if (!this.#open.has(client)) return close(server);
    this.#open.add(server);
    await Promise.all([
      this.#pump(client, server, undefined),
      this.#pump(server, client, this.#rewrite),
    ]);
    for (const connection of [client, server]) {
      this.#open.delete(connection);
      close(connection);
    }
  }

  async #pump(
    from: Deno.Conn,
    to: Deno.Conn,
    rewrite: ((text: string) => string) | undefined,
  ): Promise<void> {
    const buffer = new Uint8Array(16_384);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        if (this.#behaviour === "swallowing") continue;
        let data = buffer.slice(0, count);
        if (rewrite !== undefined) {
          data = new TextEncoder().encode(rewrite(new TextDecoder().decode(data)));
        }
        for (let at = 0; at < data.length;) at += await to.write(data.subarray(at));
      }
    } catch {
      // One end is gone.
    }
    close(to);
    close(from);
  }

  #track(promise: Promise<void>): void {
    const tracked = promise.catch(() => {}).finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }
}

function close(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // It was closed already.
  }
}
