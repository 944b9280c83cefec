/**
 * The frames of `chatnode.v1`, as they stand on the wire. `docs/protocol.md` is the reference;
 * these are its types.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import type { ChatEvent, Content, EventType } from "../message/event.ts";

/** The subprotocol's name. */
export const PROTOCOL = "chatnode.v1";

/** Chosen by the client; the answer carries the same. */
interface Request {
  readonly ref?: string | undefined;
}

/** A place in the timeline. */
export interface Position {
  readonly timestamp: number;
  readonly id: string;
}

/** Where to begin in `history`. */
export type Anchor =
  | { readonly before?: Position }
  | { readonly after: Position }
  | { readonly around: Position }
  | { readonly from: number };

/** A room to be followed from `hello` on. */
export interface WantedRoom {
  readonly room: string;
  /** The first offset wanted. */
  readonly offset?: number;
}

/** The states of a person. */
export type Show = "online" | "away" | "busy" | "offline";

/** What a client sends. */
export type ClientFrame =
  & Request
  & (
    | {
      readonly type: "hello";
      readonly token?: string;
      /** Instead of a token, where the transport lets people in by name. */
      readonly name?: string;
      readonly password?: string;
      readonly client?: string;
      readonly epoch?: string;
      readonly rooms: readonly WantedRoom[];
    }
    | { readonly type: "auth"; readonly token: string }
    | {
      readonly type: "send";
      /** Exactly one of `room` and `to`. */
      readonly room?: string | undefined;
      readonly to?: string | undefined;
      readonly key?: string | undefined;
      readonly eventType: EventType;
      readonly content: Content;
      readonly parent?: string | undefined;
    }
    | {
      readonly type: "join";
      readonly room: string;
      readonly epoch?: string;
      readonly offset?: number;
    }
    | { readonly type: "leave"; readonly room: string }
    | { readonly type: "members"; readonly room: string }
    | { readonly type: "rooms" }
    | {
      readonly type: "history";
      readonly room: string;
      readonly anchor: Anchor;
      readonly limit: number;
    }
    | {
      readonly type: "search";
      readonly text: string;
      readonly room?: string;
      readonly sender?: string;
      readonly since?: number;
      readonly until?: number;
      readonly limit: number;
      readonly cursor?: string;
    }
    | { readonly type: "presence"; readonly show: Show; readonly text?: string }
    | { readonly type: "typing"; readonly room: string; readonly active: boolean }
    | { readonly type: "read"; readonly room: string; readonly offset: number }
    | { readonly type: "command"; readonly text: string; readonly room?: string }
    | { readonly type: "ping" }
  );

/** A person on the wire. */
export interface Who {
  readonly address: string;
  readonly name: string;
  readonly role: Identity["role"];
}

/** An event with its place in the room's arrival order. */
export interface Placed {
  readonly offset: number;
  readonly event: ChatEvent;
}

/** What a server sends. */
export type ServerFrame =
  | WelcomeFrame
  | AckFrame
  | EventFrame
  | JoinedFrame
  | { readonly type: "left"; readonly ref?: string; readonly room: string }
  | {
    readonly type: "members";
    readonly ref?: string;
    readonly room: string;
    readonly members: readonly (Who & { readonly show: Show; readonly text?: string })[];
  }
  | { readonly type: "rooms"; readonly ref?: string; readonly rooms: readonly RoomEntry[] }
  | PageFrame
  | ResultsFrame
  | {
    readonly type: "reply";
    readonly ref?: string;
    readonly kind: "help" | "text" | "none";
    readonly text: string;
  }
  | { readonly type: "ok"; readonly ref: string }
  | { readonly type: "pong"; readonly ref?: string; readonly time: number }
  | ErrorFrame
  | {
    readonly type: "member";
    readonly room: string;
    readonly who: Who;
    readonly state: "joined" | "left";
  }
  | {
    readonly type: "presence";
    readonly who: Who;
    readonly show: Show;
    readonly text?: string;
  }
  | {
    readonly type: "typing";
    readonly room: string;
    readonly who: Who;
    readonly active: boolean;
  }
  | { readonly type: "read"; readonly room: string; readonly who: Who; readonly offset: number };

/** The answer to `hello`. */
export interface WelcomeFrame {
  readonly type: "welcome";
  readonly ref?: string;
  readonly protocol: string;
  readonly node: string;
  readonly you: Who;
  readonly session: string;
  readonly epoch: string;
  /** The server's clock, milliseconds since the Unix epoch. */
  readonly time: number;
  /** What an ack promises. */
  readonly durable: "synced" | "relaxed" | "memory";
  /** When the authentication ends, milliseconds since the Unix epoch. */
  readonly expires?: number;
  readonly features: readonly string[];
  readonly limits: {
    readonly frame_bytes: number;
    readonly body_bytes: number;
    readonly key_bytes: number;
    readonly rooms: number;
    readonly resume_events: number;
    readonly history_events: number;
    readonly search_hits: number;
    readonly burst: number;
    /** null: no limit. */
    readonly rate_per_second: number | null;
  };
}

/** A message was stored. */
export interface AckFrame {
  readonly type: "ack";
  readonly ref?: string;
  readonly key?: string;
  readonly id: string;
  readonly room: string;
  readonly offset: number;
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
  readonly durable: "synced" | "relaxed" | "memory";
  readonly duplicate: boolean;
}

/** An event of a room that the session follows. */
export interface EventFrame extends Placed {
  readonly type: "event";
  readonly room: string;
}

/** A room is followed. */
export interface JoinedFrame {
  readonly type: "joined";
  readonly ref?: string;
  readonly room: string;
  /** The oldest offset kept. */
  readonly first: number;
  /** The first offset that comes live. */
  readonly next: number;
  readonly recovered: boolean;
  /** The account's read marker. */
  readonly read?: number;
}

/** A room in the answer to `rooms`. */
export interface RoomEntry {
  readonly room: string;
  readonly first: number;
  readonly next: number;
  /** Milliseconds since the Unix epoch. */
  readonly last_timestamp?: number;
  readonly members: number;
  readonly read?: number;
}

/** The answer to `history`, oldest first. */
export interface PageFrame {
  readonly type: "page";
  readonly ref?: string;
  readonly room: string;
  readonly events: readonly Placed[];
  readonly more_before: boolean;
  readonly more_after: boolean;
}

/** A message that was found. */
export interface Hit extends Placed {
  readonly room: string;
  /** The edit whose text was found in the place of the message's own, when it was edited. */
  readonly edit?: Placed;
}

/** The answer to `search`, newest first. */
export interface ResultsFrame {
  readonly type: "results";
  readonly ref?: string;
  readonly hits: readonly Hit[];
  readonly cursor?: string;
}

/** A refusal, or the reason why the connection is about to be closed. */
export interface ErrorFrame {
  readonly type: "error";
  readonly ref?: string | undefined;
  /** The room of `hello` that could not be joined. */
  readonly room?: string | undefined;
  /** The key of the `send` that was refused. */
  readonly key?: string | undefined;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly retry_after_ms?: number;
}
