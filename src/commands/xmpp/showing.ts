/**
 * What happened, on its way to who reads it: in order, and an event once it is stored and not
 * before. Everything behind an event waits with it.
 *
 * @module
 */
import type { ChatEvent } from "../../message/event.ts";
import type { SessionEvent } from "../../ui/terminal/session_event.ts";
import type { Fate } from "./recording.ts";

/** Who is told. */
export interface ShowingOptions {
  /** Shows something. */
  show(event: SessionEvent): void;
  /** An event is stored, and is shown when it is its turn. */
  stored(event: ChatEvent): void;
  /** An event could not be stored: what is shown in its place. */
  failed(event: ChatEvent, error: unknown): readonly SessionEvent[];
  /** What waited has gone. */
  drained(): void;
}

interface Entry {
  readonly told: SessionEvent;
  outcome: "waiting" | "gone" | readonly SessionEvent[];
}

/** See the module's description. */
export class Showing {
  readonly #options: ShowingOptions;
  #entries: Entry[] = [];
  #head = 0;
  #settled: { readonly at: number; readonly resolve: () => void }[] = [];
  /** How many have ever come, and gone. */
  #came = 0;
  #went = 0;

  constructor(options: ShowingOptions) {
    this.#options = options;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#entries.length - this.#head;
  }

  /** Shows something behind all that waits; an event with a fate when that is known. */
  push(told: SessionEvent, fate?: Promise<Fate>): void {
    this.#came += 1;
    if (fate === undefined || told.kind !== "event") {
      if (this.waiting > 0) this.#entries.push({ told, outcome: [told] });
      else this.#show([told]);
      return;
    }
    const { event } = told;
    const entry: Entry = { told, outcome: "waiting" };
    this.#entries.push(entry);
    fate.then((outcome) => {
      if (outcome === "stored") this.#options.stored(event);
      entry.outcome = outcome === "stored" ? [told] : "gone";
    }, (error) => {
      entry.outcome = this.#options.failed(event, error);
    }).finally(() => this.#drain());
  }

  /** Resolves when all that came so far was shown. */
  async settled(): Promise<void> {
    const at = this.#came;
    if (this.#went >= at) return;
    await new Promise<void>((resolve) => this.#settled.push({ at, resolve }));
  }

  #drain(): void {
    const before = this.#head;
    for (let entry = this.#entries[this.#head]; entry !== undefined;) {
      const { outcome } = entry;
      if (outcome === "waiting") break;
      this.#head += 1;
      this.#show(outcome === "gone" ? [] : outcome);
      entry = this.#entries[this.#head];
    }
    if (this.#head === before) return;
    if (this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    this.#options.drained();
  }

  #show(all: readonly SessionEvent[]): void {
    for (const told of all) this.#options.show(told);
    this.#went += 1;
    while (this.#settled[0] !== undefined && this.#settled[0].at <= this.#went) {
      this.#settled.shift()?.resolve();
    }
  }
}
