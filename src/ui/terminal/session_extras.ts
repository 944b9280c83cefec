/**
 * What only some sessions can do, each as an object of its own: a session that has it offers it, an
 * interface that finds none says so.
 *
 * @module
 */
import type { ChatEvent, EventId, RoomId } from "../../message/event.ts";
import type { Contact, TypingState } from "./session_event.ts";
import type { Group } from "./slash_commands.ts";

/** States that a person can give themselves, in XMPP's order of decreasing presence. */
export const STATUSES = ["available", "away", "xa", "dnd", "invisible"] as const;
/** One of {@linkcode STATUSES}. */
export type Status = (typeof STATUSES)[number];

/** One's own state, as others see it. */
export interface OwnStatus {
  readonly current: Status;
  /** Kept over reconnections. `text` of at most 200 characters. @throws {ChatnodeError} */
  set(status: Status, text?: string): Promise<void>;
}

/** Small news for others, lost without a connection. Neither throws nor waits. */
export interface Signals {
  /** Told when it changes, and every few seconds while it is `typing`. */
  typing(room: RoomId, state: TypingState): void;
  /** This person has seen the room up to this event of it; the same or an older one does nothing. */
  seen(room: RoomId, id: EventId): void;
}

/** Whether somebody is at the keyboard, told by an interface that has one. Neither throws nor waits. */
export interface Attendance {
  /** A key was pressed. */
  present(): void;
  /** None was for so long that others may take this person for away, until `present`. */
  absent(): void;
}

/** The contact list. `who` is an address. Every method @throws {ChatnodeError}. */
export interface Contacts {
  /** As known now; changes come as events. */
  list(): readonly Contact[];
  /** Adds or renames, and asks to see their presence. */
  add(
    who: string,
    options?: { readonly name?: string; readonly groups?: readonly string[] },
  ): Promise<void>;
  /** Neither sees the other's presence any more. */
  remove(who: string): Promise<void>;
  /** Lets them see one's presence. */
  accept(who: string): Promise<void>;
  /** Does not, or no longer. */
  decline(who: string): Promise<void>;
  block(who: string): Promise<void>;
  unblock(who: string): Promise<void>;
  blocked(): Promise<readonly string[]>;
}

/** How a file is sent. */
export interface FileSending {
  /**
   * `direct`: to the other person's client, which has to be there and whose person has to say yes;
   * `usual`, unless told, is up to the server, and direct where it takes none.
   */
  readonly way?: "usual" | "direct";
  readonly signal: AbortSignal;
  /** Is told how much is done, 0 to 1. */
  progress(done: number): void;
}

/** Files in messages. */
export interface Files {
  /** What others offer directly; undefined where nobody can. */
  readonly offers?: FileOffers | undefined;
  /**
   * Sends a file: uploads it and says where it is, or gives it to the other side's client. Resolves
   * with the event once that is stored.
   *
   * @throws {ChatnodeError} when it cannot be read, or is refused; the signal's reason
   */
  send(room: RoomId, path: string, sending: FileSending): Promise<ChatEvent>;
}

/**
 * Files that others offer directly, and those on their way; how they go on comes as events. Without
 * an id the only one is meant. Every method @throws {ChatnodeError} when it is not clear which, or
 * cannot be done.
 */
export interface FileOffers {
  /** Takes it; resolves when it has begun to come. */
  accept(id?: string): Promise<void>;
  /** Does not want it. */
  decline(id?: string): Promise<void>;
  /** Ends it, in whatever direction it goes. */
  cancel(id?: string): Promise<void>;
}

/** A slash command that the session itself knows and `command` runs: for help and completion. */
export interface SessionCommand {
  /** Without its slash. */
  readonly name: string;
  /** Other names that people try. */
  readonly also?: readonly string[];
  /** What follows the name, as in `NICK [REASON]`. */
  readonly takes: string;
  /** In a few words, as help has it. */
  readonly does: string;
  /** Where help has it; `server` unless told. */
  readonly group?: Group;
  /** What the first word is, so that it can be completed: a kind of thing, or one of these words. */
  readonly completes?: "person" | "room" | "file" | readonly string[];
}
