/**
 * A person's side of a chat, whatever protocol it goes over: what happens comes out as events of the
 * one model and news about the connection, what the person does goes in by methods. Every interface
 * in the terminal works with this alone; `tests/conformance/session.ts` says what it has to keep.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import type { Address, ChatEvent, Content, EventType, RoomId } from "../../message/event.ts";
import type { Position } from "../../protocol/frames.ts";
import type { Asking } from "./asking.ts";
import type { Occupant, RoomSummary, SessionEvent, SessionPerson } from "./session_event.ts";
import type {
  Attendance,
  Contacts,
  Files,
  OwnStatus,
  SessionCommand,
  Signals,
} from "./session_extras.ts";

export type { Contact, Occupant, RoomSummary, SessionEvent } from "./session_event.ts";
export type { SessionPerson, TypingState } from "./session_event.ts";

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

/** What to say, and where. */
export type Outgoing =
  & ({ readonly room: RoomId } | { readonly to: string })
  & (
    | { readonly body: string; readonly msgtype?: "m.text" | "m.emote" | "m.notice" }
    | { readonly event_type: EventType; readonly content: Content }
  )
  & { readonly parent?: string };

/** How to enter a room, where the protocol asks for it. */
export interface JoinOptions {
  /** What to be called there. */
  readonly nick?: string;
  readonly password?: string;
}

/**
 * See the module's description. Methods that a session has no ability for throw `Unable`; what is
 * optional is only there where the protocol has it.
 */
export interface ChatSession extends AsyncDisposable {
  readonly abilities: ReadonlySet<Ability>;
  /** Slash commands that `command` runs besides those that every interface has. */
  readonly commands?: readonly SessionCommand[] | undefined;
  readonly contacts?: Contacts | undefined;
  readonly status?: OwnStatus | undefined;
  readonly signals?: Signals | undefined;
  readonly attendance?: Attendance | undefined;
  readonly files?: Files | undefined;
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
  /**
   * The room that a person means by a name or an address: a room to enter, or the conversation with
   * somebody, found as the server finds them. Neither enters nor begins it.
   *
   * @throws {ChatnodeError} when it can be none
   */
  find(name: string, as: "room" | "person"): Promise<RoomId>;
  /** What this person calls somebody there; undefined when their address says it. */
  nameOf?(address: Address, room: RoomId): string | undefined;
  /** What is known of a room before it is told as an event; undefined when its id says it all. */
  about?(room: RoomId): RoomSummary | undefined;
  /** Follows a room from now on. @throws {ChatnodeError} */
  join(room: RoomId, options?: JoinOptions): Promise<void>;
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
  /**
   * The answer to a command of the session's or the server's; undefined when there is none such.
   *
   * @param asking how the command asks for what else it needs; absent: everything it asks is given up
   * @throws {ChatnodeError}
   */
  command(text: string, room: RoomId, asking?: Asking): Promise<string | undefined>;
  /** Nothing more will be said: resolves when the server has taken what was, and it has ended. */
  finish(): Promise<void>;
  /** Ends at once; sends that wait are rejected. Idempotent. */
  close(): Promise<void>;
}

/** The protocol has no such thing. */
export class Unable extends ChatnodeError {
  override readonly name = "Unable";

  /**
   * @param action as in "Cannot <action>"
   * @param protocol which has no such thing
   */
  constructor(action: string, protocol = "the original protocol") {
    super("client/unable", `Cannot ${action}: ${protocol} has no such thing`);
  }
}
