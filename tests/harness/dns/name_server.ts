/**
 * A name server that says what a test wants, over UDP and TCP, on 127.0.0.1.
 *
 * @module
 */
import { createSocket, type Socket } from "node:dgram";
import { throughAliases } from "../../../src/transports/xmpp/dial/aliases.ts";
import type { ResolveServices } from "../../../src/transports/xmpp/dial/service_records.ts";
import { freePort } from "../free_ports.ts";
import { type Question, readQuestion, type Reply, replyBytes, word } from "./wire.ts";

/** What is said: a reply, these very bytes, or nothing at all. */
export type Said = Reply | Uint8Array | undefined;

/** Answers one question. */
export type Answering = (question: Question, over: "udp" | "tcp") => Said;

/** See the module's description. */
export class NameServer implements AsyncDisposable {
  /** Every question so far, `<transport> <name>`. */
  readonly asked: string[] = [];
  readonly port: number;
  readonly #answer: Answering;
  readonly #udp: Socket;
  readonly #tcp: Deno.Listener;
  readonly #connections = new Set<Deno.Conn>();
  readonly #accepting: Promise<void>;

  private constructor(port: number, udp: Socket, answer: Answering) {
    this.port = port;
    this.#answer = answer;
    this.#udp = udp;
    this.#tcp = Deno.listen({ hostname: "127.0.0.1", port });
    this.#accepting = this.#accept();
    udp.on("message", (data, { port: from, address }) => {
      const said = this.#say(new Uint8Array(data), "udp");
      if (said !== undefined) udp.send(said, from, address);
    });
  }

  static async start(answer: Answering): Promise<NameServer> {
    const port = freePort();
    const udp = createSocket("udp4");
    await new Promise<void>((resolve) => udp.bind(port, "127.0.0.1", resolve));
    return new NameServer(port, udp, answer);
  }

  /** Looks up at this server, as the program does at the system's. */
  get resolve(): ResolveServices {
    const nameServer = { ipAddr: "127.0.0.1", port: this.port };
    return throughAliases({
      services: async (name, signal) => await Deno.resolveDns(name, "SRV", { nameServer, signal }),
      aliases: async (name, signal) => await Deno.resolveDns(name, "CNAME", { nameServer, signal }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tcp.close();
    for (const connection of this.#connections) close(connection);
    await new Promise<void>((resolve) => this.#udp.close(() => resolve()));
    await this.#accepting;
  }

  #say(message: Uint8Array, over: "udp" | "tcp"): Uint8Array | undefined {
    const question = readQuestion(message);
    this.asked.push(`${over} ${question.name}`);
    const said = this.#answer(question, over);
    return said === undefined || said instanceof Uint8Array ? said : replyBytes(question, said);
  }

  async #accept(): Promise<void> {
    const all: Promise<void>[] = [];
    try {
      for await (const connection of this.#tcp) {
        this.#connections.add(connection);
        all.push(this.#serve(connection).catch(() => {}).finally(() => close(connection)));
      }
    } catch {
      // Closed while it waited.
    }
    await Promise.all(all);
  }

  /** Messages over TCP have their length before them (RFC 1035, 4.2.2). */
  async #serve(connection: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(4_096);
    let filled = 0;
    for (;;) {
      const count = await connection.read(buffer.subarray(filled));
      if (count === null) return;
      filled += count;
      const length = ((buffer[0] ?? 0) << 8) | (buffer[1] ?? 0);
      if (filled < 2 || filled < length + 2) continue;
      const said = this.#say(buffer.slice(2, length + 2), "tcp");
      buffer.copyWithin(0, length + 2, filled);
      filled -= length + 2;
      if (said === undefined) continue;
      const framed = new Uint8Array([...word(said.length), ...said]);
      for (let at = 0; at < framed.length;) at += await connection.write(framed.subarray(at));
    }
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // The other side was faster.
  }
}
