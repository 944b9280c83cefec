/**
 * The server's side of one `chatnode.v1` connection: hello, requests and their answers, what the
 * hub sends, and the end. Knows messages, not sockets.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";
import { ChatnodeError } from "../errors.ts";
import type { Dialect, EndReason, Hub, Peer, Session } from "../hub/contract.ts";
import { getLogger } from "../log.ts";
import { CLOSE_CODES, type Connection } from "./connection.ts";
import { decodeClientFrame } from "./decode.ts";
import { encodeAck, encodeError } from "./encode.ts";
import { closeCodeOf, endOf } from "./endings.ts";
import { ProtocolError } from "./errors.ts";
import type { ClientFrame } from "./frames.ts";
import { Identification, type Verifier } from "./identification.ts";
import { PROTOCOL_LIMITS } from "./limits.ts";
import { Pacing } from "./pacing.ts";
import { answer, joinRoom, publish } from "./requests.ts";
import { encodeWelcome } from "./welcome.ts";

/** What all sessions of one transport share. */
export interface SessionContext extends Verifier {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly dialect: Dialect<Uint8Array>;
  /** The door's name, for the events' provenance. */
  readonly via: string;
  /** The longest frame that the transport takes, bytes; `PROTOCOL_LIMITS.frameBytes` unless told. */
  readonly frameBytes?: number;
}

/** What is known of a connection before its first frame. */
export interface Arrival {
  /** A token that came with the transport's own handshake. */
  readonly token?: string;
  /** The remote address. */
  readonly remote?: string;
}

/** Requests whose answers can be large. */
const LARGE: ReadonlySet<string> = new Set(["history", "search", "rooms", "members"]);

type Hello = ClientFrame & { readonly type: "hello" };
type Send = ClientFrame & { readonly type: "send" };

const log = getLogger(["protocol"]);

/** See the module's description. Its owner passes on what is received and that it ended. */
export class ServerSession implements Peer<Uint8Array> {
  readonly #context: SessionContext;
  readonly #connection: Connection;
  readonly #identification: Identification;
  readonly #pacing: Pacing;
  readonly #remote: string | undefined;
  #token: string | undefined;
  #session: Session | undefined;
  #state: "hello" | "greeting" | "ready" | "ended" = "hello";
  /** Frames that came while hello was being answered. */
  #early: string[] | undefined;
  #deadline: Timer | undefined;

  constructor(context: SessionContext, connection: Connection, arrival: Arrival) {
    this.#context = context;
    this.#connection = connection;
    this.#identification = new Identification(context);
    this.#pacing = new Pacing(connection, (text) => this.text(text));
    this.#token = arrival.token;
    this.#remote = arrival.remote;
    this.#deadline = context.clock.after(PROTOCOL_LIMITS.helloMs, () => this.#late());
  }

  get dialect(): Dialect<Uint8Array> {
    return this.#context.dialect;
  }

  get via(): string {
    return this.#context.via;
  }

  /** The client's text. */
  text(text: string): void {
    if (this.#state === "ended") return;
    if (this.#state === "greeting") return this.#keepEarly(text);
    if (this.#pacing.isPaused) return this.#pacing.hold(text);
    let frame: ClientFrame;
    try {
      frame = decodeClientFrame(text);
    } catch (error) {
      return this.#refuseFrame(error);
    }
    if (this.#state === "hello") void this.#greet(frame);
    else this.#take(frame);
  }

  /** The client's binary message: this protocol has none. */
  binary(): void {
    if (this.#state === "ended") return;
    const state = "it is binary, chatnode.v1 is text only";
    this.#refuseFrame(new ProtocolError("protocol/binary", `Cannot read the frame: ${state}`));
  }

  /** Resolves when every request so far is answered. Never rejects. */
  answered(): Promise<void> {
    return this.#pacing.answered();
  }

  /** The connection has ended, by whom ever. */
  closed(end: { readonly slow: boolean }): void {
    if (end.slow) this.#context.hub.counters.slowDropped += 1;
    this.#end();
  }

  send(batch: Uint8Array): void {
    this.#connection.send(batch);
  }

  drained(): Promise<void> {
    return this.#connection.drained();
  }

  end(reason: EndReason): void {
    const { code, error } = endOf(reason);
    this.#goodbye(code, error, reason);
  }

  async #greet(frame: ClientFrame): Promise<void> {
    if (frame.type !== "hello") {
      const message = "Cannot answer: the first frame has to be hello";
      this.#refuseFrame(new ProtocolError("protocol/not-greeted", message, frame.ref));
      return;
    }
    this.#state = "greeting";
    this.#pacing.begin();
    this.#deadline?.cancel();
    this.#deadline = undefined;
    try {
      const session = await this.#connect(frame);
      if (session !== undefined) this.#welcome(session, frame);
    } catch (error) {
      this.#goodbye(closeCodeOf(error), error, "refused", frame.ref);
    } finally {
      this.#token = undefined;
      this.#pacing.done();
    }
  }

  /** Undefined when the client left meanwhile. */
  async #connect(hello: Hello): Promise<Session | undefined> {
    const { hub, via } = this.#context;
    const origin = this.#remote === undefined ? { via } : { via, remote: this.#remote };
    const identity = await hub.admit(
      origin,
      () => this.#identification.identify(hello, this.#token, this.#remote),
    );
    // `closed` may have been called while the token was looked at.
    if (!this.#isEnded()) return hub.connect(identity, this, origin);
    this.#identification.leave();
    return undefined;
  }

  #welcome(session: Session, hello: Hello): void {
    this.#session = session;
    this.#state = "ready";
    this.#connection.send(encodeWelcome(this.#context, session, hello.ref));
    for (const wanted of hello.rooms) {
      const join = { ...wanted, ...(hello.epoch === undefined ? {} : { epoch: hello.epoch }) };
      try {
        this.#connection.send(joinRoom(session, join, undefined));
      } catch (error) {
        this.#connection.send(encodeError(error, { room: wanted.room }));
      }
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const text of early) this.text(text);
  }

  #keepEarly(text: string): void {
    this.#early ??= [];
    if (this.#early.push(text) <= PROTOCOL_LIMITS.earlyFrames) return;
    const message = "Cannot take more frames: hello is not answered yet";
    this.#goodbye(CLOSE_CODES.tooMany, new ProtocolError("protocol/impatient", message), "tooMany");
  }

  #take(frame: ClientFrame): void {
    if (frame.type === "hello") {
      const message = "Cannot answer: hello was said already";
      this.#refuseFrame(new ProtocolError("protocol/greeted", message, frame.ref));
    } else if (frame.type === "send") this.#publish(frame);
    else if (LARGE.has(frame.type)) this.#pacing.inLine(() => this.#answer(frame));
    else this.#pacing.track(this.#answer(frame));
  }

  /** What most frames are: answered without a promise more than the hub's own. */
  #publish(frame: Send): void {
    const session = this.#session;
    if (session === undefined) return;
    const { hub } = this.#context;
    this.#pacing.begin();
    publish(hub, session, frame).then(
      (appended) => {
        this.#connection.send(encodeAck(appended, hub.durability, frame));
        this.#pacing.done();
      },
      (error) => {
        this.#tell(frame, error);
        this.#pacing.done();
      },
    );
  }

  /** Never rejects. */
  async #answer(frame: Exclude<ClientFrame, Hello | Send>): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    try {
      const text = frame.type === "auth"
        ? await this.#renew(session, frame)
        : await answer(this.#context, session, frame);
      if (text !== undefined) this.#connection.send(text);
    } catch (error) {
      this.#tell(frame, error);
    }
  }

  #tell(frame: ClientFrame, error: unknown): void {
    if (!(error instanceof ChatnodeError)) logFault(frame.type, error);
    const key = frame.type === "send" ? frame.key : undefined;
    this.#connection.send(encodeError(error, { ref: frame.ref, key }));
  }

  async #renew(
    session: Session,
    frame: ClientFrame & { type: "auth" },
  ): Promise<string | undefined> {
    session.renew(await this.#identification.verify(frame.token));
    return frame.ref === undefined ? undefined : JSON.stringify({ type: "ok", ref: frame.ref });
  }

  #refuseFrame(error: unknown): void {
    this.#context.hub.counters.badFrames += 1;
    const ref = error instanceof ProtocolError ? error.ref : undefined;
    const code = error instanceof ProtocolError ? error.code : "internal";
    log.debug("Cannot read a frame of {remote}: {code}", { remote: this.#remote, code });
    this.#connection.send(encodeError(error, ref === undefined ? {} : { ref }));
  }

  #late(): void {
    const message = "Cannot wait longer: no hello came";
    const error = new ChatnodeError("auth/none", message);
    this.#goodbye(CLOSE_CODES.unauthenticated, error, "no hello");
  }

  /** Says why, closes, and leaves the hub. */
  #goodbye(code: number, error: unknown, reason: string, ref?: string): void {
    if (this.#state === "ended") return;
    if (!(error instanceof ChatnodeError)) logFault("hello", error);
    this.#connection.send(encodeError(error, ref === undefined ? {} : { ref }));
    this.#connection.close(code, reason);
    this.#end();
  }

  #end(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#deadline?.cancel();
    this.#early = undefined;
    this.#session?.close();
    this.#identification.leave();
    this.#pacing.stop();
  }

  #isEnded(): boolean {
    return this.#state === "ended";
  }
}

function logFault(type: string, error: unknown): void {
  const reason = error instanceof Error ? `${error.name} ${error.stack ?? ""}` : "no Error";
  log.error("Cannot answer a {type} frame: {reason}", { type, reason });
}
