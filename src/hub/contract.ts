/**
 * What the hub and the doors agree on. The hub knows rooms, peers and rights; a door knows its own
 * wire. A door turns signals into bytes once per dialect, the hub decides who gets them.
 *
 * A door does three things: {@linkcode Hub.admit} somebody, {@linkcode Hub.connect} a peer for
 * them, and call the {@linkcode Session}. It never reads the history itself, so it cannot show
 * what its user may not see.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import type { Address, Content, EventId, EventType, RoomId } from "../message/event.ts";
import type {
  Appended,
  Page,
  PageQuery,
  RoomSummary,
  SearchQuery,
  SearchResult,
  StoredEvent,
} from "../history/contract.ts";
import type { Commands } from "./commands.ts";
import type { Counters } from "./counters.ts";
import type { Hooks } from "./hooks.ts";
import type { HubLimits } from "./limits.ts";

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
  /** The state of a person changed, `offline` when their last session ended. */
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
  /**
   * Encodes signals in order; undefined when none of them means anything in this dialect. The
   * batch is shared by many peers: nobody changes it afterwards.
   */
  encode(signals: readonly Signal[]): Batch | undefined;
  /**
   * The batch without its first `skipped` signals, at less cost than encoding the others again; for
   * newcomers. Absent when a batch cannot be cut.
   */
  tail?(batch: Batch, skipped: number): Batch;
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
  /**
   * Resolves when the queue is short enough for a page of backlog, at once when it is short now,
   * and also when the peer ended. Never rejects.
   */
  drained(): Promise<void>;
  /**
   * Ends the session from the hub's side: the door tells its client why in its own words, lets its
   * queue drain (not for ever) and then calls {@linkcode Session.close}.
   */
  end(reason: EndReason): void;
}

/** Why the hub ends a session. `failed`: the history could not be read. */
export type EndReason =
  | "kicked"
  | "replaced"
  | "expired"
  | "revoked"
  | "slow"
  | "failed"
  | "shutdown";

/** What a session asks to be published. */
export interface Outgoing {
  readonly room: RoomId;
  /** Everything but `m.room.member`, which nobody can send. */
  readonly type: EventType;
  /** Without the key `chatnode`. */
  readonly content: Content;
  readonly parent?: EventId | undefined;
  readonly key?: string | undefined;
}

/** Where to go on: the first offset wanted, in the numbering that `epoch` names. */
export interface Resume {
  readonly epoch: string;
  readonly offset: number;
}

/** The answer to {@linkcode Session.join}. */
export interface Joined {
  /** The room in its one form. */
  readonly room: RoomId;
  /** Offset of the oldest event that is kept. */
  readonly first: number;
  /** Offset of the first event that comes live, after the backlog if there is one. */
  readonly next: number;
  /**
   * True when everything from the offset asked for comes, in order and once. False when nothing
   * of it does, and the room is followed from `next` on: the epoch is another one, events of that
   * range are gone or too many, or the room was followed already.
   */
  readonly recovered: boolean;
  /** The account's read marker, as in {@linkcode RoomOverview}. */
  readonly read: number | undefined;
  /** Resolves when the backlog is handed over, or when the session has left. Never rejects. */
  readonly live: Promise<void>;
}

/** Somebody in a room. */
export interface Member {
  readonly who: Identity;
  readonly presence: Presence;
}

/** A room as one session may see it. */
export interface RoomOverview extends RoomSummary {
  /** Connected accounts in the room. */
  readonly members: number;
  /** The account's read marker: the last offset read; undefined when nothing was. */
  readonly read: number | undefined;
}

/** One person's one connection, as the hub sees it. Every method checks the session's rights. */
export interface Session {
  readonly id: string;
  readonly identity: Identity;
  /** Rooms this session is in now. Direct conversations are followed without being entered. */
  readonly rooms: ReadonlySet<RoomId>;

  /**
   * Goes on with a newer authentication of the same account: its end and its token take the place
   * of the old ones.
   *
   * @throws {HubError} `hub/forbidden` for another account, `hub/closed`
   */
  renew(identity: Identity): void;

  /**
   * Enters a room: what is committed from now on is received. With `resume`, everything from
   * there on is sent first, then live events follow without gap or repetition. The first signal
   * reaches the peer after this call returned. A room that is already entered stays as it is.
   *
   * Direct conversations need no join; one with `resume` fetches what was missed, and must come
   * before anything of that conversation was received or sent here.
   *
   * @throws {HubError} `hub/no-such-room`, `hub/forbidden`, `hub/too-many-rooms`,
   *   `hub/too-many-members`, `hub/closed`
   */
  join(room: RoomId, options?: { readonly resume?: Resume }): Joined;
  /** Leaves a room; harmless when not in it. */
  leave(room: RoomId): void;

  /**
   * Publishes; resolves once stored, after every peer's batch was handed over. Calls of one
   * session are stored in their order. The room need not be entered.
   *
   * @throws {HubError} `hub/no-such-room`, `hub/forbidden`, `hub/rejected` (a hook refused it),
   *   `hub/invalid`, `hub/no-such-event`, `hub/rate-limited`, `hub/too-many-rooms`, `hub/closed`,
   *   or a `HistoryError`
   */
  publish(outgoing: Outgoing): Promise<Appended>;
  /**
   * The room of a direct conversation with `to`.
   *
   * @throws {HubError} `hub/invalid` for what is no address
   */
  directRoom(to: Address): RoomId;
  /** Tells the room; the same rights as writing. @throws {HubError} as `publish` */
  typing(room: RoomId, active: boolean): void;
  /**
   * Moves the account's read marker, forwards only and not past the room's end; kept across
   * restarts. The room is told when it moved.
   *
   * @throws {HubError} `hub/no-such-room`, `hub/forbidden`, `hub/rate-limited`, `hub/closed`
   */
  markRead(room: RoomId, offset: number): void;
  /** @throws {HubError} `hub/invalid`, `hub/rate-limited`, `hub/closed` */
  setPresence(presence: Presence): void;

  /** Who is in a room, by name. @throws {HubError} `hub/no-such-room`, `hub/forbidden` */
  members(room: RoomId): readonly Member[];
  /** One room, as the history sees it. @throws {HubError} `hub/no-such-room`, `hub/forbidden` */
  summary(room: RoomId): RoomSummary;
  /** Every room with events or people that this session may read. */
  overview(): readonly RoomOverview[];
  /** @throws {HubError} `hub/no-such-room`, `hub/forbidden` */
  page(room: RoomId, query: PageQuery): Promise<Page>;
  /** Events by arrival order, as `History.read`. @throws {HubError} as `page` */
  read(room: RoomId, from: number, limit: number): Promise<readonly StoredEvent[]>;
  /** Searches what this session may read. @throws {HubError} as `page` */
  search(query: Omit<SearchQuery, "rooms">): Promise<SearchResult>;
  /**
   * Runs a slash command; undefined when the text is none, and is then ordinary text.
   *
   * @throws {HubError} `hub/rejected`, `hub/rate-limited`, `hub/closed`
   */
  command(text: string, room?: RoomId): Promise<CommandReply | undefined>;

  /** Ends the session; idempotent. */
  close(): void;
}

/** What a command answers, to its caller only. */
export interface CommandReply {
  /** `help`: the list of commands; `text`: anything else. */
  readonly kind: "help" | "text";
  readonly text: string;
}

/** Where somebody comes from. */
export interface Origin {
  /** The door's name. */
  readonly via: string;
  /** The remote address, for hooks and logs. */
  readonly remote?: string;
}

/** Somebody who publishes without a session, for example by one HTTP request. */
export interface Author extends Origin {
  readonly identity: Identity;
}

/** Somebody who is connected. */
export interface Person extends Member {
  readonly sessions: number;
}

/** The live half of a node. */
export interface Hub {
  /** The node's name, the part of addresses after `@`. */
  readonly node: string;
  /** The history's numbering of offsets. */
  readonly epoch: string;
  /** What an ack promises, see `History.durability`. */
  readonly durability: "synced" | "relaxed" | "memory";
  readonly limits: HubLimits;
  readonly hooks: Hooks;
  readonly commands: Commands;
  readonly counters: Counters;

  /**
   * Lets hooks see a newcomer around a door's own authentication (PRE_CONNECT, PRE_AUTHENTICATE,
   * POST_AUTHENTICATE) and resolves with what `authenticate` found; rejects as it does.
   *
   * @throws {HubError} `hub/rejected` when a hook refused, `hub/closed` while shutting down
   */
  admit(origin: Origin, authenticate: () => Promise<Identity>): Promise<Identity>;

  /**
   * Begins a session. Direct conversations of the account are received from now on.
   *
   * @throws {HubError} `hub/already-connected` (single-session mode: the first session stays
   *   unharmed), `hub/too-many-sessions`, `hub/closed`
   */
  connect(identity: Identity, peer: Peer, origin?: Origin): Session;

  /** Publishes without a session; rate-limited per account. @throws {HubError} as `Session.publish` */
  publish(author: Author, outgoing: Outgoing): Promise<Appended>;
  /** Pages for somebody without a session. @throws {HubError} as `Session.page` */
  page(identity: Identity, room: RoomId, query: PageQuery): Promise<Page>;
  /** Runs a slash command for somebody without a session; see `Session.command`. */
  command(author: Author, text: string, room?: RoomId): Promise<CommandReply | undefined>;

  /** Everybody who is connected, by name. */
  people(): readonly Person[];
  /** Ends the sessions of the account with this name or address; returns how many there were. */
  kick(name: string): number;
  /** Ends the sessions that were opened with this token; returns how many there were. */
  revoke(token: string): number;
  /** Ends the sessions of an account as revoked; returns how many there were. */
  signOut(account: Address): number;

  /**
   * Refuses newcomers and new messages, lets what was accepted be stored and delivered, ends every
   * session with `shutdown`, waits until all are closed or `deadlineMs` passed, and writes the read
   * markers. The history stays open. Idempotent.
   */
  close(deadlineMs: number): Promise<void>;
}
