import { ChatnodeError } from "../errors.ts";

/**
 * What can be wrong with a name, an id, a line, a key or a chain. The part before the slash is the
 * file of this folder that documents it.
 */
export type MessageErrorCode =
  | "address/empty"
  | "address/too-long"
  | "address/not-unicode"
  | "address/character"
  | "address/space"
  | "address/separator"
  | "address/path"
  | "address/reserved"
  | "address/form"
  | "address/same"
  | "address/file-name"
  | "id/form"
  | "id/too-long"
  | "json/syntax"
  | "json/depth"
  | "json/duplicate-key"
  | "json/number"
  | "json/not-unicode"
  | "json/too-long"
  | "line/encoding"
  | "line/too-long"
  | "event/form"
  | "event/id"
  | "event/room"
  | "event/sender"
  | "event/timestamp"
  | "event/future"
  | "event/type"
  | "event/parent"
  | "event/signature"
  | "event/hash"
  | "event/content"
  | "event/provenance"
  | "content/form"
  | "content/empty"
  | "content/too-long"
  | "content/depth"
  | "content/number"
  | "content/not-unicode"
  | "content/reserved"
  | "content/type"
  | "key/form"
  | "key/weak"
  | "device/form"
  | "device/id"
  | "device/signature"
  | "chain/sequence";

/** What may follow the slash of an area's codes. */
export type ReasonOf<Area extends string> = MessageErrorCode extends infer Code
  ? Code extends `${Area}/${infer Reason}` ? Reason : never
  : never;

/**
 * The one error of the message model. Its text names what is wrong and never holds the input.
 *
 * The codes: see {@linkcode MessageErrorCode}; each function names its own under `@throws`.
 */
export class MessageError extends ChatnodeError {
  override readonly name = "MessageError";
  declare readonly code: MessageErrorCode;

  constructor(
    code: MessageErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
