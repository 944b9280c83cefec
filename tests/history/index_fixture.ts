/** A journal written by hand, an index that follows it, and what it should find. */
import { systemClock } from "../../src/clock.ts";
import { breathe } from "../../src/history/breather.ts";
import { Catalog } from "../../src/history/catalog.ts";
import { CatalogState } from "../../src/history/catalog_state.ts";
import type { JournalEnd } from "../../src/history/index_follow.ts";
import type { FreshText, WantedText } from "../../src/history/index_wanted.ts";
import { IndexService, type IndexSettings } from "../../src/history/index_service.ts";
import { encodeLine, maxLineBytes } from "../../src/history/journal_line.ts";
import { createLayout, type Layout } from "../../src/history/layout.ts";
import { systemRandom } from "../../src/history/random.ts";
import { mayEdit, mayRedact, textOf } from "../../src/history/revisions.ts";
import { matches, parseQuery } from "../../src/history/search_query.ts";
import { tokensOf } from "../../src/history/search_text.ts";
import type { ChatEvent } from "../../src/message/event.ts";

/** An event with its place. */
export interface Placed {
  readonly event: ChatEvent;
  readonly offset: number;
}

/** The device of the store under test. */
export const DEVICE = "own";

/** A data folder with nothing but a journal. */
export class HandJournal {
  readonly layout: Layout;
  readonly settings: IndexSettings;
  /** Everything written, in order. */
  readonly events: Placed[] = [];
  readonly #next = new Map<string, number>();
  #file = 1;
  #length = 0;

  private constructor(root: string) {
    this.layout = createLayout(root);
    const path = this.layout.index;
    this.settings = { root, path, epoch: "e1", device: DEVICE };
  }

  static async make(root: string): Promise<HandJournal> {
    const journal = new HandJournal(root);
    await Deno.mkdir(journal.layout.journals, { recursive: true });
    await Catalog.create(journal.layout.catalog, new CatalogState());
    return journal;
  }

  /** The end of what is committed. */
  get end(): JournalEnd {
    return { file: this.#file, byte: this.#length, sealed: 0 };
  }

  write(event: ChatEvent): void {
    const offset = this.#next.get(event.room_id) ?? 0;
    this.#next.set(event.room_id, offset + 1);
    const json = JSON.stringify(event);
    const bytes = new Uint8Array(maxLineBytes(json));
    const length = encodeLine(bytes, 0, offset, json);
    Deno.writeFileSync(this.layout.journal(this.#file), bytes.subarray(0, length), {
      append: true,
    });
    this.#length += length;
    this.events.push({ event, offset });
  }

  /** Takes the last event back, as if it never had been. */
  forgetLast(): void {
    const last = this.events.pop();
    if (last === undefined) return;
    this.#next.set(last.event.room_id, last.offset);
    const path = this.layout.journal(this.#file);
    const bytes = Deno.readFileSync(path);
    this.#length = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
    Deno.truncateSync(path, this.#length);
  }

  rotate(): void {
    this.#file++;
    this.#length = 0;
  }

  open(): IndexService {
    return new IndexService(this.settings, { clock: systemClock, random: systemRandom, breathe });
  }

  /** Steps until the index has everything, texts that are wanted included. */
  async catchUp(service: IndexService): Promise<void> {
    for (;;) {
      const { progress, wanted } = await service.step(this.end);
      service.refresh(this.texts(wanted));
      if (progress === "reached" && wanted.length === 0) return;
    }
  }

  /** The texts that an index asks for. */
  texts(wanted: readonly WantedText[]): FreshText[] {
    return wanted.map(({ document, room, offset }) => {
      const found = this.events.find(({ event, offset: place }) =>
        event.room_id === room && place === offset
      );
      return { document, offset, body: found === undefined ? undefined : textOf(found.event) };
    });
  }
}

/** Filters of a search. */
export interface Filters {
  readonly rooms?: readonly string[];
  readonly sender?: string;
  readonly since?: number;
  readonly until?: number;
}

/** One match: room, offset of the message, offset of the edit that counts. */
export type Match = readonly [room: string, offset: number, edit: number | undefined];

/** What a search must find, found by looking at everything. */
export function scan(events: readonly Placed[], text: string, filters: Filters = {}): Match[] {
  const phrases = parseQuery(text);
  const found: Match[] = [];
  for (const message of events.toReversed()) {
    const { event, offset } = message;
    if (event.type !== "m.room.message" || !fits(event, filters)) continue;
    const current = currentOf(message, events);
    if (current === undefined) continue;
    if (!matches(phrases, tokensOf(textOf(current.event) ?? ""))) continue;
    found.push([event.room_id, offset, current === message ? undefined : current.offset]);
  }
  return found;
}

function fits(event: ChatEvent, { rooms, sender, since, until }: Filters): boolean {
  return (rooms?.includes(event.room_id) ?? true) &&
    (sender ?? event.sender_id) === event.sender_id &&
    event.timestamp_ms >= (since ?? 0) && event.timestamp_ms < (until ?? Infinity);
}

/** The event whose text counts for a message, undefined when it was redacted. */
export function currentOf(message: Placed, events: readonly Placed[]): Placed | undefined {
  const actor = ({ event }: Placed) => ({
    sender: event.sender_id,
    device: event.content.chatnode?.device,
  });
  const isRedacted = (target: Placed) =>
    events.some((one) =>
      one.event.type === "m.room.redaction" && one.event.room_id === target.event.room_id &&
      one.event.content["redacts"] === target.event.event_id &&
      mayRedact(actor(one), actor(target), DEVICE)
    );
  if (isRedacted(message)) return undefined;
  const edits = events.filter((one) =>
    one.event.type === "m.room.edit" && one.event.room_id === message.event.room_id &&
    one.event.content["replaces"] === message.event.event_id &&
    mayEdit(actor(one), actor(message)) && !isRedacted(one)
  );
  const order = (a: Placed, b: Placed) =>
    a.event.timestamp_ms - b.event.timestamp_ms || (a.event.event_id < b.event.event_id ? -1 : 1);
  return edits.sort(order).at(-1) ?? message;
}
