/**
 * Hands signals to audiences: encoded once per dialect, the same batch to every receiver. Only a
 * receiver that must not get one of the signals (its author, a newcomer) gets a batch of its own.
 *
 * @module
 */
import type { Logger } from "../log.ts";
import type { Audience, Receiver } from "./audience.ts";
import type { Dialect, Signal } from "./contract.ts";
import type { Counters } from "./counters.ts";

/** A signal on its way. */
export interface Item {
  readonly signal: Signal;
  /** Its place in the order of everything this hub sends. */
  readonly serial: number;
  /** The session that caused it. It does not get it back, unless it is an event and its dialect echoes. */
  readonly origin: object | undefined;
}

/** Receivers whose serial differs from the audience's; `Infinity` hears nothing for now. */
export type Overrides = ReadonlyMap<Receiver, number>;

/** See the module's description. */
export class Fanout {
  readonly #log: Logger;
  readonly #counters: Counters;

  constructor(parts: { log: Logger; counters: Counters }) {
    this.#log = parts.log;
    this.#counters = parts.counters;
  }

  /**
   * Delivers items, in order, to every receiver of the audiences, in which nobody is twice.
   *
   * @param items in ascending order of serial, at least one
   */
  deliver(
    audiences: readonly Audience[],
    items: readonly [Item, ...Item[]],
    overrides?: Overrides,
  ): void {
    const delivery = new Delivery(items, overrides, this);
    for (const audience of audiences) {
      for (const [dialect, group] of audience.groups) delivery.toGroup(dialect, group);
    }
    this.#counters.deliveries += delivery.handedOver;
  }

  /** Encodes; a dialect that fails costs its own receivers this batch, nobody else. */
  encode(dialect: Dialect<unknown>, signals: readonly Signal[]): unknown {
    try {
      return dialect.encode(signals);
    } catch (error) {
      const reason = error instanceof Error ? error.name : "no Error";
      this.#log.error("Cannot encode a batch for {dialect}: {reason}", {
        dialect: dialect.name,
        reason,
      });
      return undefined;
    }
  }

  /** Hands over; a peer that breaks its promise not to throw costs itself. */
  send(receiver: Receiver, batch: unknown): void {
    try {
      receiver.peer.send(batch);
    } catch (error) {
      const reason = error instanceof Error ? error.name : "no Error";
      this.#log.error("Cannot send to a peer of {via}: {reason}", {
        via: receiver.peer.via,
        reason,
      });
      receiver.peer.end("failed");
    }
  }
}

/** One call of {@linkcode Fanout.deliver}. */
class Delivery {
  handedOver = 0;
  readonly #items: readonly Item[];
  readonly #signals: readonly Signal[];
  readonly #events: number;
  readonly #first: number;
  readonly #origins: ReadonlySet<object>;
  readonly #overrides: Overrides | undefined;
  readonly #fanout: Fanout;

  constructor(
    items: readonly [Item, ...Item[]],
    overrides: Overrides | undefined,
    fanout: Fanout,
  ) {
    this.#items = items;
    this.#signals = items.map((item) => item.signal);
    this.#events = countEvents(this.#signals);
    this.#first = items[0].serial;
    this.#origins = new Set(items.flatMap((item) => item.origin ?? []));
    this.#overrides = overrides;
    this.#fanout = fanout;
  }

  toGroup(dialect: Dialect<unknown>, group: ReadonlyMap<Receiver, number>): void {
    const batch = this.#fanout.encode(dialect, this.#signals);
    group.forEach((since, receiver) => {
      if (since < this.#first && !this.#isSpecial(receiver)) {
        if (batch === undefined) return;
        this.#fanout.send(receiver, batch);
        this.handedOver += this.#events;
      } else this.#toOne(dialect, receiver, since, batch);
    });
  }

  #isSpecial(receiver: Receiver): boolean {
    return this.#origins.has(receiver) || (this.#overrides?.has(receiver) ?? false);
  }

  #toOne(
    dialect: Dialect<unknown>,
    receiver: Receiver,
    listening: number,
    whole: unknown,
  ): void {
    const since = this.#overrides?.get(receiver) ?? listening;
    const first = this.#items.findIndex((item) => item.serial > since);
    if (first < 0) return;
    const heard = this.#items.slice(first).filter((item) => !isOwn(item, receiver, dialect));
    if (heard.length === 0) return;
    const signals = heard.map((item) => item.signal);
    const isTail = heard.length === this.#items.length - first;
    const batch = isTail
      ? this.#tail(dialect, signals, whole)
      : this.#fanout.encode(dialect, signals);
    if (batch === undefined) return;
    this.#fanout.send(receiver, batch);
    this.handedOver += countEvents(signals);
  }

  /** What a newcomer hears is the end of what the others hear. */
  #tail(dialect: Dialect<unknown>, signals: readonly Signal[], whole: unknown): unknown {
    const skipped = this.#signals.length - signals.length;
    if (skipped === 0) return whole;
    if (dialect.tail === undefined || whole === undefined) {
      return this.#fanout.encode(dialect, signals);
    }
    return dialect.tail(whole, skipped);
  }
}

function isOwn(item: Item, receiver: Receiver, dialect: Dialect<unknown>): boolean {
  return item.origin === receiver && !(dialect.echo && item.signal.kind === "event");
}

function countEvents(signals: readonly Signal[]): number {
  return signals.reduce((sum, signal) => sum + (signal.kind === "event" ? 1 : 0), 0);
}
