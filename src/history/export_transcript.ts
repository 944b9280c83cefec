/**
 * A room as people read it: in the order of time, with edits and redactions applied, reactions
 * counted and answers pointing at what they answer.
 *
 * @module
 */
import { readBody, readEdit, readKind, readReaction, readRedaction } from "../message/content.ts";
import type { MessageKind } from "../message/content.ts";
import type { Address, ChatEvent, EventId, RoomId } from "../message/event.ts";
import { eventsOf, type ExportSelection, isSelected } from "./export.ts";
import type { HistoryReader } from "./reader.ts";
import { actorOf, mayEdit, mayRedact } from "./revisions.ts";
import { PAGE_LIMIT } from "./store.ts";

/** One message of a transcript. */
export interface TranscriptMessage {
  readonly id: EventId;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly sender: Address;
  readonly kind: MessageKind;
  /** What it says now; undefined once it was taken back. */
  readonly body: string | undefined;
  readonly edited: "edited" | "as sent";
  /** The message answered, as far as it is known. */
  readonly answers: { readonly sender: Address; readonly body: string | undefined } | undefined;
  /** What is shown, and by how many. */
  readonly reactions: readonly (readonly [reaction: string, count: number])[];
}

/** What changes the messages of a room; small beside the messages themselves. */
class Revisions {
  readonly #own: Address | undefined;
  readonly #edits = new Map<EventId, ChatEvent[]>();
  readonly #redactions = new Map<EventId, ChatEvent[]>();
  readonly #reactions = new Map<EventId, ChatEvent[]>();

  /** @param own this store's device */
  constructor(own: string | undefined) {
    this.#own = own;
  }

  add(event: ChatEvent): void {
    if (event.type === "m.room.edit") note(this.#edits, readEdit(event.content)?.replaces, event);
    else if (event.type === "m.room.redaction") {
      note(this.#redactions, readRedaction(event.content)?.redacts, event);
    } else if (event.type === "m.room.reaction") {
      note(this.#reactions, readReaction(event.content)?.relatesTo, event);
    }
  }

  /** Whether an event was taken back by somebody who may. */
  isRedacted(event: ChatEvent): boolean {
    return (this.#redactions.get(event.event_id) ?? [])
      .some((redaction) => mayRedact(actorOf(redaction), actorOf(event), this.#own));
  }

  /** The last edit that counts. */
  edit(message: ChatEvent): ChatEvent | undefined {
    const edits = (this.#edits.get(message.event_id) ?? [])
      .filter((edit) => mayEdit(actorOf(edit), actorOf(message)) && !this.isRedacted(edit));
    edits.sort(byTime);
    return edits.at(-1);
  }

  /** Each reaction with the number of people, one of each a person. */
  reactions(message: ChatEvent): [string, number][] {
    const people = new Map<string, Set<Address>>();
    for (const event of this.#reactions.get(message.event_id) ?? []) {
      const reaction = readReaction(event.content)?.reaction;
      if (reaction === undefined || this.isRedacted(event)) continue;
      const senders = people.get(reaction) ?? new Set();
      people.set(reaction, senders.add(event.sender_id));
    }
    return Array.from(people, ([reaction, senders]) => [reaction, senders.size]);
  }
}

function note(map: Map<EventId, ChatEvent[]>, id: EventId | undefined, event: ChatEvent): void {
  if (id === undefined) return;
  const events = map.get(id);
  if (events === undefined) map.set(id, [event]);
  else events.push(event);
}

function byTime(a: ChatEvent, b: ChatEvent): number {
  return a.timestamp_ms - b.timestamp_ms || (a.event_id < b.event_id ? -1 : 1);
}

/** The messages of one room, oldest first. */
export async function* transcriptOf(
  { reader, device }: { readonly reader: HistoryReader; readonly device: string | undefined },
  room: RoomId,
  selection: ExportSelection,
  onEvent: () => void = () => undefined,
): AsyncGenerator<TranscriptMessage> {
  const revisions = new Revisions(device);
  for await (const { event } of eventsOf(reader, room)) {
    onEvent();
    revisions.add(event);
  }
  for await (const event of timelineOf(reader, room)) {
    if (event.type !== "m.room.message" || !isSelected(event.timestamp_ms, selection)) continue;
    yield await messageOf(reader, event, revisions);
  }
}

async function* timelineOf(reader: HistoryReader, room: RoomId): AsyncGenerator<ChatEvent> {
  let after = { timestamp: 0, id: "" };
  for (let more = true; more;) {
    const page = await reader.page(room, { after, limit: PAGE_LIMIT });
    for (const { event } of page.events) yield event;
    const last = page.events.at(-1)?.event;
    if (last === undefined) return;
    after = { timestamp: last.timestamp_ms, id: last.event_id };
    more = page.moreAfter;
  }
}

async function messageOf(
  reader: HistoryReader,
  event: ChatEvent,
  revisions: Revisions,
): Promise<TranscriptMessage> {
  const edit = revisions.edit(event);
  return {
    id: event.event_id,
    timestamp: event.timestamp_ms,
    sender: event.sender_id,
    kind: readKind(event.content),
    body: bodyOf(event, revisions),
    edited: edit === undefined ? "as sent" : "edited",
    answers: await answered(reader, event, revisions),
    reactions: revisions.isRedacted(event) ? [] : revisions.reactions(event),
  };
}

function bodyOf(event: ChatEvent, revisions: Revisions): string | undefined {
  if (revisions.isRedacted(event)) return undefined;
  const edit = revisions.edit(event);
  const content = edit === undefined ? event.content : readEdit(edit.content)?.content;
  return readBody(content ?? event.content);
}

async function answered(
  reader: HistoryReader,
  { room_id: room, parent_event_id: parent }: ChatEvent,
  revisions: Revisions,
): Promise<TranscriptMessage["answers"]> {
  if (parent === null) return undefined;
  const stored = await reader.get(room, parent);
  return stored && { sender: stored.event.sender_id, body: bodyOf(stored.event, revisions) };
}
