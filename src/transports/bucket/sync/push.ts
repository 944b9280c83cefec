/**
 * Brings our own events into the bucket: into our head at first, and into message files a little
 * later, where that saves requests; or into files at once.
 *
 * @module
 */
import type { RoomId } from "../../../message/event.ts";
import type { Publication } from "../trust/contract.ts";
import { type FlushLimits, type FlushPlan, planFlush, type RoomToFlush } from "./flush_plan.ts";
import { ObjectWriter, type ObjectWriterOptions } from "./object_writer.ts";
import { type OpenRoom, openRooms } from "./open_rooms.ts";
import type { NamedContent } from "./put_once.ts";
import { Teller, type TellerOptions, withinHead } from "./teller.ts";

/** What a {@linkcode Pusher} works with. */
export interface PusherOptions extends ObjectWriterOptions, TellerOptions {
  /** Which rooms are pushed. */
  readonly wanted: (room: RoomId) => boolean;
  /** Device records and what belongs to them; stored before any event. */
  readonly publications: () => readonly Publication[];
  /** Of what heads carry; undefined when they carry nothing. */
  readonly limits: FlushLimits | undefined;
}

/**
 * What a flush has done for those who watch: `head` has a new version; `file`: there is a file that
 * the head before has announced; `nothing` is new to them.
 */
export type Flushed =
  | { readonly told: "head"; readonly version: number }
  | { readonly told: "file" }
  | { readonly told: "nothing" };

/** What is remembered of a room between two flushes. */
interface Remembered {
  readonly bytes: number;
  /** Monotonic, of the first head that told of it. */
  readonly since: number;
}

/** See the module's description. One push or flush at a time. */
export class Pusher {
  readonly #options: PusherOptions;
  readonly #objects: ObjectWriter;
  readonly #teller: Teller;
  #remembered: ReadonlyMap<RoomId, Remembered> = new Map();
  /** The room whose file the head in the bucket has announced. */
  #announced: RoomId | undefined;
  /** Whether something was stored that nobody finds without a head. */
  #untold = false;

  constructor(options: PusherOptions) {
    this.#options = options;
    this.#objects = new ObjectWriter(options);
    this.#teller = new Teller(options);
  }

  /** Names of ours that hold other bytes in the bucket; their events are not in it. */
  get conflicts(): readonly string[] {
    return this.#objects.conflicts;
  }

  /** Whether events of a room are pushed. */
  isShared(room: RoomId): boolean {
    return this.#options.wanted(room);
  }

  /** Whether others' heads were taken in that our own head does not tell of. */
  get hasSeen(): boolean {
    return this.#teller.hasSeen;
  }

  /** Whether something of ours is in no file, as far as that can be told without a look. */
  get hasWork(): boolean {
    const { events, store: { state }, wanted, publications } = this.#options;
    return publications().some(({ key }) => !state.isAnnounced(key)) || events.unsealed ||
      state.planned.size > 0 || state.head.count < state.count ||
      events.rooms().some(({ room, next }) => wanted(room) && state.cursor(room) < next);
  }

  /**
   * Makes files of everything of ours that is committed now, then the head that tells of them.
   *
   * @throws {BucketError} {@linkcode SyncError} {@linkcode HistoryError}: what is not done is done
   *   by the next push
   */
  async push(signal: AbortSignal): Promise<Flushed> {
    const { store: { state }, wanted } = this.#options;
    this.#announced = undefined;
    await this.#begin(signal);
    await this.#objects.storeRooms(wanted, signal);
    this.#remembered = new Map();
    if (state.head.count === state.count) return { told: "nothing" };
    const version = await this.#teller.tell({ rooms: [] }, signal);
    this.#untold = false;
    return { told: "head", version };
  }

  /**
   * Lets others know of everything of ours that is committed now, with as few requests as that can
   * be done; each event is in a file before long.
   *
   * @param now monotonic
   * @throws as `push`
   */
  async flush(now: number, signal: AbortSignal): Promise<Flushed> {
    const { events, store: { state }, wanted, limits, head } = this.#options;
    if (limits === undefined || !head.replaceable) return await this.push(signal);
    const { count, planned } = state;
    // What comes first may fail halfway: a head tells of it then.
    if (planned.size > 0) this.#untold = true;
    await this.#begin(signal);
    if (state.count > count) this.#untold = true;
    const open = await openRooms(events, state, wanted);
    const rooms = open.map((each) => this.#describe(each, now));
    const facts = { open: rooms, announced: this.#announced, untold: this.#untold };
    // Whether the next head arrives is not known before it has.
    this.#announced = undefined;
    const plan = planFlush(facts, limits);
    await this.#close(open.filter(({ room }) => plan.close.has(room)), signal);
    const rest = open.filter(({ room }) => !plan.close.has(room));
    const flushed = await this.#tellOf(plan, rest, signal);
    this.#remembered = new Map(rest.map((each) => [each.room, this.#ageOf(each, now)]));
    return flushed;
  }

  /** Writes the head, whether or not there is anything new in it. @throws as `push` */
  async tell(signal: AbortSignal): Promise<number> {
    const { events, store: { state }, wanted } = this.#options;
    this.#announced = undefined;
    const told = (await openRooms(events, state, wanted))
      .filter(({ room }) => state.told(room) > state.cursor(room));
    return await this.#teller.tell({ rooms: withinHead(told) }, signal);
  }

  /** Stores an object of ours that is not planned: under a name that stands for its bytes. */
  storeOther(object: NamedContent, signal: AbortSignal): Promise<"stored" | "conflict"> {
    return this.#objects.put(object, signal);
  }

  /** What has to be done before anything else. */
  async #begin(signal: AbortSignal): Promise<void> {
    const { history, events, publications } = this.#options;
    await this.#objects.publish(publications(), signal);
    if (events.unsealed) await history.seal();
    await this.#objects.storePlanned(signal);
  }

  #describe({ room, next, bytes, days, former }: OpenRoom, now: number): RoomToFlush {
    const { state } = this.#options.store;
    const known = this.#remembered.get(room);
    return {
      ...{ room, bytes, days, former },
      grown: bytes - (known?.bytes ?? 0),
      news: next > state.told(room),
      age: known?.since === undefined ? 0 : now - known.since,
    };
  }

  /** Makes files of rooms. */
  async #close(rooms: readonly OpenRoom[], signal: AbortSignal): Promise<void> {
    const { state } = this.#options.store;
    if (rooms.length === 0) return;
    const told = new Map(rooms.map(({ room }) => [room, state.told(room)]));
    const isUntold = () => rooms.some(({ room }) => state.cursor(room) > (told.get(room) ?? 0));
    try {
      await this.#objects.storeRooms((room) => told.has(room), signal);
    } finally {
      if (isUntold()) this.#untold = true;
    }
  }

  async #tellOf(
    { close, tell, announce }: FlushPlan,
    rest: readonly OpenRoom[],
    signal: AbortSignal,
  ): Promise<Flushed> {
    if (tell === "nothing") return { told: close.size > 0 && this.#untold ? "file" : "nothing" };
    const announced = rest.find(({ room }) => room === announce);
    const version = await this.#teller.tell({ rooms: rest, announced }, signal);
    this.#untold = false;
    this.#announced = announce;
    return { told: "head", version };
  }

  #ageOf({ room, bytes }: OpenRoom, now: number): Remembered {
    return { bytes, since: this.#remembered.get(room)?.since ?? now };
  }
}
