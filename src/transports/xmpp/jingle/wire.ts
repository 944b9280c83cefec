/**
 * What a transfer has of its session with the server: a way to the other side, and time.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { InBandStreams } from "../features/in_band.ts";
import type { Element } from "../xml.ts";

/** See the module's description. */
export interface Wire {
  /** The other side, full. */
  readonly peer: string;
  readonly clock: Clock;
  readonly streams: InBandStreams;
  /**
   * Says something about the Jingle session, behind the answer to what is being heard.
   *
   * @throws {XmppError} as `FeaturePort.request`
   */
  say(action: string, ...children: readonly (Element | null)[]): Promise<void>;
  /** Resolves when there is a connection, which may be now. */
  connected(): Promise<void>;
}

/** Bounds of a transfer; times in milliseconds. */
export const BOUNDS = {
  /** Bytes of a block: as base64 within the 10,000 that every server takes (RFC 6120, 13.12). */
  block: 6_144,
  /** Blocks on their way: enough for a slow link, and little before a message that follows. */
  window: 16,
  /** Until a person has decided. */
  decideMs: 10 * 60_000,
  /** Until the stream is open. */
  openMs: 60_000,
  /** Between two blocks. */
  blockMs: 120_000,
  /** Until hashes that were promised are told, or the receiver has said what it thinks. */
  checkMs: 60_000,
  /** Between a refused block and the reason for it. */
  lastWordMs: 2_000,
} as const;
