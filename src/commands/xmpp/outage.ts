/**
 * When what is said cannot be stored: that is told at once, the conversation goes on, what comes is
 * shown as what it is, and once there is room it is fetched from the archives again.
 *
 * @module
 */
import type { Clock, Timer } from "../../clock.ts";
import { ChatnodeError } from "../../errors.ts";
import type { ChatEvent } from "../../message/event.ts";
import { archive } from "../../transports/xmpp/features/archive.ts";
import type { Message } from "../../transports/xmpp/features/messages.ts";
import { repeats } from "../../transports/xmpp/features/repeats.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { SessionEvent } from "../../ui/terminal/session_event.ts";
import type { Conversations } from "./conversations.ts";
import type { ReadMarks } from "./read_marks.ts";

/** What {@linkcode Outage} works with. */
export interface OutageOptions {
  readonly xmpp: XmppSession;
  readonly conversations: Conversations;
  readonly marks: ReadMarks;
  readonly clock: Clock;
  /** What somebody is called. */
  nameOf(event: ChatEvent): string;
  /** Whether the disk takes anything. */
  isWritable(): boolean;
  /** Tells something about the account. */
  tell(text: string): void;
}

/** Faults of one message; everything else passes, or is everybody's. */
const ITS_OWN: ReadonlySet<string> = new Set(["history/too-large", "history/invalid"]);
const RETRY_MS = 5_000;
const SHOWN_MOST = 2_000;

/** See the module's description. */
export class Outage {
  readonly #options: OutageOptions;
  /** Archives that have what could not be stored. */
  readonly #missing = new Set<string>();
  /** Messages that no archive has. */
  #lost = 0;
  #isOn = false;
  #count = 0;
  #timer: Timer | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** Whether something that came is neither stored nor fetched again. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** How many there have been. */
  get count(): number {
    return this.#count;
  }

  /** An event could not be stored: what is shown in its place. */
  failed(event: ChatEvent, error: unknown): readonly SessionEvent[] {
    const { conversations, xmpp, nameOf } = this.#options;
    const message = conversations.originOf(event);
    conversations.forget(event);
    const isItsOwn = error instanceof ChatnodeError && ITS_OWN.has(error.code);
    const began = isItsOwn ? [] : this.#begin(error);
    // What one says oneself is refused to whoever said it.
    if (message === undefined) return began;
    const { room_id: room, content: { body } } = event;
    if (!isItsOwn) {
      xmpp.use(repeats).forget(message);
      if (message.stanzaId === undefined) this.#lost += 1;
      else this.#missing.add(archiveOf(message, xmpp.account));
    }
    if (body === undefined) return began;
    const why = isItsOwn && error instanceof Error ? error.message : "not kept yet";
    const text = `${nameOf(event)}: ${body.slice(0, SHOWN_MOST)} (${why})`;
    return [...began, { kind: "notice", text, room }];
  }

  /** The disk takes something again. */
  ended(): void {
    if (!this.#isOn || !this.#options.isWritable()) return;
    this.#timer?.cancel();
    this.#isOn = false;
    const lost = this.#lost;
    this.#lost = 0;
    this.#options.tell(
      lost === 0
        ? "What is said is kept again."
        : `What is said is kept again; ${lost} messages from before are in no archive and are not.`,
    );
    for (const each of this.#missing) void this.#fetch(each);
    this.#missing.clear();
  }

  /** No more is tried. */
  stop(): void {
    this.#timer?.cancel();
  }

  #begin(error: unknown): readonly SessionEvent[] {
    if (this.#isOn) return [];
    this.#isOn = true;
    this.#count += 1;
    this.#wait();
    const { conversations, xmpp } = this.#options;
    const why = error instanceof ChatnodeError ? error.message : "the disk fails";
    const text = `What is said cannot be kept now, and is fetched again later: ${why}`;
    return [{ kind: "notice", text, room: conversations.roomOf(xmpp.account) }];
  }

  #wait(): void {
    this.#timer = this.#options.clock.after(RETRY_MS, () => {
      this.ended();
      if (this.#isOn) this.#wait();
    });
  }

  async #fetch(of: string): Promise<void> {
    const { xmpp, marks } = this.#options;
    const all = xmpp.use(archive);
    all.resumeFrom(of, marks.get(of));
    try {
      await all.catchUp(of);
    } catch {
      // With the next login it is tried again, from the same place.
    }
  }
}

function archiveOf({ type, peer }: Message, account: string): string {
  return type === "groupchat" ? peer : account;
}
