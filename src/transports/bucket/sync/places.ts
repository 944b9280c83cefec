/**
 * Who gets a place among the writers whose heads are followed. Keys cost nothing, so whoever may
 * write to the bucket can make as many as he likes: he must not use up the places of the others.
 *
 * @module
 */
import type { Claim } from "../trust/contract.ts";

/** Places for everybody but those who were trusted by hand, who always get one. */
export const MOST_FOLLOWED = 1_000;
/** Places among them for devices that are not believed. */
export const MOST_STRANGERS = 100;
/** Places among them for the devices of one node, or of one person. */
export const MOST_OF_PARTY = 32;

/** How near a device is to us; the lower, the nearer. */
export type Rank = 0 | 1 | 2;

/** The places that are taken. */
interface Tally {
  all: number;
  strangers: number;
  readonly parties: Map<string, number>;
}

/** See the module's description. Nobody who has a place loses it to somebody who comes later. */
export class Places {
  readonly #claimOf: (device: string) => Claim | undefined;
  readonly #taken: () => Iterable<string>;
  #tally: Tally | undefined;

  /**
   * @param claimOf what is known of a device
   * @param taken who has a place
   */
  constructor(
    claimOf: (device: string) => Claim | undefined,
    taken: () => Iterable<string>,
  ) {
    this.#claimOf = claimOf;
    this.#taken = taken;
  }

  /** Places were taken or given up, or something was learnt of devices. */
  noteChange(): void {
    this.#tally = undefined;
  }

  /** Whether a device that has no place may have one. */
  admits(device: string): boolean {
    const rank = this.rankOf(device);
    if (rank === 0) return true;
    const { all, strangers, parties } = this.#tally ??= this.#count();
    if (all >= MOST_FOLLOWED) return false;
    if (rank === 2) return strangers < MOST_STRANGERS;
    return (parties.get(this.#claimOf(device)?.party ?? "") ?? 0) < MOST_OF_PARTY;
  }

  /** 0: ours, or trusted by hand; 1: believed; 2: everybody else. */
  rankOf(device: string): Rank {
    switch (this.#claimOf(device)?.standing) {
      case "own":
      case "trusted":
        return 0;
      case "pinned":
      case "endorsed":
      case "revoked":
        return 1;
      default:
        return 2;
    }
  }

  #count(): Tally {
    const tally: Tally = { all: 0, strangers: 0, parties: new Map() };
    for (const device of this.#taken()) {
      const rank = this.rankOf(device);
      if (rank === 0) continue;
      tally.all++;
      if (rank === 2) tally.strangers++;
      const party = this.#claimOf(device)?.party;
      if (rank === 1 && party !== undefined) {
        tally.parties.set(party, (tally.parties.get(party) ?? 0) + 1);
      }
    }
    return tally;
  }
}
