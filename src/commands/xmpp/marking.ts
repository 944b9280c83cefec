/**
 * Notes now and then how far archives were read: only what is stored counts as read.
 *
 * @module
 */
import type { Clock, Timer } from "../../clock.ts";
import { archive, type ArchivePosition } from "../../transports/xmpp/features/archive.ts";
import { rooms } from "../../transports/xmpp/features/rooms.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Outage } from "./outage.ts";
import type { ReadMarks } from "./read_marks.ts";

/** What {@linkcode Marking} works with. */
export interface MarkingOptions {
  readonly xmpp: XmppSession;
  readonly marks: ReadMarks;
  readonly outage: Pick<Outage, "isOn" | "count">;
  readonly clock: Clock;
  /** Resolves when all that was heard so far is stored, or has failed to be. */
  settled(): Promise<void>;
}

const EVERY_MS = 10_000;

/** See the module's description. */
export class Marking {
  readonly #options: MarkingOptions;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: MarkingOptions) {
    this.#options = options;
    this.#plan();
  }

  /** Notes it for the last time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#running;
    await this.#mark();
  }

  #plan(): void {
    this.#timer = this.#options.clock.after(EVERY_MS, () => {
      this.#running = this.#mark().then(() => {
        if (!this.#isClosed) this.#plan();
      });
    });
  }

  async #mark(): Promise<void> {
    const { marks, outage, settled } = this.#options;
    const { count } = outage;
    const read = this.#read();
    await settled();
    // What could not be stored since then comes again: nobody must believe that it was read.
    if (outage.isOn || outage.count !== count) return;
    for (const [each, position] of read) marks.set(each, position);
    await marks.save();
  }

  #read(): readonly [string, ArchivePosition][] {
    const { xmpp } = this.#options;
    const all = xmpp.use(archive);
    return [xmpp.account, ...xmpp.use(rooms).all.keys()].flatMap((each) => {
      const position = all.position(each);
      return position === undefined ? [] : [[each, position]];
    });
  }
}
