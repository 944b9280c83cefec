/**
 * A session over `chatnode.v1`, whatever carries it.
 *
 * @module
 */
import { ChatnodeError } from "../../../errors.ts";
import { directRoom, parseRoom, qualify } from "../../../message/address.ts";
import { readEdit } from "../../../message/content.ts";
import type { ChatEvent, Content, EventId, RoomId } from "../../../message/event.ts";
import {
  ChatClient,
  type ClientEvent,
  type ClientOptions,
} from "../../../protocol/client/client.ts";
import { ClientError } from "../../../protocol/client/errors.ts";
import type { AckFrame, Hit, Position } from "../../../protocol/frames.ts";
import type {
  Ability,
  ChatSession,
  Occupant,
  Outgoing,
  RoomSummary,
  SessionEvent,
  SessionPerson,
  TypingState,
} from "../session.ts";
import type { Signals } from "../session_extras.ts";
import { Gaps } from "./gaps.ts";
import { People } from "./people.ts";
import { Places } from "./places.ts";
import { NativeStatus } from "./status.ts";

/** Own events whose ids are kept, so that none is told as news. */
const OWN_MOST = 10_000;

const DIRECT = "direct:";

const ABILITIES: ReadonlySet<Ability> = new Set<Ability>([
  ...["rooms", "direct", "history", "search", "events", "commands", "acks"] as const,
]);

/** What a session is made of. */
export interface NativeSessionOptions extends ClientOptions {
  /** Conversations of two reach nobody: they are refused instead of kept to oneself. */
  readonly direct?: "refused";
}

/** See the module's description. */
export class NativeSession implements ChatSession {
  readonly abilities: ReadonlySet<Ability>;
  readonly status: NativeStatus;
  readonly signals: Signals;
  readonly #client: ChatClient;
  readonly #own = new Set<string>();
  readonly #gaps: Gaps;
  readonly #places = new Places();
  readonly #people: People;
  /** Why the latest attempt to connect failed. */
  #unreachable: unknown;
  #hasBeenOnline = false;
  /** By its owner. */
  #isClosed = false;
  #failure: Error | undefined;

  /** Begins to connect. A first attempt that fails ends the session: the address may be wrong. */
  constructor(options: NativeSessionOptions) {
    const has = (ability: Ability) => ability !== "direct" || options.direct !== "refused";
    this.abilities = new Set([...ABILITIES].filter(has));
    this.#client = new ChatClient({
      ...options,
      connect: async (events, signal) => {
        try {
          return await options.connect(events, signal);
        } catch (error) {
          this.#unreachable = error;
          throw error;
        }
      },
    });
    this.#gaps = new Gaps(this.#client);
    this.#people = new People(this.#client, options.rooms ?? []);
    this.status = new NativeStatus(this.#client);
    this.signals = {
      typing: (room, state) => this.#client.typing(room, state === "typing"),
      seen: (room, id) => this.#seen(room, id),
    };
  }

  get you(): SessionPerson | undefined {
    return this.#client.welcome?.you;
  }

  get node(): string {
    return this.#client.welcome?.node ?? "";
  }

  get isOnline(): boolean {
    return this.#client.isConnected;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  async *events(): AsyncIterableIterator<SessionEvent> {
    for await (const event of this.#client.events()) {
      if (event.type === "disconnected" && !this.#hasBeenOnline && event.code === 1006) {
        this.#failure = neverOnline(this.#unreachable);
        await this.#client.close();
        return;
      }
      yield* this.#told(event);
      if (event.type === "gap" || event.type === "connected") yield* this.#filled();
    }
    if (!this.#isClosed) this.#failure ??= this.#client.failure;
  }

  async send(message: Outgoing): Promise<ChatEvent> {
    const isDirect = "to" in message || message.room.startsWith(DIRECT);
    if (isDirect && !this.abilities.has("direct")) throw notShared();
    const ack = await this.#client.send(message);
    this.#places.add(ack.room, ack.offset, ack.id);
    this.#own.add(ack.id);
    for (const oldest of this.#own) {
      if (this.#own.size <= OWN_MOST) break;
      this.#own.delete(oldest);
    }
    return this.#eventOf(message, ack);
  }

  async find(name: string, as: "room" | "person"): Promise<RoomId> {
    if (as === "room") return parseRoom(name);
    if (!this.abilities.has("direct")) throw notShared();
    const address = await this.#people.find(name) ?? qualify(name, this.node);
    return directRoom(this.you?.address ?? "", address);
  }

  async join(room: RoomId): Promise<void> {
    await this.#client.join(room);
    this.#people.entered(room);
  }

  async leave(room: RoomId): Promise<void> {
    this.#people.left(room);
    await this.#client.leave(room);
  }

  async occupants(room: RoomId): Promise<readonly Occupant[]> {
    const members = await this.#client.members(room);
    for (const who of members) this.#people.seen(who);
    return members;
  }

  async rooms(): Promise<readonly RoomSummary[]> {
    return (await this.#client.rooms()).map(({ room, members, next, read, last_timestamp }) => ({
      ...{ room, members },
      ...(last_timestamp === undefined ? {} : { lastMs: last_timestamp }),
      ...(read === undefined ? {} : { unread: Math.max(0, next - 1 - read) }),
    }));
  }

  async history(room: RoomId, limit: number, before?: Position): Promise<readonly ChatEvent[]> {
    const page = await this.#client.history(room, {
      limit,
      ...(before === undefined ? {} : { before }),
    });
    for (const { offset, event } of page.events) this.#places.add(room, offset, event.event_id);
    return page.events.map(({ event }) => event);
  }

  async search(text: string, room?: RoomId): Promise<readonly ChatEvent[]> {
    const query = room === undefined ? { text } : { text, room };
    return (await this.#client.search(query)).hits.map(current);
  }

  async command(text: string, room: RoomId): Promise<string | undefined> {
    const reply = await this.#client.command(text, room);
    return reply.kind === "none" ? undefined : reply.text;
  }

  async finish(): Promise<void> {
    // Whoever said something waits for its ack; nothing else is on its way.
    await this.close();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  *#told(event: ClientEvent): Iterable<SessionEvent> {
    switch (event.type) {
      case "connected":
        this.#hasBeenOnline = true;
        this.status.online();
        yield { kind: "online", you: event.welcome.you, node: event.welcome.node };
        return;
      case "disconnected":
        yield { kind: "offline", retryMs: event.retryMs };
        return;
      case "event":
        this.#places.add(event.room, event.offset, event.event.event_id);
        yield { kind: "event", event: event.event };
        return;
      case "member":
        this.#people.seen(event.who);
        yield { kind: "member", room: event.room, who: event.who, state: event.state };
        return;
      case "presence": {
        const { who, show, text } = event;
        this.#people.present(who, show);
        yield { kind: "presence", who, show, ...(text === undefined ? {} : { text }) };
        return;
      }
      case "typing": {
        const state: TypingState = event.active ? "typing" : "idle";
        yield { kind: "typing", room: event.room, who: event.who, state };
        return;
      }
      case "read":
        yield* this.#read(event);
        return;
      case "lost":
        this.#people.left(event.room);
        yield { kind: "lost", room: event.room, code: event.code };
        return;
      case "gap":
        this.#gaps.add(event);
    }
  }

  *#read({ room, who, offset }: Extract<ClientEvent, { type: "read" }>): Iterable<SessionEvent> {
    const id = this.#places.upTo(room, offset);
    if (id === undefined) return;
    if (who.address === this.you?.address) yield { kind: "seen", room, id };
    else yield { kind: "receipt", room, id, state: "read", who };
  }

  async *#filled(): AsyncIterableIterator<SessionEvent> {
    for await (const filled of this.#gaps.fill()) {
      if ("kind" in filled) yield filled;
      else {
        const { room, offset, event } = filled;
        this.#places.add(room, offset, event.event_id);
        if (!this.#own.has(event.event_id)) yield { kind: "event", event };
      }
    }
  }

  #seen(room: RoomId, id: EventId): void {
    const offset = this.#places.offsetOf(id);
    if (offset === undefined || !this.isOnline) return;
    // A marker that does not get through is moved by the next one.
    void this.#client.read(room, offset).catch(() => {});
  }

  #eventOf(message: Outgoing, ack: AckFrame): ChatEvent {
    const type = "event_type" in message ? message.event_type : "m.room.message";
    const content: Content = "event_type" in message
      ? message.content
      : { body: message.body, msgtype: message.msgtype ?? "m.text" };
    return {
      event_id: ack.id,
      room_id: ack.room,
      timestamp_ms: ack.timestamp,
      sender_id: this.you?.address ?? "",
      type,
      parent_event_id: message.parent ?? null,
      prev_event_hash: null,
      signature: null,
      content,
    };
  }
}

/** A message as it reads now. */
function current({ event, edit }: Hit): ChatEvent {
  const content = edit === undefined ? undefined : readEdit(edit.event.content)?.content;
  return content === undefined ? event : { ...event, content: { ...event.content, ...content } };
}

function neverOnline(cause: unknown): Error {
  if (cause instanceof Error) return cause;
  return new ClientError("client/unreachable", "Cannot connect: the server does not greet", {
    hint: "Is it a chatnode? chatnode client --protocol original is for the original asyncio chat.",
  });
}

function notShared(): ChatnodeError {
  return new ChatnodeError(
    "client/not-shared",
    "Cannot write to one person: conversations of two are not shared here",
    { hint: "With --sync-direct they are, readable for whoever reads the bucket." },
  );
}
