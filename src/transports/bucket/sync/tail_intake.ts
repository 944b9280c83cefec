/**
 * Takes in what heads carry: the latest events of their writers, which are in no file yet. What has
 * to wait for something to be known is looked at again when that is so, or comes with the file that
 * the same lines will be part of.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { EventId } from "../../../message/event.ts";
import type { Intake } from "./intake.ts";
import { type FileKey, parseFileKey } from "./names.ts";
import { tailEvents, type TailFile, tailFiles } from "./tail.ts";

/** What a {@linkcode TailIntake} works with. */
export interface TailIntakeOptions {
  readonly intake: Pick<Intake, "takeTail">;
  /** Whether a file like this would be taken in. */
  readonly wanted: (file: FileKey) => boolean;
  /** Told how many events were new. */
  readonly onTaken: (events: number) => void;
}

/** A tail as a verified head carries it. */
export interface ToldTail {
  readonly device: string;
  readonly lines: readonly string[];
  /** How many objects its writer has stored: the next one is a file of these lines. */
  readonly count: number;
}

/** Tails that wait for something to be learnt; further ones come with their files. */
const MOST_HELD = 64;

/** See the module's description. */
export class TailIntake {
  readonly #options: TailIntakeOptions;
  readonly #told = new Map<string, ToldTail>();
  readonly #held = new Map<string, ToldTail>();
  /** The events of each writer's last tail that need no second look. */
  readonly #known = new Map<string, ReadonlySet<EventId>>();

  constructor(options: TailIntakeOptions) {
    this.#options = options;
  }

  /** Tails of which something waits for what is not known yet. */
  get held(): number {
    return this.#held.size;
  }

  /** Takes note of the tail of a writer's latest head. */
  note(tail: ToldTail): void {
    const { device, lines } = tail;
    this.#held.delete(device);
    this.#told.delete(device);
    if (lines.length > 0) this.#told.set(device, tail);
    else this.#known.delete(device);
  }

  /** Something was learnt of devices: what waits is looked at again. */
  lookAgain(): void {
    for (const [device, tail] of this.#held) this.#told.set(device, tail);
    this.#held.clear();
  }

  /** Takes in what was noted. @throws {HistoryError} {@linkcode BucketError} */
  async take(signal: AbortSignal): Promise<void> {
    for (const tail of [...this.#told.values()]) {
      await this.#take(tail, signal);
      this.#told.delete(tail.device);
    }
  }

  async #take(tail: ToldTail, signal: AbortSignal): Promise<void> {
    const { device, lines, count } = tail;
    const before = this.#known.get(device);
    const known = new Set<EventId>();
    const events = tailEvents(lines).filter(({ event: { event_id } }) => {
      if (before?.has(event_id) === true) known.add(event_id);
      return !known.has(event_id);
    });
    let held = false;
    for (const file of tailFiles(events, device)) {
      const key = parseFileKey(file.key);
      if (key === undefined || !this.#options.wanted(key)) continue;
      if (await this.#takeFile(file, count + 1, signal) === "held") held = true;
      else for (const id of file.ids) known.add(id);
    }
    this.#known.set(device, known);
    if (held && this.#held.size < MOST_HELD) this.#held.set(device, tail);
  }

  async #takeFile(
    { key, bytes }: TailFile,
    number: number,
    signal: AbortSignal,
  ): Promise<"taken" | "held"> {
    const sha256 = createHash("sha256").update(bytes).digest("base64");
    // The head is signed, and so is every byte of this.
    const wanted = { key, size: bytes.length, sha256, number };
    const { stored, held } = await this.#options.intake.takeTail({ wanted, bytes }, signal);
    if (stored > 0) this.#options.onTaken(stored);
    return held ? "held" : "taken";
  }
}
