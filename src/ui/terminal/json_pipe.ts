/**
 * The chat for programs: JSON Lines in both directions. `docs/client.md` is the reference.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import { isEventType } from "../../message/content.ts";
import type { ChatEvent, Content, RoomId } from "../../message/event.ts";
import { parseRoom } from "../../message/address.ts";
import { inSteps } from "./file_progress.ts";
import { JsonQuestions } from "./json_questions.ts";
import { outgoingAbout, type RequestAbout } from "./outgoing.ts";
import type { Pipe, PipeForm } from "./piped.ts";
import { RecentEvents } from "./recent.ts";
import { readRequest, type Request } from "./requests.ts";
import { type ChatSession, type Outgoing, type SessionEvent, Unable } from "./session.ts";

/** What the form works with. */
export interface JsonPipeParts {
  readonly session: ChatSession;
  /** Where messages go that do not say it. */
  readonly target: { readonly room: RoomId } | { readonly to: string };
  /** Whose lines these are, where several accounts share the output. */
  readonly account?: string | undefined;
  /** Writes one line, its LF included. */
  out(line: string): Promise<void>;
}

/**
 * What JSON leaves as it is and a terminal does not: DEL, C1 controls, what turns the direction of
 * text, separators of lines, invisible characters.
 */
const UNSAFE =
  /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** `value` as one line of JSON that is safe to show, and means the same. */
export function jsonLine(value: unknown): string {
  const escaped = (character: string) =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(value).replace(UNSAFE, escaped)}\n`;
}

/** See the module's description. */
export class JsonPipe implements PipeForm {
  readonly #parts: JsonPipeParts;
  readonly #pipe: Pipe;
  readonly #recent = new RecentEvents();
  readonly #questions: JsonQuestions;

  constructor(parts: JsonPipeParts, pipe: Pipe) {
    this.#parts = parts;
    this.#pipe = pipe;
    this.#questions = new JsonQuestions({
      write: (value) => this.#write(value),
      failed: (error, line) => pipe.fail(error, line),
    });
  }

  async told(event: SessionEvent): Promise<void> {
    switch (event.kind) {
      case "event":
        if (this.#recent.add(event.event)) await this.#write(event.event);
        return;
      case "online":
        return await this.#write({ type: "chatnode.online", node: event.node, you: event.you });
      case "offline":
        return await this.#write({ type: "chatnode.offline", retry_ms: event.retryMs });
      default: {
        const { kind, ...rest } = event;
        return await this.#write({ type: `chatnode.${kind}`, ...rest });
      }
    }
  }

  async take({ text, number }: { readonly text: string; readonly number: number }): Promise<
    "more" | "end"
  > {
    if (text.trim() === "") return "more";
    if (await this.#questions.answered(text)) return "more";
    if (!text.trimStart().startsWith("/")) {
      await this.#pipe.send(this.#outgoing(text), number);
      return "more";
    }
    const request = readRequest(text);
    if (request.do === "quit") return "end";
    await this.#perform(request, number);
    return "more";
  }

  /** What is still asked is given up. */
  async ended(): Promise<void> {
    await this.#questions.giveUp();
  }

  async sent(event: ChatEvent, line: number): Promise<void> {
    this.#recent.add(event);
    const { event_id: id, room_id: room, timestamp_ms: timestamp } = event;
    await this.#write({ type: "chatnode.sent", line, id, room, timestamp });
  }

  async failed(error: unknown, line: number): Promise<void> {
    await this.#write({ type: "chatnode.error", line, ...faultOf(error) });
  }

  /** Does what a slash command says; waits for the answer, so that lines are done in order. */
  async #perform(request: Request, line: number): Promise<void> {
    const { session, target } = this.#parts;
    switch (request.do) {
      case "say":
        return await this.#pipe.send({ ...target, ...said(request) }, line);
      case "message":
        if (request.body === "") throw wrong("the message has no text");
        return await this.#pipe.send({ to: request.to, body: request.body }, line);
      case "reply":
      case "react":
      case "unreact":
      case "edit":
      case "redact":
        return await this.#pipe.send(this.#about(request), line);
      case "join":
        return await this.#join(request, line);
      case "leave":
        await session.leave(this.#roomOf(request.room));
        return await this.#write({ type: "chatnode.left", line, room: this.#roomOf(request.room) });
      case "who": {
        const room = this.#roomOf(request.room);
        const people = await session.occupants(room);
        return await this.#write({ type: "chatnode.who", line, room, people });
      }
      case "rooms":
        return await this.#write({ type: "chatnode.rooms", line, rooms: await session.rooms() });
      case "history": {
        const room = this.#roomOf("");
        const events = await session.history(room, request.count);
        return await this.#write({ type: "chatnode.history", line, room, events });
      }
      case "search": {
        const events = await session.search(request.text);
        return await this.#write({ type: "chatnode.found", line, events });
      }
      case "ask":
        return await this.#ask(request.text, line);
      case "usage":
        throw wrong(`it is ${request.usage}`);
      case "own":
        return await this.#ask(`/account ${request.what}`, line);
      case "whois":
        return await this.#ask(`/whois ${request.who}`.trimEnd(), line);
      case "file":
        return await this.#file(request, line);
      case "offer": {
        const { offers } = session.files ?? {};
        if (offers === undefined) throw new Unable("take files directly", "this protocol");
        return await offers[request.what](request.id === "" ? undefined : request.id);
      }
      case "status":
        if (session.status === undefined) throw new Unable("tell a state", "this protocol");
        await session.status.set(request.status, request.text === "" ? undefined : request.text);
        return await this.#write({ type: "chatnode.status", line, status: request.status });
      case "contact":
      case "contacts":
        return await this.#contacts(request, line);
      case "help":
      case "list":
      case "chat":
      case "account":
      case "clear":
        throw wrong("it is for people; docs/client.md tells what is for programs");
      case "nothing":
      case "quit":
        return;
    }
  }

  /** A file that somebody has to say yes to holds up nothing. */
  async #file(
    { path, way }: Extract<Request, { do: "file" }>,
    line: number,
  ): Promise<void> {
    const { files } = this.#parts.session;
    if (files === undefined) throw new Unable("send a file", "this protocol");
    const progress = inSteps(10, (done) => {
      // Not waited for: what nobody reads does not hold the file up.
      void this.#write({ type: "chatnode.progress", line, done }).catch(() => {});
    });
    const sending = { way, signal: new AbortController().signal, progress };
    const sent = files.send(this.#roomOf(""), path, sending);
    if (way === "direct") return this.#pipe.follow(sent, line);
    await this.sent(await sent, line);
  }

  async #contacts(
    request: Extract<Request, { do: "contact" | "contacts" }>,
    line: number,
  ): Promise<void> {
    const { contacts } = this.#parts.session;
    if (contacts === undefined) throw new Unable("change contacts", "this protocol");
    if (request.do === "contact") {
      const { what, who, name } = request;
      if (what === "add") await contacts.add(who, name === "" ? {} : { name });
      else await contacts[what](who);
    }
    await this.#write({ type: "chatnode.contacts", line, contacts: contacts.list() });
  }

  /** Over when the command is, or when it asks something: the lines that follow answer that. */
  async #ask(command: string, line: number): Promise<void> {
    const room = this.#roomOf("");
    await this.#questions.during(line, async (asking) => {
      const text = await this.#parts.session.command(command, room, asking);
      if (text === undefined) throw wrong("there is no such command");
      await this.#write({ type: "chatnode.reply", line, text });
    });
  }

  async #join(
    { room: name, nick, password }: Extract<Request, { do: "join" }>,
    line: number,
  ): Promise<void> {
    const { session } = this.#parts;
    const room = await session.find(name, "room");
    await session.join(room, {
      ...(nick === undefined ? {} : { nick }),
      ...(password === undefined ? {} : { password }),
    });
    await this.#write({ type: "chatnode.joined", line, room });
  }

  #about(request: RequestAbout): Outgoing {
    const you = this.#parts.session.you?.address ?? "";
    const seen = { recent: this.#recent, room: this.#roomOf(""), you };
    const message = outgoingAbout(request, seen);
    if (message === undefined) throw wrong("there is no such message that was seen lately");
    return message;
  }

  #roomOf(text: string): RoomId {
    if (text !== "") return parseRoom(text);
    const { target } = this.#parts;
    if ("room" in target) return target.room;
    throw wrong("it needs a room");
  }

  #outgoing(text: string): Outgoing {
    const fields = objectOf(text);
    const { room, to, body, msgtype, event_type: type, content, parent } = fields;
    const target = isText(to) ? { to } : isText(room) ? { room } : this.#parts.target;
    const answered = isText(parent) ? { parent } : {};
    if (typeof body === "string") {
      const kind = msgtype ?? "m.text";
      if (kind !== "m.text" && kind !== "m.emote" && kind !== "m.notice") {
        throw wrong("msgtype is none of m.text, m.emote, m.notice");
      }
      return { ...target, ...answered, body, msgtype: kind };
    }
    if (typeof type !== "string" || !isEventType(type) || !isObject(content)) {
      throw wrong("it needs a body, or event_type and content");
    }
    return { ...target, ...answered, event_type: type, content: content as Content };
  }

  /** The session has ended by itself. */
  async over(error: Error): Promise<void> {
    await this.#write({ type: "chatnode.ended", ...faultOf(error) });
  }

  /** Events say themselves whose they are, by their room. */
  async #write(value: Readonly<Record<string, unknown>> | ChatEvent): Promise<void> {
    const { account } = this.#parts;
    const isOwn = "event_id" in value || account === undefined;
    await this.#parts.out(jsonLine(isOwn ? value : { ...value, account }));
  }
}

/** What programs learn of an error: of what is no fault of this program's own, all of it. */
function faultOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof ChatnodeError)) {
    return { code: "client/failed", message: "Cannot do this: the client failed" };
  }
  const { code, message } = error;
  return { code, message };
}

function said({ body, msgtype }: Extract<Request, { do: "say" }>) {
  return { body, msgtype };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("it is not JSON");
  }
  if (!isObject(value)) throw wrong("it is not a JSON object");
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** @param state as in "Cannot do what the line says: <state>" */
function wrong(state: string): ChatnodeError {
  return new ChatnodeError("client/input", `Cannot do what the line says: ${state}`);
}
