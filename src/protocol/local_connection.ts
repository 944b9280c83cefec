/**
 * A client and a server of `chatnode.v1` in one process, without a network between them: the node
 * inside a terminal client is used like any other.
 *
 * @module
 */
import type { ClientConnection, ClientConnectionEvents, Connector } from "./client/connection.ts";
import type { Connection } from "./connection.ts";
import { createDialect } from "./dialect.ts";
import { ServerSession, type SessionContext } from "./session.ts";

/** JSON holds no raw line feed, so frames can be joined with it. */
const BETWEEN = "\n";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Connects to a hub of this process. Nothing is lost or cut in between. */
export function connectLocally(server: Omit<SessionContext, "dialect">): Connector {
  const dialect = createDialect((frames) => encoder.encode(frames.join(BETWEEN)));
  return (events, signal) => {
    signal.throwIfAborted();
    return Promise.resolve(new LocalConnection({ ...server, dialect }, events));
  };
}

/** Both ends; each hears of the other a microtask later, never within its own call. */
class LocalConnection implements ClientConnection {
  readonly #events: ClientConnectionEvents;
  readonly #session: ServerSession;
  /** What the server does not want to read yet. */
  #held: string[] | undefined;
  #isOver = false;

  constructor(context: SessionContext, events: ClientConnectionEvents) {
    this.#events = events;
    const server: Connection = {
      send: (frame) => this.#deliver(typeof frame === "string" ? frame : decoder.decode(frame)),
      drained: () => Promise.resolve(),
      pause: () => void (this.#held ??= []),
      resume: () => this.#release(),
      close: (code, reason) => this.close(code, reason),
    };
    this.#session = new ServerSession(context, server, {});
  }

  send(text: string): void {
    queueMicrotask(() => {
      if (this.#isOver) return;
      if (this.#held === undefined) this.#session.text(text);
      else this.#held.push(text);
    });
  }

  close(code: number, reason: string): void {
    // Behind what was sent before.
    queueMicrotask(() => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#session.closed({ slow: false });
      this.#events.closed({ code, reason });
    });
  }

  #deliver(joined: string): void {
    const frames = joined.split(BETWEEN);
    queueMicrotask(() => {
      for (const frame of frames) if (!this.#isOver) this.#events.text(frame);
    });
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const text of held) this.send(text);
  }
}
