/**
 * How the keeping of trust fails.
 *
 * @module
 */
import { ChatnodeError } from "../../../errors.ts";

/** What can be wrong. */
export type TrustErrorCode =
  /** There is no device of this id. */
  | "trust/unknown"
  /** The device or fingerprint is none. */
  | "trust/form"
  /** This node may not say that of the device: it is neither the same one nor of its node. */
  | "trust/signer"
  /** The statement would be larger than any reader takes. */
  | "trust/too-large"
  /** What is kept in `<data>/sync/trust/` is damaged. */
  | "trust/corrupt"
  /** It cannot be written. */
  | "trust/io"
  /** Another process writes for too long. */
  | "trust/locked"
  /** More is known than is kept. */
  | "trust/full";

/** Something about trust could not be done or kept. */
export class TrustError extends ChatnodeError {
  override readonly name = "TrustError";
  declare readonly code: TrustErrorCode;

  constructor(
    code: TrustErrorCode,
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
