import { ChatnodeError } from "../errors.ts";

/** Codes of faults in the frames themselves. */
export type ProtocolErrorCode =
  /** Not JSON. */
  | "protocol/json"
  /** JSON, but not an object. */
  | "protocol/object"
  /** The type is missing or unknown. */
  | "protocol/type"
  /** A field is missing or is not what it should be; the message names it. */
  | "protocol/field"
  /** Not UTF-8; on transports that do not see to it themselves. */
  | "protocol/utf8"
  /** Longer than a frame may be. */
  | "protocol/too-large"
  /** A binary frame. */
  | "protocol/binary"
  /** The first frame was not `hello`. */
  | "protocol/not-greeted"
  /** A second `hello`. */
  | "protocol/greeted"
  /** Too many frames before the answer to `hello`. */
  | "protocol/impatient"
  /** The node failed; its log says more. */
  | "protocol/internal";

/** A frame that is no valid request. It costs its sender one error, nothing else. */
export class ProtocolError extends ChatnodeError {
  override readonly name = "ProtocolError";
  declare readonly code: ProtocolErrorCode;
  /** The frame's `ref`, when it could be read. */
  readonly ref?: string;

  constructor(code: ProtocolErrorCode, message: string, ref?: string) {
    super(code, message);
    if (ref !== undefined) this.ref = ref;
  }
}
