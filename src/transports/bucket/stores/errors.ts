/**
 * How a bucket fails.
 *
 * @module
 */
import { ChatnodeError } from "../../../errors.ts";
import type { BucketErrorCode } from "./contract.ts";

/** A call on a bucket failed; `code` says how. Never holds a credential or content. */
export class BucketError extends ChatnodeError {
  override readonly name = "BucketError";
  declare readonly code: BucketErrorCode;

  constructor(
    code: BucketErrorCode,
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
