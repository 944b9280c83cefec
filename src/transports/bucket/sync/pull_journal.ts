/**
 * What pulling has done, on its way to disk: what was verified has to be durable before anything
 * says that it was.
 *
 * @module
 */
import type { Verification } from "../verification/contract.ts";
import type { PullRecord, PullStore } from "./pull_state.ts";

/** See the module's description. */
export class PullJournal {
  readonly #store: PullStore;
  readonly #verification: Verification;
  #records: PullRecord[] = [];

  constructor(store: PullStore, verification: Verification) {
    this.#store = store;
    this.#verification = verification;
  }

  /** How much is not on disk yet. */
  get pending(): number {
    return this.#records.length;
  }

  /** Takes note; on disk with the next {@linkcode PullJournal.save}. */
  note(...records: readonly PullRecord[]): void {
    this.#records.push(...records);
  }

  /** Writes everything down. Rejects with what the disk threw. */
  async save(): Promise<void> {
    const records = this.#records;
    if (records.length === 0) return;
    this.#records = [];
    const { log, state } = this.#store;
    await this.#verification.save();
    await log.append(records, "written");
    const folded = state.ledger.excess().map((each) => ({ type: "folded", ...each }) as const);
    await log.append(folded, "written");
  }
}
