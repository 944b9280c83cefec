/**
 * What happens in a session. Names and texts are as the server gave them: not safe for a terminal.
 *
 * @module
 */
import type { Address, ChatEvent, EventId, RoomId } from "../../message/event.ts";
import type { Show } from "../../protocol/frames.ts";

/** A person. Both texts are as the server gave them: not safe for a terminal yet. */
export interface SessionPerson {
  readonly address: Address;
  readonly name: string;
}

/** Somebody in a room. */
export interface Occupant extends SessionPerson {
  readonly show: Show;
  /** What they say of their state. */
  readonly text?: string;
  /** What they may do there, in the protocol's own word: `moderator`, `owner`. */
  readonly role?: string;
}

/** Somebody of one's contact list. */
export interface Contact extends SessionPerson {
  /** The best state of all that they are connected with; `offline` also when they do not show it. */
  readonly show: Show;
  readonly text?: string;
  readonly groups: readonly string[];
  /** Who sees whose presence: RFC 6121 section 2.1.2.5; `asked` while one's own request waits. */
  readonly sees: "none" | "asked" | "them" | "you" | "both";
  readonly isBlocked: boolean;
  /** Where the protocol has pictures. */
  readonly hasPicture?: boolean;
}

/** A room that can be entered, or a conversation. */
export interface RoomSummary {
  readonly room: RoomId;
  readonly members: number;
  /** Whether it is one person's; told by ids of the forms `direct:` and a free name themselves. */
  readonly kind?: "room" | "person";
  /** What it is called, when its id does not say. */
  readonly name?: string;
  readonly topic?: string;
  /** When something was said last, milliseconds since the Unix epoch. */
  readonly lastMs?: number;
  /** Messages of others that this person has read on no device; absent when nobody knows. */
  readonly unread?: number;
  /** Whether what is said there comes by itself; true when absent in an event. */
  readonly isFollowed?: boolean;
}

/** Whether somebody writes: XEP-0085's composing, paused, and everything else. */
export type TypingState = "typing" | "paused" | "idle";

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
  | {
    readonly kind: "presence";
    readonly who: SessionPerson;
    readonly show: Show;
    readonly text?: string;
  }
  /** Counts for ten seconds unless it is told again. */
  | {
    readonly kind: "typing";
    readonly room: RoomId;
    readonly who: SessionPerson;
    readonly state: TypingState;
  }
  /**
   * How far a message of one's own got. `read` holds for everything before it too. `failed` comes
   * when it was refused after `send` had resolved; `text` says why.
   */
  | {
    readonly kind: "receipt";
    readonly room: RoomId;
    readonly id: EventId;
    readonly state: "delivered" | "read" | "failed";
    /** Whose, in a room. */
    readonly who?: SessionPerson;
    readonly text?: string;
  }
  /** This person has read the room up to the event, on another device. */
  | { readonly kind: "seen"; readonly room: RoomId; readonly id: EventId }
  /** A room or conversation became known, or changed: bookmarks, topic, name, what is unread. */
  | { readonly kind: "room"; readonly room: RoomSummary }
  /** A contact became known, or changed; `removed` when it is one no longer. */
  | { readonly kind: "contact"; readonly contact: Contact; readonly state: "kept" | "removed" }
  /** Somebody wants to see this person's presence: `contacts.accept` or `decline` answers. */
  | { readonly kind: "request"; readonly who: SessionPerson; readonly text?: string }
  /** Somebody invites to a room. */
  | {
    readonly kind: "invitation";
    readonly room: RoomId;
    readonly who: SessionPerson;
    readonly text?: string;
  }
  /**
   * A file goes directly from or to somebody's client: it is offered, some of it is there, or it has
   * ended. What came whole, or was sent, is told as an event too.
   */
  | {
    readonly kind: "file";
    /** A number that the person can say. */
    readonly id: string;
    readonly room: RoomId;
    /** With whom. */
    readonly who: SessionPerson;
    readonly direction: "in" | "out";
    readonly state: "offered" | "running" | "done" | "failed";
    /** Of a file of this machine: its sender's, cleaned. */
    readonly name: string;
    /** As `text/plain`; the sender's word. */
    readonly mediaType: string;
    /** Bytes; `done` of them are there. */
    readonly size: number;
    readonly done: number;
    /** Where it is kept, once it is. */
    readonly path?: string;
    /** Why it failed. */
    readonly text?: string;
  }
  /** The server itself says something; of one room when it says which. */
  | { readonly kind: "notice"; readonly text: string; readonly room?: RoomId }
  /** More came in a room than is fetched by itself: the history has it. */
  | { readonly kind: "skipped"; readonly room: RoomId; readonly count: number }
  /** A room cannot be entered any more. */
  | { readonly kind: "lost"; readonly room: RoomId; readonly code: string };
