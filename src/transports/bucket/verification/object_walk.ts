/**
 * One walk over the events of an object: who signed each, whether its id and its place in its chain
 * are free.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { breathe } from "../../../history/breather.ts";
import { canonicalEvent } from "../../../message/canonical.ts";
import { chainOf } from "../../../message/chain.ts";
import type { ChatEvent, EventId } from "../../../message/event.ts";
import { decodeEvent, type EventLine } from "../../../message/line.ts";
import type { Signers } from "../trust/contract.ts";
import { checkChainEnds } from "./chain_ends.ts";
import { advance, type ChainState, type ChainStep, placeOf, UNSEEN } from "./chain_state.ts";
import type {
  AcceptedLine,
  FaultCode,
  KnownEvents,
  SegmentObject,
  VerificationPolicy,
} from "./contract.ts";
import { FAULTS } from "./contract.ts";
import { Doubts } from "./doubts.ts";
import type { Findings } from "./findings.ts";
import type { KeyedLog } from "./keyed_log.ts";
import type { Candidate } from "./object_lines.ts";
import { checkSignature, type SignatureResult, type SignatureRules } from "./signature_check.ts";

/** Chains of one bucket that are remembered, some 300 bytes each. */
export const MOST_CHAINS = 200_000;
/** Milliseconds of checking between two breaths. */
const BREATH_MS = 8;
const DONE = Promise.resolve();

/** What the verifier of a bucket works with. */
export interface VerificationOptions {
  /** `<data>/sync/<bucket>`. */
  readonly folder: string;
  /** Also told when a device contradicts itself. */
  readonly signers: Signers & { suspect(device: string): Promise<void> };
  readonly known: KnownEvents;
  readonly policy: VerificationPolicy;
  readonly clock: Clock;
}

/** See the module's description. */
export class ObjectWalk {
  readonly accepted: AcceptedLine[] = [];
  readonly steps: [string, ChainStep][] = [];
  readonly unknown = new Set<string>();
  readonly doubts: Doubts = new Doubts();
  readonly findings: Findings;
  readonly #options: VerificationOptions;
  readonly #chains: KeyedLog<ChainState>;
  readonly #rules: SignatureRules;
  readonly #byChainEnds: boolean;
  /** What the object has changed so far. */
  readonly #changed = new Map<string, ChainState>();
  readonly #ids = new Map<EventId, EventLine>();
  /** By chain and number. */
  readonly #places = new Map<string, EventLine>();
  /** The highest number of each chain so far. */
  readonly #highest = new Map<string, number>();
  /** Events that leave numbers out, which may still come in the same object. */
  readonly #leaps: {
    readonly candidate: Candidate;
    readonly chain: string;
    readonly to: number;
  }[] = [];
  /** Devices that have contradicted themselves here. */
  readonly #forked = new Set<string>();
  #known: ReadonlyMap<EventId, string> = new Map();
  #checked: ReadonlyMap<EventLine, SignatureResult> = new Map();
  #breath: number;

  constructor(
    options: VerificationOptions,
    chains: KeyedLog<ChainState>,
    findings: Findings,
    object: SegmentObject,
  ) {
    this.#options = options;
    this.#chains = chains;
    this.findings = findings;
    const { signers, policy } = options;
    this.#rules = { signers, policy, version: object.announced?.version };
    this.#byChainEnds = policy.signatures === "chain-ends" &&
      object.announced?.sha256 !== undefined;
    this.#breath = options.clock.monotonic();
  }

  async run(candidates: readonly Candidate[], signal: AbortSignal): Promise<void> {
    this.#known = await this.#options.known.find(candidates.map(({ line }) => line.event));
    const rest = () => this.#rest(signal);
    if (this.#byChainEnds) {
      const lines = candidates.map(({ line }) => line);
      this.#checked = await checkChainEnds(lines, this.#rules, rest);
    }
    for (const candidate of candidates) {
      await rest();
      await this.#check(candidate);
    }
    for (const { candidate, chain, to } of this.#leaps) {
      const gap = this.#changed.get(chain)?.gaps.find((each) => each.to === to);
      if (gap === undefined) continue;
      this.findings.add("chain/gap", candidate, { detail: `${gap.from}-${gap.to}` });
    }
  }

  /** Gives the event loop a turn after some milliseconds of work. */
  #rest(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    if (clock.monotonic() - this.#breath <= BREATH_MS) return DONE;
    return breathe().then(() => {
      signal.throwIfAborted();
      this.#breath = clock.monotonic();
    });
  }

  async #check(candidate: Candidate): Promise<void> {
    const { event } = candidate.line;
    const device = event.content.chatnode?.device ?? "";
    if (this.#forked.has(device)) return this.#refuse("signer/forked", candidate);
    const checked = this.#checked.get(candidate.line) ??
      checkSignature(candidate.line, this.#rules);
    if ("fault" in checked) {
      if (checked.fault === "signer/unknown") this.unknown.add(device);
      return this.#refuse(checked.fault, candidate);
    }
    const repeats = await this.#repeats(candidate);
    if (repeats === "refused" || repeats === "again") return;
    if (!await this.#follows(candidate, checked.hashes)) return;
    this.#ids.set(event.event_id, candidate.line);
    const { json } = candidate.line;
    this.accepted.push({ json, event, signature: checked.signature });
  }

  #refuse(fault: FaultCode, candidate: Candidate): void {
    this.findings.add(fault, candidate);
    if (FAULTS[fault].effect !== "held") return;
    this.doubts.add(candidate.line.event, this.#rules);
  }

  /** Whether the event's id was seen: here, or in the history, for the same event or another. */
  async #repeats(candidate: Candidate): Promise<"fresh" | "again" | "refused"> {
    const { line } = candidate;
    const id = line.event.event_id;
    const here = this.#ids.get(id);
    if (here?.canonical("null") === line.canonical("null")) {
      this.findings.add("chain/repeated", candidate);
      return "again";
    }
    const known = here?.json ?? this.#known.get(id);
    if (known === undefined || (here === undefined && isSameEvent(known, line))) return "fresh";
    const device = line.event.content.chatnode?.device;
    const other = decodeEvent(known)?.event.content.chatnode?.device;
    // Whoever gives an id twice has told two stories; whoever takes another's has not.
    if (device !== undefined && device === other) {
      await this.#contradicts("chain/fork", candidate, known);
    } else this.findings.add("id/replayed", candidate, { against: known });
    return "refused";
  }

  /** Whether the event fits its chain; what it says of the chain is noted. */
  async #follows(candidate: Candidate, hashes: readonly string[]): Promise<boolean> {
    const { event } = candidate.line;
    const seq = event.content.chatnode?.seq;
    if (seq === undefined) return true;
    const chain = chainOf(event);
    const state = this.#changed.get(chain) ?? this.#chains.get(chain) ?? UNSEEN;
    const step: ChainStep = { seq, previous: event.prev_event_hash, hashes };
    const fault = await this.#chainFault(candidate, state, step);
    if (fault !== undefined) return fault;
    if (state === UNSEEN && this.#chains.size + this.#changed.size >= MOST_CHAINS) {
      this.findings.add("chain/count", candidate);
      return false;
    }
    this.#changed.set(chain, advance(state, step));
    this.steps.push([chain, step]);
    this.#places.set(`${chain}\n${seq}`, candidate.line);
    this.#highest.set(chain, Math.max(seq, this.#highest.get(chain) ?? 0));
    return true;
  }

  /** Undefined: the chain goes on with the event. Otherwise whether the event is accepted. */
  async #chainFault(
    candidate: Candidate,
    state: ChainState,
    step: ChainStep,
  ): Promise<boolean | undefined> {
    const place = placeOf(state, step);
    switch (place) {
      case "next":
        return undefined;
      case "gap":
        this.#leaps.push({ candidate, chain: chainOf(candidate.line.event), to: step.seq - 1 });
        return undefined;
      case "late":
        if (step.seq < (this.#highest.get(chainOf(candidate.line.event)) ?? 0)) {
          this.findings.add("chain/order", candidate);
        }
        return undefined;
      case "gaps":
        this.findings.add("chain/gaps", candidate);
        return false;
      case "taken":
        return await this.#taken(candidate);
      case "hash":
        await this.#contradicts("chain/hash", candidate, await this.#neighbour(candidate, step));
        return false;
    }
  }

  /** A number that is given already: by this very event, or to another one. */
  async #taken(candidate: Candidate): Promise<boolean> {
    const { event } = candidate.line;
    if (this.#known.has(event.event_id)) return true;
    const other = this.#places.get(`${chainOf(event)}\n${event.content.chatnode?.seq}`)?.json ??
      await this.#options.known.sibling(event);
    if (other === undefined) {
      // Retention has removed what the number belongs to: nothing can be proven either way.
      this.findings.add("chain/old", candidate);
      return false;
    }
    await this.#contradicts("chain/fork", candidate, other);
    return false;
  }

  async #contradicts(
    code: FaultCode & `chain/${string}`,
    candidate: Candidate,
    against: string | undefined,
  ): Promise<void> {
    this.findings.add(code, candidate, against === undefined ? {} : { against });
    const device = candidate.line.event.content.chatnode?.device;
    if (device === undefined) return;
    this.#forked.add(device);
    await this.#options.signers.suspect(device);
  }

  /** The event before one, or else the one after it, as far as it can be found. */
  async #neighbour(
    { line: { event } }: Candidate,
    { seq }: ChainStep,
  ): Promise<string | undefined> {
    const { chatnode } = event.content;
    if (chatnode === undefined) return undefined;
    for (const each of [seq - 1, seq + 1]) {
      const beside: ChatEvent = {
        ...event,
        content: { ...event.content, chatnode: { ...chatnode, seq: each } },
      };
      const found = this.#places.get(`${chainOf(event)}\n${each}`)?.json ??
        await this.#options.known.sibling(beside);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** Whether a stored line is the event; one of ours may not be linked and signed yet. */
function isSameEvent(stored: string, line: EventLine): boolean {
  if (stored === line.json) return true;
  const known = decodeEvent(stored);
  if (known === undefined) return false;
  const { signature } = known.event;
  if (signature !== null) return known.canonical("null") === line.canonical("null");
  const { prev_event_hash } = line.event;
  const linked = { ...known.event, prev_event_hash };
  return canonicalEvent(linked) === line.canonical("null");
}
