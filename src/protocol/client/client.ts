/**
 * A client of `chatnode.v1`: one object for as long as its user is there, whatever the network does.
 * It connects again with jittered back-off, resumes every room from what it has seen, and sends what
 * was not acked again with the same keys: nothing is lost and nothing is doubled.
 *
 * @module
 */
import { LIMITS } from "../../message/event.ts";
import type {
  AckFrame,
  Anchor,
  JoinedFrame,
  PageFrame,
  ResultsFrame,
  RoomEntry,
  ServerFrame,
  Show,
  WelcomeFrame,
  Who,
} from "../frames.ts";
import { ClientCore } from "./core.ts";
import { ClientError } from "./errors.ts";
import type { ClientEvent, ClientOptions, Message } from "./options.ts";

export type { ClientEvent, ClientOptions, Message } from "./options.ts";

/** See the module's description. */
export class ChatClient implements AsyncDisposable {
  readonly #core: ClientCore;
  readonly #uuid: () => string;
  readonly #signal: AbortSignal | undefined;
  readonly #called: () => void;

  constructor(options: ClientOptions) {
    this.#core = new ClientCore(options);
    this.#uuid = options.uuid ?? (() => crypto.randomUUID());
    this.#signal = options.signal;
    this.#called = () => void this.close();
    this.#signal?.addEventListener("abort", this.#called, { once: true });
    if (this.#signal?.aborted) void this.close();
    else this.#core.start();
  }

  /** The latest `welcome`; undefined before the first connection. */
  get welcome(): WelcomeFrame | undefined {
    return this.#core.welcome;
  }

  /** Whether there is a connection now. */
  get isConnected(): boolean {
    return this.#core.isConnected;
  }

  /** Why the client gave up, if it did. */
  get failure(): Error | undefined {
    return this.#core.failure;
  }

  /** Everything that happens, for one reader. Ends when the client is closed or gives up. */
  events(): AsyncIterableIterator<ClientEvent> {
    return this.#core.events;
  }

  /**
   * Sends a message; resolves when it is acked, after however many reconnections. Messages are
   * stored in the order of the calls.
   *
   * @param options `signal` takes it back while it waits: it may have been stored all the same
   * @throws {ServerError} when the server refuses it
   * @throws {ClientError} `client/outbox-full`, `client/too-long`, `client/closed`
   */
  async send(message: Message, options: { readonly signal?: AbortSignal } = {}): Promise<AckFrame> {
    const key = this.#uuid();
    const text = JSON.stringify({ type: "send", ref: key, key, ...message });
    if (text.length > 4 * LIMITS.bodyBytes) {
      throw new ClientError("client/too-long", "Cannot send: the message is too long");
    }
    return await this.#core.post(key, text, options.signal);
  }

  /** Follows a room, now and after every reconnection. @throws as {@linkcode ChatClient.history} */
  async join(room: string): Promise<JoinedFrame> {
    return await this.#core.ask<JoinedFrame>({ type: "join", room });
  }

  /** Follows a room no longer. @throws as {@linkcode ChatClient.history} */
  async leave(room: string): Promise<void> {
    this.#core.forget(room);
    await this.#core.ask({ type: "leave", room });
  }

  /** Who is in a room. @throws as {@linkcode ChatClient.history} */
  async members(
    room: string,
  ): Promise<readonly (Who & { readonly show: Show; readonly text?: string })[]> {
    return (await this.#core.ask<Extract<ServerFrame, { type: "members" }>>({
      type: "members",
      room,
    }))
      .members;
  }

  /** Public rooms and own conversations. @throws as {@linkcode ChatClient.history} */
  async rooms(): Promise<readonly RoomEntry[]> {
    return (await this.#core.ask<Extract<ServerFrame, { type: "rooms" }>>({ type: "rooms" })).rooms;
  }

  /**
   * A page of a room, oldest first; the newest unless told.
   *
   * @throws {ServerError} the server's refusal
   * @throws {ClientError} `client/disconnected`, `client/timeout`, `client/closed`
   */
  async history(
    room: string,
    options: Anchor & { readonly limit?: number } = {},
  ): Promise<PageFrame> {
    return await this.#core.ask<PageFrame>({ type: "history", room, ...options });
  }

  /** Searches. @throws as {@linkcode ChatClient.history} */
  async search(query: {
    readonly text: string;
    readonly room?: string;
    readonly sender?: string;
    readonly since?: number;
    readonly until?: number;
    readonly limit?: number;
    readonly cursor?: string;
  }): Promise<ResultsFrame> {
    return await this.#core.ask<ResultsFrame>({ type: "search", ...query });
  }

  /** Runs a slash command. @throws as {@linkcode ChatClient.history} */
  async command(
    text: string,
    room?: string,
  ): Promise<{ readonly kind: "help" | "text" | "none"; readonly text: string }> {
    const inRoom = room === undefined ? {} : { room };
    return await this.#core.ask<Extract<ServerFrame, { type: "reply" }>>({
      type: "command",
      text,
      ...inRoom,
    });
  }

  /** Tells one's own state. @throws as {@linkcode ChatClient.history} */
  async presence(show: Show, text?: string): Promise<void> {
    await this.#core.ask({ type: "presence", show, ...(text === undefined ? {} : { text }) });
  }

  /** Moves the read marker. @throws as {@linkcode ChatClient.history} */
  async read(room: string, offset: number): Promise<void> {
    await this.#core.ask({ type: "read", room, offset });
  }

  /** Tells that somebody types; lost without a connection. */
  typing(room: string, active: boolean): void {
    this.#core.tell({ type: "typing", room, active });
  }

  /** Puts a newer token in the place of the one of this connection. @throws as `history` */
  async renew(token: string): Promise<void> {
    await this.#core.ask({ type: "auth", token });
  }

  /** Ends the client; messages that wait for their ack are rejected. Idempotent. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#called);
    await this.#core.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
