/**
 * Whether an event's signature is one that its sender's events may have.
 *
 * @module
 */
import { chainOf } from "../../../message/chain.ts";
import type { NullForm } from "../../../message/canonical.ts";
import type { ChatEvent } from "../../../message/event.ts";
import type { EventLine } from "../../../message/line.ts";
import { eventHash, type VerifyingKey } from "../../../message/signature.ts";
import type { Extent, Signers } from "../trust/contract.ts";
import type { FaultCode, VerificationPolicy } from "./contract.ts";

/** What came of it. */
export type SignatureResult =
  | { readonly fault: FaultCode }
  | {
    readonly signature: "verified" | "unverified";
    /** Of the event, in the forms that the next one of its chain may name. */
    readonly hashes: readonly string[];
  };

/** What the check asks and goes by. */
export interface SignatureRules {
  readonly signers: Signers;
  readonly policy: VerificationPolicy;
  /** The object's number in its writer's head, as far as it is known. */
  readonly version: number | undefined;
}

const FAULT_OF = {
  unknown: "signer/unknown",
  waiting: "signer/waiting",
  unbound: "signer/unbound",
  distrusted: "signer/distrusted",
  forked: "signer/forked",
} as const;

/** See the module's description. */
export function checkSignature(line: EventLine, rules: SignatureRules): SignatureResult {
  if (line.event.signature === null) return { fault: "line/unsigned" };
  if (line.event.content.chatnode === undefined) return checkWithoutDevice(line, rules);
  const authority = authorityOf(line.event, rules);
  if ("fault" in authority) return authority;
  return verified(line, authority.key) ?? { fault: "line/signature" };
}

/** The key of the device that says it signed an event, if it may. */
export function authorityOf(
  event: ChatEvent,
  { signers, version }: SignatureRules,
): { readonly key: VerifyingKey } | { readonly fault: FaultCode } {
  const device = event.content.chatnode?.device ?? "";
  const verdict = signers.verdict(device, event.sender_id, event.room_id);
  if (verdict.kind !== "trusted") return { fault: FAULT_OF[verdict.kind] };
  const { key, extent } = verdict;
  const counts = extent === undefined || isWithin(extent, event, version);
  return counts ? { key } : { fault: "signer/revoked" };
}

/** Other programs say nothing of their devices: keys are bound to senders by hand. */
function checkWithoutDevice(line: EventLine, { signers, policy }: SignatureRules): SignatureResult {
  const { event } = line;
  const { keys, claimed } = signers.keysOf(event.sender_id);
  if (event.prev_event_hash === null && policy.unchained === "refuse") {
    return { fault: "line/unchained" };
  }
  for (const key of keys) {
    const result = verified(line, key);
    if (result !== undefined) return result;
  }
  if (keys.length > 0) return { fault: "line/signature" };
  if (claimed) return { fault: "signer/claimed" };
  return policy.unknownKeys === "refuse"
    ? { fault: "line/unverified" }
    : { signature: "unverified", hashes: [] };
}

/** Both ways to take the two optional keys: some sign without them and store them as null. */
function verified(line: EventLine, key: VerifyingKey): SignatureResult | undefined {
  const { signature, parent_event_id: parent, prev_event_hash: previous } = line.event;
  const canonical = line.canonical("null");
  if (key.verify(canonical, signature ?? "")) {
    return { signature: "verified", hashes: [eventHash(canonical)] };
  }
  if (parent !== null && previous !== null) return undefined;
  const forms: readonly NullForm[] = ["null", "absent"];
  return key.verify(line.canonical("absent"), signature ?? "")
    ? { signature: "verified", hashes: forms.map((form) => eventHash(line.canonical(form))) }
    : undefined;
}

function isWithin(extent: Extent, event: ChatEvent, version: number | undefined): boolean {
  const { lastObject } = extent;
  if (lastObject !== undefined && (version === undefined || version > lastObject)) return false;
  const seq = event.content.chatnode?.seq ?? 0;
  return extent.chains === undefined || seq <= (extent.chains.get(chainOf(event)) ?? 0);
}
