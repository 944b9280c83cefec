import type { EventLine } from "./line.ts";
import type { VerifyingKey } from "./signature.ts";

/**
 * Whether a line's signature is its sender's: `unsigned` when it has none. Tries both ways to take
 * an empty `parent_event_id` and `prev_event_hash`, since some writers sign without the keys that
 * they then store as null.
 */
export function verifyEvent(line: EventLine, key: VerifyingKey): "valid" | "invalid" | "unsigned" {
  const { signature, parent_event_id: parent, prev_event_hash: previous } = line.event;
  if (signature === null) return "unsigned";
  if (key.verify(line.canonical("null"), signature)) return "valid";
  if (parent !== null && previous !== null) return "invalid";
  return key.verify(line.canonical("absent"), signature) ? "valid" : "invalid";
}
