/**
 * The chat for scripts: lines in, lines out, no terminal. What the two forms, text and JSON, have in
 * common: messages go out in order while there is room for them, and nothing is given up before the
 * server has taken it or the time is over.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { ChatnodeError } from "../../errors.ts";
import type { ChatEvent, RoomId } from "../../message/event.ts";
import { type InputLine, inputLines } from "./input_lines.ts";
import type { ChatSession, Outgoing, SessionEvent } from "./session.ts";

/** One form of input and output. */
export interface PipeForm {
  /** Tells of something that happened. Resolves when there is room for more. */
  told(event: SessionEvent): Promise<void>;
  /** Does what an input line says. What it throws is told by `failed`. */
  take(line: Extract<InputLine, { kind: "line" }>): Promise<"more" | "end">;
  /** The input is over. */
  ended?(): Promise<void>;
  /** A message was stored. */
  sent(event: ChatEvent, line: number): Promise<void>;
  /** Something was not done. */
  failed(error: unknown, line: number): Promise<void>;
  /** The session has ended by itself; nothing follows. */
  over?(failure: Error): Promise<void>;
}

/** What a pipe works with. */
export interface PipeParts {
  readonly session: ChatSession;
  readonly input: { read(buffer: Uint8Array): Promise<number | null> };
  readonly clock: Clock;
  /** Earlier messages told at first, and of which room. */
  readonly backlog: { readonly room: RoomId; readonly count: number } | undefined;
  /** What the end of the input means. */
  readonly atEnd: "leave" | "stay";
  /** How long the server may take for what is still to be sent at the end, milliseconds. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** Longest input line, bytes: as JSON, a message takes at most six times its own. */
const LINE_MOST = 2 * 1024 * 1024;
/** Messages on their way at a time: what is read beyond them waits in the pipe. */
const ON_THEIR_WAY = 200;

/** See the module's description. */
export class Pipe {
  readonly #parts: PipeParts;
  readonly #form: PipeForm;
  readonly #sending = new Set<Promise<void>>();
  /** Before it there is nobody to ask anything of. */
  readonly #online = Promise.withResolvers<void>();
  #failures = 0;
  #broken: unknown;

  /** @param form is given what it sends with */
  constructor(parts: PipeParts, form: (pipe: Pipe) => PipeForm) {
    this.#parts = parts;
    this.#form = form(this);
  }

  /**
   * Runs until the input has ended and everything of it was sent, or for as long as the session
   * lasts. Resolves with whether everything was done.
   *
   * @throws why the session ended by itself, and what reading and writing throw
   */
  async run(): Promise<"done" | "failed"> {
    const { session, signal, atEnd } = this.#parts;
    const over = Promise.withResolvers<void>();
    const leave = () => over.resolve();
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    const telling = this.#tell().catch((error) => this.#broken ??= error).finally(leave);
    void this.#read(over.promise).then(() => atEnd === "leave" ? leave() : undefined, (error) => {
      this.#broken ??= error;
      leave();
    });
    await over.promise;
    signal.removeEventListener("abort", leave);
    const failure = session.failure;
    await session.close();
    await telling;
    if (failure !== undefined && !signal.aborted) {
      await this.#form.over?.(failure);
      throw failure;
    }
    if (this.#broken !== undefined) throw this.#broken;
    if (signal.aborted) throw signal.reason;
    return this.#failures > 0 ? "failed" : "done";
  }

  /** Sends; waits for no more than for room. */
  async send(message: Outgoing, line: number): Promise<void> {
    while (this.#sending.size >= ON_THEIR_WAY) await Promise.race(this.#sending);
    this.follow(this.#parts.session.send(message), line);
  }

  /** Tells what becomes of what is being sent; the end waits for it. */
  follow(sent: Promise<ChatEvent>, line: number): void {
    const sending = sent.then(
      (event) => this.#form.sent(event, line),
      (error) => this.fail(error, line),
    ).catch((error) => {
      this.#broken ??= error;
    });
    this.#sending.add(sending);
    void sending.finally(() => this.#sending.delete(sending));
  }

  async #tell(): Promise<void> {
    let isFirst = true;
    for await (const event of this.#parts.session.events()) {
      await this.#form.told(event);
      if (event.kind !== "online" || !isFirst) continue;
      isFirst = false;
      await this.#lookBack();
      this.#online.resolve();
    }
  }

  async #lookBack(): Promise<void> {
    const { session, backlog } = this.#parts;
    if (backlog === undefined || !session.abilities.has("history")) return;
    const page = await session.history(backlog.room, backlog.count).catch(() => []);
    for (const event of page) await this.#form.told({ kind: "event", event });
  }

  async #read(over: Promise<void>): Promise<void> {
    const here = await Promise.race([
      this.#online.promise.then(() => true),
      over.then(() => false),
    ]);
    // What has ended before anybody came in says why; its input is not looked at.
    if (!here) return;
    for await (const line of inputLines(this.#parts.input, LINE_MOST)) {
      if (this.#broken !== undefined) return;
      if (await this.#taken(line) === "end") break;
    }
    await this.#form.ended?.();
    const everything = Promise.all(this.#sending);
    if (this.#parts.atEnd === "stay") {
      await everything;
      return;
    }
    const late = Promise.withResolvers<void>();
    const timer = this.#parts.clock.after(this.#parts.patienceMs, () => late.resolve());
    await Promise.race([everything, late.promise, over]);
    timer.cancel();
    // Why a session has ended by itself is told, not what came of that.
    if (this.#parts.session.failure !== undefined) return;
    if (this.#sending.size > 0) throw unsent(this.#sending.size);
    await this.#parts.session.finish();
  }

  async #taken(line: InputLine): Promise<"more" | "end"> {
    try {
      if (line.kind === "bad") throw badLine(line.why);
      return await this.#form.take(line);
    } catch (error) {
      if (!(error instanceof ChatnodeError)) throw error;
      await this.fail(error, line.number);
      return "more";
    }
  }

  /** Something was not done: tells it, and remembers that it was so. */
  async fail(error: unknown, line: number): Promise<void> {
    this.#failures += 1;
    await this.#form.failed(error, line);
  }
}

function badLine(why: "too-long" | "not-utf8"): ChatnodeError {
  const state = why === "too-long" ? `it is longer than ${LINE_MOST} bytes` : "it is not UTF-8";
  return new ChatnodeError("client/input", `Cannot send the line: ${state}`);
}

function unsent(count: number): ChatnodeError {
  const what = count === 1 ? "a message" : `${count} messages`;
  return new ChatnodeError(
    "client/unsent",
    `Cannot send ${what}: the server did not take it in time`,
  );
}
