/**
 * The far end of the TCP door by hand: what is sent is exactly what a test wrote, what comes is read
 * when a test asks for it.
 *
 * @module
 */
import { inTime } from "../../harness/eventually.ts";

const encoder = new TextEncoder();

/** One frame: its length and its bytes; `announced` instead of the real length. */
export function frame(body: string | Uint8Array, announced?: number): Uint8Array<ArrayBuffer> {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const whole = new Uint8Array(4 + bytes.length);
  new DataView(whole.buffer).setUint32(0, announced ?? bytes.length);
  whole.set(bytes, 4);
  return whole;
}

/** See the module's description. */
export class Peer implements Disposable {
  readonly #conn: Deno.Conn;
  #received = new Uint8Array();
  #isOver = false;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  static async open(port: number): Promise<Peer> {
    return new Peer(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Over TLS, trusting `ca` alone. */
  static async secure(port: number, ca: string): Promise<Peer> {
    return new Peer(await Deno.connectTls({ hostname: "localhost", port, caCerts: [ca] }));
  }

  /** An original client that has given its alias. */
  static async original(port: number, alias: string): Promise<Peer> {
    const peer = await Peer.open(port);
    await peer.frame(`__alias__:${alias}`);
    return peer;
  }

  /** A native client that has said hello; resolves once the answer came. */
  static async native(port: number, hello: Record<string, unknown>): Promise<Peer> {
    const peer = await Peer.open(port);
    await peer.json({ type: "hello", ...hello });
    return peer;
  }

  /** Somebody with netcat who has given a name and was let in. */
  static async lines(port: number, name: string, end = "\n"): Promise<Peer> {
    const peer = await Peer.open(port);
    await peer.write(`${name}${end}`);
    await peer.until(/You are .*\n/);
    return peer;
  }

  async write(data: string | Uint8Array): Promise<void> {
    let bytes = typeof data === "string" ? encoder.encode(data) : data;
    while (bytes.length > 0) bytes = bytes.subarray(await this.#conn.write(bytes));
  }

  async frame(body: string | Uint8Array, announced?: number): Promise<void> {
    await this.write(frame(body, announced));
  }

  async json(value: unknown): Promise<void> {
    await this.frame(JSON.stringify(value));
  }

  /** The body of the next frame. */
  async next(): Promise<string> {
    return new TextDecoder().decode(await this.nextBytes());
  }

  async nextBytes(): Promise<Uint8Array> {
    const header = await inTime("a frame", this.#take(4));
    const length = new DataView(header.buffer).getUint32(0);
    return await inTime("a frame's body", this.#take(length));
  }

  /** The next frame, parsed; signs of life are passed over. */
  async nextJson<T = Record<string, unknown>>(): Promise<T> {
    for (;;) {
      const text = await this.next();
      if (text !== "") return JSON.parse(text) as T;
    }
  }

  /** Skips frames until one is as wanted. */
  async frameThat(wanted: (text: string) => boolean): Promise<string> {
    for (;;) {
      const text = await this.next();
      if (wanted(text)) return text;
    }
  }

  /** Skips native frames until one is as wanted. */
  async jsonThat<T = Record<string, unknown>>(wanted: (value: T) => boolean): Promise<T> {
    for (;;) {
      const value = await this.nextJson<T>();
      if (wanted(value)) return value;
    }
  }

  /** The next line without its LF. */
  async line(): Promise<string> {
    return (await this.until(/\n/)).slice(0, -1);
  }

  /** Everything up to and including the match. */
  async until(pattern: RegExp): Promise<string> {
    return await inTime(`${pattern}`, this.#until(pattern));
  }

  /** Everything until the connection ends; a reset counts as an end. */
  async rest(): Promise<string> {
    await inTime("the end of the connection", this.#readAll());
    const text = new TextDecoder().decode(this.#received);
    this.#received = new Uint8Array();
    return text;
  }

  /** Reads whatever is there now, waiting for nothing that a `ping` would not bring. */
  get received(): string {
    return new TextDecoder().decode(this.#received);
  }

  /** Sends no more; what comes can still be read. */
  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

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

  async #until(pattern: RegExp): Promise<string> {
    for (;;) {
      const text = new TextDecoder("latin1").decode(this.#received);
      const match = pattern.exec(text);
      if (match !== null) {
        const end = match.index + match[0].length;
        const taken = new TextDecoder().decode(this.#received.subarray(0, end));
        this.#received = this.#received.slice(end);
        return taken;
      }
      if (!await this.#more()) throw new Error(`ended before ${pattern}: ${this.received}`);
    }
  }

  async #take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#received.length < count) {
      if (!await this.#more()) throw new Error(`ended after ${this.#received.length} of ${count}`);
    }
    const taken = this.#received.slice(0, count);
    this.#received = this.#received.slice(count);
    return taken;
  }

  async #readAll(): Promise<void> {
    while (await this.#more());
  }

  async #more(): Promise<boolean> {
    if (this.#isOver) return false;
    const buffer = new Uint8Array(64 * 1024);
    let count: number | null;
    try {
      count = await this.#conn.read(buffer);
    } catch {
      count = null;
    }
    if (count === null) {
      this.#isOver = true;
      return false;
    }
    const joined = new Uint8Array(this.#received.length + count);
    joined.set(this.#received);
    joined.set(buffer.subarray(0, count), this.#received.length);
    this.#received = joined;
    return true;
  }
}
