/**
 * People who chat on while something bad happens to the node, one on each dialect. Whatever is
 * done to others, they get every message once and in order.
 *
 * @module
 */
import assert from "node:assert/strict";
import { inTime } from "../harness/eventually.ts";
import type { ServerProcess } from "../harness/server_process.ts";
import { V1Client } from "./v1_client.ts";

/** How long one of their messages may take, milliseconds: the machine may be busy as well. */
const PATIENCE = 30_000;

/** See the module's description. */
export class Bystanders implements AsyncDisposable {
  readonly #v1: V1Client;
  readonly #alone: AloneListener;
  readonly #said: string[] = [];

  private constructor(v1: V1Client, alone: AloneListener) {
    this.#v1 = v1;
    this.#alone = alone;
  }

  /** Registers and connects two people who do nothing but chat in the lobby. */
  static async join(server: ServerProcess): Promise<Bystanders> {
    const [ines, jon] = [await server.enter("ines"), await server.enter("jon")];
    const rooms = [{ room: "lobby" }];
    const v1 = await V1Client.open(server.ws, ines.token, { rooms });
    return new Bystanders(v1, await AloneListener.open(`${server.ws}/?token=${jon.token}`));
  }

  /** Each says something and waits until both have seen it. */
  async chat(): Promise<void> {
    for (const by of ["ines", "jon"]) {
      const text = `${by} ${this.#said.length}`;
      this.#said.push(text);
      if (by === "ines") this.#v1.send({ type: "send", ref: text, room: "lobby", body: text });
      else this.#alone.say(text);
      const arrival = by === "ines"
        ? this.#v1.until((frame) => frame["ref"] === text)
        : this.#v1.heard(text);
      await inTime(
        `"${text}" among bystanders`,
        Promise.all([arrival, this.#alone.heard(text)]),
        PATIENCE,
      );
    }
  }

  /** Chats until `over` is settled, then once more, and looks at all that was seen. */
  async chatUntil<T>(over: Promise<T>): Promise<T> {
    let running = true;
    const stop = () => running = false;
    over.then(stop, stop);
    while (running) await this.chat();
    await this.check();
    return await over;
  }

  /** Everything said so far was seen by both, once, in order, whatever strangers said in between. */
  async check(): Promise<void> {
    await this.chat();
    const own = (text: unknown) => typeof text === "string" && /^(ines|jon) \d+$/.test(text);
    const byV1 = this.#v1.events.map(({ event }) => event.content["body"]).filter(own);
    assert.deepEqual(byV1, this.#said.filter((text) => text.startsWith("jon")));
    assert.deepEqual(this.#alone.texts.filter(own), this.#said);
    const offsets = this.#v1.events.map(({ offset }) => offset);
    assert.deepEqual(offsets, [...new Set(offsets)].sort((a, b) => a - b), "offsets only rise");
  }

  /** The names of those who are in the lobby now. */
  async company(): Promise<readonly string[]> {
    const { members } = await this.#v1.ask({ type: "members", room: "lobby" });
    return (members as { name: string }[]).map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#v1.close();
    await this.#alone.close();
  }
}

/** An AloneChat client that keeps what it hears. */
class AloneListener {
  readonly #socket: WebSocket;
  readonly #closed: Promise<void>;
  readonly #waiting = new Map<string, () => void>();
  readonly texts: string[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.onclose = () => resolve());
    socket.onmessage = ({ data }) => {
      const { type, content } = JSON.parse(String(data));
      if (type !== 1) return;
      this.texts.push(content);
      this.#waiting.get(content)?.();
      this.#waiting.delete(content);
    };
  }

  static async open(url: string): Promise<AloneListener> {
    const listener = new AloneListener(new WebSocket(url));
    await inTime(
      "the handshake",
      new Promise<void>((resolve, reject) => {
        listener.#socket.onopen = () => resolve();
        listener.#socket.onerror = () => reject(new Error("the handshake failed"));
      }),
    );
    return listener;
  }

  say(content: string): void {
    this.#socket.send(JSON.stringify({ type: 1, sender: "", content }));
  }

  heard(text: string): Promise<void> {
    if (this.texts.includes(text)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(text, resolve));
  }

  async close(): Promise<void> {
    this.#socket.close();
    await inTime("the closing handshake", this.#closed);
  }
}
