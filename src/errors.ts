/**
 * An error that callers are expected to catch and people to read: one sentence, a stable
 * {@linkcode ChatnodeError.code code} and, where something can be done, a hint.
 *
 * Messages follow one form, "Cannot <action> <what>: <current state>", and never hold a secret or
 * the body of a message. Wrong arguments from a programmer are `TypeError` or `RangeError` instead.
 */
export class ChatnodeError extends Error {
  override readonly name: string = "ChatnodeError";
  /** Stable identifier, `area/reason` in lower case, for example `history/locked`. */
  readonly code: string;
  /** What the reader can do about it, one sentence; absent when nothing can be said. */
  readonly hint?: string;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

/** The command line, a setting or a request was wrong: exit code 2, HTTP 400. */
export class UsageError extends ChatnodeError {
  override readonly name = "UsageError";
}
