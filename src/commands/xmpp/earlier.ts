/**
 * Messages from before, on their way into the history. Their times would break the chain of the
 * folder's own device, so they are signed by one made for this run; what comes while others are
 * being stored is stored after them in one go.
 *
 * @module
 */
import { HistoryError } from "../../history/errors.ts";
import { keepDeviceRecords } from "../../history/import.ts";
import { Scribe, type ScribeOrigin } from "../../history/logs/scribe.ts";
import type { FileHistory } from "../../history/store.ts";
import type { ChatEvent, RoomId } from "../../message/event.ts";
import { encodeEvent } from "../../message/line.ts";
import type { EventDraft, Fate } from "./recording.ts";

/** What {@linkcode Earlier} works with. */
export interface EarlierOptions {
  readonly history: Pick<FileHistory, "ingest" | "parts">;
  /** Of the device that signs. */
  origin(): ScribeOrigin;
}

/** What is stored in one go: of one room, signed by one device. */
interface Gathered {
  readonly room: RoomId;
  readonly scribe: Scribe;
  readonly waiting: Waiting[];
}

interface Waiting {
  readonly event: ChatEvent;
  readonly resolve: (fate: Fate) => void;
  readonly reject: (error: unknown) => void;
}

/** What these messages came by; logs of other programs are told apart by their own. */
const DOOR = "xmpp-archive";

/** See the module's description. */
export class Earlier {
  readonly #options: EarlierOptions;
  #scribe: Scribe | undefined;
  /** The device whose record is on disk: whoever finds an event must be able to verify it. */
  #known: Scribe | undefined;
  #place = { room: "", time: 0, count: 0 };
  #gathered = new Map<string, Gathered>();
  #running: Promise<void> | undefined;

  constructor(options: EarlierOptions) {
    this.#options = options;
  }

  /** The event, and what becomes of it. */
  add(draft: EventDraft): { readonly event: ChatEvent; readonly fate: Promise<Fate> } {
    const { timestamp: time, ...said } = draft;
    const scribe = this.#scribe ??= new Scribe(this.#options.origin());
    const place = this.#nextPlace(draft.room, time);
    const event = scribe.seal({ ...said, time, place, via: DOOR });
    const { promise, resolve, reject } = Promise.withResolvers<Fate>();
    const key = `${scribe.record.device} ${draft.room}`;
    const gathered = this.#gathered.get(key) ?? { room: draft.room, scribe, waiting: [] };
    gathered.waiting.push({ event, resolve, reject });
    this.#gathered.set(key, gathered);
    this.#running ??= this.#run();
    return { event, fate: promise };
  }

  /** Resolves when nothing is on its way. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // What else is added in this turn goes along.
    await Promise.resolve();
    while (this.#gathered.size > 0) {
      const gathered = this.#gathered;
      this.#gathered = new Map();
      for (const each of gathered.values()) await this.#store(each);
    }
    this.#running = undefined;
  }

  async #store({ room, scribe, waiting }: Gathered): Promise<void> {
    const { history } = this.#options;
    try {
      if (this.#known !== scribe) {
        await keepDeviceRecords(history.parts.layout, [scribe.record]);
        this.#known = scribe;
      }
      const lines = waiting.map(({ event }) => encodeEvent(event));
      const { stored, refused } = await history.ingest({
        room,
        writer: scribe.record.device,
        lines,
      });
      const fresh = new Set(stored.map(({ event }) => event.event_id));
      const wrong = new Set(refused.map(({ index }) => index));
      for (const [index, { event, resolve, reject }] of waiting.entries()) {
        if (wrong.has(index)) reject(unfit());
        else resolve(fresh.has(event.event_id) ? "stored" : "known");
      }
    } catch (error) {
      // Its chain has a hole now: what comes next is signed by another device.
      if (this.#scribe === scribe) this.#scribe = undefined;
      for (const { reject } of waiting) reject(error);
    }
  }

  #nextPlace(room: RoomId, time: number): number {
    const { room: before, time: then, count } = this.#place;
    const next = before === room && then === time ? count + 1 : 0;
    this.#place = { room, time, count: next };
    return next;
  }
}

function unfit(): HistoryError {
  return new HistoryError("history/invalid", "Cannot store the message: it is no event");
}
