/**
 * Takes drafts in: numbers them, hands them to the journal, and tells everybody when they are
 * stored or that they are not.
 *
 * @module
 */
import type { Logger } from "../log.ts";
import type { Address, RoomId } from "../message/event.ts";
import type { Acceptance } from "./accept.ts";
import type { Appended, CommitListener, Draft, HistoryHealth, StoredEvent } from "./contract.ts";
import { KEY_WINDOW } from "./contract.ts";
import { type KeyedEvent, KeyWindows } from "./dedupe.ts";
import type { HistoryError } from "./errors.ts";
import { decodeForeign, type ForeignEvents, type ForeignLine, type Ingested } from "./ingest.ts";
import { Journal, type JournalHooks, type JournalOptions } from "./journal.ts";
import { JournalContents } from "./journal_contents.ts";
import type { JournalFile } from "./journal_file.ts";
import type { JournalInfo, JournalSet } from "./journal_set.ts";
import type { RecentEvents } from "./recent.ts";
import type { RoomReader } from "./room_reader.ts";
import type { RoomNumbers, Rooms } from "./rooms.ts";
import { at } from "./slice.ts";

/** What one append waits with. */
interface Ticket {
  readonly stored: StoredEvent;
  readonly room: RoomNumbers;
  readonly sender: Address;
  /** Whether its number in the room was given here and is taken back when storing it fails. */
  readonly kind: "own" | "foreign";
  /** Its number in a chain of this device, if it has one. */
  readonly seq: number | undefined;
  readonly key: string | undefined;
  readonly origin: object | undefined;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: HistoryError) => void;
}

/** What a {@linkcode Writer} works on. */
export interface WriterOptions {
  readonly logger: Logger;
  readonly rooms: Rooms;
  readonly recent: RecentEvents;
  readonly journals: JournalSet;
  readonly reader: RoomReader;
  readonly acceptance: Acceptance;
  readonly journal: Omit<JournalOptions<unknown>, "hooks">;
  /** The file that `journal` names. */
  readonly file: JournalFile;
  /** Called when a journal file is complete. */
  readonly closed: (file: JournalInfo) => void;
}

/** Events read at a time while a room's keys are loaded. */
const KEY_BATCH = 1_000;
/** Foreign events looked up and stored at a time. */
const INGEST_BATCH = 1_000;

/** See the module's description. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #journal: Journal<Ticket>;
  readonly #keys = new KeyWindows((room) => this.#loadKeys(room));
  /** Keyed drafts that are accepted and not committed yet. */
  readonly #inFlight = new Map<string, Promise<Appended>>();
  readonly #commitListeners = new Set<CommitListener>();
  readonly #healthListeners = new Set<(health: HistoryHealth) => void>();
  #ingesting: Promise<void> = Promise.resolve();
  #health: HistoryHealth = { writable: true };
  #active: JournalInfo;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#active = at(options.journals.files, options.journals.files.length - 1);
    this.#journal = new Journal({ ...options.journal, hooks: this.#hooks() }, options.file);
  }

  get health(): HistoryHealth {
    return this.#health;
  }

  onHealth(listener: (health: HistoryHealth) => void): () => void {
    this.#healthListeners.add(listener);
    return () => this.#healthListeners.delete(listener);
  }

  onCommit(listener: CommitListener): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  /** As `History.append`. Appends of one caller to one room are stored in the order of the calls. */
  async append(draft: Draft): Promise<Appended> {
    if (!this.#health.writable) await this.#journal.revive();
    for (;;) {
      const wait = draft.key === undefined
        ? this.#keys.loading(draft.room)
        : this.#keys.prepare(draft.room);
      if (wait === undefined) break;
      await wait;
    }
    return await this.#take(draft);
  }

  /** Stores what others have signed; one call after the other. */
  ingest(foreign: ForeignEvents): Promise<Ingested> {
    const ingested = this.#ingesting.then(() => this.#ingest(foreign));
    this.#ingesting = ingested.then(() => undefined, () => undefined);
    return ingested;
  }

  /** Closes the current journal file, so that everything in it can be sealed. */
  rotate(): Promise<void> {
    return this.#journal.rotate();
  }

  /** Commits what was accepted and ends. */
  close(): Promise<void> {
    return this.#journal.close();
  }

  #take(draft: Draft): Promise<Appended> {
    const { room: id, sender, key } = draft;
    if (key === undefined) return this.#store(draft);
    const name = `${id}\n${sender}\n${key}`;
    const waiting = this.#inFlight.get(name);
    if (waiting !== undefined) return waiting.then(({ stored }) => ({ stored, duplicate: true }));
    const next = this.#options.rooms.get(id)?.next ?? 0;
    const offset = this.#keys.find(id, sender, key, next);
    if (offset !== undefined) return this.#known(draft, offset);
    const stored = this.#store(draft);
    this.#inFlight.set(name, stored);
    const forget = () => this.#inFlight.delete(name);
    stored.then(forget, forget);
    return stored;
  }

  async #known(draft: Draft, offset: number): Promise<Appended> {
    const [stored] = await this.#options.reader.read(draft.room, offset, 1);
    if (stored?.offset === offset) return { stored, duplicate: true };
    // The event was damaged on disk and is no longer served.
    return await this.#store(draft);
  }

  #store(draft: Draft): Promise<Appended> {
    return new Promise((resolve, reject) => {
      this.#journal.check();
      const room = this.#options.rooms.of(draft.room);
      const { stored, seq } = this.#options.acceptance.accept(draft, room);
      const { sender, key, origin } = draft;
      const ticket = { stored, room, sender, seq, key, origin, resolve, reject };
      this.#journal.add(stored, { ...ticket, kind: "own" });
      room.accepted = stored.offset + 1;
      room.givenTimestamp = stored.event.timestamp_ms;
      room.senders.set(sender, seq);
    });
  }

  async #ingest(foreign: ForeignEvents): Promise<Ingested> {
    if (!this.#health.writable) await this.#journal.revive();
    const { events, refused } = decodeForeign(foreign, this.#options.journal.clock.now());
    const stored: StoredEvent[] = [];
    for (let at = 0; at < events.length; at += INGEST_BATCH) {
      const fresh = await this.#unknown(foreign.room, events.slice(at, at + INGEST_BATCH));
      const tickets = fresh.map((event) => this.#storeForeign(foreign, event));
      stored.push(...(await Promise.all(tickets)).map((appended) => appended.stored));
    }
    return { stored, known: events.length - stored.length, refused };
  }

  /** Those events that are not stored yet, each once. */
  async #unknown(room: RoomId, events: readonly ForeignLine[]): Promise<ForeignLine[]> {
    const times = events.map(({ event }) => event.timestamp_ms);
    const { reader } = this.#options;
    const ids = await reader.idsBetween(room, Math.min(...times), Math.max(...times));
    return events.filter(({ event: { event_id: id } }) => !ids.has(id) && ids.add(id));
  }

  #storeForeign(
    { room: id, writer }: ForeignEvents,
    { json, event }: ForeignLine,
  ): Promise<Appended> {
    return new Promise((resolve, reject) => {
      this.#journal.check();
      const { rooms, acceptance } = this.#options;
      const room = rooms.of(id);
      const stored = { room: id, offset: room.accepted, json, event };
      const { sender_id: sender } = event;
      const seq = acceptance.follow(event, room);
      const numbers = { room, sender, seq, key: undefined, origin: undefined };
      this.#journal.add({ ...stored, writer }, {
        ...numbers,
        stored,
        kind: "foreign",
        resolve,
        reject,
      });
      room.accepted = stored.offset + 1;
    });
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
    const touched = new Set<RoomId>();
    for (const ticket of tickets) {
      this.#count(ticket);
      touched.add(ticket.room.room);
    }
    for (const room of touched) this.#options.recent.touch(room);
    const commit = tickets.map(({ stored, origin }) => ({ stored, origin }));
    for (const listener of this.#commitListeners) this.#call(() => listener(commit));
    for (const { stored, resolve } of tickets) resolve({ stored, duplicate: false });
  }

  #count({ stored, room, sender, kind, seq, key }: Ticket): void {
    const { offset } = stored;
    const timestamp = stored.event.timestamp_ms;
    room.next = offset + 1;
    if (timestamp > room.lastTimestamp) room.lastTimestamp = timestamp;
    this.#active.contents.add({ room: room.room, offset, timestamp, sender, origin: kind, seq });
    this.#options.recent.add(stored, kind);
    if (key !== undefined) this.#keys.add({ room: room.room, sender, key, offset });
  }

  /** Takes every number back, the last one first. */
  #failed(tickets: readonly Ticket[], error: HistoryError): void {
    for (const { room, stored, sender, kind, seq = 0 } of tickets.toReversed()) {
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
    if (health.writable) this.#options.logger.info("The history takes events again");
    else this.#options.logger.error("The history takes no events: {message}", { ...health });
    for (const listener of this.#healthListeners) this.#call(() => listener(health));
  }

  /** A listener must not throw; if one does all the same, the others are not to suffer. */
  #call(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#options.logger.error("A listener of the history failed: {error}", { error });
    }
  }

  async #loadKeys(id: RoomId): Promise<KeyedEvent[]> {
    const { next } = this.#options.rooms.summary(id);
    const keys: KeyedEvent[] = [];
    for (let from = Math.max(0, next - KEY_WINDOW); from < next;) {
      const events = await this.#options.reader.read(id, from, KEY_BATCH);
      for (const { event, offset } of events) {
        const key = event.content.chatnode?.key;
        if (key !== undefined) keys.push({ room: id, sender: event.sender_id, key, offset });
      }
      from = (events.at(-1)?.offset ?? next) + 1;
    }
    return keys;
  }
}
