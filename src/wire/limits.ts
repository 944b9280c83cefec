/** Bounds of one connection. Times are milliseconds. */
export interface LinkLimits {
  /** One message received, its fragments together. A longer one closes the connection with 1009. */
  readonly messageBytes: number;
  /** With so many bytes waiting to be sent, the next message drops the reader. */
  readonly queueBytes: number;
  /** How long bytes may wait without a single one being taken. */
  readonly stallMs: number;
  /** A ping goes out when nothing was heard for so long. */
  readonly pingMs: number;
  /** The connection closes with 1011 when nothing is heard for so long after a ping. */
  readonly pongMs: number;
  /** How long a begun message may take to be complete. */
  readonly messageMs: number;
  /** How long saying goodbye may take, what is still queued included. */
  readonly closeMs: number;
}

/** Bounds for people on ordinary networks. */
export const DEFAULT_LINK_LIMITS: LinkLimits = {
  messageBytes: 1024 * 1024,
  queueBytes: 1024 * 1024,
  stallMs: 20_000,
  pingMs: 20_000,
  pongMs: 20_000,
  messageMs: 60_000,
  closeMs: 5_000,
};
