/**
 * Draws the screen when something has changed: soon, but never faster than the terminal takes it.
 *
 * @module
 */
import type { Clock, Timer } from "../../../clock.ts";
import { type Frame, Painter } from "./paint/painter.ts";
import type { Size } from "./view/compose.ts";

/** Where it is shown. */
export interface FullScreenOutput {
  /** Both undefined when nobody knows. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  write(data: string): Promise<void>;
}

/** Between two frames, milliseconds: a busy room costs no more than this. */
const FRAME_MS = 15;
const USUAL: Size = { columns: 80, rows: 24 };
/** What a program without a terminal's size still has room for. */
const LEAST: Size = { columns: 4, rows: 2 };

/** See the module's description. */
export class Display {
  readonly #output: FullScreenOutput;
  readonly #clock: Clock;
  readonly #compose: (size: Size) => Frame;
  readonly #failed: (error: unknown) => void;
  readonly #painter = new Painter();
  #timer: Timer | undefined;
  #drawnAt = -Infinity;
  #writing: Promise<void> = Promise.resolve();
  #isBusy = false;
  #isStale = false;
  #isPaused = false;

  /** @param failed the terminal is gone */
  constructor(parts: {
    readonly output: FullScreenOutput;
    readonly clock: Clock;
    compose(size: Size): Frame;
    failed(error: unknown): void;
  }) {
    this.#output = parts.output;
    this.#clock = parts.clock;
    this.#compose = (size) => parts.compose(size);
    this.#failed = (error) => parts.failed(error);
  }

  get size(): Size {
    const { columns = USUAL.columns, rows = USUAL.rows } = this.#output;
    return {
      columns: Math.max(LEAST.columns, columns),
      rows: Math.max(LEAST.rows, rows),
    };
  }

  /** Something looks different. */
  changed(): void {
    if (this.#isPaused || this.#timer !== undefined) return;
    if (this.#isBusy) {
      this.#isStale = true;
      return;
    }
    const wait = this.#drawnAt + FRAME_MS - this.#clock.monotonic();
    if (wait > 0) this.#timer = this.#clock.after(wait, () => this.draw());
    // What happens at once is drawn at once, and what happens together together.
    else this.#timer = this.#clock.after(0, () => this.draw());
  }

  /** Draws now. */
  draw(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#isPaused) return;
    this.#drawnAt = this.#clock.monotonic();
    const text = this.#painter.paint(this.#compose(this.size));
    if (text !== "") this.write(text);
  }

  /** Writes besides the frames. */
  write(text: string): void {
    if (text === "") return;
    this.#isBusy = true;
    this.#writing = this.#writing.then(() => this.#output.write(text)).then(() => {
      this.#isBusy = false;
      if (!this.#isStale) return;
      this.#isStale = false;
      this.changed();
    }).catch(this.#failed);
  }

  /** Nobody knows what the terminal shows: everything is drawn again. */
  redraw(): void {
    this.#painter.forget();
    this.changed();
  }

  /** Draws nothing until {@linkcode Display.resume}; resolves when everything is written. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#writing;
  }

  resume(): void {
    this.#isPaused = false;
    this.#painter.forget();
    this.draw();
  }
}
