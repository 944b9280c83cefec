/**
 * The original asyncio chat's protocol, from the client's side: for servers that speak nothing else.
 *
 * @module
 */
import { decodeUtf8 } from "../frame.ts";
import { ORIGINAL_BODY_MOST } from "../original/dialect.ts";
import { split } from "../split.ts";
import { FramesConnection } from "./frames.ts";
import { openSocket, type TcpTarget } from "./socket.ts";

/** More than any server sends, and little enough for one that does. */
const MOST_BYTES = 1024 * 1024;

/** How long a server may take to read what was said at last, milliseconds. */
const FINISH_MS = 10_000;

/** What an original server tells. Nothing is told after `closed`. */
export interface OriginalEvents {
  /** A line of the chat as it is to be shown: `Bob: hello`, or who came and went. */
  text(text: string): void;
  closed(): void;
}

/** A connection to a server of the original protocol. */
export interface OriginalConnection {
  /**
   * Says a text, in several messages when it is long: an original server takes 1,024 bytes at most,
   * and passes it on with the alias in front.
   *
   * @param prefix what each message begins with
   * @returns the messages
   */
  send(text: string, prefix?: string): readonly string[];
  /** Resolves when little is queued, and when the connection has ended. Never rejects. */
  drained(): Promise<void>;
  /** Stops reading until `resume`. */
  pause(): void;
  resume(): void;
  /** Says no more; resolves when the server has ended the connection, or takes too long. */
  finish(): Promise<void>;
  /** Leaves; `closed` is not told. */
  close(): void;
}

/**
 * Connects and gives the alias, which the server does not answer.
 *
 * @throws {ChatnodeError} `tcp/unreachable`
 */
export async function connectOriginal(
  target: TcpTarget,
  alias: string,
  events: OriginalEvents,
  signal: AbortSignal,
): Promise<OriginalConnection> {
  const socket = await openSocket(target, signal);
  const frames = new FramesConnection(socket, MOST_BYTES, {
    frame(body) {
      const text = decodeUtf8(body);
      if (text !== undefined) events.text(text);
    },
    closed: () => events.closed(),
  });
  frames.send(`__alias__:${alias}`);
  frames.begin();
  const most = ORIGINAL_BODY_MOST - aliasBytes(alias);
  return {
    send(text, prefix = "") {
      const messages = split(prefix, text, most);
      frames.send(...messages);
      return messages;
    },
    drained: () => frames.drained(),
    pause: () => frames.pause(),
    resume: () => frames.resume(),
    finish: () => frames.finish(FINISH_MS),
    close: () => frames.close(),
  };
}

/** `<alias>: ` in front, and ` (2)` behind it when the server is a chatnode and the alias taken. */
function aliasBytes(alias: string): number {
  return Math.min(400, new TextEncoder().encode(alias).length) + ": ".length + " (9999)".length;
}
