/**
 * One chain, event by event: what `ChainVerifier` keeps for each.
 *
 * @module
 */
import type { ChainTail } from "./chain.ts";
import type { EventLine } from "./line.ts";
import { eventHash } from "./signature.ts";

/**
 * - `gap`: numbers are missing before this event: withheld, lost, or yet to come;
 * - `reorder`: the event stands after one with a higher number;
 * - `repeated-seq`: the same event stands here again;
 * - `fork`: another event has the same number: the device told two stories, or its key or data
 *   folder was copied;
 * - `prev-hash`: the event does not name the event before it: one of the two was altered;
 * - `unchained`: no number and no hash, as other writers do it. A fault only where it is refused.
 */
export type ChainFaultKind =
  | "gap"
  | "reorder"
  | "repeated-seq"
  | "fork"
  | "prev-hash"
  | "unchained";

/** What is wrong with an event's place in its chain. */
export interface ChainFinding {
  readonly kind: ChainFaultKind;
  /** A clause about the event, safe to show: words and numbers only. */
  readonly state: string;
}

/** How many events of a chain are remembered; one that repeats an older one is called `reorder`. */
export const REMEMBERED = 100_000;

/**
 * 72 bits of a hash tell events of one chain apart. Up to 12 characters V8 copies, so that the long
 * string goes: some 70 bytes an event stay.
 */
const KEPT_OF_HASH = 12;

/** A chain with numbers, as chatnode writes it. */
export class NumberedChain {
  /** Number to the start of the event's hash, in order of arrival. */
  readonly #seen = new Map<number, string>();
  /** Events whose predecessor has not come yet: number to the start of the hash they name. */
  readonly #waiting = new Map<number, string>();
  readonly #before: number;
  #last: { seq: number; hash: string | null | undefined; line?: EventLine };

  /** @param tail what the first event follows; an undefined hash is one that is not known */
  constructor(tail: { readonly seq: number; readonly hash: string | null | undefined }) {
    this.#before = tail.seq;
    this.#last = { seq: tail.seq, hash: tail.hash };
  }

  /** The highest number so far and its hash. */
  get tail(): ChainTail {
    return { seq: this.#last.seq, hash: this.#last.hash ?? null };
  }

  check(line: EventLine, seq: number): readonly ChainFinding[] {
    const hash = eventHash(line.canonical("null"));
    const known = this.#seen.get(seq);
    if (known !== undefined) return [known === kept(hash) ? REPEATED : FORK];
    const findings = seq === this.#last.seq + 1
      ? this.#checkNext(line)
      : seq > this.#last.seq
      ? this.#checkGap(line, seq)
      : this.#checkLate(line, seq, hash);
    this.#remember(seq, hash);
    if (seq > this.#last.seq) this.#last = { seq, hash, line };
    return findings;
  }

  /** Ranges of numbers that have not come, both ends inclusive, among those remembered. */
  missing(): readonly (readonly [number, number])[] {
    const ranges: [number, number][] = [];
    const seqs = Array.from(this.#seen.keys()).sort((a, b) => a - b);
    let before = this.#seen.size < REMEMBERED ? this.#before : (seqs[0] ?? 0) - 1;
    for (const seq of seqs) {
      if (seq > before + 1) ranges.push([before + 1, seq - 1]);
      before = Math.max(before, seq);
    }
    return ranges;
  }

  #checkNext(line: EventLine): readonly ChainFinding[] {
    const { hash, line: previous } = this.#last;
    const named = line.event.prev_event_hash;
    if (hash === undefined || named === hash) return [];
    // A foreign line may have been hashed without its two empty keys, as it may be signed.
    if (previous !== undefined && named === eventHash(previous.canonical("absent"))) return [];
    return [PREV_HASH];
  }

  #checkGap(line: EventLine, seq: number): readonly ChainFinding[] {
    this.#waiting.set(seq, kept(line.event.prev_event_hash));
    const from = this.#last.seq + 1;
    const state = from === seq - 1
      ? `number ${from} of its chain is missing before it`
      : `numbers ${from} to ${seq - 1} of its chain are missing before it`;
    return [{ kind: "gap", state }];
  }

  #checkLate(line: EventLine, seq: number, hash: string): readonly ChainFinding[] {
    const state = `number ${seq} of its chain stands after number ${this.#last.seq}`;
    const findings: ChainFinding[] = [{ kind: "reorder", state }];
    const before = this.#seen.get(seq - 1);
    if (before === undefined) this.#waiting.set(seq, kept(line.event.prev_event_hash));
    else if (before !== kept(line.event.prev_event_hash)) findings.push(PREV_HASH);
    const after = this.#waiting.get(seq + 1);
    if (after !== undefined && after !== kept(hash)) findings.push(NOT_NAMED);
    this.#waiting.delete(seq + 1);
    return findings;
  }

  #remember(seq: number, hash: string): void {
    this.#seen.set(seq, kept(hash));
    for (const map of [this.#seen, this.#waiting]) {
      if (map.size <= REMEMBERED) continue;
      const oldest = map.keys().next();
      if (oldest.done !== true) map.delete(oldest.value);
    }
  }
}

/** The events of one sender without numbers: linked by hashes at most. */
export class ForeignChain {
  #last: EventLine | undefined;

  check(
    line: EventLine,
    rules: { readonly unchained?: "accept" | "refuse"; readonly start?: "first" | "anywhere" },
  ): readonly ChainFinding[] {
    const previous = this.#last;
    this.#last = line;
    const named = line.event.prev_event_hash;
    if (named === null) return rules.unchained === "refuse" ? [UNCHAINED] : [];
    if (previous === undefined) return rules.start === "anywhere" ? [] : [PREV_HASH];
    const forms = ["null", "absent"] as const;
    return forms.some((form) => named === eventHash(previous.canonical(form))) ? [] : [PREV_HASH];
  }
}

const REPEATED: ChainFinding = { kind: "repeated-seq", state: "it stands here again" };
const FORK: ChainFinding = { kind: "fork", state: "another event of its chain has its number" };
const PREV_HASH: ChainFinding = {
  kind: "prev-hash",
  state: "it does not name the event before it in its chain",
};
const NOT_NAMED: ChainFinding = {
  kind: "prev-hash",
  state: "the event after it in its chain does not name it",
};
const UNCHAINED: ChainFinding = { kind: "unchained", state: "it is in no chain" };

function kept(hash: string | null): string {
  return hash === null ? "" : hash.slice(0, KEPT_OF_HASH);
}
