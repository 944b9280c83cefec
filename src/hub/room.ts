/**
 * The live rooms: who listens where. A room exists here while somebody is in it.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import type { Address, RoomId } from "../message/event.ts";
import { Audience, type Receiver } from "./audience.ts";
import type { Channel } from "./channel.ts";
import type { Item } from "./fanout.ts";
import type { People } from "./people.ts";
import { directEnds } from "./rights.ts";

interface Present {
  readonly who: Identity;
  sessions: number;
}

/**
 * One room. In a public room sessions listen once they are let in; a direct conversation is heard
 * by every session of its two accounts, and only those that fetch what they missed are held back
 * until they are done.
 */
export class Room implements Channel {
  readonly id: RoomId;
  /** The two accounts of a direct conversation. */
  readonly ends: readonly [Address, Address] | undefined;
  readonly pending: Map<string, Item> = new Map();
  readonly overrides: Map<Receiver, number> = new Map();
  readonly #listening = new Audience();
  readonly #present = new Map<Address, Present>();
  readonly #people: People;

  constructor(id: RoomId, people: People) {
    this.id = id;
    this.ends = directEnds(id);
    this.#people = people;
  }

  audiences(): readonly Audience[] {
    return [this.ends === undefined ? this.#listening : this.#people.audienceOf(this.ends)];
  }

  /** Events are about to be delivered. */
  deliver(): void {
    if (this.ends !== undefined) this.#people.heard(this.ends, this.id);
  }

  /** Sessions that listen. */
  get size(): number {
    return this.#listening.size;
  }

  /** Everything after `serial` is for the receiver. */
  listen(receiver: Receiver, serial: number): void {
    if (this.ends === undefined) this.#listening.add(receiver, serial);
    else this.overrides.set(receiver, serial);
  }

  /** Nothing is for the receiver until it listens. */
  hold(receiver: Receiver): void {
    if (this.ends !== undefined) this.overrides.set(receiver, Infinity);
  }

  /** Forgets a receiver. */
  drop(receiver: Receiver): void {
    this.#listening.delete(receiver);
    this.overrides.delete(receiver);
  }

  /** One more session of `who` is here; true when it is the first. */
  enter(who: Identity): boolean {
    const present = this.#present.get(who.address);
    if (present !== undefined) present.sessions += 1;
    else this.#present.set(who.address, { who, sessions: 1 });
    return present === undefined;
  }

  /** One session of `who` less; true when it was the last. */
  exit(who: Identity): boolean {
    const present = this.#present.get(who.address);
    if (present === undefined) return false;
    present.sessions -= 1;
    if (present.sessions > 0) return false;
    return this.#present.delete(who.address);
  }

  /** The people in a public room. */
  present(): readonly Identity[] {
    return [...this.#present.values()].map((present) => present.who);
  }

  /** How many people are in a public room. */
  get people(): number {
    return this.#present.size;
  }

  /** True when nobody is in it. */
  get idle(): boolean {
    return this.#present.size === 0 && this.overrides.size === 0;
  }
}

/** All live rooms. */
export class Rooms {
  readonly #rooms = new Map<RoomId, Room>();
  readonly #people: People;

  constructor(people: People) {
    this.#people = people;
  }

  /** The room if it is live. */
  get(id: RoomId): Room | undefined {
    return this.#rooms.get(id);
  }

  /** The room, made live. */
  open(id: RoomId): Room {
    const known = this.#rooms.get(id);
    if (known !== undefined) return known;
    const room = new Room(id, this.#people);
    this.#rooms.set(id, room);
    return room;
  }

  /** Where to deliver: the live room, or a direct conversation that nobody entered. */
  target(id: RoomId): Room {
    return this.#rooms.get(id) ?? new Room(id, this.#people);
  }

  /** Forgets the room if nothing holds it. */
  tidy(room: Room): void {
    if (room.idle && this.#rooms.get(room.id) === room) this.#rooms.delete(room.id);
  }

  /** The live rooms. */
  all(): Iterable<Room> {
    return this.#rooms.values();
  }
}
