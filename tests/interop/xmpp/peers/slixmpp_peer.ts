/**
 * Somebody at slixmpp, an independent library.
 *
 * @module
 */
import { eventually } from "../../../harness/eventually.ts";
import { passwordOf, type XmppServer } from "../servers/servers.ts";

/** What it tells, by kind; see the program. */
export type Told = Readonly<Record<string, unknown>> & { readonly kind: string };

/** What it is good at: talking, or sending and taking files. */
export type SlixmppProgram = "slixmpp_peer.py" | "slixmpp_files.py";

/** See the module's description. */
export class SlixmppPeer implements AsyncDisposable {
  readonly told: Told[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<void>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#orders = child.stdin.getWriter();
    this.#read = this.#hear();
  }

  /** Starts one and waits until it is online. */
  static async online(
    server: XmppServer,
    user: string,
    program: SlixmppProgram = "slixmpp_peer.py",
  ): Promise<SlixmppPeer> {
    const args = [
      new URL(program, import.meta.url).pathname,
      `${user}@localhost`,
      passwordOf(user),
      String(server.ports.starttls),
      server.certificates.caFile,
    ];
    // Debian's Python: the module is there, whatever other Pythons are in the way.
    const child = new Deno.Command("/usr/bin/python3", {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const peer = new SlixmppPeer(child);
    await peer.heard("online");
    return peer;
  }

  async order(order: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#orders.write(new TextEncoder().encode(`${JSON.stringify(order)}\n`));
  }

  /** Waits until it tells something of `kind` that holds all of `what`. */
  async heard(kind: string, what: Readonly<Record<string, unknown>> = {}): Promise<Told> {
    return await eventually(
      `slixmpp tells ${kind} ${JSON.stringify(what)}`,
      () =>
        this.told.find((event) =>
          event.kind === kind &&
          Object.entries(what).every(([key, value]) =>
            JSON.stringify(event[key]) === JSON.stringify(value)
          )
        ),
    );
  }

  async #hear(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.told.push(JSON.parse(line) as Told);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#orders.close().catch(() => {});
    await this.#child.status;
    await this.#read;
  }
}
