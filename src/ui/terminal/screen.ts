/**
 * The terminal in line mode: lines scroll by above one row in which the person writes.
 *
 * @module
 */
import { promptRow } from "./prompt.ts";

/** Where it is shown. */
export interface TerminalOutput {
  /** Width; undefined when nobody knows. */
  readonly columns: number | undefined;
  write(data: string): Promise<void>;
}

/** The row at the bottom. */
export interface PromptState {
  /** In front of the text; safe to show. */
  readonly label: string;
  readonly text: string;
  /** UTF-16 units of the text before the cursor. */
  readonly cursor: number;
}

/** From the beginning of the row on everything below is erased. */
const ERASE = "\r\x1b[J";
const USUAL_COLUMNS = 80;

/** See the module's description. Writes are gathered: a busy room costs one write a moment. */
export class Screen {
  readonly #output: TerminalOutput;
  readonly #style: (label: string) => string;
  #prompt: PromptState | undefined;
  #lines: string[] = [];
  #columns: number;
  /** Where the cursor was left, and whether the row is there at all. */
  #column = 0;
  #drawn = false;
  #flushing: Promise<void> | undefined;
  #failed: unknown;

  /** @param style of the label */
  constructor(output: TerminalOutput, style: (label: string) => string) {
    this.#output = output;
    this.#style = style;
    this.#columns = output.columns ?? USUAL_COLUMNS;
  }

  /**
   * Shows lines above the row. They have to be safe to show. Resolves when they are written: wait
   * for that before printing more.
   *
   * @throws what the output throws
   */
  print(...lines: readonly string[]): Promise<void> {
    this.#lines.push(...lines);
    return this.#flush();
  }

  /** Shows the row. */
  prompt(state: PromptState): Promise<void> {
    this.#prompt = state;
    return this.#flush();
  }

  /** Shows everything again, the screen cleared. */
  async clear(): Promise<void> {
    await this.#flush();
    await this.#output.write("\x1b[H\x1b[2J");
    this.#drawn = false;
    await this.#flush();
  }

  /** The terminal has another size. */
  async resized(): Promise<void> {
    const columns = this.#output.columns ?? USUAL_COLUMNS;
    // Terminals wrap the row anew when they become narrower: its beginning is further up then.
    const above = this.#drawn ? Math.floor(this.#column / columns) : 0;
    this.#columns = columns;
    if (above > 0) await this.#output.write(`\x1b[${above}A`);
    await this.#flush();
  }

  /** Takes the row away and leaves the cursor on an empty one. */
  async close(): Promise<void> {
    this.#prompt = undefined;
    await this.#flush();
  }

  /** One write at a time; what comes meanwhile goes into the next. */
  #flush(): Promise<void> {
    this.#flushing ??= Promise.resolve().then(async () => {
      this.#flushing = undefined;
      await this.#draw();
    });
    return this.#flushing;
  }

  async #draw(): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed;
    const lines = this.#lines.splice(0).map((line) => `${line.replaceAll("\n", "\r\n")}\r\n`);
    const erase = this.#drawn ? ERASE : "";
    const row = this.#prompt === undefined ? "" : this.#row(this.#prompt);
    this.#drawn = row !== "";
    const data = erase + lines.join("") + row;
    if (data === "") return;
    try {
      await this.#output.write(data);
    } catch (error) {
      this.#failed = error;
      throw error;
    }
  }

  #row({ label, text, cursor }: PromptState): string {
    const { text: row, column } = promptRow(label, text, cursor, this.#columns);
    this.#column = column;
    const painted = row.startsWith(label) ? this.#style(label) + row.slice(label.length) : row;
    return `${painted}\r${column === 0 ? "" : `\x1b[${column}C`}`;
  }
}
