import { PROTOCOL } from "../frames.ts";
import type { ClientConnection, ClientConnectionEvents, Connector } from "./connection.ts";
import { ClientError } from "./errors.ts";

/** What connecting may take besides the address. */
export interface WebSocketConnecting {
  /** In Deno: other certificates to trust, a proxy. */
  readonly client?: Deno.HttpClient;
}

/**
 * Connects by the runtime's own `WebSocket`, in Deno, Node and browsers.
 *
 * @param url `ws:` or `wss:`; without a token: `hello` carries it
 */
export function connectWebSocket(
  url: string | URL,
  options: WebSocketConnecting = {},
): Connector {
  return (events, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<ClientConnection>();
    if (signal.aborted) return Promise.reject(aborted());
    const { client } = options;
    const socket = client === undefined
      ? new WebSocket(url, PROTOCOL)
      : new WebSocket(url, { protocols: [PROTOCOL], client });
    const connection = new SocketConnection(socket, events);
    const giveUp = () => {
      connection.close(1000, "");
      reject(aborted());
    };
    signal.addEventListener("abort", giveUp, { once: true });
    socket.onopen = () => {
      signal.removeEventListener("abort", giveUp);
      connection.open();
      resolve(connection);
    };
    socket.onclose = ({ code, reason }) => {
      signal.removeEventListener("abort", giveUp);
      connection.ended(code, reason);
      reject(new ClientError("client/unreachable", "Cannot connect: the server does not answer"));
    };
    // What went wrong is never told to a program; `close` follows.
    socket.onerror = () => {};
    return promise;
  };
}

class SocketConnection implements ClientConnection {
  readonly #socket: WebSocket;
  readonly #events: ClientConnectionEvents;
  #state: "opening" | "open" | "ended" = "opening";

  constructor(socket: WebSocket, events: ClientConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.onmessage = ({ data }) => {
      if (this.#state === "open" && typeof data === "string") this.#events.text(data);
    };
  }

  open(): void {
    if (this.#state === "opening") this.#state = "open";
  }

  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    // A server that is gone would let the closing handshake take for ever.
    this.ended(1006, "");
  }

  ended(code: number, reason: string): void {
    const wasOpen = this.#state === "open";
    this.#state = "ended";
    if (wasOpen) this.#events.closed({ code, reason });
  }
}

function aborted(): ClientError {
  return new ClientError("client/closed", "Cannot connect: it was called off");
}
