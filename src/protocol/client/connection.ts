/** What the client is told by its connection. Nothing is told after `closed`. */
export interface ClientConnectionEvents {
  /** A whole frame of the server. */
  text(text: string): void;
  /** Once; 1006 when the connection was cut. */
  closed(end: { readonly code: number; readonly reason: string }): void;
}

/** The client's end of a connection, whatever carries it. */
export interface ClientConnection {
  /** Queues one frame; what comes after the end is dropped. */
  send(text: string): void;
  /** Begins the end; `closed` follows, at once when the other side does not answer. */
  close(code: number, reason: string): void;
}

/**
 * Makes a connection. Rejects when that fails or `signal` is aborted; events come only after it has
 * resolved.
 */
export type Connector = (
  events: ClientConnectionEvents,
  signal: AbortSignal,
) => Promise<ClientConnection>;
