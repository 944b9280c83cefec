/**
 * Multi-user chat (XEP-0045): coming into rooms, staying there (XEP-0410), talking there.
 *
 * @module
 */
import type { Element } from "../xml.ts";
import { feature, type FeatureEvent } from "./feature.ts";
import type { SentMessage } from "./messages.ts";
import { type Departure, MUC, type Occupant, type Room } from "./room.ts";
import { RoomKeeper } from "./room_keeper.ts";

export type { Affiliation, Departure, Occupant, Role, Room } from "./room.ts";

/** One is in a room, or no longer. */
export interface RoomEvent extends FeatureEvent {
  readonly kind: "room";
  /** Bare. */
  readonly room: string;
  readonly state: "joined" | Departure;
  /** It is there since one came. */
  readonly isCreated: boolean;
  /** What was said with it, and who did it: not safe to show. */
  readonly text: string | undefined;
  readonly by: string | undefined;
}

/** Somebody else came into a room, went, or changed; nothing is told of who was there before. */
export interface OccupantEvent extends FeatureEvent {
  readonly kind: "occupant";
  readonly room: string;
  readonly nick: string;
  readonly change: "joined" | "changed" | "renamed" | Departure;
  /** Undefined when they are not there any more. */
  readonly occupant: Occupant | undefined;
  readonly newNick: string | undefined;
  readonly text: string | undefined;
  readonly by: string | undefined;
}

/** A room has another subject. */
export interface RoomSubjectEvent extends FeatureEvent {
  readonly kind: "room-subject";
  readonly room: string;
  /** Empty: none. Not safe to show. */
  readonly subject: string;
  /** The nickname of who has set it; empty for the room itself. */
  readonly nick: string;
}

/** How to come into a room. */
export interface JoinOptions {
  readonly nick: string;
  readonly password?: string;
  /** How many earlier messages, where the room has no archive; 50 unless told. */
  readonly historyMost?: number;
}

/** What one does with rooms; JIDs of rooms are bare. */
export interface Rooms {
  /** Rooms that one is in or wants to be in. */
  readonly all: ReadonlyMap<string, Room>;
  /**
   * Comes in, and again after each login until one leaves. A room that is not there is made, and is
   * locked until it is configured (see `roomControl`).
   *
   * @throws {StanzaError} `conflict` for a nickname that somebody has, `not-authorized` for a wrong
   *   password, `registration-required`, `forbidden`, `service-unavailable` when it is full
   * @throws {XmppError} `xmpp/timeout`, `xmpp/address`, as `FeaturePort.request`
   */
  join(room: string, options: JoinOptions): Promise<RoomEvent>;
  /** Goes. */
  leave(room: string, status?: string): void;
  /** Takes another nickname. @throws {StanzaError} `conflict`, `not-acceptable` */
  rename(room: string, nick: string): Promise<void>;
  say(room: string, body: string, extra?: readonly Element[]): SentMessage;
  /** A private message to an occupant. */
  whisper(room: string, nick: string, body: string): SentMessage;
  setSubject(room: string, subject: string): SentMessage;
  /** Whether one is still there, as the room has it; who is not comes in again. */
  check(room: string): Promise<boolean>;
}

/** See the module's description. */
export const rooms = feature<Rooms>({
  extensions: [
    {
      xep: "0045",
      name: "Multi-User Chat",
      version: "1.34.6",
      state: "partial",
      note: "registrations are approved elsewhere",
    },
    {
      xep: "0410",
      name: "MUC Self-Ping (Schroedinger's Chat)",
      version: "1.1.0",
      state: "complete",
    },
    { xep: "0421", name: "Occupant identifiers", version: "1.0.0", state: "complete" },
  ],
  disco: [MUC],
  start: (port) => new RoomKeeper(port),
});
