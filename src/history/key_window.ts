/**
 * The authors' keys of one room's latest events.
 *
 * @module
 */
import type { Address } from "../message/event.ts";
import { type Appended, KEY_WINDOW } from "./contract.ts";
import { WaitingKeys } from "./waiting_keys.ts";
import { type Fingerprint, fingerprint, Fingerprints } from "./fingerprints.ts";

/** An event's author's key, and where the event is. */
export interface KeyedEvent {
  readonly sender: Address;
  readonly key: string;
  readonly offset: number;
}

/** An author's key in a room, asked for or kept. */
export interface AuthorKey {
  readonly sender: Address;
  readonly key: string;
  readonly print: Fingerprint;
}

/** An event that is accepted and not committed yet. */
export interface KeyEntry extends AuthorKey {
  readonly offset: number;
  /** What its author waits for. */
  readonly waiting: Promise<Appended>;
}

/**
 * See the module's description. Keys are in two generations that each span as many events as the
 * window: when the younger one is full the older one is forgotten as a whole.
 */
export class KeyWindow {
  readonly #seed: number;
  #young = new Fingerprints();
  #old = new Fingerprints();
  /** Offsets at which the generations began. */
  #youngBegan = 0;
  #oldBegan = 0;
  readonly #waiting = new WaitingKeys();
  /** When it was asked last, in questions. */
  used = 0;

  /** @param seed 32 random bits */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Bytes of memory held. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Whether all its events are committed. */
  get settled(): boolean {
    return this.#waiting.size === 0;
  }

  /** A key in the form in which a window asks and keeps. */
  keyOf(sender: Address, key: string): AuthorKey {
    return { sender, key, print: fingerprint(this.#seed, sender, key) };
  }

  /**
   * Where the author's event with this key may be, among the last before offset `next`; the latest
   * first. Whoever asks has to look.
   */
  candidates({ print }: AuthorKey, next: number): readonly number[] {
    const young = this.#young.get(print);
    const old = this.#old.get(print);
    // Nearly every message is sent once.
    if (young.length === 0 && old.length === 0) return young;
    const offsets = [
      ...young.map((offset) => offset + this.#youngBegan),
      ...old.map((offset) => offset + this.#oldBegan),
    ];
    return offsets.filter((offset) => offset >= next - KEY_WINDOW).sort((a, b) => b - a);
  }

  /** The event at `offset` while it is on its way. */
  waitingAt(offset: number): KeyEntry | undefined {
    return this.#waiting.at(offset);
  }

  /** Adds an event that is accepted. */
  accept({ sender, key, print }: AuthorKey, offset: number, waiting: Promise<Appended>): void {
    this.#waiting.push({ sender, key, print, offset, waiting });
    this.#keep(print, offset);
  }

  /** The first of the events on their way is committed. */
  commit(): void {
    this.#waiting.shift();
  }

  /**
   * The last of the events on their way was not stored after all. What its key left behind leads to
   * another event, or to none, which whoever asks finds out.
   */
  fail(): void {
    this.#waiting.pop();
  }

  /** Adds an event that is committed; events come in the order of their offsets. */
  add({ sender, key, offset }: KeyedEvent): void {
    this.#keep(fingerprint(this.#seed, sender, key), offset);
  }

  #keep(print: Fingerprint, offset: number): void {
    if (offset - this.#youngBegan >= KEY_WINDOW) {
      [this.#old, this.#oldBegan] = [this.#young, this.#youngBegan];
      [this.#young, this.#youngBegan] = [new Fingerprints(), offset];
    }
    this.#young.add(print, Math.max(0, offset - this.#youngBegan));
  }
}
