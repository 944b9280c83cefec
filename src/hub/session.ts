import type { Identity } from "../accounts/contract.ts";
import type {
  Appended,
  Page,
  PageQuery,
  RoomSummary,
  SearchQuery,
  SearchResult,
  StoredEvent,
} from "../history/contract.ts";
import { directRoom } from "../message/address.ts";
import { MessageError } from "../message/error.ts";
import type { Address, RoomId } from "../message/event.ts";
import type {
  Author,
  CommandReply,
  EndReason,
  Joined,
  Member,
  Origin,
  Outgoing,
  Peer,
  Presence,
  Resume,
  RoomOverview,
  Session,
} from "./contract.ts";
import type { Core } from "./core.ts";
import { HubError } from "./errors.ts";
import { Following } from "./following.ts";
import type { Connected } from "./people.ts";
import { checkPresence } from "./presence.ts";
import type { PublishQueue } from "./publisher.ts";
import { mayLookBack, requirePast, requireRoom } from "./rights.ts";
import { membersOf, overviewOf, searchable } from "./view.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Publishes of one session that may wait to be stored. */
const WAITING = 1_024;

/** Who is told what becomes of a session. */
export interface SessionOwner {
  closed(session: HubSession): void;
  renewed(session: HubSession): void;
}

/** The hub's end of a session; made by {@linkcode Hub.connect} only. */
export class HubSession implements Session, Connected, PublishQueue {
  readonly id: string;
  readonly peer: Peer;
  readonly since: number;
  /** Who speaks, from where. */
  author: Author;
  presence: Presence = { show: "online" };
  /** See {@linkcode PublishQueue}. */
  turn: Promise<void> | undefined;
  waiting = 0;
  readonly #core: Core;

  readonly #following: Following;
  readonly #bucket: TokenBucket;
  readonly #owner: SessionOwner;
  #state: "open" | "ended" | "closed" = "open";

  constructor(
    core: Core,
    parts: { id: string; identity: Identity; peer: Peer; origin: Origin | undefined },
    owner: SessionOwner,
  ) {
    this.id = parts.id;
    this.peer = parts.peer;
    this.since = core.signals.serial;
    this.#core = core;
    const remote = parts.origin?.remote;
    this.author = {
      identity: parts.identity,
      via: parts.peer.via,
      ...(remote === undefined ? {} : { remote }),
    };
    this.#following = new Following(core, this);
    this.#bucket = new TokenBucket(core.limits.burst, core.clock.monotonic());
    this.#owner = owner;
  }

  get identity(): Identity {
    return this.author.identity;
  }

  get rooms(): ReadonlySet<RoomId> {
    return this.#following.rooms;
  }

  /** The hub delivers a direct conversation. */
  heard(room: RoomId): void {
    this.#following.heard(room);
  }

  /** The hub commits what this session wrote. */
  wrote(stored: StoredEvent): void {
    this.#following.wrote(stored.room, stored.offset);
  }

  renew(identity: Identity): void {
    this.#requireOpen();
    if (identity.address !== this.identity.address) {
      throw new HubError("hub/forbidden", "Cannot renew the session: it is another account's");
    }
    this.author = { ...this.author, identity };
    this.#owner.renewed(this);
  }

  join(room: RoomId, options: { readonly resume?: Resume } = {}): Joined {
    this.#requireOpen();
    const id = requireRoom(this.identity, room);
    const resume = mayLookBack(this.identity, id) ? options.resume : undefined;
    return this.#following.join(id, resume);
  }

  leave(room: RoomId): void {
    this.#following.leave(room);
  }

  publish(outgoing: Outgoing): Promise<Appended> {
    try {
      this.#spend();
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#core.publisher.publish(this.author, outgoing, this);
  }

  directRoom(to: Address): RoomId {
    try {
      return directRoom(this.identity.address, to);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      const reason = error.message.slice(error.message.indexOf(": ") + 2);
      throw new HubError("hub/invalid", `Cannot write to the address: ${reason}`);
    }
  }

  typing(room: RoomId, active: boolean): void {
    this.#spend();
    const id = requireRoom(this.identity, room);
    this.#core.signals.gather(
      this.#core.rooms.target(id),
      { kind: "typing", room: id, who: this.identity, active },
      this,
    );
  }

  markRead(room: RoomId, offset: number): void {
    this.#spend();
    const id = requireRoom(this.identity, room);
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new HubError("hub/invalid", "Cannot mark as read: the offset is no natural number");
    }
    // A marker outlives the session, and a guest's name would pass it on to somebody else.
    if (this.identity.role === "guest") return;
    const { history, markers, signals, rooms } = this.#core;
    const last = Math.min(offset, history.room(id).next - 1);
    if (last < 0 || !markers.advance(this.identity.address, id, last)) return;
    const signal = { kind: "read", room: id, who: this.identity, offset: last } as const;
    signals.gather(rooms.target(id), signal, this);
  }

  setPresence(presence: Presence): void {
    this.#spend();
    this.presence = checkPresence(presence);
    this.#core.people.changed(this);
  }

  members(room: RoomId): readonly Member[] {
    this.#spend();
    return membersOf(this.#core, requireRoom(this.identity, room));
  }

  summary(room: RoomId): RoomSummary {
    return this.#core.history.room(requirePast(this.identity, room));
  }

  overview(): readonly RoomOverview[] {
    this.#spend();
    return overviewOf(this.#core, this.identity);
  }

  async page(room: RoomId, query: PageQuery): Promise<Page> {
    this.#spend();
    return await this.#core.history.page(requirePast(this.identity, room), query);
  }

  async read(room: RoomId, from: number, limit: number): Promise<readonly StoredEvent[]> {
    this.#spend();
    return await this.#core.history.read(requirePast(this.identity, room), from, limit);
  }

  async search(query: Omit<SearchQuery, "rooms">): Promise<SearchResult> {
    this.#spend();
    if (query.room === undefined) {
      return await this.#core.history.search({
        ...query,
        rooms: searchable(this.#core, this.identity),
      });
    }
    const room = requirePast(this.identity, query.room);
    return await this.#core.history.search({ ...query, room });
  }

  async command(text: string, room?: RoomId): Promise<CommandReply | undefined> {
    this.#spend();
    const inRoom = room === undefined ? {} : { room: requireRoom(this.identity, room) };
    return await this.#core.commands.run(text, { ...this.author, ...inRoom });
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#following.close();
    this.#owner.closed(this);
  }

  /** Ends the session from the hub's side; the door closes it once its client was told. */
  end(reason: EndReason): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    this.peer.end(reason);
    // The others are not told one by one that everybody goes.
    if (reason !== "shutdown") this.#following.close();
  }

  #spend(): void {
    this.#requireOpen();
    const { limits, clock } = this.#core;
    const wait = this.waiting >= WAITING
      ? 100
      : this.#bucket.take(clock.monotonic(), limits.burst, limits.ratePerSecond);
    if (wait === 0) return;
    throw new HubError("hub/rate-limited", "Cannot do this now: too many requests", {
      retryAfterMs: wait,
    });
  }

  #requireOpen(): void {
    if (this.#state === "open") return;
    throw new HubError("hub/closed", "Cannot do this: the session has ended");
  }
}
