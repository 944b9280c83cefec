/**
 * Walks events in the order in which they are stored and names what is wrong with their chains. It
 * does not look at signatures: `verify.ts` does, and only both together mean anything.
 *
 * @module
 */
import type { ChainTail } from "./chain.ts";
import { chainOf } from "./chain.ts";
import type { ChainFinding } from "./chain_walk.ts";
import { ForeignChain, NumberedChain } from "./chain_walk.ts";
import type { EventId } from "./event.ts";
import type { EventLine } from "./line.ts";

/** One fault of one event. */
export interface ChainFault extends ChainFinding {
  readonly event: EventId;
  /** As `chainOf` names it. */
  readonly chain: string;
}

/** How strict a {@linkcode ChainVerifier} is, and where it begins. */
export interface ChainRules {
  /** What to do with events that are in no chain; `accept` by default. */
  readonly unchained?: "accept" | "refuse";
  /**
   * `first` (the default): every chain begins with number 1. `anywhere`: what came before the first
   * event seen of a chain was removed, by retention for instance.
   */
  readonly start?: "first" | "anywhere";
  /** Ends of chains that are gone on with, by `chainOf`. */
  readonly tails?: ReadonlyMap<string, ChainTail>;
}

/** Numbers of a chain that never came, both ends inclusive. */
export interface MissingRange {
  readonly chain: string;
  readonly from: number;
  readonly to: number;
}

/** One walk, of one room or of many. */
export class ChainVerifier {
  readonly #rules: ChainRules;
  readonly #numbered = new Map<string, NumberedChain>();
  readonly #foreign = new Map<string, ForeignChain>();

  constructor(rules: ChainRules = {}) {
    this.#rules = rules;
    for (const [name, tail] of rules.tails ?? []) {
      this.#numbered.set(name, new NumberedChain(tail));
    }
  }

  /** The faults of the next event; none for a sound one. */
  check(line: EventLine): readonly ChainFault[] {
    const { event } = line;
    const chain = chainOf(event);
    const seq = event.content.chatnode?.seq;
    const findings = seq === undefined
      ? this.#foreignChain(chain).check(line, this.#rules)
      : this.#numberedChain(chain, seq).check(line, seq);
    return findings.map((finding) => ({ ...finding, event: event.event_id, chain }));
  }

  /** What has not come yet. */
  missing(): readonly MissingRange[] {
    return Array.from(
      this.#numbered,
      ([chain, walk]) => walk.missing().map(([from, to]) => ({ chain, from, to })),
    ).flat();
  }

  /** Where the numbered chains end, to go on from another time. */
  tails(): ReadonlyMap<string, ChainTail> {
    return new Map(Array.from(this.#numbered, ([name, walk]) => [name, walk.tail]));
  }

  #numberedChain(name: string, seq: number): NumberedChain {
    const known = this.#numbered.get(name);
    if (known !== undefined) return known;
    const chain = this.#rules.start === "anywhere"
      ? new NumberedChain({ seq: seq - 1, hash: undefined })
      : new NumberedChain({ seq: 0, hash: null });
    this.#numbered.set(name, chain);
    return chain;
  }

  #foreignChain(name: string): ForeignChain {
    const known = this.#foreign.get(name);
    if (known !== undefined) return known;
    const chain = new ForeignChain();
    this.#foreign.set(name, chain);
    return chain;
  }
}
