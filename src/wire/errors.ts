import { ChatnodeError } from "../errors.ts";

/** Close codes of RFC 6455 section 7.4.1 (and 1012 to 1014 of its registry) that chatnode sends. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupported: 1003,
  invalidPayload: 1007,
  policy: 1008,
  tooBig: 1009,
  internal: 1011,
  restart: 1012,
  tryLater: 1013,
} as const;

/** A peer broke RFC 6455: the connection has to be closed with {@linkcode WireError.close}. */
export class WireError extends ChatnodeError {
  override readonly name = "WireError";
  /** The close code that says so. */
  readonly close: number;

  constructor(close: number, state: string) {
    super("wire/frame", `Cannot read the frame: ${state}`);
    this.close = close;
  }
}
