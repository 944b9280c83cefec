/**
 * What the hub and the doors agree on. The hub knows rooms, peers and rights; a door knows its own
 * wire. A door turns signals into bytes once per dialect, the hub decides who gets them.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import type { Address, Content, EventId, EventType, RoomId } from "../message/event.ts";
import type { StoredEvent } from "../history/contract.ts";

/** Something that peers may be told. Only `event` is ever stored. */
export type Signal =
  | { readonly kind: "event"; readonly stored: StoredEvent }
  /** The first session of `who` entered the room, the last one left it. */
  | { readonly kind: "joined" | "left"; readonly room: RoomId; readonly who: Identity }
  | {
    readonly kind: "typing";
    readonly room: RoomId;
    readonly who: Identity;
    readonly active: boolean;
  }
  /** `who` has read the room up to and including `offset`. */
  | {
    readonly kind: "read";
    readonly room: RoomId;
    readonly who: Identity;
    readonly offset: number;
  }
  | { readonly kind: "presence"; readonly who: Identity; readonly presence: Presence };

/** A person's state, the best of their sessions. */
export interface Presence {
  readonly show: "online" | "away" | "busy" | "offline";
  /** At most 200 characters, as written by the person; escape before showing. */
  readonly text?: string;
}

/**
 * A wire format, one object for all peers that speak it: the hub encodes a tick's signals once per
 * dialect and hands the same batch to every peer of it.
 */
export interface Dialect<Batch> {
  /** For logs and metrics, for example `chatnode.v1`. */
  readonly name: string;
  /** Whether the session that wrote an event gets it back (AloneChat does, `chatnode.v1` does not). */
  readonly echo: boolean;
  /** Encodes signals in order; undefined when none of them means anything in this dialect. */
  encode(signals: readonly Signal[]): Batch | undefined;
}

/** The door's end of a session. */
export interface Peer<Batch = unknown> {
  readonly dialect: Dialect<Batch>;
  /** The door's name, for the event's provenance. */
  readonly via: string;
  /**
   * Queues one encoded batch; must not block and must not throw. The peer bounds its own queue and
   * ends itself when the bound is passed: a slow peer costs itself.
   */
  send(batch: Batch): void;
  /** Ends the session from the hub's side; the door tells its client why in its own words. */
  end(reason: EndReason): void;
}

/** Why the hub ends a session. */
export type EndReason =
  | "kicked"
  | "replaced"
  | "expired"
  | "revoked"
  | "slow"
  | "shutdown";

/** What a session asks to be published. */
export interface Outgoing {
  readonly room: RoomId;
  readonly type: EventType;
  readonly content: Content;
  readonly parent?: EventId;
  readonly key?: string;
}

/** One person's one connection, as the hub sees it. Every method checks the session's rights. */
export interface Session {
  readonly id: string;
  readonly identity: Identity;
  /** Rooms this session is in now. */
  readonly rooms: ReadonlySet<RoomId>;

  /**
   * Enters a room and receives what is committed from now on. With `from`, everything from that
   * arrival offset on is sent first, then live events follow without gap or repetition.
   *
   * @throws {HubError} `hub/no-such-room`, `hub/forbidden`, `hub/too-many-rooms`
   */
  join(room: RoomId, options?: { readonly from?: number }): Promise<void>;
  leave(room: RoomId): void;

  /**
   * Publishes; resolves once stored, after every peer's batch was handed over.
   *
   * @throws {HubError} `hub/forbidden`, `hub/rejected` (a hook refused it), `hub/invalid`, or a
   *   `HistoryError`
   */
  publish(outgoing: Outgoing): Promise<{ stored: StoredEvent; duplicate: boolean }>;
  /** The room of a direct conversation with `to`. */
  directRoom(to: Address): RoomId;
  typing(room: RoomId, active: boolean): void;
  /** Moves the account's read marker, forwards only; kept across restarts. */
  markRead(room: RoomId, offset: number): void;
  setPresence(presence: Presence): void;

  /** Ends the session; idempotent. */
  close(): void;
}
