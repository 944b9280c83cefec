/**
 * Events that go into the account's history: what is said now in the order in which it comes, what
 * was said before with the time at which it was said.
 *
 * @module
 */
import { HistoryError } from "../../history/errors.ts";
import type { FileHistory } from "../../history/store.ts";
import type { ChatEvent } from "../../message/event.ts";
import { Earlier, type EarlierOptions } from "./earlier.ts";
import { type EventDraft, type Fate, type Recording, type Said, unrecorded } from "./recording.ts";

/** What a {@linkcode Recorder} works with. */
export interface RecorderOptions extends EarlierOptions {
  readonly history: FileHistory;
  uuid(): string;
}

/** See the module's description. */
export class Recorder implements Recording {
  readonly #options: RecorderOptions;
  readonly #earlier: Earlier;
  /** For what the history refuses at once. */
  readonly #nowhere: Recording;
  readonly #fates = new WeakMap<ChatEvent, Promise<Fate>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#earlier = new Earlier(options);
    this.#nowhere = unrecorded(options.uuid);
  }

  record(draft: EventDraft, said: Said): ChatEvent {
    const { event, fate } = said === "live" ? this.#live(draft) : this.#earlier.add(draft);
    // Who does not wait for it must not be ended by it.
    fate.catch(() => {});
    this.#fates.set(event, fate);
    this.#last = fate;
    return event;
  }

  fateOf(event: ChatEvent): Promise<Fate> | undefined {
    return this.#fates.get(event);
  }

  /** Resolves when everything that was recorded is on disk, or has failed. */
  async settled(): Promise<void> {
    await this.#earlier.settled();
    await this.#last.catch(() => {});
  }

  #live(draft: EventDraft): { readonly event: ChatEvent; readonly fate: Promise<Fate> } {
    const { room, sender, type, content, parent } = draft;
    const answered = parent === null ? {} : { parent };
    try {
      const { event, stored } = this.#options.history.accept({
        ...{ room, sender, type, content, via: "xmpp" },
        ...answered,
      });
      return { event, fate: stored.then(() => "stored") };
    } catch (error) {
      if (!(error instanceof HistoryError)) throw error;
      return { event: this.#nowhere.record(draft, "live"), fate: Promise.reject(error) };
    }
  }
}
