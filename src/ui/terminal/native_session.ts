/**
 * A session over `chatnode.v1`, whatever carries it.
 *
 * @module
 */
import { readEdit } from "../../message/content.ts";
import type { ChatEvent, Content, RoomId } from "../../message/event.ts";
import { ChatClient, type ClientEvent, type ClientOptions } from "../../protocol/client/client.ts";
import { ClientError } from "../../protocol/client/errors.ts";
import type { AckFrame, Hit, Position } from "../../protocol/frames.ts";
import type {
  Ability,
  ChatSession,
  Occupant,
  Outgoing,
  RoomSummary,
  SessionEvent,
  SessionPerson,
} from "./session.ts";

/** Events of one gap that are fetched by themselves; the newest, when there are more. */
const GAP_MOST = 1_000;
const PAGE = 200;
/** Own events whose ids are kept, so that none is told as news. */
const OWN_MOST = 10_000;

interface Gap {
  readonly room: RoomId;
  readonly from: number;
  readonly to: number;
}

const ABILITIES: ReadonlySet<Ability> = new Set<Ability>([
  ...["rooms", "direct", "history", "search", "events", "commands", "acks"] as const,
]);

/** See the module's description. */
export class NativeSession implements ChatSession {
  readonly abilities = ABILITIES;
  readonly #client: ChatClient;
  readonly #own = new Set<string>();
  readonly #gaps: Gap[] = [];
  /** Why the latest attempt to connect failed. */
  #unreachable: unknown;
  #hasBeenOnline = false;
  /** By its owner. */
  #isClosed = false;
  #failure: Error | undefined;

  /** Begins to connect. A first attempt that fails ends the session: the address may be wrong. */
  constructor(options: ClientOptions) {
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
      if (event.type === "gap" || event.type === "connected") yield* this.#fill();
    }
    if (!this.#isClosed) this.#failure ??= this.#client.failure;
  }

  async send(message: Outgoing): Promise<ChatEvent> {
    const ack = await this.#client.send(message);
    this.#own.add(ack.id);
    for (const oldest of this.#own) {
      if (this.#own.size <= OWN_MOST) break;
      this.#own.delete(oldest);
    }
    return this.#eventOf(message, ack);
  }

  async join(room: RoomId): Promise<void> {
    await this.#client.join(room);
  }

  async leave(room: RoomId): Promise<void> {
    await this.#client.leave(room);
  }

  async occupants(room: RoomId): Promise<readonly Occupant[]> {
    return await this.#client.members(room);
  }

  async rooms(): Promise<readonly RoomSummary[]> {
    return await this.#client.rooms();
  }

  async history(room: RoomId, limit: number, before?: Position): Promise<readonly ChatEvent[]> {
    const page = await this.#client.history(room, {
      limit,
      ...(before === undefined ? {} : { before }),
    });
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
        yield { kind: "online", you: event.welcome.you, node: event.welcome.node };
        return;
      case "disconnected":
        yield { kind: "offline", retryMs: event.retryMs };
        return;
      case "event":
        yield { kind: "event", event: event.event };
        return;
      case "member":
        yield { kind: "member", room: event.room, who: event.who, state: event.state };
        return;
      case "presence":
        yield { kind: "presence", who: event.who, show: event.show };
        return;
      case "lost":
        yield { kind: "lost", room: event.room, code: event.code };
        return;
      case "gap":
        this.#gaps.push({ room: event.room, from: event.from, to: event.to });
        return;
      case "typing":
      case "read":
        return;
    }
  }

  /** Fetches what did not come by itself; what fails for want of a connection is tried on the next. */
  async *#fill(): AsyncIterableIterator<SessionEvent> {
    for (let gap = this.#gaps.shift(); gap !== undefined; gap = this.#gaps.shift()) {
      const skipped = gap.to - gap.from - GAP_MOST;
      let from = Math.max(gap.from, gap.to - GAP_MOST);
      if (skipped > 0) yield { kind: "skipped", room: gap.room, count: skipped };
      while (from < gap.to) {
        const page = await this.#page(gap.room, from, gap.to);
        if (page === undefined) {
          this.#gaps.unshift({ room: gap.room, from, to: gap.to });
          return;
        }
        from = page.next;
        for (const event of page.events) {
          if (!this.#own.has(event.event_id)) yield { kind: "event", event };
        }
      }
    }
  }

  /** Undefined without a connection. A room that may not be read any more has nothing left. */
  async #page(
    room: RoomId,
    from: number,
    to: number,
  ): Promise<{ readonly events: readonly ChatEvent[]; readonly next: number } | undefined> {
    try {
      const { events } = await this.#client.history(room, {
        from,
        limit: Math.min(PAGE, to - from),
      });
      const within = events.filter(({ offset }) => offset < to);
      const last = within.at(-1)?.offset;
      return { events: within.map(({ event }) => event), next: last === undefined ? to : last + 1 };
    } catch (error) {
      if (error instanceof ClientError && error.code !== "client/closed") return undefined;
      return { events: [], next: to };
    }
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
