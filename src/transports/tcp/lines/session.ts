import { AccountError } from "../../../accounts/failure.ts";
import type { Timer } from "../../../clock.ts";
import { decodeUtf8 } from "../frame.ts";
import type { TcpLimits } from "../limits.ts";
import { type LineEnd, LineReader } from "../line_reader.ts";
import type { Link, LinkEvents } from "../link.ts";
import { LOBBY, Participant, type TextContext, type Voice } from "../participant.ts";
import { complaintOf } from "../words.ts";
import { type Desk, runCommand } from "./commands.ts";
import type { LinesDialect } from "./dialect.ts";

const encoder = new TextEncoder();

/** Passwords that may be wrong before the connection ends. */
const MOST_TRIES = 3;

/** RFC 854, RFC 857: the terminal stops and goes on showing what is typed. */
const HIDE_TYPING = new Uint8Array([255, 251, 1]);
const SHOW_TYPING = new Uint8Array([255, 252, 1, 13, 10]);

/** A web browser or a port scanner. */
const HTTP_METHOD = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|PRI) /;
const HTTP_REQUEST = /^[A-Z]{3,10} \S+ HTTP\/\d/;
const HTTP_ANSWER = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n" +
  "Connection: close\r\n\r\nThis port speaks the chat relay's protocols, not HTTP.\r\n";

/** What all sessions of lines work with. */
export interface LinesContext extends TextContext {
  readonly limits: TcpLimits;
  readonly lines: Readonly<Record<LineEnd, LinesDialect>>;
}

/** What is known of the connection. */
export interface Terminal {
  readonly remote: string;
  /** Within TLS. */
  readonly secure: boolean;
  /** What has come already. */
  readonly head: Uint8Array;
}

/** Somebody at a keyboard, with netcat or telnet, or a script. */
export class LinesSession implements LinkEvents, Voice {
  readonly via = "lines";
  readonly #context: LinesContext;
  readonly #terminal: Terminal;
  readonly #participant: Participant;
  readonly #reader: LineReader;
  readonly #desk: { room: string } = { room: LOBBY };
  #state: "name" | "password" | "chat" = "name";
  /** As the first line ends, for good: the hub keeps receivers by dialect. */
  #end: LineEnd | undefined;
  #name = "";
  #tries = 0;
  #deadline: Timer | undefined;
  #partialAt: number | undefined;

  constructor(context: LinesContext, link: Link, terminal: Terminal) {
    this.#context = context;
    this.#terminal = terminal;
    this.#participant = new Participant(context, link, this, terminal.remote);
    this.#reader = new LineReader(context.limits.frameBytes, {
      line: (bytes, end) => this.#line(bytes, end),
      oversize: () => this.#oversize(),
    });
    this.#deadline = context.clock.after(context.limits.loginMs, () => {
      this.#participant.dismiss("You took too long.");
    });
    // In front of an HTTP answer there may be nothing.
    if (!HTTP_METHOD.test(asciiOf(terminal.head))) this.#ask("Name: ");
  }

  data(chunk: Uint8Array): void {
    this.#reader.push(chunk);
    if (!this.#reader.isPartial) this.#partialAt = undefined;
    else this.#partialAt ??= this.#context.clock.monotonic();
  }

  ended(): void {
    this.#reader.finish();
    void this.#participant.finish();
  }

  closed(end: { readonly slow: boolean }): void {
    this.#reader.stop();
    this.#deadline?.cancel();
    void this.#participant.gone(end);
  }

  beat(silentMs: number): void {
    const { clock, limits } = this.#context;
    const partial = this.#partialAt === undefined ? 0 : clock.monotonic() - this.#partialAt;
    if (partial >= limits.messageMs) this.#participant.dismiss("Your line took too long.");
    else if (silentMs >= limits.idleMs) {
      this.#participant.dismiss("You have said nothing for too long.");
    }
  }

  dialect(): LinesDialect {
    return this.#context.lines[this.#end ?? "\n"];
  }

  notice(text: string): Uint8Array {
    return this.dialect().lines([text]);
  }

  isAlone(line: string): boolean {
    return this.#state !== "chat" || line.startsWith("/");
  }

  async handle(line: string): Promise<void> {
    switch (this.#state) {
      case "name":
        return await this.#takeName(line.trim());
      case "password":
        return await this.#takePassword(line);
      case "chat":
        return await this.#chat(line);
    }
  }

  async #chat(line: string): Promise<void> {
    const desk = this.#deskOf();
    if (desk === undefined || line.trim() === "") return;
    if (line.startsWith("//")) await desk.say(this.#desk.room, line.slice(1));
    else if (!line.startsWith("/")) await desk.say(this.#desk.room, line);
    else await runCommand(desk, line);
  }

  async #takeName(name: string): Promise<void> {
    this.#name = name;
    if (HTTP_REQUEST.test(name)) {
      this.#participant.link.send(encoder.encode(HTTP_ANSWER));
      return this.#participant.quit();
    }
    const { entrance } = this.#context;
    if (name === "" && entrance.policy === "off") return this.#ask("Name: ");
    if (!entrance.isAccount(name) && entrance.policy !== "off") return await this.#enter();
    this.#askPassword();
  }

  #askPassword(): void {
    this.#state = "password";
    const plain = this.#terminal.secure ? "" : " (this connection is not encrypted)";
    const guest = this.#context.entrance.policy === "off" ? "" : ", empty to come in as a guest";
    this.#ask(`Password${plain}${guest}: `);
    if (this.#end === "\r\n") this.#participant.link.send(HIDE_TYPING);
  }

  async #takePassword(password: string): Promise<void> {
    if (this.#end === "\r\n") this.#participant.link.send(SHOW_TYPING);
    if (password === "") return await this.#enter();
    this.#tries += 1;
    await this.#enter(password);
  }

  async #enter(password?: string): Promise<void> {
    const introduction = password === undefined
      ? { name: this.#name }
      : { name: this.#name, password };
    try {
      if (await this.#participant.enter(introduction)) this.#welcome();
    } catch (error) {
      const again = error instanceof AccountError && this.#tries < MOST_TRIES &&
        (password !== undefined || error.code === "accounts/required");
      if (!again) return this.#participant.refuse(error);
      if (password === undefined) this.#tries += 1;
      this.#participant.tell(`${complaintOf(error)}.`);
      this.#askPassword();
    }
  }

  #welcome(): void {
    const { session } = this.#participant;
    if (session === undefined) return;
    this.#state = "chat";
    this.#deadline?.cancel();
    this.#participant.tell(
      `You are ${session.identity.name}, in ${LOBBY}. /help lists what you can do.`,
    );
  }

  #deskOf(): Desk | undefined {
    const { session } = this.#participant;
    if (session === undefined) return undefined;
    const state = this.#desk;
    return {
      hub: this.#context.hub,
      session,
      get room() {
        return state.room;
      },
      set room(room) {
        state.room = room;
      },
      isAccount: (name) => this.#context.entrance.isAccount(name),
      tell: (text) => this.#participant.tell(text),
      say: (room, body, msgtype) => this.#participant.say(room, body, msgtype),
      quit: () => {
        this.#participant.tell("Goodbye.");
        this.#participant.quit();
      },
    };
  }

  #line(bytes: Uint8Array, end: LineEnd): void {
    this.#partialAt = undefined;
    this.#end ??= end;
    const text = decodeUtf8(bytes);
    if (text !== undefined) return this.#participant.take(text);
    this.#context.hub.counters.badFrames += 1;
    this.#participant.tell("Not done: your line is not UTF-8.");
  }

  #oversize(): void {
    this.#context.hub.counters.badFrames += 1;
    void this.#participant.finish("Your line is too long. Goodbye.");
  }

  #ask(question: string): void {
    this.#participant.link.send(encoder.encode(question));
  }
}

/** The first bytes, enough for any method. */
function asciiOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 16));
}
