/**
 * The lines of one room, checked one by one in the order in which they arrived.
 *
 * @module
 */
import { ChatnodeError } from "../errors.ts";
import { type ChainFault, ChainVerifier } from "../message/chain_verifier.ts";
import type { ChatEvent, RoomId } from "../message/event.ts";
import type { ChainAnchor } from "./catalog_state.ts";
import { decodeEvent, type EventLine } from "../message/line.ts";
import { placeName } from "./verify_journals.ts";
import type { VerifyReport } from "./verify_report.ts";
import { type KnownKeys, type LineAt, verifySignature } from "./verify_signatures.ts";

/** What the walk over a room begins with. */
export interface RoomWalkOptions {
  readonly room: RoomId;
  /** This store's device, whose chains are whole, or go on from an anchor. */
  readonly device: string | undefined;
  readonly keys: KnownKeys;
  readonly report: VerifyReport;
  /** Places of others' events that are not sealed yet, by `placeName`. */
  readonly places: ReadonlySet<string>;
  /** Where retention has cut chains, by `chainOf`. */
  readonly anchors: ReadonlyMap<string, ChainAnchor>;
}

/** See the module's description. */
export class RoomWalk {
  readonly #options: RoomWalkOptions;
  readonly #own: ChainVerifier;
  /** Others' chains may have come in part: an import of some days, a bucket that keeps a year. */
  readonly #foreign: ChainVerifier;
  /** Where others' chains have left numbers out. */
  readonly #gaps = new Map<string, LineAt>();

  constructor(options: RoomWalkOptions) {
    this.#options = options;
    const tails = new Map(
      Array.from(options.anchors, ([chain, [, , seq, hash]]) => [chain, { seq, hash }]),
    );
    this.#own = new ChainVerifier({ start: "first", tails });
    this.#foreign = new ChainVerifier({ start: "anywhere", tails });
  }

  /** Checks one line of a segment; its event, or undefined when it is none of this room. */
  sealed(json: string, at: LineAt): ChatEvent | undefined {
    const line = this.#decode(json, at);
    if (line === undefined) return undefined;
    const { report, device } = this.#options;
    verifySignature(line, at, this.#options);
    const isOwn = line.event.content.chatnode?.device === device;
    for (const fault of (isOwn ? this.#own : this.#foreign).check(line)) {
      if (!isOwn && this.#mayComeLate(fault, at)) continue;
      report.add({ ...at, code: `verify/chain-${fault.kind}`, state: fault.state });
    }
    return line.event;
  }

  /** Names what is missing in others' chains now that everything was seen. */
  end(): void {
    for (const { chain, from, to } of this.#foreign.missing()) {
      const at = this.#gaps.get(chain);
      if (at === undefined || this.#isUnsealed(chain, from, to)) continue;
      const numbers = from === to ? `number ${from}` : `numbers ${from} to ${to}`;
      const state = `${numbers} of its chain are missing`;
      this.#options.report.add({ ...at, code: "verify/chain-gap", state });
    }
  }

  #isUnsealed(chain: string, from: number, to: number): boolean {
    for (let seq = from; seq <= to; seq++) {
      if (!this.#options.places.has(placeName(chain, seq))) return false;
    }
    return true;
  }

  /** Others' events arrive in any order: what one of them comes before may still follow. */
  #mayComeLate({ kind, chain }: ChainFault, at: LineAt): boolean {
    if (kind === "gap") this.#gaps.set(chain, at);
    return kind === "gap" || kind === "reorder";
  }

  #decode(json: string, at: LineAt): EventLine | undefined {
    const { report, room } = this.#options;
    report.events++;
    try {
      const line = decodeEvent(json);
      if (line === undefined) {
        report.add({ ...at, code: "verify/line", state: "the line is empty" });
      } else if (line.event.room_id !== room) {
        report.add({ ...at, code: "verify/room", state: "the event belongs to another room" });
      } else return line;
    } catch (error) {
      if (!(error instanceof ChatnodeError)) throw error;
      report.add({ ...at, code: "verify/line", state: `the line is no event (${error.code})` });
    }
    return undefined;
  }
}
