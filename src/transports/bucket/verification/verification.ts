/**
 * The verifier: one object after the other, line by line, in the order in which faults are cheap
 * to find.
 *
 * @module
 */
import { join } from "node:path";
import { advance, type ChainState, type ChainStep, UNSEEN } from "./chain_state.ts";
import type {
  Announced,
  Missing,
  SegmentObject,
  Verification,
  VerifiedObject,
} from "./contract.ts";
import { Doubts } from "./doubts.ts";
import { Findings } from "./findings.ts";
import { KeyedLog } from "./keyed_log.ts";
import { type ObjectKey, parseObjectKey } from "./object_key.ts";
import { readObject } from "./object_lines.ts";
import { ObjectWalk, type VerificationOptions } from "./object_walk.ts";

/** Holes that are named. */
const MOST_MISSING = 1_000;
/** Opens the verifier of a bucket. Rejects with what the disk threw. */
export async function openVerification(options: VerificationOptions): Promise<Verification> {
  const chains = await KeyedLog.open<ChainState>(join(options.folder, "chains.jsonl"));
  return new BucketVerification(options, chains);
}

/** Steps to take when an object is stored. */
type Steps = readonly (readonly [chain: string, step: ChainStep])[];

class BucketVerification implements Verification {
  readonly #options: VerificationOptions;
  readonly #chains: KeyedLog<ChainState>;
  readonly #steps = new WeakMap<VerifiedObject, Steps>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: VerificationOptions, chains: KeyedLog<ChainState>) {
    this.#options = options;
    this.#chains = chains;
  }

  verify(object: SegmentObject, signal: AbortSignal): Promise<VerifiedObject> {
    const verified = this.#last.then(() => this.#verify(object, signal));
    this.#last = verified.catch(() => undefined);
    return verified;
  }

  commit(object: VerifiedObject): void {
    for (const [chain, step] of this.#steps.get(object) ?? []) {
      const state = this.#chains.get(chain) ?? UNSEEN;
      const next = advance(state, step);
      if (next !== state) this.#chains.set(chain, next);
    }
    this.#steps.delete(object);
  }

  save(): Promise<void> {
    return this.#chains.save();
  }

  missing(device?: string): readonly Missing[] {
    const missing: Missing[] = [];
    for (const [chain, { gaps }] of this.#chains.entries()) {
      const [room = "", sender = "", by = ""] = chain.split("\n");
      if (device !== undefined && by !== device) continue;
      for (const { from, to } of gaps) {
        if (missing.length >= MOST_MISSING) return missing;
        missing.push({ room, sender, device: by, from, to });
      }
    }
    return missing;
  }

  async #verify(object: SegmentObject, signal: AbortSignal): Promise<VerifiedObject> {
    signal.throwIfAborted();
    const findings = new Findings();
    const parsed = parseObjectKey(object.key);
    if ("fault" in parsed) {
      findings.add(parsed.fault);
      return result(object.key, undefined, {
        accepted: [],
        findings,
        unknown: new Set(),
        doubts: new Doubts(),
      });
    }
    const now = this.#options.clock.now();
    const candidates = await readObject({ object, key: parsed, now, findings, signal }) ?? [];
    const walk = new ObjectWalk(this.#options, this.#chains, findings, object);
    await walk.run(candidates, signal);
    const spoilt = spoiltBy(object, findings);
    const verified = {
      ...result(object.key, parsed, walk),
      ...(spoilt === undefined ? {} : { spoilt }),
    };
    this.#steps.set(verified, walk.steps);
    return verified;
  }
}

/** What a signed head says of bytes that are others. */
function spoiltBy({ announced }: SegmentObject, { counts }: Findings): Announced | undefined {
  const isOther = counts["object/altered"] ?? counts["object/truncated"];
  return isOther === undefined || announced?.sha256 === undefined ? undefined : announced;
}

function result(
  key: string,
  parsed: ObjectKey | undefined,
  { accepted, findings, unknown, doubts }: Pick<
    ObjectWalk,
    "accepted" | "findings" | "unknown" | "doubts"
  >,
): VerifiedObject {
  return {
    key,
    ...(parsed === undefined ? {} : { room: parsed.room }),
    writer: parsed?.writer ?? "",
    accepted,
    faults: findings.faults,
    faultCount: findings.count,
    counts: findings.counts,
    unknownDevices: Array.from(unknown),
    held: findings.held,
    doubts: doubts.all,
  };
}
