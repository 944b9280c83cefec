/**
 * Chat logs of other programs, read into the history: what a file says, before anything of it is an
 * event. One file a format; each turns the text of one log file into {@linkcode LoggedLine}s and
 * never fails on what it does not understand, but says which lines it left out.
 *
 * @module
 */

/** Who a line is by, as far as the file alone says. */
export type Speaker =
  /** The account whose log it is. */
  | { readonly kind: "self" }
  /** The other side of a conversation of two. */
  | { readonly kind: "peer" }
  /** A program that answers for the account, such as a ticket desk's. */
  | { readonly kind: "bot" }
  /** Somebody whom the file calls by a name: an alias, a nickname, an address. */
  | { readonly kind: "named"; readonly name: string };

/** One message of a log file. */
export interface LoggedLine {
  /** 1 for the first line of the file. */
  readonly line: number;
  /** Milliseconds since the epoch, whole seconds: no format knows more. */
  readonly time: number;
  readonly speaker: Speaker;
  /** `emote` is /me, written without the name. */
  readonly kind: "text" | "emote";
  readonly body: string;
}

/** What a file holds. */
export interface ReadLog {
  readonly lines: readonly LoggedLine[];
  /** Lines of the program itself: joins, file transfers, changes of status. Not messages. */
  readonly notices: number;
  /** Lines that are nothing known, by number. */
  readonly unreadable: readonly number[];
}

/** What a format needs to know beside the text. */
export interface LogSurroundings {
  /** The day in the file's name, ISO 8601 `2026-01-31`; where days are local ones. */
  readonly day: string;
  /** The time in the file's name, `08:45:35`, when it has one. */
  readonly began: string | undefined;
  /** What local times are in: an IANA zone, or an offset `+01:00` from the file's name. */
  readonly zone: string;
  /** The account, a bare address, when it is known. */
  readonly account: string | undefined;
}

/** Reads the text of one file. */
export type LogFormat = (text: string, surroundings: LogSurroundings) => ReadLog;

/** The formats' names, as `chatnode history import --from` takes them. */
export const LOG_FORMATS = ["pidgin", "daily", "numbered"] as const;
export type LogFormatName = (typeof LOG_FORMATS)[number];

/** What `Draft.via` of imported messages ends with: `pidgin-log`. */
export const LOG_DOOR = "-log";
