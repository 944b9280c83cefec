/**
 * What a session tells, in order: nothing is looked at before it is known what there was in its
 * conversation, and nothing overtakes what waits for that.
 *
 * @module
 */

/** Who looks at what was heard. */
export interface HearingOptions<Heard> {
  /** What has to be waited for first; undefined when nothing is. Must not reject. */
  ready(heard: Heard): Promise<void> | undefined;
  /** Looks at it. Must not throw. */
  take(heard: Heard): void;
}

/** See the module's description. */
export class Hearing<Heard> {
  readonly #options: HearingOptions<Heard>;
  #waiting: Heard[] = [];
  /** How many of them were looked at. */
  #head = 0;
  #running: Promise<void> | undefined;

  constructor(options: HearingOptions<Heard>) {
    this.#options = options;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  /** Whether what is heard now is looked at now. */
  get isIdle(): boolean {
    return this.#running === undefined;
  }

  /** Something was heard: it is looked at at once where nothing is in the way. */
  hear(heard: Heard): void {
    if (this.#running === undefined && this.#options.ready(heard) === undefined) {
      this.#options.take(heard);
      return;
    }
    this.#waiting.push(heard);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.waiting > 0) {
      const heard = this.#waiting[this.#head] as Heard;
      await this.#options.ready(heard);
      this.#head += 1;
      this.#options.take(heard);
      if (this.#head < SLACK) continue;
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    this.#waiting = [];
    this.#head = 0;
    this.#running = undefined;
  }
}

/** So many that were looked at may stand in front of those that wait. */
const SLACK = 1_024;
