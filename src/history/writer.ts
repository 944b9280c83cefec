/**
 * Takes events in: numbers them, hands them to the journal, and tells everybody when they are
 * stored or that they are not.
 *
 * @module
 */
import type { Logger } from "../log.ts";
import type { Acceptance } from "./accept.ts";
import type { Appended, CommitListener, Draft, HistoryHealth, StoredEvent } from "./contract.ts";
import { type KeyWindow, KeyWindows } from "./dedupe.ts";
import type { HistoryError } from "./errors.ts";
import type { ForeignEvents, ForeignLine, Ingested } from "./ingest.ts";
import { Ingestion } from "./ingestion.ts";
import { Journal } from "./journal.ts";
import { JournalContents } from "./journal_contents.ts";
import type { JournalHooks, JournalOptions } from "./journal_options.ts";
import type { JournalInfo, JournalSet } from "./journal_set.ts";
import type { JournalTail } from "./journal_tail.ts";
import { createKeyLoader } from "./key_loader.ts";
import { Listeners } from "./listeners.ts";
import type { RecentEvents } from "./recent.ts";
import type { RoomReader } from "./room_reader.ts";
import type { RoomNumbers, Rooms } from "./rooms.ts";
import { at } from "./slice.ts";
import type { Ticket } from "./ticket.ts";

/** What a {@linkcode Writer} works on. */
export interface WriterOptions {
  readonly logger: Logger;
  readonly rooms: Rooms;
  readonly recent: RecentEvents;
  readonly journals: JournalSet;
  readonly reader: RoomReader;
  readonly acceptance: Acceptance;
  readonly journal: Omit<JournalOptions<unknown>, "hooks">;
  readonly tail: JournalTail;
  /** Called when a journal file is complete. */
  readonly closed: (file: JournalInfo) => void;
}

/** See the module's description. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #journal: Journal<Ticket>;
  readonly #keys: KeyWindows;
  readonly #ingestion: Ingestion;
  readonly #commits: Listeners<readonly Ticket[]>;
  readonly #turns: Listeners<HistoryHealth>;
  #health: HistoryHealth = { writable: true };
  #active: JournalInfo;

  constructor(options: WriterOptions) {
    const { logger, journals, rooms, reader, journal } = options;
    this.#options = options;
    this.#commits = new Listeners(logger);
    this.#turns = new Listeners(logger);
    this.#keys = new KeyWindows(createKeyLoader(rooms, reader));
    this.#active = at(journals.files, journals.files.length - 1);
    this.#journal = new Journal({ ...journal, hooks: this.#hooks() }, options.tail);
    const store = (from: ForeignEvents, line: ForeignLine) => this.#storeForeign(from, line);
    this.#ingestion = new Ingestion({ clock: journal.clock, reader, store });
  }

  /** As `History.health`. */
  get health(): HistoryHealth {
    return this.#health;
  }

  /** As `History.onHealth`. */
  onHealth(listener: (health: HistoryHealth) => void): () => void {
    return this.#turns.add(listener);
  }

  /** As `History.onCommit`. */
  onCommit(listener: CommitListener): () => void {
    return this.#commits.add(listener);
  }

  /** As `History.append`. Appends to one room are stored in the order of the calls. */
  append(draft: Draft): Promise<Appended> {
    if (!this.#health.writable) return this.#journal.revive().then(() => this.#prepare(draft));
    return this.#prepare(draft);
  }

  /** As `FileHistory.ingest`. */
  async ingest(foreign: ForeignEvents): Promise<Ingested> {
    if (!this.#health.writable) await this.#journal.revive();
    return await this.#ingestion.ingest(foreign);
  }

  /** Closes the current journal file, so that everything in it can be sealed. */
  rotate(): Promise<void> {
    return this.#journal.rotate();
  }

  /** Commits what was accepted and ends. */
  close(): Promise<void> {
    return this.#journal.close();
  }

  #prepare(draft: Draft): Promise<Appended> {
    const { key, room } = draft;
    const known = key === undefined ? this.#keys.loading(room) : this.#keys.get(room);
    if (known instanceof Promise) return known.then(() => this.#prepare(draft));
    return key === undefined || known === undefined
      ? this.#store(draft, undefined)
      : this.#storeOnce(draft, key, known);
  }

  #storeOnce(draft: Draft, key: string, window: KeyWindow): Promise<Appended> {
    const { room, sender } = draft;
    const entry = window.find(sender, key, this.#options.rooms.get(room)?.next ?? 0);
    if (entry === undefined) return this.#store(draft, window);
    if (entry.waiting === undefined) return this.#known(draft, entry.offset);
    return entry.waiting.then(({ stored }) => ({ stored, duplicate: true }));
  }

  async #known(draft: Draft, offset: number): Promise<Appended> {
    const [stored] = await this.#options.reader.read(draft.room, offset, 1);
    if (stored?.offset === offset) return { stored, duplicate: true };
    // The event was damaged on disk and is no longer served.
    return await this.#store(draft, undefined);
  }

  #store(draft: Draft, window: KeyWindow | undefined): Promise<Appended> {
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    try {
      this.#journal.check();
      const { rooms, acceptance } = this.#options;
      const room = rooms.of(draft.room);
      const stored = acceptance.accept(draft, room);
      const { sender, key, origin } = draft;
      const seq = stored.event.content.chatnode?.seq ?? 0;
      room.givenTimestamp = stored.event.timestamp_ms;
      room.senders.set(sender, seq);
      const keyed = window === undefined || key === undefined
        ? undefined
        : { window, entry: window.add({ sender, key, offset: stored.offset }, promise) };
      const writer = undefined;
      this.#add({ stored, room, sender, kind: "own", seq, keyed, writer, origin, resolve, reject });
    } catch (error) {
      reject(error);
    }
    return promise;
  }

  async #storeForeign(
    { room: id, writer }: ForeignEvents,
    { json, event }: ForeignLine,
  ): Promise<StoredEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    this.#journal.check();
    const { rooms, acceptance } = this.#options;
    const room = rooms.of(id);
    const stored = { room: id, offset: room.accepted, json, event };
    const sender = event.sender_id;
    const seq = acceptance.follow(event, room);
    const none = { keyed: undefined, origin: undefined };
    this.#add({ stored, room, sender, kind: "foreign", seq, writer, resolve, reject, ...none });
    return (await promise).stored;
  }

  #add(ticket: Ticket): void {
    const { stored, room, writer } = ticket;
    this.#journal.add(stored.offset, stored.json, writer, ticket);
    room.accepted = stored.offset + 1;
  }

  #hooks(): JournalHooks<Ticket> {
    return {
      closing: () => this.#options.acceptance.raiseFloor(),
      committed: (tickets) => this.#committed(tickets),
      failed: (tickets, error) => this.#failed(tickets, error),
      closed: (number) => this.#closed(number),
      health: (health) => this.#turn(health),
    };
  }

  #committed(tickets: readonly Ticket[]): void {
    this.#active.length = this.#journal.length;
    const touched = new Set<RoomNumbers>();
    for (const ticket of tickets) {
      this.#count(ticket);
      touched.add(ticket.room);
    }
    for (const { room } of touched) this.#options.recent.touch(room);
    this.#commits.tell(tickets);
    for (const { stored, resolve } of tickets) resolve({ stored, duplicate: false });
  }

  #count({ stored, room, kind, seq, keyed }: Ticket): void {
    const { offset, event: { timestamp_ms: timestamp } } = stored;
    room.next = offset + 1;
    if (timestamp > room.lastTimestamp) room.lastTimestamp = timestamp;
    this.#active.contents.add(stored, kind, seq);
    this.#options.recent.add(stored, kind);
    keyed?.window.settle(keyed.entry);
  }

  /** Takes every number back, the last one first. */
  #failed(tickets: readonly Ticket[], error: HistoryError): void {
    for (const { room, stored, sender, kind, seq = 0, keyed } of tickets.toReversed()) {
      keyed?.window.remove(keyed.entry);
      room.accepted = stored.offset;
      if (kind === "foreign") continue;
      if (seq > 1) room.senders.set(sender, seq - 1);
      else room.senders.delete(sender);
    }
    for (const { reject } of tickets) reject(error);
  }

  #closed(number: number): void {
    const file = this.#active;
    this.#active = { number: number + 1, contents: new JournalContents(), length: 0 };
    this.#options.journals.add(this.#active);
    this.#options.closed(file);
  }

  #turn(health: HistoryHealth): void {
    this.#health = health;
    const { logger } = this.#options;
    if (health.writable) logger.info("The history takes events again");
    else logger.error("The history takes no events: {message}", { ...health });
    this.#turns.tell(health);
  }
}
