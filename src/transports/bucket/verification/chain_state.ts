/**
 * One numbered chain as far as it was accepted: its end, and what is missing before it with the
 * hashes at the edges, so that an event that comes late is checked against both its neighbours. It
 * stays small however long the chain is.
 *
 * @module
 */

/** Missing numbers, both ends inclusive. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  /** Hashes of the event before the gap, in every form its writer may have taken; null: none. */
  readonly before: readonly (string | null)[];
  /** What the event after the gap names as the one before it. */
  readonly next: string | null;
}

/** See the module's description. */
export interface ChainState {
  readonly seq: number;
  readonly hashes: readonly (string | null)[];
  readonly gaps: readonly Gap[];
}

/** One event's place in its chain. */
export interface ChainStep {
  readonly seq: number;
  /** `prev_event_hash`. */
  readonly previous: string | null;
  /** Of the event itself: in its canonical form, and in the form it was signed in. */
  readonly hashes: readonly string[];
}

/** A chain of which nothing was seen. */
export const UNSEEN: ChainState = { seq: 0, hashes: [null], gaps: [] };

/** Holes of one chain that are remembered. */
export const MOST_GAPS = 64;

/**
 * - `next`: it goes on where the chain ended;
 * - `gap`: it leaves numbers out, from the chain's end to itself;
 * - `late`: it was missing;
 * - `taken`: its number is an accepted event's;
 * - `hash`: it does not fit a neighbour: one of the two is another story;
 * - `gaps`: it would open one hole too many.
 */
export type ChainPlace = "next" | "gap" | "late" | "taken" | "hash" | "gaps";

/** Where an event stands. */
export function placeOf(state: ChainState, step: ChainStep): ChainPlace {
  const { seq, previous, hashes } = step;
  if (seq === state.seq + 1) return state.hashes.includes(previous) ? "next" : "hash";
  if (seq > state.seq) return state.gaps.length < MOST_GAPS ? "gap" : "gaps";
  const gap = gapOf(state, seq);
  if (gap === undefined) return "taken";
  if (seq === gap.from && !gap.before.includes(previous)) return "hash";
  if (seq === gap.to && (gap.next === null || !hashes.includes(gap.next))) return "hash";
  const splits = seq > gap.from && seq < gap.to;
  return splits && state.gaps.length >= MOST_GAPS ? "gaps" : "late";
}

/** The chain with an event that is accepted; what does not fit changes nothing. */
export function advance(state: ChainState, step: ChainStep): ChainState {
  const { seq, previous, hashes } = step;
  switch (placeOf(state, step)) {
    case "next":
      return { ...state, seq, hashes };
    case "gap": {
      const gap = { from: state.seq + 1, to: seq - 1, before: state.hashes, next: previous };
      return { seq, hashes, gaps: [...state.gaps, gap] };
    }
    case "late":
      return { ...state, gaps: state.gaps.flatMap((gap) => split(gap, step)) };
    default:
      return state;
  }
}

function split(gap: Gap, { seq, previous, hashes }: ChainStep): Gap[] {
  if (seq < gap.from || seq > gap.to) return [gap];
  const left: Gap = { ...gap, to: seq - 1, next: previous };
  const right: Gap = { ...gap, from: seq + 1, before: hashes };
  return [left, right].filter(({ from, to }) => from <= to);
}

function gapOf({ gaps }: ChainState, seq: number): Gap | undefined {
  return gaps.find(({ from, to }) => seq >= from && seq <= to);
}
