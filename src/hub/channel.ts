/**
 * Where signals go: a room, a direct conversation, everybody. Events are delivered at once;
 * comings, goings, typing, reading and presence are gathered for some milliseconds, the newest of
 * each kind and person replacing the older, and go out together or before the next event.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";
import type { Audience } from "./audience.ts";
import type { Signal } from "./contract.ts";
import type { Fanout, Item, Overrides } from "./fanout.ts";

/** Something that signals can be sent to. */
export interface Channel {
  /** Whoever hears it; nobody is in two of them. */
  audiences(): readonly Audience[];
  readonly overrides?: Overrides;
  /** Gathered and not yet sent, by kind and person. Owned by {@linkcode Signals}. */
  readonly pending: Map<string, Item>;
}

type LiveSignal = Exclude<Signal, { kind: "event" }>;

/** Numbers every signal and decides when it goes out. */
export class Signals {
  readonly #clock: Clock;
  readonly #fanout: Fanout;
  readonly #gatherMs: number;
  readonly #waiting = new Set<Channel>();
  #timer: Timer | undefined;
  #serial = 0;

  constructor(parts: { clock: Clock; fanout: Fanout; gatherMs: number }) {
    this.#clock = parts.clock;
    this.#fanout = parts.fanout;
    this.#gatherMs = parts.gatherMs;
  }

  /** The serial of the latest signal: whoever listens from now on gets higher ones only. */
  get serial(): number {
    return this.#serial;
  }

  /** A new item, after all others so far. */
  item(signal: Signal, origin: object | undefined): Item {
    this.#serial += 1;
    return { signal, serial: this.#serial, origin };
  }

  /** Delivers events now, after what was gathered for the channel. */
  send(channel: Channel, events: readonly [Item, ...Item[]]): void {
    const gathered = this.#take(channel);
    if (gathered === undefined) {
      this.#fanout.deliver(channel.audiences(), events, channel.overrides);
      return;
    }
    // With delivery deferred by a hook, what was gathered can be younger than the events.
    const [first, ...rest] = [...gathered, ...events].sort((a, b) => a.serial - b.serial);
    if (first === undefined) return;
    this.#fanout.deliver(channel.audiences(), [first, ...rest], channel.overrides);
  }

  /** Sends a signal with the next batch of the channel. */
  gather(channel: Channel, signal: LiveSignal, origin: object | undefined): void {
    const key = `${signal.kind} ${signal.who.address}`;
    channel.pending.delete(key);
    channel.pending.set(key, this.item(signal, origin));
    this.#waiting.add(channel);
    this.#timer ??= this.#clock.after(this.#gatherMs, () => this.flush());
  }

  /** Sends everything that was gathered. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const channel of this.#waiting) {
      const items = this.#take(channel);
      if (items !== undefined) {
        this.#fanout.deliver(channel.audiences(), items, channel.overrides);
      }
    }
  }

  /** Forgets everything that was gathered: nobody is left to hear it. */
  discard(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const channel of this.#waiting) channel.pending.clear();
    this.#waiting.clear();
  }

  #take(channel: Channel): [Item, ...Item[]] | undefined {
    if (channel.pending.size === 0) return undefined;
    const [first, ...rest] = channel.pending.values();
    channel.pending.clear();
    this.#waiting.delete(channel);
    return first === undefined ? undefined : [first, ...rest];
  }
}
