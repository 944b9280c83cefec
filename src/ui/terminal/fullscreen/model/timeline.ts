/**
 * The messages of a conversation in the order of time, with everything that was said about them.
 *
 * @module
 */
import { readEdit, readReaction, readRedaction } from "../../../../message/content.ts";
import type { Address, ChatEvent, EventId } from "../../../../message/event.ts";
import { type Entry, type Message, messageOf, type Note } from "./entry.ts";

/** Entries kept; the oldest go first and come back from the history when they are looked for. */
const MOST = 20_000;
/** What is said about messages that are not here (yet): about so many. */
const ABSENT_MOST = 2_000;
const EACH_MOST = 200;

/** See the module's description. */
export class Timeline {
  #entries: Entry[] = [];
  readonly #messages = new Map<EventId, Message>();
  /** Edits, reactions and redactions by the id of what they are about. */
  readonly #about = new Map<EventId, ChatEvent[]>();
  /** Which message a reaction is about, for what takes it back. */
  readonly #reactions = new Map<EventId, EventId>();
  readonly #seen = new Set<EventId>();
  #notes = 0;

  /** In the order of time; changes with the next call of any method. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get(id: EventId): Message | undefined {
    return this.#messages.get(id);
  }

  /** Reactions to a message that were not taken back, as they came. */
  reactionsTo(id: EventId): readonly ChatEvent[] {
    return (this.#about.get(id) ?? []).filter((event) =>
      event.type === "m.room.reaction" && !this.#isTakenBack(event)
    );
  }

  /** The oldest message, from which the history goes on; undefined without any. */
  get oldest(): Message | undefined {
    return this.#entries.find((entry): entry is Message => entry.kind === "message");
  }

  /** The latest message that has been stored; undefined without any. */
  get latest(): Message | undefined {
    return this.#entries.findLast((entry): entry is Message =>
      entry.kind === "message" && entry.delivery !== "sending" && entry.delivery !== "failed"
    );
  }

  /** Puts an event where it belongs. Undefined when it was there, or is none to be shown. */
  add(event: ChatEvent, you: Address | undefined): Message | "changed" | undefined {
    if (this.#seen.has(event.event_id)) return undefined;
    this.#seen.add(event.event_id);
    const message = messageOf(event, you);
    if (message !== undefined) {
      this.#insert(message);
      this.#messages.set(message.id, message);
      for (const about of this.#about.get(message.id) ?? []) {
        if (about.type !== "m.room.reaction" || !this.#isTakenBack(about)) apply(about, message);
      }
      this.#trim();
      return message;
    }
    return this.#change(event) ? "changed" : undefined;
  }

  /** Takes a message of one's own whose fate is not known yet; shown behind everything. */
  addPending(message: Message): void {
    this.#messages.set(message.id, message);
    this.#insert(message);
  }

  /** The message was stored as `event`, or undefined: it is given up. */
  settle(pending: Message, event: ChatEvent | undefined, you: Address | undefined): void {
    this.#entries = this.#entries.filter((entry) => entry !== pending);
    this.#messages.delete(pending.id);
    if (event !== undefined) this.add(event, you);
  }

  /**
   * Adds what the program says behind everything that is there: clocks of servers differ, and what
   * comes after it stands below it.
   *
   * @param text safe to show
   */
  note(text: string, tone: Note["tone"], now: number): Note {
    this.#notes += 1;
    const at = this.#entries.findLast((entry) => !isPending(entry))?.at ?? now;
    const note: Note = { kind: "note", id: `note ${this.#notes}`, at, text, tone, version: 0 };
    this.#insert(note);
    return note;
  }

  /** Takes a note away. */
  remove(note: Note): void {
    this.#entries = this.#entries.filter((entry) => entry !== note);
  }

  /** Forgets what is shown. */
  clear(): void {
    this.#entries = [];
    this.#messages.clear();
    this.#seen.clear();
  }

  /** The place of an entry among {@linkcode entries}; -1 when it is not there any more. */
  indexOf(entry: Entry): number {
    const at = this.#placeOf(entry);
    return this.#entries[at] === entry ? at : this.#entries.indexOf(entry);
  }

  #insert(entry: Entry): void {
    const last = this.#entries.at(-1);
    if (last === undefined || !isBefore(entry, last)) this.#entries.push(entry);
    else this.#entries.splice(this.#placeOf(entry), 0, entry);
  }

  /** Where `entry` stands or would stand: before the first one that comes after it. */
  #placeOf(entry: Entry): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#entries[middle];
      if (other !== undefined && isBefore(other, entry)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #change(event: ChatEvent): boolean {
    const id = targetOf(event);
    if (id === undefined) return false;
    const about = this.#about.get(id) ?? [];
    if (about.length === 0) bound(this.#about, ABSENT_MOST - 1);
    this.#about.set(id, [...about, event].slice(-EACH_MOST));
    if (event.type === "m.room.reaction") this.#reactions.set(event.event_id, id);
    bound(this.#reactions, ABSENT_MOST * 10);
    const message = this.#messages.get(this.#reactions.get(id) ?? id);
    if (message === undefined) return false;
    if (this.#reactions.has(id)) this.#recount(message);
    else if (event.type !== "m.room.reaction" || !this.#isTakenBack(event)) apply(event, message);
    return true;
  }

  /** A reaction was taken back: what is left is counted anew. */
  #recount(message: Message): void {
    message.reactions.clear();
    message.version += 1;
    for (const event of this.reactionsTo(message.id)) apply(event, message);
  }

  /** Only whoever has reacted takes that back. */
  #isTakenBack({ event_id: id, sender_id: sender }: ChatEvent): boolean {
    return this.#about.get(id)?.some((event) =>
      event.type === "m.room.redaction" && event.sender_id === sender
    ) ?? false;
  }

  #trim(): void {
    while (this.#entries.length > MOST) {
      const oldest = this.#entries.shift();
      if (oldest === undefined) return;
      this.#messages.delete(oldest.id);
      this.#seen.delete(oldest.id);
    }
  }
}

/** Forgets the oldest while there are more. */
function bound(map: Map<EventId, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}

/** By time, and what is not stored yet behind everything. Equal times: by id, as everywhere. */
function isBefore(a: Entry, b: Entry): boolean {
  const [pendingA, pendingB] = [isPending(a), isPending(b)];
  if (pendingA !== pendingB) return pendingB;
  if (a.at !== b.at) return a.at < b.at;
  // What the program says comes behind what was said then.
  if (a.kind !== b.kind) return a.kind === "message";
  if (a.kind === "note" || pendingA) return false;
  return a.id < b.id;
}

function isPending(entry: Entry): boolean {
  return entry.kind === "message" && (entry.delivery === "sending" || entry.delivery === "failed");
}

function targetOf({ type, content }: ChatEvent): EventId | undefined {
  if (type === "m.room.edit") return readEdit(content)?.replaces;
  if (type === "m.room.redaction") return readRedaction(content)?.redacts;
  if (type === "m.room.reaction") return readReaction(content)?.relatesTo;
  return undefined;
}

function apply(event: ChatEvent, message: Message): void {
  if (event.type === "m.room.edit") {
    // Only the author's own count, whatever a server lets pass.
    const edit = readEdit(event.content);
    if (edit === undefined || event.sender_id !== message.sender) return;
    // Pages of the history come newest first: an older edit may come after a newer one.
    if (event.timestamp_ms < (message.editedAt ?? 0)) return;
    message.content = edit.content;
    message.editedAt = event.timestamp_ms;
  } else if (event.type === "m.room.redaction") {
    message.redactedBy = event.sender_id;
  } else {
    const reaction = readReaction(event.content);
    if (reaction === undefined) return;
    const who = message.reactions.get(reaction.reaction) ?? new Set();
    message.reactions.set(reaction.reaction, who.add(event.sender_id));
  }
  message.version += 1;
}
