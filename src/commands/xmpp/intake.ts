/**
 * The way of what a session tells to who reads it: in order, looked at when it is known what there
 * was before, shown when it is stored, and no faster than both ends keep up.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import type { ChatEvent, RoomId } from "../../message/event.ts";
import type { EventQueue } from "../../protocol/client/event_queue.ts";
import type { FeatureEvent } from "../../transports/xmpp/features/feature.ts";
import type { Message } from "../../transports/xmpp/features/messages.ts";
import type { SessionNews, XmppSession } from "../../transports/xmpp/session/session.ts";
import type { SessionEvent } from "../../ui/terminal/session_event.ts";
import type { Conversations } from "./conversations.ts";
import { Hearing } from "./hearing.ts";
import type { Keeping } from "./keeping.ts";
import { Marking } from "./marking.ts";
import { Outage } from "./outage.ts";
import { Showing } from "./showing.ts";

/** What a session and its features tell. */
export type Heard = SessionNews | FeatureEvent;

/** What an {@linkcode Intake} works with. */
export interface IntakeOptions {
  readonly xmpp: XmppSession;
  readonly conversations: Conversations;
  readonly clock: Clock;
  readonly queue: EventQueue<SessionEvent>;
  /** Looks at something, and gives what is to be told of it. */
  take(heard: Heard): readonly SessionEvent[];
  /** What somebody is called. */
  nameOf(event: ChatEvent): string;
}

/** From so many waiting on nothing more is read from the server, and again from so few. */
const WAITING = { most: 2_000, few: 500 };

/** See the module's description. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #hearing: Hearing<Heard>;
  readonly #showing: Showing;
  #keeping: Keeping | undefined;
  #outage: Outage | undefined;
  #marking: Marking | undefined;
  /** Takes what is told, while somebody gathers it. */
  #gathering: ChatEvent[] | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#hearing = new Hearing({
      ready: (heard) => this.#ready(heard),
      take: (heard) => this.#take(heard),
    });
    this.#showing = new Showing({
      show: (event) => options.queue.push(event),
      stored: (event) => this.#keeping?.names.add(event),
      failed: (event, error) => this.#outage?.failed(event, error) ?? [],
      drained: () => this.weigh(),
    });
  }

  /** From now on events are stored. */
  keepIn(keeping: Keeping): void {
    const { xmpp, conversations, clock, nameOf } = this.#options;
    this.#keeping = keeping;
    const { marks } = keeping;
    const outage = new Outage({
      ...{ xmpp, conversations, marks, clock, nameOf },
      isWritable: () => keeping.isWritable,
      tell: (text) => {
        this.push({ kind: "notice", text, room: conversations.roomOf(xmpp.account) });
      },
    });
    this.#outage = outage;
    keeping.onWritable(() => outage.ended());
    this.#marking = new Marking({
      ...{ xmpp, marks, clock, outage },
      settled: () => this.settled(),
    });
  }

  /** Something happened. */
  hear(heard: Heard): void {
    this.#hearing.hear(heard);
    this.weigh();
  }

  /** Tells something behind all that waits. */
  push(told: SessionEvent): void {
    const fate = told.kind === "event" ? this.#options.conversations.fateOf(told.event) : undefined;
    this.#showing.push(told, fate);
  }

  /**
   * What is told while `tell` runs, once it is stored, instead of telling it: for what somebody asks
   * of the past of a conversation. What cannot be stored is not among it.
   */
  async gather(room: RoomId, tell: () => void): Promise<readonly ChatEvent[]> {
    await this.#keeping?.names.ready(room);
    // What was heard before goes first, and nothing comes in between.
    while (!this.#hearing.isIdle) await this.#hearing.settled();
    const gathered: ChatEvent[] = [];
    this.#gathering = gathered;
    try {
      tell();
    } finally {
      this.#gathering = undefined;
    }
    const stored = await Promise.all(gathered.map((event) => this.#isStored(event)));
    return gathered.filter((_, at) => stored[at]);
  }

  /** An event that was not heard is stored. */
  stored(event: ChatEvent): void {
    this.#keeping?.names.add(event);
  }

  /** Resolves when all that was heard so far was shown. */
  async settled(): Promise<void> {
    await this.#hearing.settled();
    await this.#showing.settled();
  }

  /** Shows what waits, and notes how far it was read. */
  async close(): Promise<void> {
    await this.settled();
    this.#outage?.stop();
    await this.#marking?.close();
  }

  /** Too much waits, or not any more. */
  weigh(): void {
    const { xmpp, queue } = this.#options;
    const waiting = this.#hearing.waiting + this.#showing.waiting;
    if (queue.isFull || waiting >= WAITING.most) xmpp.hold();
    else if (waiting <= WAITING.few) xmpp.goOn();
  }

  /** What was said before in a conversation is known before its next message is looked at. */
  #ready(heard: Heard): Promise<void> | undefined {
    const { message } = heard as { readonly message?: Message };
    if (this.#keeping === undefined || message === undefined) return undefined;
    const room = this.#options.conversations.knownRoomOf(message.peer);
    return room === undefined ? undefined : this.#keeping.names.ready(room);
  }

  #take(heard: Heard): void {
    const all = this.#options.take(heard);
    if (this.#gathering === undefined) {
      for (const told of all) this.push(told);
      return;
    }
    for (const told of all) if (told.kind === "event") this.#gathering.push(told.event);
  }

  async #isStored(event: ChatEvent): Promise<boolean> {
    const { conversations } = this.#options;
    const fate = conversations.fateOf(event);
    if (fate === undefined) return true;
    try {
      if (await fate !== "stored") return false;
      this.#keeping?.names.add(event);
      return true;
    } catch {
      // The history has said why; it is asked for again when somebody looks back again.
      conversations.forget(event);
      return false;
    }
  }
}
