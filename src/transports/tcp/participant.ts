/**
 * One person of a text dialect, original frames or lines, in the hub: comes in, says things in order,
 * is told what went wrong, leaves.
 *
 * @module
 */
import type { Entrance, Entry, Introduction } from "../../accounts/guests.ts";
import type { Clock } from "../../clock.ts";
import { ChatnodeError } from "../../errors.ts";
import type { Dialect, EndReason, Hub, Peer, Session } from "../../hub/contract.ts";
import { getLogger } from "../../log.ts";
import type { RoomId } from "../../message/event.ts";
import { Intake, type IntakeOwner } from "./intake.ts";
import type { Link } from "./link.ts";
import { complaintOf, FAREWELLS } from "./words.ts";

/** The room that everybody of this door begins in. */
export const LOBBY: RoomId = "lobby";

/** What all participants work with. */
export interface TextContext {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly entrance: Entrance;
}

/** A dialect's side of a participant. */
export interface Voice {
  readonly via: string;
  /** Its dialect now; it stays the same once the participant has come in. */
  dialect(): Dialect<Uint8Array>;
  /** What the node itself says to this client. */
  notice(text: string): Uint8Array;
  /** See `IntakeOwner.isAlone`. */
  isAlone(text: string): boolean;
  /** Does what the client asks for; what it throws is told to the client. */
  handle(text: string): Promise<void>;
}

const log = getLogger(["tcp"]);

/** See the module's description. */
export class Participant implements Peer<Uint8Array>, IntakeOwner<string> {
  readonly link: Link;
  readonly #context: TextContext;
  readonly #voice: Voice;
  readonly #remote: string;
  readonly #intake: Intake<string>;
  #session: Session | undefined;
  #entry: Entry | undefined;
  /** Nothing more is taken of the client, and it does not come in any more. */
  #ended = false;

  constructor(context: TextContext, link: Link, voice: Voice, remote: string) {
    this.link = link;
    this.#context = context;
    this.#voice = voice;
    this.#remote = remote;
    this.#intake = new Intake(this, context.clock, context.hub.limits);
  }

  get via(): string {
    return this.#voice.via;
  }

  get dialect(): Dialect<Uint8Array> {
    return this.#voice.dialect();
  }

  /** Undefined before {@linkcode enter} and after the end. */
  get session(): Session | undefined {
    return this.#session;
  }

  /**
   * Comes in, and into the lobby. False when the client was sent away meanwhile.
   *
   * @throws {AccountError} as `Entrance.enter`
   * @throws {HubError} as `Hub.admit`, `Hub.connect` and `Session.join`
   */
  async enter(introduction: Introduction): Promise<boolean> {
    const { hub, entrance } = this.#context;
    const origin = { via: this.via, remote: this.#remote };
    try {
      const identity = await hub.admit(origin, async () => {
        this.#entry = await entrance.enter(introduction, this.#remote);
        return this.#entry.identity;
      });
      if (this.#ended) throw new Gone();
      this.#session = hub.connect(identity, this, origin);
      this.#session.join(LOBBY);
      return true;
    } catch (error) {
      this.#session?.close();
      this.#session = undefined;
      this.#entry?.leave();
      this.#entry = undefined;
      if (error instanceof Gone) return false;
      throw error;
    }
  }

  /** Takes what the client sent, to be handled in its turn. */
  take(text: string): void {
    if (!this.#ended) this.#intake.add(text);
  }

  /** Publishes a text. */
  async say(room: RoomId, body: string, msgtype: "m.text" | "m.emote" = "m.text"): Promise<void> {
    const content = { body, msgtype };
    await this.#session?.publish({ room, type: "m.room.message", content });
  }

  send(batch: Uint8Array): void {
    this.link.send(batch);
  }

  drained(): Promise<void> {
    return this.link.drained();
  }

  end(reason: EndReason): void {
    this.dismiss(FAREWELLS[reason]);
  }

  /** Says something to this client alone. */
  tell(text: string): void {
    this.link.send(this.#voice.notice(text));
  }

  /** Tells the client why and ends the connection; what waits is forgotten. */
  dismiss(text: string): void {
    this.#ended = true;
    this.#intake.drop();
    this.tell(text);
    this.link.close();
  }

  /** The client may not come in. */
  refuse(error: unknown): void {
    this.#report(error);
    this.dismiss(`You cannot come in: ${complaintOf(error)}.`);
  }

  /** The client wants to leave; what it sent after that is forgotten. */
  quit(): void {
    this.#ended = true;
    this.#intake.drop();
    this.link.close();
  }

  /**
   * The client sends no more, or nothing more is taken of it: does what waits, at its pace, and ends
   * the connection, with a word if there is one.
   */
  async finish(farewell?: string): Promise<void> {
    await this.#intake.done();
    if (farewell !== undefined) this.tell(farewell);
    this.link.close();
  }

  /** The connection has ended: does what waits, and leaves. */
  async gone(end: { readonly slow: boolean }): Promise<void> {
    if (end.slow) this.#context.hub.counters.slowDropped += 1;
    await this.#intake.finish();
    this.#ended = true;
    this.#session?.close();
    this.#session = undefined;
    this.#entry?.leave();
  }

  isAlone(text: string): boolean {
    return this.#voice.isAlone(text);
  }

  async handle(text: string): Promise<void> {
    try {
      await this.#voice.handle(text);
    } catch (error) {
      this.#report(error);
      this.tell(`Not done: ${complaintOf(error)}.`);
    }
  }

  pause(): void {
    this.link.pause();
  }

  resume(): void {
    this.link.resume();
  }

  #report(error: unknown): void {
    if (error instanceof ChatnodeError) return;
    log.error("a message of {remote} failed: {error}", { remote: this.#remote, error });
  }
}

/** The client was sent away while it was being let in. */
class Gone extends Error {}
