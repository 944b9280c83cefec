/**
 * How a transfer ends when it does not end well, in words for people and for the other side.
 *
 * @module
 */
import { StanzaError, XmppError } from "../errors.ts";

/** Why a file was not transferred. */
export type Ending =
  /** The receiver does not want it. */
  | "declined"
  /** This side ended it. */
  | "cancelled"
  /** The other side ended it. */
  | "withdrawn"
  /** Nobody said anything for too long. */
  | "timeout"
  /** The own session with the server was lost. */
  | "lost"
  /** The other side is not there any more. */
  | "gone"
  /** The bytes are not what was said of them. */
  | "mismatch"
  /** More bytes came than were announced. */
  | "too-much"
  /** Fewer bytes came than were announced. */
  | "too-little"
  /** A block is missing, or no block. */
  | "broken"
  /** The file here changed, or cannot be read or written any more. */
  | "storage"
  /** The other side cannot do it in a way that is known here. */
  | "unsupported"
  /** The other side ended it, as something failed there. */
  | "failed";

interface Wording {
  /** The clause behind "Cannot transfer the file: ". */
  readonly state: string;
  /** Of XEP-0166, 7.4. */
  readonly reason: string;
}

const WORDINGS: Readonly<Record<Ending, Wording>> = {
  declined: { state: "it was declined", reason: "decline" },
  cancelled: { state: "it was cancelled", reason: "cancel" },
  withdrawn: { state: "the other side cancelled it", reason: "cancel" },
  timeout: { state: "nothing came for too long", reason: "timeout" },
  lost: { state: "the connection to the server was lost", reason: "connectivity-error" },
  gone: { state: "the other side is not there any more", reason: "gone" },
  mismatch: { state: "what came is not what was announced", reason: "failed-application" },
  "too-much": { state: "more came than was announced", reason: "media-error" },
  "too-little": { state: "less came than was announced", reason: "failed-application" },
  broken: { state: "a part of it is missing or broken", reason: "failed-transport" },
  storage: { state: "the file cannot be read or written", reason: "media-error" },
  unsupported: {
    state: "the other side knows no way that is known here",
    reason: "unsupported-transports",
  },
  failed: { state: "the other side could not go on", reason: "general-error" },
};

/** A file was not transferred; see {@linkcode Ending}. Holds nothing of the file. */
export class TransferError extends XmppError {
  override readonly name = "TransferError";
  readonly ending: Ending;
  /** What the other side is told, in the words of XEP-0166, 7.4. */
  readonly reason: string;

  /** @param cause an error of a file's; its sentence is told too */
  constructor(ending: Ending, cause?: Error) {
    const { state, reason } = WORDINGS[ending];
    const told = ending === "storage" && cause !== undefined ? cause.message : undefined;
    super("xmpp/transfer", told ?? `Cannot transfer the file: ${state}`, { cause });
    this.ending = ending;
    this.reason = reason;
  }
}

/** Why the other side ended it. */
const REASONS: Readonly<Record<string, Ending>> = {
  "decline": "declined",
  "busy": "declined",
  "cancel": "withdrawn",
  "gone": "gone",
  "expired": "timeout",
  "timeout": "timeout",
  "connectivity-error": "gone",
  "media-error": "failed",
  "failed-transport": "broken",
  "unsupported-transports": "unsupported",
  "unsupported-applications": "unsupported",
};

/** What a reason of XEP-0166 means; the other side's end is never ours to have made. */
export function endingOf(reason: string): Ending {
  return REASONS[reason] ?? (reason === "success" ? "withdrawn" : "failed");
}

/** Why a transfer ends, by what a step of it threw. */
export function faultOf(error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  if (error instanceof StanzaError) return new TransferError(refusal(error));
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (code === "xmpp/unreachable" || code === "xmpp/closed") return new TransferError("lost");
  if (code === "xmpp/timeout") return new TransferError("timeout");
  return new TransferError("storage", error instanceof Error ? error : undefined);
}

/** What a refused request means: the server's words for who is gone, and those of the peer. */
function refusal({ condition }: StanzaError): Ending {
  switch (condition) {
    case "service-unavailable":
    case "recipient-unavailable":
    case "remote-server-not-found":
    case "remote-server-timeout":
      return "gone";
    case "feature-not-implemented":
    case "not-acceptable":
      return "unsupported";
    case "resource-constraint":
      return "declined";
    default:
      return "broken";
  }
}
