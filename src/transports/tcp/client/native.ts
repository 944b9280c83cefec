/**
 * `chatnode.v1` over TCP, for `ChatClient`.
 *
 * @module
 */
import type {
  ClientConnection,
  ClientConnectionEvents,
  Connector,
} from "../../../protocol/client/connection.ts";
import { ClientError } from "../../../protocol/client/errors.ts";
import { CLOSE_CODES } from "../../../protocol/connection.ts";
import { decodeUtf8 } from "../frame.ts";
import { FramesConnection } from "./frames.ts";
import { openSocket, type TcpTarget } from "./socket.ts";

/** A page of history may hold one event beyond its own bound. */
const MOST_BYTES = 4 * 1024 * 1024;

const ERROR_FRAME = /^\{"type":"error"/;

/** What a WebSocket would have been closed with: these frames have only the error before the end. */
const CODES: readonly (readonly [pattern: RegExp, code: number])[] = [
  [/^(?:auth|accounts)\/|^session\/(?:expired|revoked)$/, CLOSE_CODES.unauthenticated],
  [/^session\/kicked$|^hub\/rejected$/, CLOSE_CODES.forbidden],
  [/^session\/replaced$|^hub\/already-connected$/, CLOSE_CODES.conflict],
  [/^hub\/too-many-sessions$|^protocol\/impatient$/, CLOSE_CODES.tooMany],
  [/^session\/shutdown$|^hub\/closed$/, CLOSE_CODES.restart],
  [/^protocol\/too-large$/, 1009],
  [/^protocol\/utf8$/, 1007],
];

/** Connects to the relay of a chatnode; see `ClientOptions.connect`. */
export function connectTcp(target: TcpTarget): Connector {
  return async (events, signal) => {
    try {
      return new NativeConnection(await openSocket(target, signal), events);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : "Cannot connect: unknown";
      throw new ClientError("client/unreachable", message, { cause });
    }
  };
}

class NativeConnection implements ClientConnection {
  readonly #frames: FramesConnection;
  readonly #events: ClientConnectionEvents;
  /** The code of the latest frame, when that was an error. */
  #error: string | undefined;

  constructor(
    socket: ConstructorParameters<typeof FramesConnection>[0],
    events: ClientConnectionEvents,
  ) {
    this.#events = events;
    this.#frames = new FramesConnection(socket, MOST_BYTES, {
      frame: (body) => this.#frame(body),
      closed: () => this.#closed(),
    });
    // Events come only after the connector has resolved.
    setTimeout(() => this.#frames.begin(), 0);
  }

  send(text: string): void {
    this.#frames.send(text);
  }

  close(code: number, reason: string): void {
    if (!this.#frames.isOpen) return;
    this.#frames.close();
    this.#events.closed({ code, reason });
  }

  #frame(body: Uint8Array): void {
    // The sign of life, which is answered in kind.
    if (body.length === 0) return this.#frames.send("");
    const text = decodeUtf8(body);
    if (text === undefined) return this.close(1007, "not UTF-8");
    this.#error = ERROR_FRAME.test(text) ? codeOf(text) : undefined;
    this.#events.text(text);
  }

  #closed(): void {
    const error = this.#error;
    const known = CODES.find(([pattern]) => error !== undefined && pattern.test(error));
    this.#events.closed({ code: known?.[1] ?? 1006, reason: error ?? "" });
  }
}

function codeOf(text: string): string | undefined {
  try {
    const { code } = JSON.parse(text) as { readonly code?: unknown };
    return typeof code === "string" ? code : undefined;
  } catch {
    return undefined;
  }
}
