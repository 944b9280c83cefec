/**
 * What carries notices; a broker of MQTT today. The bucket stays the truth; a carrier may lose,
 * repeat, reorder and forge.
 *
 * @module
 */

/** One connection to a carrier. */
export interface NoticeConnection {
  /** Tells everybody who listens. Never throws; what cannot be sent is lost. */
  publish(payload: string): void;
  /** Resolves when the connection is gone, whoever ended it. Never rejects. */
  readonly gone: Promise<void>;
  /** Ends it. Idempotent. */
  close(): void;
}

/**
 * Makes a connection that listens.
 *
 * @param receive called with what anybody publishes, oneself included
 * @throws {Error} why it cannot be made, without a secret
 */
export type ConnectNotices = (
  receive: (payload: Uint8Array) => void,
  signal: AbortSignal,
) => Promise<NoticeConnection>;
