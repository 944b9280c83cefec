/**
 * What the protocol needs of a transport: whole messages in both directions, bounded queues, an end.
 * A WebSocket `Link` is one as it stands; length-prefixed TCP can be another.
 */
export interface Connection {
  /**
   * Queues one frame, or frames that the transport's own encoder has joined. Never throws; what
   * comes after the end is dropped. A peer that reads too slowly is cut off by the transport.
   */
  send(frame: string | Uint8Array): void;
  /** Resolves when little is queued, and when the connection has ended. Never rejects. */
  drained(): Promise<void>;
  /**
   * Stops reading until `resume`: what the client sends waits in the network. Frames of what was
   * received before may still come.
   */
  pause(): void;
  resume(): void;
  /** Ends the connection behind what is queued; codes are those of RFC 6455 or of `CLOSE_CODES`. */
  close(code: number, reason: string): void;
}

/** Why `chatnode.v1` closes connections, beside the codes of RFC 6455. */
export const CLOSE_CODES = {
  /** No valid authentication: none in time, a bad one, or it expired or was revoked. */
  unauthenticated: 4401,
  /** Refused by the node's rules, or kicked by an administrator. */
  forbidden: 4403,
  /** Another session took the place, or holds the only one. */
  conflict: 4409,
  /** Too many sessions, or too many frames before the answer to `hello`. */
  tooMany: 4429,
  /** The node failed; reconnecting may help. RFC 6455. */
  internal: 1011,
  /** The node shuts down; reconnect later. Registered with IANA. */
  restart: 1012,
} as const;
