/**
 * A room or a conversation, as this person sees it: what was said, what waits to be read, who
 * writes, and where they were in it.
 *
 * @module
 */
import type { Address, EventId, RoomId } from "../../../../message/event.ts";
import type { RoomSummary, SessionPerson, TypingState } from "../../session.ts";
import type { Delivery, Entry, Note } from "./entry.ts";
import { Timeline } from "./timeline.ts";

/** Which row stands at the bottom of the pane: the latest, or one of an entry's. */
export type Scroll = "end" | { readonly entry: Entry; readonly row: number };

/** Somebody writes, until then (monotonic milliseconds). */
interface Typing {
  readonly who: SessionPerson;
  readonly until: number;
}

/** How long somebody counts as writing who says nothing more of it, milliseconds. */
const TYPING_MS = 10_000;
const READERS_MOST = 100;
/** Names of those who came or left that are told; more are counted. */
const MOVED_MOST = 6;

/** See the module's description. */
export class Conversation {
  readonly room: RoomId;
  readonly timeline = new Timeline();
  /** As far as the session told. */
  summary: RoomSummary;
  unread = 0;
  /** Of those that are unread: said to this person. */
  calls = 0;
  /** Everything behind it was new when the conversation was opened. */
  newAfter: EventId | undefined;
  scroll: Scroll = "end";
  /** What the history has before the oldest message that is here. */
  earlier: "unknown" | "loading" | "more" | "none" = "unknown";
  /** Emptied by its person: what was said before is not loaded by itself. */
  isCleared = false;
  /** Its person went there by name: it stays among what they talk about. */
  isOpened = false;
  /** What was being written when another one was opened. */
  draft = "";
  lastMs = 0;
  /** The latest event that the session was told this person has seen. */
  told: EventId | undefined;
  readonly #typing = new Map<string, Typing>();
  #people = new Set<Address>();
  readonly #readUpTo = new Map<string, EventId>();
  /** The last line about who came and left. */
  #moves: {
    readonly note: Note;
    readonly joined: readonly string[];
    readonly left: readonly string[];
  } | undefined;

  constructor(room: RoomId) {
    this.room = room;
    this.summary = { room, members: 0 };
  }

  /** The session told something new of it. */
  describe(summary: RoomSummary): void {
    this.summary = { ...this.summary, ...summary };
    this.lastMs = Math.max(this.lastMs, summary.lastMs ?? 0);
    if (summary.unread !== undefined && this.timeline.entries.length === 0) {
      this.unread = summary.unread;
    }
  }

  /** These people are in the room. */
  met(people: readonly SessionPerson[]): void {
    this.#people = new Set(people.map(({ address }) => address));
    this.describe({ ...this.summary, members: this.#people.size });
  }

  /** Everything has been read. */
  read(): void {
    this.unread = 0;
    this.calls = 0;
  }

  /** Somebody writes, or does not any more. */
  heardTyping(who: SessionPerson, state: TypingState, now: number): void {
    if (state === "typing") this.#typing.set(who.address, { who, until: now + TYPING_MS });
    else this.#typing.delete(who.address);
  }

  /** Who writes now. */
  typing(now: number): readonly SessionPerson[] {
    for (const [address, { until }] of this.#typing) {
      if (until <= now) this.#typing.delete(address);
    }
    return [...this.#typing.values()].map(({ who }) => who);
  }

  /**
   * Somebody came or left: told in one line for all who do so one after the other.
   *
   * @param name of theirs, safe to show
   */
  moved(address: Address, name: string, state: "joined" | "left", now: number): void {
    const { timeline } = this;
    if (state === "joined") this.#people.add(address);
    else this.#people.delete(address);
    this.describe({ ...this.summary, members: this.#people.size });
    const goesOn = this.#moves !== undefined && timeline.entries.at(-1) === this.#moves.note;
    const before = goesOn ? this.#moves : undefined;
    if (before !== undefined) timeline.remove(before.note);
    const joined = (before?.joined ?? []).filter((one) => one !== name);
    const left = (before?.left ?? []).filter((one) => one !== name);
    (state === "joined" ? joined : left).push(name);
    const parts = [
      ...(joined.length === 0 ? [] : [`${listed(joined)} came`]),
      ...(left.length === 0 ? [] : [`${listed(left)} left`]),
    ];
    this.#moves = { note: timeline.note(`${parts.join("; ")}.`, "plain", now), joined, left };
  }

  /** A message of one's own got further, or was read by somebody. */
  receipt(id: EventId, state: "delivered" | "read" | "failed", who: string | undefined): void {
    const message = this.timeline.get(id);
    if (message === undefined) return;
    if (who !== undefined && state === "read") this.#readBy(id, who);
    if (!message.isOwn) return this.#readBefore(id, state);
    if (rank(state) > rank(message.delivery)) {
      message.delivery = state;
      message.version += 1;
    }
    this.#readBefore(id, state);
  }

  /** Whoever has read a message has read those before it. */
  #readBefore(id: EventId, state: "delivered" | "read" | "failed"): void {
    if (state !== "read") return;
    const { entries } = this.timeline;
    const from = entries.findLastIndex((entry) => entry.id === id);
    for (let at = from; at >= 0; at--) {
      const entry = entries[at];
      if (entry?.kind !== "message" || !entry.isOwn) continue;
      if (entry.delivery === "read") return;
      if (entry.delivery === "failed" || entry.delivery === "sending") continue;
      entry.delivery = "read";
      entry.version += 1;
    }
  }

  #readBy(id: EventId, who: string): void {
    const before = this.timeline.get(this.#readUpTo.get(who) ?? "");
    const now = this.timeline.get(id);
    if (now === undefined || (before !== undefined && before.at > now.at)) return;
    if (before !== undefined && before.readers.delete(who)) before.version += 1;
    if (this.#readUpTo.size >= READERS_MOST && !this.#readUpTo.has(who)) return;
    this.#readUpTo.set(who, id);
    now.readers.add(who);
    now.version += 1;
  }
}

function listed(names: readonly string[]): string {
  if (names.length <= MOVED_MOST) return names.join(", ");
  return `${names.slice(-MOVED_MOST).join(", ")} and ${names.length - MOVED_MOST} more`;
}

function rank(delivery: Delivery): number {
  return ["sending", "sent", "delivered", "read", "failed"].indexOf(delivery);
}
