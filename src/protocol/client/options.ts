/**
 * What a client is made with, what it tells and what it sends.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import type { Content, EventType } from "../../message/event.ts";
import type { EventFrame, ServerFrame, WelcomeFrame } from "../frames.ts";
import type { Connector } from "./connection.ts";
import type { Gap } from "./cursors.ts";

/** What a client needs. */
export interface ClientOptions {
  /** For example `connectWebSocket("wss://chat.example.org")`. */
  readonly connect: Connector;
  /**
   * The token. A function is asked before each connection; `refused` says that the server did not
   * accept the last one. Absent only with an {@linkcode ClientOptions.introduction introduction}.
   */
  readonly token?: string | ((refused: boolean) => string | Promise<string>);
  /**
   * Instead of a token, where the server lets people in by name (over TCP): an account's name and
   * password, or what a guest wants to be called.
   */
  readonly introduction?: { readonly name: string; readonly password?: string };
  /** Rooms to follow from the first connection on. */
  readonly rooms?: readonly string[];
  /** Name and version of the program, at most 100 characters. */
  readonly client?: string;
  readonly clock?: Clock;
  /** As `Math.random`, for the jitter. */
  readonly random?: () => number;
  /** As `crypto.randomUUID`, for the messages' keys. */
  readonly uuid?: () => string;
  /** Bounds of the back-off, milliseconds; 500 and 30,000 unless told. */
  readonly backOffMs?: { readonly first: number; readonly most: number };
  /** How long connecting, and one answer, may take, milliseconds; 10,000 and 30,000 unless told. */
  readonly patienceMs?: { readonly connect: number; readonly answer: number };
  /** Silence after which the server is asked whether it is there; 20,000 ms unless told. */
  readonly silenceMs?: number;
  /** Messages that may wait for their ack; 1,000 unless told. */
  readonly outbox?: number;
  /**
   * Events that may wait to be read; 10,000 unless told. Beyond it the client disconnects until half
   * of them are read, and resumes: nothing is lost.
   */
  readonly queue?: number;
  /** Closes the client. */
  readonly signal?: AbortSignal;
}

/** What happens, as {@linkcode ChatClient.events} gives it. */
export type ClientEvent =
  /** An event of a followed room or a direct conversation, in order, once; not one's own. */
  | EventFrame
  | Extract<ServerFrame, { type: "member" | "presence" | "typing" | "read" }>
  | { readonly type: "connected"; readonly welcome: WelcomeFrame }
  /** The next attempt follows in `retryMs`; code 1006 when the connection was cut or never made. */
  | { readonly type: "disconnected"; readonly code: number; readonly retryMs: number }
  /** Events of a room that will not come by themselves: `history` with `from` has them. */
  | ({ readonly type: "gap" } & Gap)
  /** A room could not be entered again; it is not followed any more. */
  | { readonly type: "lost"; readonly room: string; readonly code: string };

/** What to send. */
export type Message =
  & (
    | { readonly body: string; readonly msgtype?: "m.text" | "m.emote" | "m.notice" }
    | { readonly event_type: EventType; readonly content: Content }
  )
  & ({ readonly room: string } | { readonly to: string })
  & { readonly parent?: string };
