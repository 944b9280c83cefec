import { ChatnodeError } from "../../errors.ts";

/** Why a client's request failed without an answer of the server. */
export type ClientErrorCode =
  /** The client was closed, by its owner or for good by the server; see `hint`. */
  | "client/closed"
  /** The connection ended before the answer. Sends are not affected: they are sent again. */
  | "client/disconnected"
  /** No answer in time. */
  | "client/timeout"
  /** Too many messages wait to be acked. */
  | "client/outbox-full"
  /** The message can never be sent: it is too long. */
  | "client/too-long"
  /** No connection could be made. */
  | "client/unreachable";

/** A failure on the client's side. What the server refuses is a {@linkcode ServerError}. */
export class ClientError extends ChatnodeError {
  override readonly name = "ClientError";
  declare readonly code: ClientErrorCode;

  constructor(
    code: ClientErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}

/** An `error` frame: the server's code, sentence and hint. */
export class ServerError extends ChatnodeError {
  override readonly name = "ServerError";
  /** Milliseconds after which the same request may succeed. */
  readonly retryAfterMs?: number;

  constructor(frame: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly retry_after_ms?: number;
  }) {
    super(frame.code, frame.message, frame.hint === undefined ? {} : { hint: frame.hint });
    if (frame.retry_after_ms !== undefined) this.retryAfterMs = frame.retry_after_ms;
  }
}
