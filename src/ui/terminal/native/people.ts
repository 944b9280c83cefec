/**
 * Who is who: a bare name means somebody who is there under it, guests too, before it means the
 * account of that name. The server reads names so, and nobody types a guest's address.
 *
 * @module
 */
import type { Address, RoomId } from "../../../message/event.ts";
import type { ChatClient } from "../../../protocol/client/client.ts";
import type { Show } from "../../../protocol/frames.ts";
import type { SessionPerson } from "../session.ts";

/** People that are remembered; those who were seen longest ago are forgotten. */
const MOST = 5_000;

/** See the module's description. */
export class People {
  readonly #client: ChatClient;
  readonly #rooms: Set<RoomId>;
  readonly #here = new Map<string, Address>();

  /** @param rooms that are entered at first */
  constructor(client: ChatClient, rooms: readonly RoomId[]) {
    this.#client = client;
    this.#rooms = new Set(rooms);
  }

  /** Somebody is there. */
  seen({ name, address }: SessionPerson): void {
    const key = name.toLowerCase();
    this.#here.delete(key);
    this.#here.set(key, address);
    for (const oldest of this.#here.keys()) {
      if (this.#here.size <= MOST) return;
      this.#here.delete(oldest);
    }
  }

  /** Somebody's state changed. */
  present(who: SessionPerson, show: Show): void {
    if (show === "offline") this.#here.delete(who.name.toLowerCase());
    else this.seen(who);
  }

  entered(room: RoomId): void {
    this.#rooms.add(room);
  }

  left(room: RoomId): void {
    this.#rooms.delete(room);
  }

  /** The address of somebody who is there, in one of the rooms that are followed or seen before. */
  async find(name: string): Promise<Address | undefined> {
    if (name.includes("@")) return undefined;
    const key = name.toLowerCase();
    const known = this.#here.get(key);
    if (known !== undefined) return known;
    for (const room of this.#rooms) {
      // A room that cannot be asked about has nobody in it.
      const members = await this.#client.members(room).catch(() => []);
      for (const who of members) this.seen(who);
      const found = this.#here.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
