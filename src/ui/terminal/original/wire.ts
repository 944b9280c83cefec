/**
 * What a session over the original protocol needs of its connection.
 *
 * @module
 */

/** A connection that has given its alias. */
export interface OriginalWire {
  /** Says a text, in several messages when it is long. */
  send(text: string): void;
  /** Resolves when little is queued, and when the connection has ended. Never rejects. */
  drained(): Promise<void>;
  /** Stops and goes on reading. */
  pause(): void;
  resume(): void;
  /** Sends no more; resolves when the server has ended too, or takes too long. Never rejects. */
  finish(): Promise<void>;
  /** Ends at once. */
  close(): void;
}

/** Makes a connection and gives the alias. */
export type OriginalConnector = (
  events: { text(text: string): void; closed(): void },
  signal: AbortSignal,
) => Promise<OriginalWire>;
