/**
 * What a client does by itself: it keeps a connection, resumes rooms, sends again what was not acked,
 * and turns frames into events.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import type { AckFrame, EventFrame, JoinedFrame, ServerFrame, WelcomeFrame } from "../frames.ts";
import { Answers } from "./answers.ts";
import { BackOff } from "./back_off.ts";
import { Cursors, isDirect } from "./cursors.ts";
import { ClientError } from "./errors.ts";
import { EventQueue } from "./event_queue.ts";
import { LinkKeeper } from "./link_keeper.ts";
import type { ClientEvent, ClientOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";

/** See the module's description. */
export class ClientCore {
  readonly #options: ClientOptions;
  readonly #keeper: LinkKeeper;
  readonly #outbox: Outbox;
  readonly #answers: Answers;
  readonly #cursors = new Cursors();
  /** Everything that happens, for one reader. */
  readonly events: EventQueue<ClientEvent>;
  #send: ((text: string) => void) | undefined;
  #welcome: WelcomeFrame | undefined;
  #connections = 0;
  /** Rooms that the server follows on this connection. */
  readonly #followed = new Set<string>();
  #drained: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(options: ClientOptions) {
    const { clock = systemClock, random = Math.random } = options;
    const { first, most } = options.backOffMs ?? { first: 500, most: 30_000 };
    const patience = options.patienceMs ?? { connect: 10_000, answer: 30_000 };
    this.#options = options;
    this.#outbox = new Outbox({ clock, most: options.outbox ?? 1_000 });
    this.#answers = new Answers({ clock, patienceMs: patience.answer });
    this.events = new EventQueue(options.queue ?? 10_000, () => this.#drained?.());
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
  }

  /** The latest `welcome`; undefined before the first connection. */
  get welcome(): WelcomeFrame | undefined {
    return this.#welcome;
  }

  /** Whether there is a connection now. */
  get isConnected(): boolean {
    return this.#send !== undefined;
  }

  /** Why nothing will be sent any more. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Connects, and goes on doing so. */
  start(): void {
    this.#keeper.start();
  }

  /** Sends a message until it is acked, under a key of its own. @throws as `ChatClient.send` */
  async post(key: string, text: string, signal: AbortSignal | undefined): Promise<AckFrame> {
    this.#requireOpen();
    signal?.throwIfAborted();
    const giveUp = () => {
      this.#outbox.forget(key, new ClientError("client/closed", "Cannot send: it was called off"));
    };
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      return await this.#outbox.add(key, text);
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  /** Sends a request on the present connection. @throws as `ChatClient.history` */
  async ask<Answer extends ServerFrame>(frame: object): Promise<Answer> {
    this.#requireOpen();
    const send = this.#send;
    if (send === undefined) {
      throw new ClientError("client/disconnected", "Cannot ask: there is no connection now");
    }
    return await this.#answers.ask((ref) => send(JSON.stringify({ ...frame, ref }))) as Answer;
  }

  /** Sends what needs no answer; lost without a connection. */
  tell(frame: object): void {
    this.#send?.(JSON.stringify(frame));
  }

  /** A room is not wanted any more. */
  forget(room: string): void {
    this.#cursors.forget(room);
    this.#followed.delete(room);
  }

  /** Ends everything; idempotent. */
  async close(): Promise<void> {
    const stopped = this.#keeper.stop();
    this.#drained?.();
    await stopped;
    this.#gaveUp(new ClientError("client/closed", "Cannot go on: the client was closed"));
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
    this.events.push({ type: "connected", welcome });
    this.#outbox.connected(send, welcome.limits);
    void this.#findConversations(this.#connections);
  }

  /**
   * Conversations that began while there was no connection: nothing else would tell of them. At the
   * first connection they are only remembered.
   */
  async #findConversations(connection: number): Promise<void> {
    const asked = this.ask<Extract<ServerFrame, { type: "rooms" }>>({ type: "rooms" });
    const rooms = await asked.then((answer) => answer.rooms, () => []);
    if (connection !== this.#connections) return;
    for (const { room, next } of rooms.filter(({ room }) => isDirect(room))) {
      if (this.#cursors.has(room)) continue;
      if (connection === 1) this.#cursors.joined(room, next, false);
      else {
        this.#cursors.joined(room, 0, false);
        const resume = { epoch: this.#cursors.epoch, offset: 0 };
        this.tell({ type: "join", room, ...resume });
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
    this.events.push(event);
    if (this.events.isFull) this.#keeper.drop();
  }

  #disconnected(end: { readonly code: number; readonly retryMs: number }): void {
    this.#send = undefined;
    this.#outbox.disconnected();
    const error = new ClientError("client/disconnected", "Cannot wait: the connection has ended");
    this.#answers.fail(error);
    this.events.push({ type: "disconnected", ...end });
  }

  #gaveUp(error: Error): void {
    this.#send = undefined;
    this.#failure ??= error;
    this.#outbox.close(this.#failure);
    this.#answers.fail(this.#failure);
    this.events.end();
  }

  /** Lets a reader that is far behind catch up before more comes. */
  #ready(): Promise<void> {
    if (!this.events.isFull) return Promise.resolve();
    return new Promise((resolve) => this.#drained = resolve);
  }

  #requireOpen(): void {
    if (this.#failure === undefined) return;
    throw new ClientError("client/closed", "Cannot do this: the client is closed", {
      cause: this.#failure,
    });
  }
}
