/**
 * A person's side of a chat, whatever protocol it goes over: what happens comes out as events of the
 * one model and news about the connection, what the person does goes in by methods. Every interface
 * in the terminal works with this alone; `tests/conformance/session.ts` says what it has to keep.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import type { Address, ChatEvent, Content, EventType, RoomId } from "../../message/event.ts";
import type { Position, Show } from "../../protocol/frames.ts";

/** What not every protocol can do. */
export type Ability =
  /** Rooms besides `lobby`, and who is in them. */
  | "rooms"
  /** Messages to one person. */
  | "direct"
  | "history"
  | "search"
  /** Edits, redactions and reactions. */
  | "events"
  /** Slash commands of the server's own. */
  | "commands"
  /** A send that resolves has been stored; otherwise it has only been written. */
  | "acks";

/** A person. Both texts are as the server gave them: not safe for a terminal yet. */
export interface SessionPerson {
  readonly address: Address;
  readonly name: string;
}

/** What happens in a session. */
export type SessionEvent =
  /** A connection is ready; everything that waited goes out. */
  | { readonly kind: "online"; readonly you: SessionPerson; readonly node: string }
  /** The connection is gone; the next attempt follows in `retryMs`. */
  | { readonly kind: "offline"; readonly retryMs: number }
  /** Somebody else's event, or one's own from elsewhere; in order, once. */
  | { readonly kind: "event"; readonly event: ChatEvent }
  | {
    readonly kind: "member";
    readonly room: RoomId;
    readonly who: SessionPerson;
    readonly state: "joined" | "left";
  }
  | { readonly kind: "presence"; readonly who: SessionPerson; readonly show: Show }
  /** The server itself says something. */
  | { readonly kind: "notice"; readonly text: string }
  /** More came in a room than is fetched by itself: the history has it. */
  | { readonly kind: "skipped"; readonly room: RoomId; readonly count: number }
  /** A room cannot be entered any more. */
  | { readonly kind: "lost"; readonly room: RoomId; readonly code: string };

/** What to say, and where. */
export type Outgoing =
  & ({ readonly room: RoomId } | { readonly to: string })
  & (
    | { readonly body: string; readonly msgtype?: "m.text" | "m.emote" | "m.notice" }
    | { readonly event_type: EventType; readonly content: Content }
  )
  & { readonly parent?: string };

/** Somebody in a room. */
export interface Occupant extends SessionPerson {
  readonly show: Show;
}

/** A room that can be entered, or a conversation. */
export interface RoomSummary {
  readonly room: RoomId;
  readonly members: number;
}

/** See the module's description. Methods that a session has no ability for throw `Unable`. */
export interface ChatSession extends AsyncDisposable {
  readonly abilities: ReadonlySet<Ability>;
  /** Undefined before the first connection. */
  readonly you: SessionPerson | undefined;
  /** Addresses `name@node` of this node are called by their name alone. */
  readonly node: string;
  readonly isOnline: boolean;
  /** Why the session has ended by itself, if it has. */
  readonly failure: Error | undefined;
  /** Everything that happens, for one reader; ends when the session does. */
  events(): AsyncIterable<SessionEvent>;
  /**
   * Says something; resolves with the event once it is stored, or, without the ability `acks`, once
   * it is written. Waits for a connection as long as it takes. Order is kept.
   *
   * @throws {ChatnodeError} when the server refuses it, when too much waits, after the end
   */
  send(message: Outgoing): Promise<ChatEvent>;
  /** Follows a room from now on. @throws {ChatnodeError} */
  join(room: RoomId): Promise<void>;
  /** Follows a room no longer. @throws {ChatnodeError} */
  leave(room: RoomId): Promise<void>;
  /** Who is in a room. @throws {ChatnodeError} */
  occupants(room: RoomId): Promise<readonly Occupant[]>;
  /** Rooms and conversations. @throws {ChatnodeError} */
  rooms(): Promise<readonly RoomSummary[]>;
  /** The latest `limit` (1 to 200) events, oldest first. @throws {ChatnodeError} */
  history(room: RoomId, limit: number, before?: Position): Promise<readonly ChatEvent[]>;
  /** Events that match, newest first. @throws {ChatnodeError} */
  search(text: string, room?: RoomId): Promise<readonly ChatEvent[]>;
  /** The answer to a command of the server's; undefined when it has none. @throws {ChatnodeError} */
  command(text: string, room: RoomId): Promise<string | undefined>;
  /** Nothing more will be said: resolves when the server has taken what was, and it has ended. */
  finish(): Promise<void>;
  /** Ends at once; sends that wait are rejected. Idempotent. */
  close(): Promise<void>;
}

/** The protocol has no such thing. */
export class Unable extends ChatnodeError {
  override readonly name = "Unable";

  /** @param action as in "Cannot <action>" */
  constructor(action: string) {
    super("client/unable", `Cannot ${action}: the original protocol has no such thing`);
  }
}
