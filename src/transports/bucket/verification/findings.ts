/**
 * The faults of one object as they are found.
 *
 * @module
 */
import type { EventLine } from "../../../message/line.ts";
import { type FaultCode, FAULTS, MOST_FAULTS, type ObjectFault } from "./contract.ts";

/** UTF-16 units of one piece of evidence that are kept. */
const EVIDENCE_LENGTH = 256 * 1024;

/** See the module's description. */
export class Findings {
  readonly #faults: ObjectFault[] = [];
  readonly #counts: Partial<Record<FaultCode, number>> = {};
  #count = 0;
  #held = false;

  /** The first {@linkcode MOST_FAULTS}. */
  get faults(): readonly ObjectFault[] {
    return this.#faults;
  }

  get count(): number {
    return this.#count;
  }

  /** How often each was found. */
  get counts(): Readonly<Partial<Record<FaultCode, number>>> {
    return this.#counts;
  }

  /** Whether something may be accepted later. */
  get held(): boolean {
    return this.#held;
  }

  /** A fault of the object, or of one of its events and what that contradicts. */
  add(
    code: FaultCode,
    at?: { readonly number: number; readonly line: EventLine },
    more: { readonly detail?: string; readonly against?: string } = {},
  ): void {
    const { effect } = FAULTS[code];
    const { detail, against } = more;
    const event = at?.line.event;
    const device = event?.content.chatnode?.device;
    const lines = [at?.line.json, against].filter((each) => each !== undefined);
    this.#add({
      code,
      effect,
      ...(at === undefined ? {} : { line: at.number }),
      ...(event === undefined ? {} : { sender: event.sender_id }),
      ...(device === undefined ? {} : { device }),
      ...(detail === undefined ? {} : { detail }),
      evidence: effect === "told" ? [] : lines.map((each) => each.slice(0, EVIDENCE_LENGTH)),
    });
  }

  /** A fault of a line that is no event. */
  addLine(
    code: FaultCode,
    at: { readonly number: number; readonly detail: string; readonly text: string | undefined },
  ): void {
    const evidence = at.text === undefined ? [] : [at.text.slice(0, EVIDENCE_LENGTH)];
    const { effect } = FAULTS[code];
    this.#add({ code, effect, line: at.number, detail: at.detail, evidence });
  }

  #add(fault: ObjectFault): void {
    this.#count++;
    this.#counts[fault.code] = (this.#counts[fault.code] ?? 0) + 1;
    this.#held ||= fault.effect === "held";
    // What is wrong with the whole object stands first, and always.
    if (fault.effect === "object") this.#faults.unshift(fault);
    else this.#faults.push(fault);
    if (this.#faults.length > MOST_FAULTS) this.#faults.pop();
  }
}
