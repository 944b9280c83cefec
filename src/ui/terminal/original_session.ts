/**
 * A session over the original asyncio chat's protocol, for servers that speak nothing else: one room,
 * no acks, no history. A message counts as sent once it is written; one that is written when the
 * connection breaks may be lost, and nobody can know.
 *
 * @module
 */
import { type Clock, systemClock, type Timer } from "../../clock.ts";
import { ChatnodeError } from "../../errors.ts";
import { addressOf } from "../../message/address.ts";
import { MessageError } from "../../message/error.ts";
import type { Address, ChatEvent, RoomId } from "../../message/event.ts";
import { cleanAlias, guestAddress } from "../../message/guest.ts";
import { createEventIds, type EventIds } from "../../message/id.ts";
import { BackOff } from "../../protocol/client/back_off.ts";
import { ClientError } from "../../protocol/client/errors.ts";
import { EventQueue } from "../../protocol/client/event_queue.ts";
import { readOriginal } from "./original_words.ts";
import {
  type Ability,
  type ChatSession,
  type Occupant,
  type Outgoing,
  type RoomSummary,
  type SessionEvent,
  type SessionPerson,
  Unable,
} from "./session.ts";

/** The one room there is. */
export const ORIGINAL_ROOM: RoomId = "lobby";

/** A connection that has given its alias. */
export interface OriginalWire {
  /** Says a text, in several messages when it is long. */
  send(text: string): void;
  /** Resolves when little is queued, and when the connection has ended. Never rejects. */
  drained(): Promise<void>;
  /** Stops and goes on reading. */
  pause(): void;
  resume(): void;
  /** Sends no more; resolves when the server has ended too, or takes too long. Never rejects. */
  finish(): Promise<void>;
  /** Ends at once. */
  close(): void;
}

/** Makes a connection and gives the alias. */
export type OriginalConnector = (
  events: { text(text: string): void; closed(): void },
  signal: AbortSignal,
) => Promise<OriginalWire>;

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
  readonly message: Outgoing;
  readonly text: string;
  readonly resolve: (event: ChatEvent) => void;
  readonly reject: (error: Error) => void;
}

const CONNECT_MS = 10_000;
const OUTBOX_MOST = 1_000;
const QUEUE_MOST = 10_000;
/** One that holds for so long, milliseconds, was a good connection. */
const STEADY_MS = 5_000;

/** See the module's description. */
export class OriginalSession implements ChatSession {
  readonly abilities: ReadonlySet<Ability> = new Set<Ability>();
  readonly you: SessionPerson;
  readonly node: string;
  readonly #options: OriginalOptions;
  readonly #clock: Clock;
  readonly #ids: EventIds;
  readonly #queue: EventQueue<SessionEvent>;
  readonly #waiting: Waiting[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #wire: OriginalWire | undefined;
  #wake: (() => void) | undefined;
  #pumping = false;
  #failure: Error | undefined;
  #idle: (() => void) | undefined;

  /** Begins to connect. A first attempt that fails ends the session: the address may be wrong. */
  constructor(options: OriginalOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#ids = createEventIds(options.uuid ?? (() => crypto.randomUUID()));
    this.#queue = new EventQueue(QUEUE_MOST, () => this.#wire?.resume());
    this.node = domainOf(options.host);
    this.you = this.#person(options.alias);
    this.#running = this.#run();
  }

  get isOnline(): boolean {
    return this.#wire !== undefined;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  events(): AsyncIterableIterator<SessionEvent> {
    return this.#queue;
  }

  send(message: Outgoing): Promise<ChatEvent> {
    if (this.#stop.signal.aborted) return Promise.reject(this.#failure ?? closed());
    const text = textOf(message);
    if (text instanceof Error) return Promise.reject(text);
    if (this.#waiting.length >= OUTBOX_MOST) {
      const state = `${OUTBOX_MOST} messages wait to be sent`;
      return Promise.reject(new ClientError("client/outbox-full", `Cannot send: ${state}`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, text, resolve, reject });
      void this.#pump();
    });
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
    if (this.#waiting.length > 0 && !this.#stop.signal.aborted) {
      await new Promise<void>((resolve) => this.#idle = resolve);
    }
    await this.#wire?.finish();
    await this.close();
  }

  async close(): Promise<void> {
    this.#end();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<void> {
    const { random = Math.random, backOffMs = { first: 500, most: 30_000 } } = this.#options;
    const backOff = new BackOff(random, backOffMs.first, backOffMs.most);
    for (let attempt = 1; !this.#stop.signal.aborted; attempt++) {
      const since = this.#clock.monotonic();
      const error = await this.#once();
      if (this.#stop.signal.aborted) return;
      if (error !== undefined && attempt === 1) return this.#end(error);
      if (error === undefined && this.#clock.monotonic() - since > STEADY_MS) backOff.reset();
      const retryMs = backOff.next();
      this.#queue.push({ kind: "offline", retryMs });
      await this.#pause(retryMs);
    }
  }

  /** One connection from its beginning to its end; the result says why there was none. */
  async #once(): Promise<Error | undefined> {
    const over = Promise.withResolvers<void>();
    const attempt = new AbortController();
    const timer = this.#clock.after(CONNECT_MS, () => attempt.abort());
    const signal = AbortSignal.any([attempt.signal, this.#stop.signal]);
    const events = {
      text: (text: string) => this.#heard(text),
      closed: () => over.resolve(),
    };
    try {
      const wire = await this.#options.connect(events, signal);
      this.#wire = wire;
      this.#wake = () => over.resolve();
      if (this.#stop.signal.aborted) over.resolve();
      this.#queue.push({ kind: "online", you: this.you, node: this.node });
      void this.#pump();
      await over.promise;
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : closed();
    } finally {
      timer.cancel();
      this.#wake = undefined;
      this.#wire?.close();
      this.#wire = undefined;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer: Timer = this.#clock.after(ms, () => resolve());
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** Writes what waits, in order, no faster than the connection takes it. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    for (;;) {
      const wire = this.#wire;
      const [next] = this.#waiting;
      if (wire === undefined || next === undefined) break;
      wire.send(next.text);
      await wire.drained();
      // Of another connection than before: whether it got through is not known; said once more is
      // better than never.
      if (this.#wire !== wire) continue;
      this.#waiting.shift();
      next.resolve(this.#event(this.you, bodyOf(next.message), msgtypeOf(next.message)));
    }
    this.#pumping = false;
    if (this.#waiting.length === 0) this.#idle?.();
  }

  #heard(text: string): void {
    const news = readOriginal(text);
    if (news.kind === "notice") this.#queue.push(news);
    else if (news.kind === "message") {
      this.#queue.push({ kind: "event", event: this.#event(this.#person(news.alias), news.body) });
    } else {
      const who = this.#person(news.alias);
      this.#queue.push({ kind: "member", room: ORIGINAL_ROOM, who, state: news.state });
    }
    if (this.#queue.isFull) this.#wire?.pause();
  }

  #person(alias: string): SessionPerson {
    return { address: guestOf(alias, this.node), name: cleanAlias(alias) };
  }

  #event(who: SessionPerson, body: string, msgtype = "m.text"): ChatEvent {
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
    if (this.#stop.signal.aborted) return;
    this.#failure = failure;
    this.#stop.abort();
    this.#wake?.();
    for (const { reject } of this.#waiting.splice(0)) reject(failure ?? closed());
    this.#idle?.();
    this.#queue.end();
  }
}

function guestOf(alias: string, node: string): Address {
  return guestAddress(cleanAlias(alias), node);
}

/** A host name that can stand in an address: colons of IPv6 cannot. */
function domainOf(host: string): string {
  const domain = host.toLowerCase().replace(/[^a-z0-9.-]+/g, "-");
  try {
    addressOf("x", domain);
    return domain;
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return "original";
  }
}

function textOf(message: Outgoing): string | Error {
  if ("to" in message) return new Unable("say something to one person");
  if (message.room !== ORIGINAL_ROOM) return new Unable(`speak in another room`);
  if ("event_type" in message) return new Unable("send that kind of event");
  const { body, msgtype } = message;
  if (body.trim() === "") {
    return new ChatnodeError("client/empty", "Cannot send: there is nothing in the message");
  }
  return msgtype === "m.emote" ? `* ${body}` : body;
}

function bodyOf(message: Outgoing): string {
  return "body" in message ? message.body : "";
}

function msgtypeOf(message: Outgoing): string {
  return "body" in message ? message.msgtype ?? "m.text" : "m.text";
}

function closed(): ClientError {
  return new ClientError("client/closed", "Cannot go on: the client was closed");
}
