/**
 * An XMPP server that does what a test says, on plain TCP or with TLS from the first byte: what real
 * servers never do.
 *
 * @module
 */
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import type { TestCertificate } from "../../harness/certificates.ts";
import { inTime } from "../../harness/eventually.ts";

/** One connection, as a script sees it. */
export class Peer {
  /** Everything that the client has said. */
  said = "";
  readonly #connection: Deno.Conn;
  #read = 0;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Says something; bytes go out as they are. */
  async say(what: string | Uint8Array): Promise<void> {
    const data = typeof what === "string" ? new TextEncoder().encode(what) : what;
    for (let at = 0; at < data.length;) at += await this.#connection.write(data.subarray(at));
  }

  /** Waits until the client says something new that matches. @throws {Error} when it leaves */
  async hears(pattern: RegExp): Promise<RegExpExecArray> {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const match = pattern.exec(this.said.slice(this.#read));
      if (match !== null) {
        this.#read += match.index + match[0].length;
        return match;
      }
      const count = await inTime(`the client says ${pattern}`, this.#connection.read(buffer));
      if (count === null) throw new Error(`the client left before it said ${pattern}`);
      this.said += new TextDecoder().decode(buffer.subarray(0, count));
    }
  }

  /** Reads until the client leaves, politely or not. */
  async left(): Promise<void> {
    await this.hears(/<\/stream:stream>/).catch(() => {});
  }

  /** Answers the stream's header with features. */
  async opens(features: string): Promise<void> {
    await this.hears(/<stream:stream[^>]*>/);
    await this.say(
      "<?xml version='1.0'?><stream:stream from='localhost' id='x' version='1.0' " +
        "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>" +
        `<stream:features>${features}</stream:features>`,
    );
  }

  /** Lets anybody in, by PLAIN, and binds `alice@localhost/x`. */
  async letsIn(features = ""): Promise<void> {
    await this.opens(mechanisms("PLAIN"));
    await this.hears(/<auth [^>]*>[^<]*<\/auth>/);
    await this.say(`<success xmlns='${SASL}'/>`);
    await this.opens(`<bind xmlns='${BIND}'/>${features}`);
    await this.binds();
  }

  /** Answers the request for a resource. */
  async binds(): Promise<void> {
    const [, id] = await this.hears(/<iq type="set" id="([^"]+)"><bind.*?<\/iq>/);
    const bound = `<bind xmlns='${BIND}'><jid>alice@localhost/x</jid></bind>`;
    await this.say(`<iq type='result' id='${id}'>${bound}</iq>`);
  }

  close(): void {
    try {
      this.#connection.close();
    } catch {
      // The client was faster.
    }
  }
}

const SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const BIND = "urn:ietf:params:xml:ns:xmpp-bind";
/** The stream feature of stream management. */
export const SM = "<sm xmlns='urn:xmpp:sm:3'/>";

/** The stream feature of a login. */
export function mechanisms(...names: readonly string[]): string {
  const all = names.map((name) => `<mechanism>${name}</mechanism>`).join("");
  return `<mechanisms xmlns='${SASL}'>${all}</mechanisms>`;
}

/** Runs a script for each connection; a script that throws ends its connection alone. */
export class ScriptedServer implements AsyncDisposable {
  readonly peers: Peer[] = [];
  /** Where connections came from, in their order. */
  readonly ports: number[] = [];
  readonly service: string;
  readonly #listener: Deno.Listener;
  readonly #running: Promise<void>[] = [];

  /**
   * @param script is given the connection and its number, from 0 on
   * @param certificate for TLS
   */
  constructor(
    script: (peer: Peer, number: number) => Promise<void>,
    certificate?: Pick<TestCertificate, "cert" | "key">,
  ) {
    const where = { hostname: "127.0.0.1", port: 0 };
    this.#listener = certificate === undefined
      ? Deno.listen(where)
      : Deno.listenTls({ ...where, ...certificate });
    const scheme = certificate === undefined ? "xmpp" : "xmpps";
    this.service = `${scheme}://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}`;
    this.#running.push(this.#accept(script));
  }

  /** Everything that clients have said, on all connections. */
  get said(): string {
    return this.peers.map(({ said }) => said).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const peer of this.peers) peer.close();
    await Promise.all(this.#running);
  }

  async #accept(script: (peer: Peer, number: number) => Promise<void>): Promise<void> {
    try {
      for await (const connection of this.#listener) {
        const peer = new Peer(connection);
        const number = this.peers.push(peer) - 1;
        this.ports.push((connection.remoteAddr as Deno.NetAddr).port);
        this.#running.push(script(peer, number).catch(() => {}).finally(() => peer.close()));
      }
    } catch {
      // Closed while it waited.
    }
  }
}

/** A login by SCRAM-SHA-1 in which the server may say what it wants. */
export async function scram(
  peer: Peer,
  { nonce = (own: string) => `${own}server`, iterations = 4_096, proof = "right" }: {
    nonce?(own: string): string;
    readonly iterations?: number;
    readonly proof?: "right" | "wrong" | "none";
  } = {},
): Promise<void> {
  const first = decoded(await peer.hears(/<auth [^>]*>([^<]*)<\/auth>/)).replace(/^[ny],,/, "");
  const own = /r=(.*)$/.exec(first)?.[1] ?? "";
  const salt = "salt";
  const challenge = `r=${nonce(own)},s=${btoa(salt)},i=${iterations}`;
  await peer.say(`<challenge xmlns='${SASL}'>${btoa(challenge)}</challenge>`);
  const response = decoded(await peer.hears(/<response [^>]*>([^<]*)<\/response>/));
  const message = `${first},${challenge},${response.replace(/,p=.*$/, "")}`;
  const salted = pbkdf2Sync("alice-pw", salt, iterations, 20, "sha1");
  const key = createHmac("sha1", salted).update("Server Key").digest();
  const signature = createHmac("sha1", key).update(message).digest("base64");
  const wrong = createHash("sha1").update("wrong").digest("base64");
  const data = proof === "none" ? "" : btoa(`v=${proof === "right" ? signature : wrong}`);
  await peer.say(`<success xmlns='${SASL}'>${data}</success>`);
}

function decoded([, text = ""]: RegExpExecArray): string {
  return atob(text);
}
