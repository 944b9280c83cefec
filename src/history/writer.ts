/**
 * Takes events in: numbers them, hands them to the journal, and tells everybody when they are
 * stored or that they are not.
 *
 * @module
 */
import type { Logger } from "../log.ts";
import type { Acceptance } from "./accept.ts";
import type {
  Accepted,
  Appended,
  CommitListener,
  Draft,
  HistoryHealth,
  StoredEvent,
} from "./contract.ts";
import { KeyWindows } from "./dedupe.ts";
import type { HistoryError } from "./errors.ts";
import type { ForeignEvents, ForeignLine, Ingested } from "./ingest.ts";
import { Ingestion } from "./ingestion.ts";
import { Journal } from "./journal.ts";
import type { JournalHooks, JournalOptions } from "./journal_options.ts";
import { emptyJournal, type JournalInfo, type JournalSet } from "./journal_set.ts";
import type { JournalTail } from "./journal_tail.ts";
import type { AuthorKey, KeyWindow } from "./key_window.ts";
import { KeyGate } from "./key_gate.ts";
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
  /** 32 random bits. */
  readonly seed: number;
  /** Called when a journal file is complete. */
  readonly closed: (file: JournalInfo) => void;
}

/** See the module's description. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #journal: Journal<Ticket>;
  readonly #gate: KeyGate;
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
    const windows = new KeyWindows(createKeyLoader(rooms, reader), options.seed);
    this.#gate = new KeyGate({ windows, rooms, reader, store: (...each) => this.#store(...each) });
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
    if (!this.#health.writable) return this.#journal.revive().then(() => this.#gate.take(draft));
    return this.#gate.take(draft);
  }

  /** As `FileHistory.accept`. */
  accept(draft: Draft): Accepted {
    if (!this.#health.writable) void this.#journal.revive();
    return this.#enter(draft);
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

  #store(draft: Draft, window?: KeyWindow, key?: AuthorKey): Promise<Appended> {
    try {
      return this.#enter(draft, window, key).stored;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #enter(draft: Draft, window?: KeyWindow, key?: AuthorKey): Accepted {
    try {
      const { promise, resolve, reject } = Promise.withResolvers<Appended>();
      this.#journal.check();
      const { rooms, acceptance } = this.#options;
      const room = rooms.of(draft.room);
      const stored = acceptance.accept(draft, room);
      const { sender, origin } = draft;
      const seq = stored.event.content.chatnode?.seq ?? 0;
      room.givenTimestamp = stored.event.timestamp_ms;
      room.senders.set(sender, seq);
      if (window !== undefined && key !== undefined) window.accept(key, stored.offset, promise);
      const writer = undefined;
      this.#add({
        stored,
        room,
        sender,
        kind: "own",
        seq,
        window,
        writer,
        origin,
        resolve,
        reject,
      });
      return { event: stored.event, stored: promise };
    } catch (error) {
      this.#options.rooms.forgetUnused(draft.room);
      throw error;
    }
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
    const none = { window: undefined, origin: undefined };
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
      committed: (tickets, starts, base) => this.#committed(tickets, starts, base),
      failed: (tickets, error) => this.#failed(tickets, error),
      closed: (number) => this.#closed(number),
      health: (health) => this.#turn(health),
    };
  }

  #committed(tickets: readonly Ticket[], starts: readonly number[], base: number): void {
    this.#active.length = this.#journal.length;
    const touched = new Set<RoomNumbers>();
    for (const [index, ticket] of tickets.entries()) {
      this.#count(ticket);
      this.#active.positions?.add(ticket.room.room, base + at(starts, index));
      touched.add(ticket.room);
    }
    for (const { room } of touched) this.#options.recent.touch(room);
    this.#commits.tell(tickets);
    for (const { stored, resolve } of tickets) resolve({ stored, duplicate: false });
  }

  #count({ stored, room, kind, seq, window }: Ticket): void {
    const { offset, event: { timestamp_ms: timestamp } } = stored;
    room.next = offset + 1;
    if (timestamp > room.lastTimestamp) room.lastTimestamp = timestamp;
    this.#active.contents.add(stored, kind, seq);
    this.#options.recent.add(stored, kind);
    window?.commit();
  }

  /** Takes every number back, the last one first. */
  #failed(tickets: readonly Ticket[], error: HistoryError): void {
    for (const { room, stored, sender, kind, seq = 0, window } of tickets.toReversed()) {
      window?.fail();
      room.accepted = stored.offset;
      if (kind === "foreign") continue;
      if (seq > 1) room.senders.set(sender, seq - 1);
      else room.senders.delete(sender);
    }
    for (const { reject } of tickets) reject(error);
  }

  #closed(number: number): void {
    const file = this.#active;
    this.#active = emptyJournal(number + 1);
    this.#options.journals.add(this.#active);
    this.#options.closed(file);
  }

  #turn(health: HistoryHealth): void {
    this.#health = health;
    const { logger } = this.#options;
    if (health.writable) logger.info("The history takes events again");
    else {
      const { code, message: reason } = health;
      logger.error("The history takes no events: {reason}", { code, reason });
    }
    this.#turns.tell(health);
  }
}
