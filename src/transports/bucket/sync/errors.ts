/**
 * What can go wrong between a history and a bucket.
 *
 * @module
 */
import { ChatnodeError } from "../../../errors.ts";

/** Stable codes of {@linkcode SyncError}. */
export type SyncErrorCode =
  /** A head is not what its writer signed. */
  | "sync/head"
  /** What has our name in the bucket is not what we wrote. */
  | "sync/conflict"
  /** The bucket holds events of this device that this history does not have. */
  | "sync/behind"
  /** What was planned to be stored is no longer in the history. */
  | "sync/changed"
  /** The state folder cannot be read or written. */
  | "sync/state";

/** See {@linkcode SyncErrorCode} for the causes. */
export class SyncError extends ChatnodeError {
  override readonly name = "SyncError";
  declare readonly code: SyncErrorCode;

  constructor(
    code: SyncErrorCode,
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
