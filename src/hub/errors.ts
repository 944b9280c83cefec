import { ChatnodeError } from "../errors.ts";

/** Every code a {@linkcode HubError} can have. */
export type HubErrorCode =
  | "hub/forbidden"
  | "hub/invalid"
  | "hub/no-such-event"
  | "hub/no-such-room"
  | "hub/too-many-rooms"
  | "hub/too-many-sessions"
  | "hub/too-many-members"
  | "hub/already-connected"
  | "hub/rate-limited"
  | "hub/rejected"
  | "hub/closed";

/** A request that the hub refused; the session lives on. */
export class HubError extends ChatnodeError {
  override readonly name = "HubError";
  declare readonly code: HubErrorCode;
  /** Milliseconds after which the same request may succeed; set with `hub/rate-limited`. */
  readonly retryAfterMs?: number;

  constructor(
    code: HubErrorCode,
    message: string,
    options: { hint?: string; retryAfterMs?: number } = {},
  ) {
    super(code, message, options);
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}
