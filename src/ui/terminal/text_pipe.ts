/**
 * The chat for scripts as text: every input line is one message, what others say comes as in line
 * mode. Slash commands are not looked for: what is piped in may come from anywhere.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import type { ChatEvent, RoomId } from "../../message/event.ts";
import { type Paint, PLAIN } from "./paint.ts";
import type { Pipe, PipeForm } from "./piped.ts";
import { RecentEvents } from "./recent.ts";
import type { ChatSession, SessionEvent } from "./session.ts";
import { dayOf, lengthOf } from "./times.ts";
import type { Clock } from "../../clock.ts";
import {
  dayLine,
  eventLine,
  faultLine,
  indented,
  noteLine,
  roomName,
  safeName,
} from "./wording.ts";

/** What the form works with. */
export interface TextPipeParts {
  readonly session: ChatSession;
  readonly clock: Clock;
  /** Where messages go. */
  readonly target: { readonly room: RoomId } | { readonly to: string };
  /** Lines that end the input. */
  readonly farewells: readonly string[];
  readonly paint?: Paint;
  /** What others say. */
  out(line: string): Promise<void>;
  /** News about the connection, and what went wrong. */
  note(line: string): Promise<void>;
}

/** See the module's description. */
export class TextPipe implements PipeForm {
  readonly #parts: TextPipeParts;
  readonly #pipe: Pipe;
  readonly #paint: Paint;
  readonly #recent = new RecentEvents();
  #day: string;
  #offlineSince: number | undefined;

  constructor(parts: TextPipeParts, pipe: Pipe) {
    this.#parts = parts;
    this.#pipe = pipe;
    this.#paint = parts.paint ?? PLAIN;
    this.#day = dayOf(parts.clock.now());
  }

  async told(event: SessionEvent): Promise<void> {
    switch (event.kind) {
      case "event":
        return await this.#said(event.event);
      case "online":
        return await this.#online();
      case "offline":
        if (this.#offlineSince !== undefined) return;
        this.#offlineSince = this.#parts.clock.monotonic();
        return await this.#note("The connection is gone; trying again.");
      case "notice":
        return await this.#parts.out(noteLine(indented(event.text), this.#paint));
      case "member": {
        const did = event.state === "joined" ? "came" : "left";
        return await this.#parts.out(noteLine(`${safeName(event.who.name)} ${did}.`, this.#paint));
      }
      case "skipped": {
        const where = roomName(event.room, this.#view());
        return await this.#note(`${event.count} messages in ${where} are not shown.`);
      }
      case "lost":
        throw new ChatnodeError(event.code, "Cannot stay in the room: the server says no");
      case "presence":
      case "typing":
      case "receipt":
      case "seen":
      case "room":
      case "contact":
      case "request":
      case "invitation":
      case "file":
        return;
    }
  }

  async take({ text, number }: { readonly text: string; readonly number: number }): Promise<
    "more" | "end"
  > {
    if (this.#parts.farewells.includes(text.trim())) return "end";
    if (text.trim() !== "") await this.#pipe.send({ ...this.#parts.target, body: text }, number);
    return "more";
  }

  sent(_event: ChatEvent): Promise<void> {
    return Promise.resolve();
  }

  async failed(error: unknown, line: number): Promise<void> {
    const reason = error instanceof ChatnodeError
      ? error.message
      : "Cannot send: the client failed";
    await this.#parts.note(faultLine(`Line ${line}: ${reason}`, this.#paint));
  }

  async #said(event: ChatEvent): Promise<void> {
    if (!this.#recent.add(event)) return;
    const line = eventLine(event, this.#view(), this.#paint);
    if (line === undefined) return;
    const day = dayOf(event.timestamp_ms);
    if (day !== this.#day) await this.#parts.out(dayLine(event.timestamp_ms, this.#paint));
    this.#day = day;
    await this.#parts.out(line);
  }

  async #online(): Promise<void> {
    if (this.#offlineSince === undefined) return;
    const away = this.#parts.clock.monotonic() - this.#offlineSince;
    this.#offlineSince = undefined;
    await this.#note(`Connected again after ${lengthOf(away)}.`);
  }

  async #note(text: string): Promise<void> {
    await this.#parts.note(noteLine(text, this.#paint));
  }

  #view() {
    const { session, target } = this.#parts;
    const room = "room" in target ? target.room : "";
    const recall = (id: string) => this.#recent.get(id);
    return { you: session.you?.address, node: session.node, room, recall };
  }
}
