/**
 * A client of `chatnode.v1`: one object for as long as its user is there, whatever the network does.
 * It connects again with jittered back-off, resumes every room from what it has seen, and sends what
 * was not acked again with the same keys: nothing is lost and nothing is doubled.
 *
 * @module
 */
import { type Clock, systemClock } from "../../clock.ts";
import type { Content, EventType } from "../../message/event.ts";
import { LIMITS } from "../../message/event.ts";
import type {
  AckFrame,
  Anchor,
  EventFrame,
  JoinedFrame,
  PageFrame,
  ResultsFrame,
  RoomEntry,
  ServerFrame,
  Show,
  WelcomeFrame,
  Who,
} from "../frames.ts";
import { Answers } from "./answers.ts";
import { BackOff } from "./back_off.ts";
import type { Connector } from "./connection.ts";
import { Cursors, type Gap, isDirect } from "./cursors.ts";
import { ClientError } from "./errors.ts";
import { EventQueue } from "./event_queue.ts";
import { LinkKeeper } from "./link_keeper.ts";
import { Outbox } from "./outbox.ts";

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

/** See the module's description. */
export class ChatClient implements AsyncDisposable {
  readonly #options: ClientOptions;
  readonly #keeper: LinkKeeper;
  readonly #outbox: Outbox;
  readonly #answers: Answers;
  readonly #cursors = new Cursors();
  readonly #queue: EventQueue<ClientEvent>;
  #send: ((text: string) => void) | undefined;
  #welcome: WelcomeFrame | undefined;
  #connections = 0;
  /** Rooms that the server follows on this connection. */
  readonly #followed = new Set<string>();
  readonly #called: () => void;
  #drained: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(options: ClientOptions) {
    const { clock = systemClock, random = Math.random } = options;
    const { first, most } = options.backOffMs ?? { first: 500, most: 30_000 };
    const patience = options.patienceMs ?? { connect: 10_000, answer: 30_000 };
    this.#options = options;
    this.#outbox = new Outbox({ clock, most: options.outbox ?? 1_000 });
    this.#answers = new Answers({ clock, patienceMs: patience.answer });
    this.#queue = new EventQueue(options.queue ?? 10_000, () => this.#drained?.());
    this.#keeper = new LinkKeeper({
      connect: options.connect,
      clock,
      backOff: new BackOff(random, first, most),
      connectMs: patience.connect,
      silenceMs: options.silenceMs ?? 20_000,
      hello: (refused) => this.#hello(refused),
      ready: () => this.#ready(),
    }, {
      connected: (welcome, send) => this.#connected(welcome, send),
      frame: (frame) => this.#frame(frame),
      disconnected: (end) => this.#disconnected(end),
      gaveUp: (error) => this.#gaveUp(error),
    });
    for (const room of options.rooms ?? []) this.#cursors.want(room);
    this.#called = () => void this.close();
    options.signal?.addEventListener("abort", this.#called, { once: true });
    if (options.signal?.aborted) void this.close();
    else this.#keeper.start();
  }

  /** The latest `welcome`; undefined before the first connection. */
  get welcome(): WelcomeFrame | undefined {
    return this.#welcome;
  }

  /** Whether there is a connection now. */
  get isConnected(): boolean {
    return this.#send !== undefined;
  }

  /** Why the client gave up, if it did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Everything that happens, for one reader. Ends when the client is closed or gives up. */
  events(): AsyncIterableIterator<ClientEvent> {
    return this.#queue;
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
    this.#requireOpen();
    options.signal?.throwIfAborted();
    const key = (this.#options.uuid ?? (() => crypto.randomUUID()))();
    const text = JSON.stringify({ type: "send", ref: key, key, ...message });
    if (text.length > 4 * LIMITS.bodyBytes) {
      throw new ClientError("client/too-long", "Cannot send: the message is too long");
    }
    const giveUp = () => {
      this.#outbox.forget(key, new ClientError("client/closed", "Cannot send: it was called off"));
    };
    options.signal?.addEventListener("abort", giveUp, { once: true });
    try {
      return await this.#outbox.add(key, text);
    } finally {
      options.signal?.removeEventListener("abort", giveUp);
    }
  }

  /** Follows a room, now and after every reconnection. @throws as {@linkcode ChatClient.history} */
  async join(room: string): Promise<JoinedFrame> {
    return await this.#ask<JoinedFrame>({ type: "join", room });
  }

  /** Follows a room no longer. @throws as {@linkcode ChatClient.history} */
  async leave(room: string): Promise<void> {
    this.#cursors.forget(room);
    this.#followed.delete(room);
    await this.#ask({ type: "leave", room });
  }

  /** Who is in a room. @throws as {@linkcode ChatClient.history} */
  async members(
    room: string,
  ): Promise<readonly (Who & { readonly show: Show; readonly text?: string })[]> {
    return (await this.#ask<Extract<ServerFrame, { type: "members" }>>({ type: "members", room }))
      .members;
  }

  /** Public rooms and own conversations. @throws as {@linkcode ChatClient.history} */
  async rooms(): Promise<readonly RoomEntry[]> {
    return (await this.#ask<Extract<ServerFrame, { type: "rooms" }>>({ type: "rooms" })).rooms;
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
    return await this.#ask<PageFrame>({ type: "history", room, ...options });
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
    return await this.#ask<ResultsFrame>({ type: "search", ...query });
  }

  /** Runs a slash command. @throws as {@linkcode ChatClient.history} */
  async command(
    text: string,
    room?: string,
  ): Promise<{ readonly kind: "help" | "text" | "none"; readonly text: string }> {
    const inRoom = room === undefined ? {} : { room };
    return await this.#ask<Extract<ServerFrame, { type: "reply" }>>({
      type: "command",
      text,
      ...inRoom,
    });
  }

  /** Tells one's own state. @throws as {@linkcode ChatClient.history} */
  async presence(show: Show, text?: string): Promise<void> {
    await this.#ask({ type: "presence", show, ...(text === undefined ? {} : { text }) });
  }

  /** Moves the read marker. @throws as {@linkcode ChatClient.history} */
  async read(room: string, offset: number): Promise<void> {
    await this.#ask({ type: "read", room, offset });
  }

  /** Tells that somebody types; lost without a connection. */
  typing(room: string, active: boolean): void {
    this.#send?.(JSON.stringify({ type: "typing", room, active }));
  }

  /** Puts a newer token in the place of the one of this connection. @throws as `history` */
  async renew(token: string): Promise<void> {
    await this.#ask({ type: "auth", token });
  }

  /** Ends the client; messages that wait for their ack are rejected. Idempotent. */
  async close(): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#called);
    const stopped = this.#keeper.stop();
    this.#drained?.();
    await stopped;
    this.#gaveUp(new ClientError("client/closed", "Cannot go on: the client was closed"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #hello(refused: boolean): Promise<string> {
    const { token, introduction, client } = this.#options;
    return JSON.stringify({
      type: "hello",
      ...(token === undefined
        ? introduction
        : { token: typeof token === "string" ? token : await token(refused) }),
      ...(client === undefined ? {} : { client }),
      ...(this.#cursors.epoch === undefined ? {} : { epoch: this.#cursors.epoch }),
      rooms: this.#cursors.wanted(),
    });
  }

  #connected(welcome: WelcomeFrame, send: (text: string) => void): void {
    this.#connections += 1;
    this.#followed.clear();
    this.#welcome = welcome;
    this.#send = send;
    this.#cursors.greeted(welcome.epoch);
    this.#queue.push({ type: "connected", welcome });
    this.#outbox.connected(send, welcome.limits);
    void this.#findConversations(this.#connections);
  }

  /**
   * Conversations that began while there was no connection: nothing else would tell of them. At the
   * first connection they are only remembered.
   */
  async #findConversations(connection: number): Promise<void> {
    const rooms = await this.rooms().catch(() => []);
    if (connection !== this.#connections) return;
    for (const { room, next } of rooms.filter(({ room }) => isDirect(room))) {
      if (this.#cursors.has(room)) continue;
      if (connection === 1) this.#cursors.joined(room, next, false);
      else {
        this.#cursors.joined(room, 0, false);
        const resume = { epoch: this.#cursors.epoch, offset: 0 };
        this.#send?.(JSON.stringify({ type: "join", room, ...resume }));
      }
    }
  }

  #frame(frame: ServerFrame): void {
    switch (frame.type) {
      case "event":
        return this.#event(frame);
      case "ack":
        this.#cursors.acked(frame.room, frame.offset);
        this.#outbox.acked(frame);
        return;
      case "joined":
        this.#joined(frame);
        return;
      case "error":
        return this.#refused(frame);
      case "member":
      case "presence":
      case "typing":
        return this.#push(frame);
      case "read":
        return this.#push(frame);
      default:
        this.#answers.answered(frame);
    }
  }

  #event(frame: EventFrame): void {
    const isNew = isDirect(frame.room) && !this.#cursors.has(frame.room);
    if (isNew && this.#connections > 1 && frame.offset > 0) {
      // It began while there was no connection, and spoke before it was found.
      this.#push({ type: "gap", room: frame.room, from: 0, to: frame.offset });
    }
    if (!this.#cursors.take(frame.room, frame.offset)) return;
    const { sender_id: sender, content, event_id: id, timestamp_ms: timestamp } = frame.event;
    const key = content.chatnode?.key;
    const own = sender === this.#welcome?.you.address && key !== undefined;
    if (own && this.#outbox.has(key)) {
      // Stored on a connection that ended before its ack: this is the ack.
      const { room, offset } = frame;
      const durable = this.#welcome?.durable ?? "memory";
      this.#outbox.acked({
        ...{ type: "ack", key, id, room, offset, timestamp, durable, duplicate: true },
      });
      return;
    }
    this.#push(frame);
  }

  #joined(frame: JoinedFrame): void {
    this.#answers.answered(frame);
    // Joined again: the server goes on as before, and so does the cursor.
    if (this.#followed.has(frame.room)) return;
    this.#followed.add(frame.room);
    const gap = this.#cursors.joined(frame.room, frame.next, frame.recovered);
    if (gap !== undefined) this.#push({ type: "gap", ...gap });
  }

  #refused(frame: Extract<ServerFrame, { type: "error" }>): void {
    if (this.#outbox.refused(frame)) return;
    if (this.#answers.refused(frame) || frame.room === undefined) return;
    this.#cursors.forget(frame.room);
    this.#push({ type: "lost", room: frame.room, code: frame.code });
  }

  #push(event: ClientEvent): void {
    this.#queue.push(event);
    if (this.#queue.isFull) this.#keeper.drop();
  }

  #disconnected(end: { readonly code: number; readonly retryMs: number }): void {
    this.#send = undefined;
    this.#outbox.disconnected();
    const error = new ClientError("client/disconnected", "Cannot wait: the connection has ended");
    this.#answers.fail(error);
    this.#queue.push({ type: "disconnected", ...end });
  }

  #gaveUp(error: Error): void {
    this.#send = undefined;
    this.#failure ??= error;
    this.#outbox.close(this.#failure);
    this.#answers.fail(this.#failure);
    this.#queue.end();
  }

  /** Lets a reader that is far behind catch up before more comes. */
  #ready(): Promise<void> {
    if (!this.#queue.isFull) return Promise.resolve();
    return new Promise((resolve) => this.#drained = resolve);
  }

  async #ask<Answer extends ServerFrame>(frame: object): Promise<Answer> {
    this.#requireOpen();
    const send = this.#send;
    if (send === undefined) {
      throw new ClientError("client/disconnected", "Cannot ask: there is no connection now");
    }
    return await this.#answers.ask((ref) => send(JSON.stringify({ ...frame, ref }))) as Answer;
  }

  #requireOpen(): void {
    if (this.#failure === undefined) return;
    throw new ClientError("client/closed", "Cannot do this: the client is closed", {
      cause: this.#failure,
    });
  }
}
