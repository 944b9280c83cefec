/**
 * The rooms of one session: entered, held back while a backlog comes, live.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import { catchUp, isComplete } from "./catch_up.ts";
import type { Joined, Resume, Signal } from "./contract.ts";
import type { Core } from "./core.ts";
import { HubError } from "./errors.ts";
import type { Connected } from "./people.ts";
import type { Room } from "./room.ts";

/** One room of a session. */
interface Follow {
  readonly room: Room;
  /** Offsets of what the session wrote while its backlog was coming. */
  own: Set<number> | undefined;
  caughtUp: Promise<void>;
}

const DONE = Promise.resolve();

/** See the module's description. */
export class Following {
  readonly #core: Core;
  readonly #session: Connected;
  readonly #follows = new Map<RoomId, Follow>();
  /** Direct conversations that this session has heard or written in without following them. */
  #heard: Set<RoomId> | undefined;

  constructor(core: Core, session: Connected) {
    this.#core = core;
    this.#session = session;
  }

  /** The rooms, in the order of joining. */
  get rooms(): ReadonlySet<RoomId> {
    return new Set(this.#follows.keys());
  }

  /** A direct conversation reached the session before it was followed. */
  heard(room: RoomId): void {
    if (this.#follows.has(room)) return;
    this.#heard ??= new Set();
    this.#heard.add(room);
  }

  /** The session itself wrote this event. */
  wrote(room: RoomId, offset: number): void {
    const follow = this.#follows.get(room);
    if (follow !== undefined && follow.caughtUp !== DONE) {
      (follow.own ??= new Set()).add(offset);
    }
  }

  /** See `Session.join`; `id` is a room that the session may use. */
  join(id: RoomId, resume: Resume | undefined): Joined {
    const { history, limits, markers } = this.#core;
    const { first, next } = history.room(id);
    const read = markers.get(this.#session.identity.address, id);
    const about = { room: id, first, next, read };
    const known = this.#follows.get(id);
    if (known !== undefined) return { ...about, recovered: false, live: known.caughtUp };
    const room = this.#core.rooms.open(id);
    try {
      this.#checkBounds(room);
    } catch (error) {
      this.#core.rooms.tidy(room);
      throw error;
    }
    const recovered = resume !== undefined && !this.#heard?.has(id) &&
      isComplete(resume, history, id, limits.resumeEvents);
    if (room.ends !== undefined && !recovered) {
      this.#core.rooms.tidy(room);
      return { ...about, recovered, live: DONE };
    }
    const follow: Follow = { room, own: undefined, caughtUp: DONE };
    this.#follows.set(id, follow);
    this.#enter(room);
    const live = this.#start(follow, recovered ? resume.offset : next);
    follow.caughtUp = live;
    return { ...about, recovered, live };
  }

  /** Leaves a room; false when the session was not in it. */
  leave(id: RoomId): boolean {
    const follow = this.#follows.get(id);
    if (follow === undefined) return false;
    this.#follows.delete(id);
    const { room } = follow;
    room.drop(this.#session);
    if (room.exit(this.#session.identity)) this.#tell(room, "left");
    this.#core.rooms.tidy(room);
    return true;
  }

  /** Leaves every room. */
  close(): void {
    for (const id of [...this.#follows.keys()]) this.leave(id);
  }

  #checkBounds(room: Room): void {
    const { roomsPerSession, membersPerRoom } = this.#core.limits;
    if (this.#follows.size >= roomsPerSession) {
      throw new HubError(
        "hub/too-many-rooms",
        `Cannot enter the room: this session is in ${roomsPerSession} rooms already`,
      );
    }
    if (room.size >= membersPerRoom) {
      throw new HubError("hub/too-many-members", "Cannot enter the room: it is full");
    }
  }

  #enter(room: Room): void {
    if (room.ends !== undefined) return room.hold(this.#session);
    if (room.enter(this.#session.identity)) this.#tell(room, "joined");
  }

  #tell(room: Room, kind: "joined" | "left"): void {
    if (room.people > this.#core.limits.announce) return;
    const signal = { kind, room: room.id, who: this.#session.identity };
    this.#core.signals.gather(room, signal, this.#session);
  }

  /** Listens now, or after the backlog from `from` on. */
  #start(follow: Follow, from: number): Promise<void> {
    const { room } = follow;
    const { history, signals, broadcast, log } = this.#core;
    const live = () => {
      follow.caughtUp = DONE;
      room.listen(this.#session, signals.serial);
      if (room.ends !== undefined && broadcast.settled === undefined) this.#release(room);
    };
    if (from === history.room(room.id).next) {
      live();
      return DONE;
    }
    return catchUp({
      history,
      room: room.id,
      from,
      active: () => this.#follows.get(room.id) === follow,
      send: (page) => this.#send(page),
      isOwn: (stored) => follow.own?.has(stored.offset) ?? false,
      live,
    }).catch((error) => {
      const reason = error instanceof Error ? error.message : "no Error";
      log.warn("Cannot send the backlog of {room}: {reason}", { room: room.id, reason });
      if (this.#follows.get(room.id) === follow) this.#session.peer.end("failed");
    });
  }

  /** A conversation that has caught up is heard like any other: it takes no room's place. */
  #release(room: Room): void {
    this.#follows.delete(room.id);
    this.heard(room.id);
    room.drop(this.#session);
    this.#core.rooms.tidy(room);
  }

  async #send(page: readonly Signal[]): Promise<void> {
    const { fanout, counters } = this.#core;
    const batch = fanout.encode(this.#session.peer.dialect, page);
    if (batch === undefined) return;
    fanout.send(this.#session, batch);
    counters.deliveries += page.length;
    await this.#session.peer.drained();
  }
}
