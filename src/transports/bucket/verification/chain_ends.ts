/**
 * Checks the signatures of a file's chains at their ends: an event that a verified one names by its
 * hash is just as much its signer's, since the hash covers all of it but the signature itself.
 *
 * @module
 */
import type { Breather } from "../../../history/breather.ts";
import { chainOf } from "../../../message/chain.ts";
import type { EventLine } from "../../../message/line.ts";
import { eventHash } from "../../../message/signature.ts";
import {
  authorityOf,
  checkSignature,
  type SignatureResult,
  type SignatureRules,
} from "./signature_check.ts";

/**
 * The result of every line of a numbered chain; others are left out.
 *
 * @param rest called between lines; gives the event loop its turn when that is due
 */
export async function checkChainEnds(
  lines: readonly EventLine[],
  rules: SignatureRules,
  rest: Breather,
): Promise<ReadonlyMap<EventLine, SignatureResult>> {
  const results = new Map<EventLine, SignatureResult>();
  for (const chain of chainsOf(lines)) {
    let after: EventLine | undefined;
    for (const line of chain) {
      await rest();
      const isNamed = after !== undefined && "hashes" in (results.get(after) ?? {});
      const named = isNamed ? after?.event.prev_event_hash ?? undefined : undefined;
      results.set(line, named === undefined ? checkSignature(line, rules) : by(named, line, rules));
      after = line;
    }
  }
  return results;
}

/** The result of a line before a verified one that names `hash`. */
function by(hash: string, line: EventLine, rules: SignatureRules): SignatureResult {
  if (line.event.signature === null || eventHash(line.canonical("null")) !== hash) {
    return checkSignature(line, rules);
  }
  const authority = authorityOf(line.event, rules);
  return "fault" in authority ? authority : { signature: "verified", hashes: [hash] };
}

/** The lines of each chain, the last one first. */
function chainsOf(lines: readonly EventLine[]): Iterable<EventLine[]> {
  const chains = new Map<string, EventLine[]>();
  for (const line of lines) {
    if (line.event.content.chatnode === undefined) continue;
    const name = chainOf(line.event);
    const chain = chains.get(name);
    if (chain === undefined) chains.set(name, [line]);
    else chain.push(line);
  }
  for (const chain of chains.values()) chain.sort((a, b) => seqOf(b) - seqOf(a));
  return chains.values();
}

function seqOf({ event }: EventLine): number {
  return event.content.chatnode?.seq ?? 0;
}
