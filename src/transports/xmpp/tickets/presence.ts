/**
 * Tells the ticket system who is there. Only the latest state of each person counts, so nothing is
 * kept over a restart, and what could not be told soon is not told.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { TicketApi } from "./contract.ts";
import { isWorthRetrying, pause, waitAfter } from "./retrying.ts";

/** What is told of a person. */
export interface PersonPresence {
  /** A bare JID. */
  readonly jid: string;
  readonly status: "online" | "offline";
  /** As in RFC 6121: `away`, `chat`, `dnd`, `xa` or empty. */
  readonly show: string;
}

/** People remembered at a time. */
const MOST = 10_000;
/** Attempts at one report. */
const ATTEMPTS = 4;

/** See the module's description. */
export class PresenceReports {
  readonly #api: TicketApi;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #ending = new AbortController();
  /** What the system knows, by JID. */
  readonly #known = new Map<string, string>();
  readonly #waiting = new Map<string, PersonPresence>();
  #working: Promise<void> | undefined;

  constructor(
    { api, clock, random }: {
      readonly api: TicketApi;
      readonly clock: Clock;
      readonly random: () => number;
    },
  ) {
    this.#api = api;
    this.#clock = clock;
    this.#random = random;
  }

  /** Somebody's presence. */
  report(person: PersonPresence): void {
    if (this.#ending.signal.aborted) return;
    if (this.#waiting.size >= MOST && !this.#waiting.has(person.jid)) return;
    this.#waiting.delete(person.jid);
    this.#waiting.set(person.jid, person);
    this.#wake();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#working;
  }

  #wake(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      // What came after the last look and before this.
      if (this.#waiting.size > 0 && !this.#ending.signal.aborted) this.#wake();
    });
  }

  async #work(): Promise<void> {
    for (const [jid, person] of this.#waiting) {
      this.#waiting.delete(jid);
      const state = `${person.status} ${person.show}`;
      if (this.#known.get(jid) === state) continue;
      if (!await this.#send(person)) continue;
      this.#known.delete(jid);
      this.#known.set(jid, state);
      const [oldest] = this.#known.keys();
      if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
    }
  }

  async #send(person: PersonPresence): Promise<boolean> {
    const { signal } = this.#ending;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        await this.#api.presence(person, signal);
        return true;
      } catch (error) {
        if (signal.aborted || !isWorthRetrying(error)) return false;
        await pause(this.#clock, waitAfter(attempt, error, this.#random), signal);
        // Something newer is known by now: that is told instead.
        if (signal.aborted || this.#waiting.has(person.jid)) return false;
      }
    }
    return false;
  }
}
