/**
 * How far pulling has got. All of it may be lost at any time: others' files are then fetched again,
 * and what they hold is known.
 *
 * @module
 */
import type { RoomId } from "../../../message/event.ts";
import { Ledger } from "./ledger.ts";
import { type Recorded, RecordLog } from "../../../record_log.ts";

/** What is known of a writer. */
export interface WriterProgress {
  /** The highest version of its head that was seen. */
  readonly version: number;
  /** base64 SHA-256 of that head. */
  readonly sha256: string;
  /** Every object up to this number is accounted for. */
  readonly through: number;
}

/** What is known from listing the whole bucket. */
export interface ScanProgress {
  /** When that was last done, milliseconds since the epoch. */
  readonly at: number;
  /** Whether somebody writes without a head. */
  readonly headless: boolean;
}

/** One line of the state's file. */
export type PullRecord =
  /** Begins a new state. */
  | { readonly type: "pull"; readonly version: 1; readonly epoch: string }
  | {
    readonly type: "done";
    readonly folder: string;
    readonly names: readonly string[];
  }
  | { readonly type: "folded"; readonly folder: string; readonly digest: string }
  | ({ readonly type: "writer"; readonly device: string } & WriterProgress)
  /** Which rooms are pulled, in words; other ones than before make the heads news again. */
  | { readonly type: "scope"; readonly scope: string }
  /** Where rooms of the history ended when what stands above was stored in it. */
  | { readonly type: "ends"; readonly rooms: readonly (readonly [RoomId, number])[] }
  /** Everything that a listing shows was looked at. */
  | { readonly type: "scanned"; readonly scan: ScanProgress };

/** See the module's description. */
export class PullState implements Recorded<PullRecord> {
  epoch: string;
  ledger: Ledger = new Ledger();
  readonly #writers = new Map<string, WriterProgress>();
  readonly #ends = new Map<RoomId, number>();
  #scan: ScanProgress | undefined;
  #scope = "";

  constructor(epoch = "") {
    this.epoch = epoch;
  }

  get writers(): ReadonlyMap<string, WriterProgress> {
    return this.#writers;
  }

  /** The least that each room of the history has to hold if it is the one of this state. */
  get ends(): ReadonlyMap<RoomId, number> {
    return this.#ends;
  }

  /** Which rooms are pulled. */
  get scope(): string {
    return this.#scope;
  }

  /** Undefined when the whole bucket was never looked at. */
  get scan(): ScanProgress | undefined {
    return this.#scan;
  }

  apply(record: PullRecord): void {
    switch (record.type) {
      case "pull":
        this.epoch = record.epoch;
        this.ledger = new Ledger();
        this.#writers.clear();
        this.#ends.clear();
        this.#scan = undefined;
        this.#scope = "";
        return;
      case "done":
        return this.ledger.add(record.folder, record.names);
      case "folded":
        return this.ledger.fold(record);
      case "writer": {
        const { device, version, sha256, through } = record;
        this.#writers.set(device, { version, sha256, through });
        return;
      }
      case "scope":
        return this.#rescope(record.scope);
      case "ends":
        for (const [room, next] of record.rooms) this.#ends.set(room, next);
        return;
      case "scanned":
        this.#scan = record.scan;
    }
  }

  *snapshot(): Generator<PullRecord> {
    yield { type: "pull", version: 1, epoch: this.epoch };
    yield { type: "scope", scope: this.#scope };
    for (const entry of this.ledger.entries()) {
      if ("digest" in entry) yield { type: "folded", ...entry };
      else yield { type: "done", ...entry };
    }
    for (const [device, progress] of this.#writers) yield { type: "writer", device, ...progress };
    yield { type: "ends", rooms: [...this.#ends] };
    if (this.#scan !== undefined) yield { type: "scanned", scan: this.#scan };
  }

  #rescope(scope: string): void {
    if (scope === this.#scope) return;
    this.#scope = scope;
    this.#scan = undefined;
    for (const [device, progress] of this.#writers) {
      this.#writers.set(device, { ...progress, through: 0 });
    }
  }
}

/** A state with its file. */
export interface PullStore {
  readonly state: PullState;
  readonly log: RecordLog<PullRecord>;
}

/**
 * Opens the state for a history; begins a new one when it does not fit.
 *
 * @param of `next`: where a room of the history ends; `scope`: which rooms are pulled
 */
export async function openPullState(
  path: string,
  of: { readonly epoch: string; readonly scope: string; next(room: RoomId): number },
): Promise<PullStore> {
  const state = new PullState();
  const { log, damaged } = await RecordLog.open(path, state);
  const isOlder = () => Array.from(state.ends).some(([room, next]) => next > of.next(room));
  if (damaged || state.epoch !== of.epoch || isOlder()) {
    state.apply({ type: "pull", version: 1, epoch: of.epoch });
    await log.renew();
  }
  if (state.scope !== of.scope) await log.append([{ type: "scope", scope: of.scope }], "written");
  return { state, log };
}
