/**
 * Writers that outlive the server: each knows which of its messages were acknowledged, and for
 * which it cannot know.
 *
 * @module
 */
import type { ServerProcess } from "../../harness/server_process.ts";
import type { SeededRandom } from "./random.ts";

/** Where messages go. */
export interface Destination {
  /** What a `send` of `chatnode.v1` names; `target` is AloneChat's word for it. */
  readonly frame: Readonly<Record<string, string>>;
  /** Null: the lobby; undefined: AloneChat cannot write there. */
  readonly target: string | null | undefined;
}

/** A message that the server said is stored. */
export interface Acked {
  readonly body: string;
  /** Known of `chatnode.v1` only. */
  readonly place?: { readonly room: string; readonly offset: number; readonly id: string };
}

/** Who writes, and to whom. */
export interface WriterParts {
  readonly name: string;
  readonly token: string;
  readonly random: SeededRandom;
  readonly destinations: readonly Destination[];
  /** Called with every acknowledgement. */
  readonly onAck: () => void;
}

/** Sent and not yet answered, at most. */
const WINDOW = 8;
const PADDING = "x".repeat(100);

/** What all writers have in common. */
export abstract class Writer {
  readonly acked: Acked[] = [];
  /** Sent, never answered, and not to be sent again: may be stored, but no more than once. */
  readonly unknown: string[] = [];
  protected readonly parts: WriterParts;
  #count = 0;

  constructor(parts: WriterParts) {
    this.parts = parts;
  }

  /** Writes for as long as `server` answers; resolves when it is gone. */
  abstract write(server: ServerProcess): Promise<void>;

  /** `<name> <number> ...`: numbers rise in the order in which messages are first sent. */
  protected nextBody(): string {
    return `${this.parts.name} ${this.#count++} ${PADDING}`;
  }

  protected ack(acked: Acked): void {
    this.acked.push(acked);
    this.parts.onAck();
  }
}

/** `chatnode.v1`: sends what was not acked again, with the same key. */
export class KeyedWriter extends Writer {
  /** By key, in the order in which they were first sent. */
  readonly #pending = new Map<string, { readonly body: string; readonly to: Destination }>();
  /** Acks that said that the message was there already. */
  duplicates = 0;
  #finishing = false;
  #socket: WebSocket | undefined;

  write(server: ServerProcess): Promise<void> {
    const socket = new WebSocket(server.ws, "chatnode.v1");
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", token: this.parts.token }));
    socket.onmessage = ({ data }) => this.#take(socket, JSON.parse(String(data)));
    return ended(socket);
  }

  /** Writes nothing new from now on. */
  finish(): void {
    this.#finishing = true;
  }

  /** Says goodbye. */
  leave(): void {
    this.#socket?.close();
  }

  /** Messages that wait for an ack. */
  get pending(): number {
    return this.#pending.size;
  }

  #take(socket: WebSocket, frame: Record<string, unknown>): void {
    if (frame["type"] === "welcome") {
      for (const key of this.#pending.keys()) this.#send(socket, key);
    } else if (frame["type"] === "ack") this.#acked(frame);
    else return;
    while (this.#pending.size < WINDOW && !this.#finishing) {
      const body = this.nextBody();
      const key = body.slice(0, 60);
      this.#pending.set(key, { body, to: this.parts.random.pick(this.parts.destinations) });
      this.#send(socket, key);
    }
  }

  #send(socket: WebSocket, key: string): void {
    const message = this.#pending.get(key);
    if (message === undefined || socket.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify({ type: "send", key, body: message.body, ...message.to.frame }));
  }

  #acked(frame: Record<string, unknown>): void {
    const key = String(frame["key"]);
    const message = this.#pending.get(key);
    if (message === undefined) throw new Error(`an ack came for ${key}, which waits for none`);
    this.#pending.delete(key);
    if (frame["duplicate"] === true) this.duplicates++;
    const { room, offset, id } = frame;
    const place = { room: String(room), offset: Number(offset), id: String(id) };
    this.ack({ body: message.body, place });
  }
}

/** AloneChat's WebSocket: its own text coming back is the ack; nothing is sent twice. */
export class EchoWriter extends Writer {
  write(server: ServerProcess): Promise<void> {
    const socket = new WebSocket(`${server.ws}/?token=${this.parts.token}`);
    const waiting = new Set<string>();
    const fill = () => {
      while (waiting.size < WINDOW && socket.readyState === WebSocket.OPEN) {
        const content = this.nextBody();
        waiting.add(content);
        const { target } = this.parts.random.pick(this.parts.destinations);
        socket.send(JSON.stringify({ type: 1, sender: "", content, target: target ?? null }));
      }
    };
    socket.onopen = fill;
    socket.onmessage = ({ data }) => {
      const { content } = JSON.parse(String(data));
      if (!waiting.delete(content)) return;
      this.ack({ body: content });
      fill();
    };
    return ended(socket).then(() => void this.unknown.push(...waiting));
  }
}

/** `POST /send`: success is the ack; nothing is sent twice. */
export class HttpWriter extends Writer {
  async write(server: ServerProcess): Promise<void> {
    const { token } = this.parts;
    for (;;) {
      const message = this.nextBody();
      const { target } = this.parts.random.pick(this.parts.destinations);
      try {
        const response = await fetch(`${server.http}/send`, {
          method: "POST",
          headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
          body: JSON.stringify({ message, target: target ?? null }),
        });
        const text = await response.text();
        if (text !== '{"success":true}') throw new Error(`/send answered ${response.status}`);
        this.ack({ body: message });
      } catch (error) {
        this.unknown.push(message);
        if (error instanceof Error && error.message.startsWith("/send")) throw error;
        return;
      }
    }
  }
}

function ended(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => socket.onclose = () => resolve());
}
