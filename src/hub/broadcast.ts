/**
 * From commits to channels: each commit's events go to their rooms, in stored order. PRE_BROADCAST
 * hooks make delivery wait; it then stays in order, one commit after the other.
 *
 * @module
 */
import type { Committed } from "../history/contract.ts";
import type { RoomId } from "../message/event.ts";
import type { Signals } from "./channel.ts";
import type { Item } from "./fanout.ts";
import type { Hooks } from "./hooks.ts";
import type { Rooms } from "./room.ts";

type Items = [Item, ...Item[]];

/** See the module's description. */
export class Broadcast {
  readonly #signals: Signals;
  readonly #rooms: Rooms;
  readonly #hooks: Hooks;
  #last: Promise<void> | undefined;

  constructor(parts: { signals: Signals; rooms: Rooms; hooks: Hooks }) {
    this.#signals = parts.signals;
    this.#rooms = parts.rooms;
    this.#hooks = parts.hooks;
  }

  /** Delivers a commit, at once unless a hook has to be asked first. */
  commit(commit: readonly Committed[]): void {
    const byRoom = this.#byRoom(commit);
    if (this.#last === undefined && !this.#hooks.has("PRE_BROADCAST")) {
      this.#deliver(byRoom);
      this.#after(commit);
      return;
    }
    const turn = (this.#last ?? Promise.resolve()).then(async () => {
      const events = commit.map((one) => one.stored);
      await this.#hooks.notify("PRE_BROADCAST", { events });
      this.#deliver(byRoom);
      this.#after(commit);
    });
    this.#last = turn;
    void turn.then(() => {
      if (this.#last === turn) this.#last = undefined;
    });
  }

  /** Resolves when everything committed so far was handed over; undefined when it was already. */
  get settled(): Promise<void> | undefined {
    return this.#last;
  }

  #byRoom(commit: readonly Committed[]): Map<RoomId, Items> {
    const byRoom = new Map<RoomId, Items>();
    for (const { stored, origin } of commit) {
      const item = this.#signals.item({ kind: "event", stored }, origin);
      const items = byRoom.get(stored.room);
      if (items === undefined) byRoom.set(stored.room, [item]);
      else items.push(item);
    }
    return byRoom;
  }

  #deliver(byRoom: ReadonlyMap<RoomId, Items>): void {
    for (const [id, items] of byRoom) {
      const room = this.#rooms.target(id);
      room.deliver();
      this.#signals.send(room, items);
    }
  }

  #after(commit: readonly Committed[]): void {
    if (!this.#hooks.has("POST_BROADCAST")) return;
    void this.#hooks.notify("POST_BROADCAST", { events: commit.map((one) => one.stored) });
  }
}
