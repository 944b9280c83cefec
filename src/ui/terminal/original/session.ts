/**
 * A session over the original asyncio chat's protocol, for servers that speak nothing else: one room,
 * no acks, no history. A message counts as sent once it is written; one that is written when the
 * connection breaks may be lost, and nobody can know.
 *
 * @module
 */
import { type Clock, systemClock } from "../../../clock.ts";
import type { ChatEvent, RoomId } from "../../../message/event.ts";
import { createEventIds, type EventIds } from "../../../message/id.ts";
import { BackOff } from "../../../protocol/client/back_off.ts";
import { ClientError } from "../../../protocol/client/errors.ts";
import { EventQueue } from "../../../protocol/client/event_queue.ts";
import {
  type Ability,
  type ChatSession,
  type Occupant,
  type Outgoing,
  type RoomSummary,
  type SessionEvent,
  type SessionPerson,
  Unable,
} from "../session.ts";
import { closed, OriginalLine } from "./line.ts";
import {
  domainOf,
  ORIGINAL_ROOM,
  type OriginalMessage,
  originalMessage,
  originalPerson,
} from "./outgoing.ts";
import type { OriginalConnector } from "./wire.ts";
import { readOriginal } from "./words.ts";

/** What a session needs. */
export interface OriginalOptions {
  readonly connect: OriginalConnector;
  readonly alias: string;
  /** Host name of the server, for addresses. */
  readonly host: string;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly uuid?: () => string;
  /** Bounds of the back-off, milliseconds; 500 and 30,000 unless told. */
  readonly backOffMs?: { readonly first: number; readonly most: number };
}

interface Waiting {
  readonly message: OriginalMessage;
  readonly resolve: (event: ChatEvent) => void;
  readonly reject: (error: Error) => void;
}

const OUTBOX_MOST = 1_000;
const QUEUE_MOST = 10_000;

/** See the module's description. */
export class OriginalSession implements ChatSession {
  readonly abilities: ReadonlySet<Ability> = new Set<Ability>();
  readonly you: SessionPerson;
  readonly node: string;
  readonly #clock: Clock;
  readonly #ids: EventIds;
  readonly #queue: EventQueue<SessionEvent>;
  readonly #waiting: Waiting[] = [];
  readonly #line: OriginalLine;
  #pumping = false;
  #failure: Error | undefined;
  #idle: (() => void) | undefined;

  /** Begins to connect. A first attempt that fails ends the session: the address may be wrong. */
  constructor(options: OriginalOptions) {
    const { random = Math.random, backOffMs = { first: 500, most: 30_000 } } = options;
    this.#clock = options.clock ?? systemClock;
    this.#ids = createEventIds(options.uuid ?? (() => crypto.randomUUID()));
    this.#queue = new EventQueue(QUEUE_MOST, () => this.#line.wire?.resume());
    this.node = domainOf(options.host);
    this.you = originalPerson(options.alias, this.node);
    this.#line = new OriginalLine({
      connect: options.connect,
      clock: this.#clock,
      backOff: new BackOff(random, backOffMs.first, backOffMs.most),
      heard: (text) => this.#heard(text),
      online: () => {
        this.#queue.push({ kind: "online", you: this.you, node: this.node });
        void this.#pump();
      },
      offline: (retryMs) => this.#queue.push({ kind: "offline", retryMs }),
      failed: (error) => this.#end(error),
    });
  }

  get isOnline(): boolean {
    return this.#line.wire !== undefined;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  events(): AsyncIterableIterator<SessionEvent> {
    return this.#queue;
  }

  send(message: Outgoing): Promise<ChatEvent> {
    if (this.#line.isStopped) return Promise.reject(this.#failure ?? closed());
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= OUTBOX_MOST) {
        const state = `${OUTBOX_MOST} messages wait to be sent`;
        throw new ClientError("client/outbox-full", `Cannot send: ${state}`);
      }
      this.#waiting.push({ message: originalMessage(message), resolve, reject });
      void this.#pump();
    });
  }

  find(name: string, as: "room" | "person"): Promise<RoomId> {
    if (as === "room" && name === ORIGINAL_ROOM) return Promise.resolve(ORIGINAL_ROOM);
    const action = as === "room" ? "enter a room" : "say something to one person";
    return Promise.reject(new Unable(action));
  }

  join(_room: RoomId): Promise<void> {
    return Promise.reject(new Unable("enter a room"));
  }

  leave(_room: RoomId): Promise<void> {
    return Promise.reject(new Unable("leave a room"));
  }

  occupants(_room: RoomId): Promise<readonly Occupant[]> {
    return Promise.reject(new Unable("tell who is there"));
  }

  rooms(): Promise<readonly RoomSummary[]> {
    return Promise.reject(new Unable("list rooms"));
  }

  history(_room: RoomId): Promise<readonly ChatEvent[]> {
    return Promise.reject(new Unable("look back"));
  }

  search(_text: string): Promise<readonly ChatEvent[]> {
    return Promise.reject(new Unable("search"));
  }

  command(_text: string): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async finish(): Promise<void> {
    if (this.#waiting.length > 0 && !this.#line.isStopped) {
      await new Promise<void>((resolve) => this.#idle = resolve);
    }
    await this.#line.wire?.finish();
    await this.close();
  }

  async close(): Promise<void> {
    this.#end();
    await this.#line.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Writes what waits, in order, no faster than the connection takes it. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    for (;;) {
      const { wire } = this.#line;
      const [next] = this.#waiting;
      if (wire === undefined || next === undefined) break;
      wire.send(next.message.text);
      await wire.drained();
      // Of another connection than before: whether it got through is not known; said once more is
      // better than never.
      if (this.#line.wire !== wire) continue;
      this.#waiting.shift();
      next.resolve(this.#event(this.you, next.message));
    }
    this.#pumping = false;
    if (this.#waiting.length === 0) this.#idle?.();
  }

  #heard(text: string): void {
    const news = readOriginal(text);
    if (news.kind === "notice") this.#queue.push(news);
    else {
      const who = originalPerson(news.alias, this.node);
      const event: SessionEvent = news.kind === "message"
        ? { kind: "event", event: this.#event(who, { body: news.body, msgtype: "m.text" }) }
        : { kind: "member", room: ORIGINAL_ROOM, who, state: news.state };
      this.#queue.push(event);
    }
    if (this.#queue.isFull) this.#line.wire?.pause();
  }

  #event(
    who: SessionPerson,
    { body, msgtype }: Pick<OriginalMessage, "body" | "msgtype">,
  ): ChatEvent {
    const timestamp = this.#clock.now();
    return {
      event_id: this.#ids(ORIGINAL_ROOM, timestamp),
      room_id: ORIGINAL_ROOM,
      timestamp_ms: timestamp,
      sender_id: who.address,
      type: "m.room.message",
      parent_event_id: null,
      prev_event_hash: null,
      signature: null,
      content: { body, msgtype },
    };
  }

  /** @param failure absent when the owner ends it */
  #end(failure?: Error): void {
    if (this.#line.isStopped) return;
    this.#failure = failure;
    this.#line.stop();
    for (const { reject } of this.#waiting.splice(0)) reject(failure ?? closed());
    this.#idle?.();
    this.#queue.end();
  }
}
