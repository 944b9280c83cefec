/**
 * What chatnode uses of `@xmpp/tcp`, `@xmpp/tls` and `@xmpp/websocket` 0.14: `lib/Connection.js` and
 * `lib/Socket.js` of each have this shape.
 */
import type { AnySocket } from "./client_core.d.ts";

/** A transport, a socket, or both: what its overriding needs. */
export default class Part implements AnySocket {
  /** Connection: the class of its sockets. */
  Socket: typeof Part;
  /** Connection: what to connect to, or undefined for another transport's address. */
  socketParameters(service: string): Record<string, unknown> | string | undefined;
  /** Socket: whom it wraps. */
  socket: unknown;
  url: string | null;
  secure: boolean;
  connect(...args: readonly unknown[]): void;
  write(data: string, done: (error?: Error | null) => void): void;
  _attachSocket(socket: unknown): void;
  once(event: string, handler: (...args: never[]) => void): this;
  on(event: string, handler: (...args: never[]) => void): this;
}
