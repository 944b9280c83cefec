/**
 * The full screen on a terminal in memory, with a session that does what a test says.
 *
 * @module
 */
import xterm from "@xterm/headless";
import type { ChatEvent, RoomId } from "../../../../src/message/event.ts";
import { EventQueue } from "../../../../src/protocol/client/event_queue.ts";
import { type FullScreenParts, runFullScreen } from "../../../../src/ui/terminal/fullscreen/run.ts";
import type {
  Ability,
  ChatSession,
  Contact,
  Occupant,
  Outgoing,
  RoomSummary,
  SessionEvent,
  SessionPerson,
} from "../../../../src/ui/terminal/session.ts";
import type {
  Attendance,
  Contacts,
  OwnStatus,
  Signals,
} from "../../../../src/ui/terminal/session_extras.ts";
import { eventually, inTime } from "../../../harness/eventually.ts";
import { ManualClock } from "../../../harness/manual_clock.ts";

/** 14:05 wherever the test runs. */
export const AFTERNOON = new Date(2026, 10, 20, 14, 5).getTime();

/** The id of an event that tests call by a number. */
export function idOf(number: number): string {
  const tail = number.toString(16).padStart(12, "0");
  return `lobby::2026-11-20T13:00:00.000Z::00000000-0000-4000-8000-${tail}`;
}

/** An event, with what a test cares about. */
export function said(
  number: number,
  sender: string,
  body: string,
  given: Partial<ChatEvent> = {},
): ChatEvent {
  return {
    event_id: idOf(number),
    room_id: "lobby",
    timestamp_ms: AFTERNOON,
    sender_id: `${sender}@here`,
    type: "m.room.message",
    parent_event_id: null,
    prev_event_hash: null,
    signature: null,
    content: { body, msgtype: "m.text" },
    ...given,
  };
}

const ABILITIES: readonly Ability[] = [
  ...["rooms", "direct", "history", "search", "events", "commands", "acks"] as const,
];

/** A session that a test drives. It keeps what it is asked for. */
export class StagedSession implements ChatSession {
  readonly abilities: ReadonlySet<Ability>;
  readonly you: SessionPerson;
  readonly node = "here";
  isOnline = false;
  failure: Error | undefined;
  /** What `history` gives, oldest first. */
  stored: ChatEvent[] = [];
  known: RoomSummary[] = [];
  people: Occupant[] = [];
  readonly sent: Outgoing[] = [];
  readonly asked: string[] = [];
  readonly status: OwnStatus | undefined;
  readonly signals: Signals;
  readonly attendance: Attendance;
  readonly contacts: Contacts | undefined;
  /** Settles the next `send`; absent: at once. */
  hold: PromiseWithResolvers<void> | undefined;
  readonly #queue = new EventQueue<SessionEvent>(10_000, () => {});
  #numbered = 0;

  constructor(options: {
    readonly name?: string;
    readonly abilities?: readonly Ability[];
    readonly contacts?: readonly Contact[];
  } = {}) {
    const { name = "alice", abilities = ABILITIES, contacts } = options;
    this.abilities = new Set(abilities);
    this.you = { address: `${name}@here`, name };
    this.signals = {
      typing: (room, state) => this.asked.push(`typing ${room} ${state}`),
      seen: (room, id) => this.asked.push(`seen ${room} ${id}`),
    };
    this.attendance = {
      present: () => void this.asked.push("present"),
      absent: () => void this.asked.push("absent"),
    };
    if (contacts !== undefined) this.contacts = this.#contactsOf(contacts);
  }

  events(): AsyncIterableIterator<SessionEvent> {
    return this.#queue;
  }

  tell(...events: readonly SessionEvent[]): void {
    for (const event of events) {
      if (event.kind === "online") this.isOnline = true;
      if (event.kind === "offline") this.isOnline = false;
      this.#queue.push(event);
    }
  }

  online(): void {
    this.tell({ kind: "online", you: this.you, node: this.node });
  }

  hear(...events: readonly ChatEvent[]): void {
    this.tell(...events.map((event): SessionEvent => ({ kind: "event", event })));
  }

  async send(message: Outgoing): Promise<ChatEvent> {
    this.sent.push(message);
    await this.hold?.promise;
    this.#numbered += 1;
    const room = "room" in message ? message.room : `direct:${message.to}@here,${this.you.address}`;
    return said(1_000_000 + this.#numbered, this.you.name, "body" in message ? message.body : "", {
      room_id: room,
      timestamp_ms: AFTERNOON + 60_000 + this.#numbered,
      parent_event_id: message.parent ?? null,
      ...("event_type" in message ? { type: message.event_type, content: message.content } : {
        content: { body: message.body, msgtype: message.msgtype ?? "m.text" },
      }),
    });
  }

  find(name: string, as: "room" | "person"): Promise<RoomId> {
    const address = name.includes("@") ? name : `${name}@here`;
    const both = [address, this.you.address].sort().join(",");
    return Promise.resolve(as === "room" ? name : `direct:${both}`);
  }

  join(room: RoomId): Promise<void> {
    this.asked.push(`join ${room}`);
    return Promise.resolve();
  }

  leave(room: RoomId): Promise<void> {
    this.asked.push(`leave ${room}`);
    return Promise.resolve();
  }

  occupants(_room: RoomId): Promise<readonly Occupant[]> {
    return Promise.resolve(this.people);
  }

  rooms(): Promise<readonly RoomSummary[]> {
    return Promise.resolve(this.known);
  }

  history(
    room: RoomId,
    limit: number,
    before?: { readonly timestamp: number; readonly id: string },
  ): Promise<readonly ChatEvent[]> {
    this.asked.push(`history ${limit}`);
    const all = this.stored.filter((event) => event.room_id === room);
    const until = before === undefined
      ? all.length
      : all.findIndex((event) => event.event_id === before.id);
    return Promise.resolve(all.slice(Math.max(0, until - limit), until));
  }

  search(text: string): Promise<readonly ChatEvent[]> {
    const found = this.stored.filter(({ content }) => (content.body ?? "").includes(text));
    return Promise.resolve(found.reverse());
  }

  command(text: string): Promise<string | undefined> {
    this.asked.push(text);
    return Promise.resolve(undefined);
  }

  finish(): Promise<void> {
    return this.close();
  }

  close(): Promise<void> {
    this.#queue.end();
    return Promise.resolve();
  }

  /** Ends by itself. */
  fail(error: Error): void {
    this.failure = error;
    this.#queue.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #contactsOf(contacts: readonly Contact[]): Contacts {
    const keep = (what: string) => (who: string) => {
      this.asked.push(`${what} ${who}`);
      return Promise.resolve();
    };
    return {
      list: () => contacts,
      ...{ add: keep("add"), remove: keep("remove"), accept: keep("accept") },
      ...{ decline: keep("decline"), block: keep("block"), unblock: keep("unblock") },
      blocked: () => Promise.resolve([]),
    };
  }
}

/** A terminal in memory that understands what real ones do. */
export class MemoryTerminal {
  /** Every byte that it was sent. */
  raw = "";
  readonly #terminal: xterm.Terminal;
  readonly #keys: Uint8Array[] = [];
  #waiting: ((count: Uint8Array | null) => void) | undefined;
  #isGone = false;
  readonly modes: string[] = [];

  constructor(public columns: number, public rows: number) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  }

  write(text: string): Promise<void> {
    this.raw += text;
    return new Promise((resolve) => this.#terminal.write(text, resolve));
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.#terminal.resize(columns, rows);
  }

  setRaw(mode: "raw" | "line"): void {
    this.modes.push(mode);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    const next = this.#keys.shift() ?? (this.#isGone ? null : await new Promise<Uint8Array | null>(
      (resolve) => this.#waiting = resolve,
    ));
    if (next === null) return null;
    buffer.set(next);
    return next.length;
  }

  type(keys: string): void {
    const bytes = new TextEncoder().encode(keys);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#keys.push(bytes);
    else waiting(bytes);
  }

  /** The keyboard is gone. */
  hangUp(): void {
    this.#isGone = true;
    this.#waiting?.(null);
  }

  get isAlternate(): boolean {
    return this.#terminal.buffer.active.type === "alternate";
  }

  get cursor(): { readonly row: number; readonly column: number } {
    const { cursorX: column, cursorY: row } = this.#terminal.buffer.active;
    return { row, column };
  }

  /** What is seen, line by line, without spaces at the ends. */
  get lines(): readonly string[] {
    const { active } = this.#terminal.buffer;
    return Array.from(
      { length: this.rows },
      (_, at) => active.getLine(active.baseY + at)?.translateToString(true).trimEnd() ?? "",
    );
  }

  get text(): string {
    return this.lines.join("\n");
  }
}

/** A full screen that runs. */
export class Stage implements AsyncDisposable {
  readonly terminal: MemoryTerminal;
  readonly clock = new ManualClock(AFTERNOON);
  readonly sessions: readonly StagedSession[];
  readonly #resized = new Set<() => void>();
  readonly #continued = new Set<() => void>();
  readonly #stray = new Set<(error: unknown) => void>();
  readonly #abort = new AbortController();
  suspensions = 0;
  /** Resolves, or rejects with what was thrown, once it has ended. */
  readonly over: Promise<void>;

  constructor(
    sessions: readonly StagedSession[],
    options: {
      readonly columns?: number;
      readonly rows?: number;
      readonly given?: Partial<FullScreenParts>;
    } = {},
  ) {
    const { columns = 80, rows = 24, given = {} } = options;
    this.sessions = sessions;
    this.terminal = new MemoryTerminal(columns, rows);
    const on = <Listener>(listeners: Set<Listener>) => (listener: Listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    this.over = runFullScreen({
      accounts: sessions.map((session) => ({
        label: session.you.name,
        room: "lobby",
        warning: undefined,
        farewells: () => [],
        open: () => Promise.resolve(session),
      })),
      ...{ keyboard: this.terminal, output: this.terminal, clock: this.clock },
      ...{ depth: "palette", ground: "dark", backlog: 50, notify: "off", files: () => [] },
      awayAfterMs: 600_000,
      onResize: on(this.#resized),
      onContinue: on(this.#continued),
      onStrayError: on(this.#stray),
      suspend: () => this.suspensions += 1,
      signal: this.#abort.signal,
      ...given,
    });
    this.over.catch(() => {});
  }

  /** Opens a screen whose first session is online. */
  static async open(...given: ConstructorParameters<typeof Stage>): Promise<Stage> {
    const stage = new Stage(...given);
    for (const session of stage.sessions) session.online();
    await stage.shows(/\u25cf/);
    return stage;
  }

  get session(): StagedSession {
    const [first] = this.sessions;
    if (first === undefined) throw new Error("a stage without a session");
    return first;
  }

  /** Waits until the screen matches; time goes on meanwhile, as far as drawing needs it. */
  async shows(pattern: RegExp): Promise<void> {
    const matches = () => {
      this.clock.advance(20);
      return pattern.test(this.terminal.text);
    };
    await eventually(`${pattern} is shown`, matches, 5_000).catch(() => {
      throw new Error(`${pattern} was never shown, but\n${this.terminal.text}`);
    });
  }

  /** Waits until the screen does not match any more. */
  async hides(pattern: RegExp): Promise<void> {
    await eventually(`${pattern} is not shown`, () => {
      this.clock.advance(20);
      return !pattern.test(this.terminal.text);
    }, 5_000);
  }

  /** Lets everything that waits be drawn. */
  async settle(): Promise<void> {
    let before: string | undefined;
    await eventually("the screen stands still", async () => {
      this.clock.advance(20);
      await this.terminal.write("");
      const isStill = before === this.terminal.raw;
      before = this.terminal.raw;
      return isStill;
    });
  }

  type(keys: string): void {
    this.terminal.type(keys);
  }

  enter(line: string): void {
    this.type(`${line}\r`);
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
    for (const resized of this.#resized) resized();
  }

  continue(): void {
    for (const continued of this.#continued) continued();
  }

  throwStray(error: unknown): void {
    for (const thrown of this.#stray) thrown(error);
  }

  abort(reason: unknown): void {
    this.#abort.abort(reason);
  }

  async ended(): Promise<void> {
    await inTime("the end of the screen", this.over);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error("the test is over"));
    this.terminal.hangUp();
    await this.over.catch(() => {});
  }
}

const GOLDEN = new URL("./golden/", import.meta.url);

/**
 * Compares a screen with the one that was looked at by a person. With `UPDATE_GOLDEN=1` it is
 * written instead.
 */
export async function golden(name: string, text: string): Promise<string> {
  const file = new URL(`${name}.txt`, GOLDEN);
  if (Deno.env.get("UPDATE_GOLDEN") === "1") await Deno.writeTextFile(file, `${text}\n`);
  return (await Deno.readTextFile(file)).replace(/\n$/, "");
}
