import { LIMITS } from "../message/event.ts";

/** The hub's bounds. Whoever composes a node maps settings onto them. */
export interface HubLimits {
  /** One connection per account: a second one is refused. */
  readonly singleSession: boolean;
  readonly sessionsPerAccount: number;
  /** What people without an account may do, where a door lets them in. */
  readonly guests: "chat" | "listen";
  /** Rooms one session may be in. */
  readonly roomsPerSession: number;
  /** Rooms that hold events; beyond it nobody can begin a new one. */
  readonly rooms: number;
  /**
   * Rooms that one account may begin at once and per day; all guests together are one account.
   * `Infinity` turns the limit off.
   */
  readonly newRoomsPerDay: number;
  /** Sessions in one room. */
  readonly membersPerRoom: number;
  /** One text, bytes of UTF-8; beyond `LIMITS.bodyBytes` it has no effect. */
  readonly textBytes: number;
  /** Requests of one session (or one account without a session) that may come at once. */
  readonly burst: number;
  /** Requests per second in the long run; `Infinity` turns the limit off. */
  readonly ratePerSecond: number;
  /** Events one resume may bring; longer absences page through the history instead. */
  readonly resumeEvents: number;
  /**
   * Above this many people in a room (or on the node) nobody is told of every coming and going:
   * that grows with the square of their number. `members` still lists them.
   */
  readonly announce: number;
  /** How long comings, goings, typing and presence are gathered before they are sent. */
  readonly gatherMs: number;
  /** How long one hook may take. */
  readonly hookMs: number;
}

/** Bounds for a node of some thousand people. */
export const DEFAULT_LIMITS: HubLimits = {
  singleSession: false,
  sessionsPerAccount: 16,
  guests: "chat",
  roomsPerSession: 200,
  rooms: 10_000,
  newRoomsPerDay: 200,
  membersPerRoom: 20_000,
  textBytes: LIMITS.bodyBytes,
  burst: 200,
  ratePerSecond: 50,
  resumeEvents: 10_000,
  announce: 1_000,
  gatherMs: 20,
  hookMs: 2_000,
};
