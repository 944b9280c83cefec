/**
 * What a verification has found.
 *
 * @module
 */

/** One thing that is not as it was written. */
export interface VerifyFault {
  /** Relative to the data folder. */
  readonly file: string;
  /** 1 for the first line; absent when the whole file is meant. */
  readonly line?: number;
  /** Stable, `verify/<reason>`. */
  readonly code: string;
  /** A clause, without any text of the history in it. */
  readonly state: string;
}

/** The faults listed at most; all are counted. */
const LISTED = 10_000;

/** Counts and faults of one verification. */
export class VerifyReport {
  rooms = 0;
  segments = 0;
  journals = 0;
  /** Events read, sealed or not. */
  events = 0;
  /** Events whose signature is the one of a known device. */
  verified = 0;
  /** Events of this node in the journal, which are signed when it is sealed. */
  unsealed = 0;
  /** Signed by a device whose public record is not here, or by a program without one. */
  unknownSigner = 0;
  faultCount = 0;
  readonly #faults: VerifyFault[] = [];

  /** The first ones found. */
  get faults(): readonly VerifyFault[] {
    return this.#faults;
  }

  /** Notes a fault. */
  add(fault: VerifyFault): void {
    this.faultCount++;
    if (this.#faults.length < LISTED) this.#faults.push(fault);
  }

  /** Takes over what another report of the same verification holds. */
  merge(other: VerifyReport): void {
    this.rooms += other.rooms;
    this.segments += other.segments;
    this.journals += other.journals;
    this.events += other.events;
    this.verified += other.verified;
    this.unsealed += other.unsealed;
    this.unknownSigner += other.unknownSigner;
    this.faultCount += other.faultCount - other.faults.length;
    for (const fault of other.faults) this.add(fault);
  }
}
