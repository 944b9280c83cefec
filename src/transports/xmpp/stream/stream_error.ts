/**
 * Stream errors (RFC 6120, 4.9): the server ends the stream and says why.
 *
 * @module
 */
import { XmppError } from "../errors.ts";
import { NS } from "../namespaces.ts";
import type { Element } from "../xml.ts";

/** What a person is told, by condition. */
const STATES: Readonly<Record<string, string>> = {
  conflict: "the account has come in elsewhere by the same resource",
  "connection-timeout": "the server heard nothing for too long",
  "host-gone": "the server serves the domain no longer",
  "host-unknown": "the server does not serve the domain",
  "not-authorized": "the server lets nobody in by this",
  "policy-violation": "the server's rules do not allow it",
  "resource-constraint": "the server is overloaded",
  "system-shutdown": "the server shuts down",
  "see-other-host": "the server sends us elsewhere",
};

/** After these another attempt cannot go better, or would throw the other session out again. */
const PERMANENT: ReadonlySet<string> = new Set(["conflict", "host-unknown", "host-gone"]);

/** The error that a stream error stands for. */
export function streamError(element: Element): StreamError {
  const named = element.getChildElements().find((child) =>
    child.getNS() === NS.streamErrors && child.getName() !== "text"
  );
  const condition = /^[a-z-]{1,40}$/.exec(named?.getName() ?? "")?.[0] ?? "undefined-condition";
  return new StreamError(condition);
}

/** The server ended the stream. */
export class StreamError extends XmppError {
  override readonly name = "StreamError";
  /** As `conflict`. */
  readonly condition: string;

  constructor(condition: string) {
    const state = STATES[condition] ?? `the server ended it with ${condition}`;
    super("xmpp/stream", `Cannot go on: ${state}`, {
      prospect: PERMANENT.has(condition) ? "permanent" : "temporary",
    });
    this.condition = condition;
  }
}
