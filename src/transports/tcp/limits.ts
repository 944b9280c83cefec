/** Bounds of the TCP door. Times are milliseconds. */
export interface TcpLimits {
  /** One frame or line received. A longer one ends the connection. */
  readonly frameBytes: number;
  /** With so many bytes waiting to be sent, the next message drops the reader. */
  readonly queueBytes: number;
  /** How long bytes may wait without a single one being taken. */
  readonly stallMs: number;
  /** A caller who has said nothing for so long is taken for somebody at a keyboard and greeted. */
  readonly greetMs: number;
  /** How long it may take until it is clear who calls: TLS and the first frame included. */
  readonly handshakeMs: number;
  /** How long somebody at a keyboard may take to give name and password. */
  readonly loginMs: number;
  /** How long a begun frame or line may take to be complete. */
  readonly messageMs: number;
  /** A native client that was silent for so long is asked for a sign of life. */
  readonly pingMs: number;
  /** How long it may take to give one. */
  readonly pongMs: number;
  /** How long an original client or somebody at a keyboard may be silent; `Infinity`: for good. */
  readonly idleMs: number;
  /** How long saying goodbye may take, what is still queued included. */
  readonly closeMs: number;
  /** Connections at a time, all together. */
  readonly connections: number;
  /** Connections at a time from one address (IPv6: one /64 network). */
  readonly connectionsPerAddress: number;
  /** New connections from one address that may come at once. */
  readonly connectBurst: number;
  /** New connections per second from one address in the long run; `Infinity`: no limit. */
  readonly connectsPerSecond: number;
}

/** Bounds for people on ordinary networks. */
export const DEFAULT_TCP_LIMITS: TcpLimits = {
  frameBytes: 1024 * 1024,
  queueBytes: 1024 * 1024,
  stallMs: 20_000,
  greetMs: 2_000,
  handshakeMs: 10_000,
  loginMs: 120_000,
  messageMs: 60_000,
  pingMs: 20_000,
  pongMs: 20_000,
  idleMs: Infinity,
  closeMs: 5_000,
  connections: 10_000,
  connectionsPerAddress: 256,
  connectBurst: 100,
  connectsPerSecond: 20,
};
