/**
 * The chat at a terminal: keys in, lines out, one row to write in that incoming lines do not disturb.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import type { RoomId } from "../../message/event.ts";
import { Questions } from "./asking.ts";
import { Chat } from "./chat.ts";
import { Completion } from "./completion.ts";
import { Idleness } from "./idleness.ts";
import { type Key, KeyDecoder } from "./keys.ts";
import { LineEditor } from "./line_editor.ts";
import type { Paint } from "./paint.ts";
import { readRequest, type Request } from "./requests.ts";
import { Screen, type TerminalOutput } from "./screen.ts";
import type { ChatSession } from "./session.ts";
import { noteLine } from "./wording.ts";

/** The keyboard. */
export interface Keyboard {
  /** Up to `buffer.length` bytes; null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  setRaw(mode: "raw" | "line"): void;
}

/** What line mode works with. */
export interface LineModeParts {
  readonly session: ChatSession;
  readonly keyboard: Keyboard;
  readonly output: TerminalOutput;
  readonly clock: Clock;
  readonly paint: Paint;
  readonly room: RoomId;
  /** How many earlier messages are shown on entering a room. */
  readonly backlog: number;
  /** Whether the terminal's bell tells of what is said to this person. */
  readonly bell: "ring" | "silent";
  /** Typed alone, they leave as /quit does. */
  readonly farewells: readonly string[];
  /** As `Idleness` has it. */
  readonly awayAfterMs: number;
  /** Paths that begin as `typed` does, for completion. */
  files(typed: string): readonly string[];
  /** Calls back when the terminal's size has changed; the result ends that. */
  onResize(changed: () => void): () => void;
  /** The same when the process was stopped and goes on. */
  onContinue(goesOn: () => void): () => void;
  /** Stops this process until somebody lets it go on, as Ctrl-Z does. */
  suspend(): void;
  readonly signal: AbortSignal;
}

/** Bracketed paste on and off (xterm). */
const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";

/**
 * Runs the chat until its person leaves, the session ends or `signal` aborts. The terminal is as
 * before afterwards, whatever happens.
 *
 * @throws why the session ended by itself, and what reading and writing throw
 */
export async function runLineMode(parts: LineModeParts): Promise<void> {
  const { keyboard, output } = parts;
  keyboard.setRaw("raw");
  try {
    await output.write(PASTE_ON);
    await new LineMode(parts).run();
  } finally {
    await output.write(PASTE_OFF).catch(() => {});
    keyboard.setRaw("line");
  }
}

class LineMode {
  readonly #parts: LineModeParts;
  readonly #screen: Screen;
  readonly #chat: Chat;
  readonly #editor = new LineEditor();
  readonly #questions = new Questions(() => this.#draw());
  readonly #completion: Completion;
  readonly #idleness: Idleness;
  readonly #left = Promise.withResolvers<void>();
  /** Ctrl-C leaves the next time. */
  #warned = false;
  #failed: unknown;

  constructor(parts: LineModeParts) {
    this.#parts = parts;
    this.#screen = new Screen(parts.output, parts.paint.bold);
    this.#chat = new Chat({
      ...parts,
      show: (...lines) => this.#screen.print(...lines),
      ask: (question) => this.#questions.ask(question),
      clear: () => this.#screen.clear(),
      changed: () => this.#draw(),
      called: () => this.#ring(),
      unsent: (text) => this.#editor.remember(text),
      left: () => this.#left.resolve(),
    });
    this.#completion = new Completion(this.#chat.vocabulary);
    this.#idleness = new Idleness({
      ...{ clock: parts.clock, afterMs: parts.awayAfterMs },
      present: () => parts.session.attendance?.present(),
      absent: () => parts.session.attendance?.absent(),
    });
  }

  async run(): Promise<void> {
    const { session, signal, onResize, onContinue } = this.#parts;
    const leave = () => this.#left.resolve();
    const forget = onResize(() => void this.#screen.resized().catch(leave));
    const ignore = onContinue(() => void this.#goOn().catch(leave));
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    this.#draw();
    const happened = this.#chat.run().then(leave, (error) => this.#fail(error));
    void this.#listen().then(leave, (error) => this.#fail(error));
    try {
      await this.#left.promise;
      await session.close();
      await happened;
      await this.#screen.close();
    } finally {
      this.#idleness.end();
      forget();
      ignore();
      signal.removeEventListener("abort", leave);
    }
    if (this.#failed !== undefined) throw this.#failed;
    if (signal.aborted) throw signal.reason;
    if (session.failure !== undefined && !this.#chat.wantsToLeave) throw session.failure;
  }

  /** Reads keys until the person leaves or the keyboard is gone. */
  async #listen(): Promise<void> {
    const decoder = new KeyDecoder();
    const buffer = new Uint8Array(4_096);
    for (;;) {
      const count = await this.#parts.keyboard.read(buffer);
      if (count === null) break;
      this.#idleness.touched();
      for (const key of decoder.push(buffer.subarray(0, count))) await this.#press(key);
      this.#draw();
      if (this.#chat.wantsToLeave) break;
    }
    this.#chat.depart();
  }

  async #press(key: Key): Promise<void> {
    if (this.#questions.press(key)) return;
    const outcome = this.#editor.press(key);
    if (outcome.kind === "edited") return;
    if (outcome.kind === "entered") return this.#entered(outcome.text);
    if (outcome.kind === "other") return;
    switch (outcome.name) {
      case "complete":
        return this.#complete();
      case "previous":
        // There are no conversations beside each other: as in a shell.
        this.#editor.press({ kind: "key", name: "up" });
        return;
      case "following":
        this.#editor.press({ kind: "key", name: "down" });
        return;
      case "redraw":
        return await this.#screen.clear();
      case "interrupt":
        return await this.#interrupt();
      case "suspend":
        return await this.#suspend();
      case "end-of-input":
        if (this.#editor.text === "") return this.#perform({ do: "quit" });
        this.#editor.press({ kind: "key", name: "delete" });
        return;
      default:
        // Keys of the full screen.
    }
  }

  #entered(text: string): void {
    this.#draw();
    if (this.#parts.farewells.includes(text.trim())) return this.#perform({ do: "quit" });
    this.#perform(readRequest(text));
  }

  #perform(request: Request): void {
    this.#warned = false;
    // Not waited for: the keys go on working while a server takes its time.
    void this.#chat.perform(request).catch((error) => this.#fail(error));
  }

  async #interrupt(): Promise<void> {
    if (this.#editor.text !== "") {
      this.#editor.remember(this.#editor.text);
      this.#editor.set("");
      return;
    }
    if (this.#warned) return this.#chat.depart();
    this.#warned = true;
    await this.#note("Ctrl-C once more leaves.");
  }

  /** What happens while it is stopped is shown when it goes on. */
  async #suspend(): Promise<void> {
    const { keyboard, output, suspend } = this.#parts;
    await output.write(`${PASTE_OFF}\r\n`);
    keyboard.setRaw("line");
    suspend();
  }

  async #goOn(): Promise<void> {
    const { keyboard, output } = this.#parts;
    keyboard.setRaw("raw");
    await output.write(PASTE_ON);
    await this.#screen.resized();
  }

  #complete(): void {
    const { text, cursor } = this.#editor;
    const completed = this.#completion.next({ text, cursor });
    if (completed !== undefined) this.#editor.set(completed.text, completed.cursor);
  }

  #draw(): void {
    const { text, cursor } = this.#editor;
    const line = this.#questions.line ?? { label: this.#chat.label, text, cursor };
    void this.#screen.prompt(line)
      .catch((error) => this.#fail(error));
  }

  #ring(): void {
    if (this.#parts.bell === "silent") return;
    void this.#parts.output.write("\x07").catch((error) => this.#fail(error));
  }

  async #note(text: string): Promise<void> {
    await this.#screen.print(noteLine(text, this.#parts.paint));
  }

  #fail(error: unknown): void {
    this.#failed ??= error;
    this.#left.resolve();
  }
}
