/**
 * What can go wrong with accounts, as codes that doors map to their own words.
 *
 * @module
 */
import { ChatnodeError } from "../errors.ts";

/** Every code an {@linkcode AccountError} carries. */
export type AccountErrorCode =
  /** An account of that name, or of one that looks the same, is there or was there. */
  | "accounts/name-taken"
  /** Fewer than 3 or more than 20 characters. */
  | "accounts/name-length"
  /** Characters, scripts or a reserved word that no name may have. */
  | "accounts/name-invalid"
  | "accounts/password-too-short"
  /** More than 1,024 bytes, or text that is not well-formed Unicode. */
  | "accounts/password-invalid"
  | "accounts/registration-closed"
  | "accounts/invite-required"
  /** Unknown, used up or expired: the three are not told apart. */
  | "accounts/invite-invalid"
  /** As many accounts as the node may hold. */
  | "accounts/too-many"
  /** Name and password do not fit, or there is no such account: the two are not told apart. */
  | "accounts/credentials"
  /** The password was right, but the operator has shut the account. */
  | "accounts/disabled"
  /** Another account has that identity, or the account has as many as it may have. */
  | "accounts/linked"
  /** Guests are not let in: name and password of an account are needed. */
  | "accounts/required"
  /** Too many failed attempts; `retryAfter` says when the next one is heard. */
  | "accounts/throttled"
  /** Too many passwords are being checked; `retryAfter` says when to try again. */
  | "accounts/busy"
  /** An operator named an account or an invite that is not there. */
  | "accounts/unknown"
  /** The change would leave the node without an active admin. */
  | "accounts/last-admin"
  /** The secret that signs tokens is too short to keep anybody out, or its file is damaged. */
  | "accounts/secret"
  /** The accounts file is damaged, or of a later format. */
  | "accounts/corrupt"
  /** Another process holds the accounts file for longer than a write can take. */
  | "accounts/locked"
  /** No space is left on the disk; nothing was changed. */
  | "accounts/disk-full"
  /** The disk refused a read or write. */
  | "accounts/io"
  | "accounts/closed";

/** A refusal or fault of the accounts. */
export class AccountError extends ChatnodeError {
  override readonly name = "AccountError";
  declare readonly code: AccountErrorCode;
  /** Milliseconds until trying again makes sense; only where waiting helps. */
  readonly retryAfter?: number;

  constructor(
    code: AccountErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown; retryAfter?: number } = {},
  ) {
    super(code, message, options);
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
  }
}
