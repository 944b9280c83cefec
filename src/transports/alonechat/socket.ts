import type { IncomingMessage } from "node:http";
import type { Identity } from "../../accounts/contract.ts";
import type { TokenRefusal } from "../../accounts/tokens.ts";
import { ChatnodeError } from "../../errors.ts";
import type { EndReason, Peer, Session } from "../../hub/contract.ts";
import { HubError } from "../../hub/errors.ts";
import { getLogger } from "../../log.ts";
import { MessageError } from "../../message/error.ts";
import { CLOSE } from "../../wire/errors.ts";
import { isAllowedOrigin, readUpgradeToken } from "../../wire/handshake.ts";
import type { Link, LinkEnd, LinkEvents } from "../../wire/link.ts";
import { commandIn, commandMessage } from "./commands.ts";
import type { SocketDialect } from "./dialect.ts";
import { type AloneParts, VIA } from "./env.ts";
import { decodeUtf8 } from "./fields.ts";
import {
  type AloneMessage,
  decodeMessage,
  encodeMessage,
  MESSAGE_TYPE,
  serverMessage,
} from "./message.ts";
import { roomFor } from "./recipient.ts";
import { contentOf, LOBBY } from "./render.ts";
import { alreadyLoggedIn, type Farewell, FAREWELLS, refusedToken, turnedAway } from "./words.ts";

/** Messages that may wait to be stored before the client is read no further. */
const IN_FLIGHT = 256;
/** Between two complaints to one client, milliseconds: a flood is not answered by a flood. */
const COMPLAIN_EVERY = 2_000;

/** What every socket works with. */
export interface SocketParts extends Pick<AloneParts, "accounts" | "hub" | "origins" | "clock"> {
  readonly dialect: SocketDialect;
}

/** One AloneChat client on its WebSocket. */
export class AloneSocket implements LinkEvents, Peer<Uint8Array> {
  readonly via = VIA;
  readonly #parts: SocketParts;
  readonly #remote: string;
  readonly #log = getLogger(["alonechat"]);
  #link: Link | undefined;
  #session: Session | undefined;
  /** What came behind the handshake, before its token was looked at. */
  #early: string[] | undefined = [];
  #inFlight = 0;
  #complainedAt = -Infinity;

  constructor(parts: SocketParts, remote: string) {
    this.#parts = parts;
    this.#remote = remote;
  }

  get dialect(): SocketDialect {
    return this.#parts.dialect;
  }

  /** Looks at the handshake's token, and connects its owner to the hub. Never rejects. */
  async begin(link: Link, request: IncomingMessage): Promise<void> {
    this.#link = link;
    link.pause();
    try {
      const origin = { via: VIA, remote: this.#remote };
      const who = await this.#parts.hub.admit(origin, () => this.#authenticate(request));
      if (!link.isOpen) return;
      this.#session = this.#connect(who);
      this.#session.join(LOBBY);
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const text of early) this.text(text);
    } catch (error) {
      this.#leave(farewellOf(error));
    } finally {
      link.resume();
    }
  }

  text(text: string): void {
    if (this.#early !== undefined) {
      this.#early.push(text);
      return;
    }
    if (this.#session === undefined) return;
    const message = decodeMessage(text);
    if (message === undefined) this.#ignore(text.length);
    else this.#receive(this.#session, message);
  }

  binary(bytes: Uint8Array): void {
    const text = decodeUtf8(bytes);
    if (text === undefined) this.#ignore(bytes.length);
    else this.text(text);
  }

  closed({ slow }: LinkEnd): void {
    if (slow) this.#parts.hub.counters.slowDropped += 1;
    const session = this.#session;
    this.#session = undefined;
    this.#early = undefined;
    session?.close();
  }

  send(batch: Uint8Array): void {
    this.#link?.send(batch);
  }

  drained(): Promise<void> {
    return this.#link?.drained() ?? Promise.resolve();
  }

  end(reason: EndReason): void {
    this.#leave(FAREWELLS[reason]);
  }

  async #authenticate(request: IncomingMessage): Promise<Identity> {
    const { accounts, origins } = this.#parts;
    const found = readUpgradeToken(request);
    // Browsers send the cookie along whatever page asks.
    const foreign = found?.from === "cookie" && !isAllowedOrigin(request, origins);
    const verified = await accounts.verify(foreign ? undefined : found?.token);
    if (verified.ok) return verified.identity;
    throw new TokenRefused(verified);
  }

  #connect(who: Identity): Session {
    const { address, name, role, token } = who;
    try {
      // Without `expires`: original clients look at their token once and chat on for days. Logging
      // out, a new password and the operator end the session none the less.
      const identity = { address, name, role, ...(token === undefined ? {} : { token }) };
      return this.#parts.hub.connect(identity, this, { via: VIA, remote: this.#remote });
    } catch (error) {
      const second = error instanceof HubError && error.code === "hub/already-connected";
      throw second ? new TurnedAway(alreadyLoggedIn(name)) : error;
    }
  }

  #receive(session: Session, message: AloneMessage): void {
    switch (message.type) {
      case MESSAGE_TYPE.heartbeat:
        if (message.content === "ping") this.#tell(serverMessage("pong", MESSAGE_TYPE.heartbeat));
        return;
      case MESSAGE_TYPE.help:
        return this.#count(this.#command(session, "/help"));
      case MESSAGE_TYPE.command:
        return this.#say(session, { ...message, content: withSlash(message.content) });
      case MESSAGE_TYPE.text:
      case MESSAGE_TYPE.encrypted:
        return this.#say(session, message);
      case MESSAGE_TYPE.join:
      case MESSAGE_TYPE.leave:
        // Who comes and goes is the hub's to say.
        return;
    }
  }

  #say(session: Session, message: AloneMessage): void {
    const command = message.type === MESSAGE_TYPE.encrypted
      ? undefined
      : commandIn(message.content, this.#parts.hub.commands);
    this.#count(
      command === undefined ? this.#publish(session, message) : this.#command(session, command),
    );
  }

  async #command(session: Session, text: string): Promise<void> {
    const answer = await session.command(text, LOBBY);
    if (answer !== undefined) this.#tell(commandMessage(answer));
  }

  async #publish(session: Session, message: AloneMessage): Promise<void> {
    if (message.content === "") return;
    const { accounts, hub } = this.#parts;
    const room = roomFor(session.identity, message.target, accounts, hub.node);
    await session.publish({ room, type: "m.room.message", content: contentOf(message) });
  }

  /** Follows what is under way, and reads no further while too much is. */
  #count(work: Promise<void>): void {
    this.#inFlight += 1;
    if (this.#inFlight === IN_FLIGHT) this.#link?.pause();
    void work.catch((error) => this.#complain(error)).then(() => {
      if (this.#inFlight === IN_FLIGHT) this.#link?.resume();
      this.#inFlight -= 1;
    });
  }

  #complain(error: unknown): void {
    if (this.#session === undefined) return;
    const known = error instanceof ChatnodeError;
    if (!known) this.#log.error("a message of {remote} failed: {error}", this.#about({ error }));
    const now = this.#parts.clock.monotonic();
    if (now - this.#complainedAt < COMPLAIN_EVERY) return;
    this.#complainedAt = now;
    this.#tell(serverMessage(`Message not sent: ${known ? stateOf(error) : "internal error"}`));
  }

  #ignore(length: number): void {
    this.#parts.hub.counters.badFrames += 1;
    this.#log.debug("{length} characters of {remote} are no message", this.#about({ length }));
  }

  #about(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return { ...properties, remote: this.#remote };
  }

  #tell(message: AloneMessage): void {
    this.#link?.send(encodeMessage(message));
  }

  #leave({ text, code, reason }: Farewell): void {
    if (text !== undefined) this.#tell(serverMessage(text));
    this.#link?.close(code, reason);
  }
}

/** The handshake's token was not accepted. */
class TokenRefused extends Error {
  readonly refusal: TokenRefusal;

  constructor(refusal: TokenRefusal) {
    super("token refused");
    this.refusal = refusal;
  }
}

/** A session that could not begin, with what its client is told. */
class TurnedAway extends Error {
  readonly farewell: Farewell;

  constructor(farewell: Farewell) {
    super("turned away");
    this.farewell = farewell;
  }
}

function farewellOf(error: unknown): Farewell {
  if (error instanceof TokenRefused) return refusedToken(error.refusal);
  if (error instanceof TurnedAway) return error.farewell;
  if (error instanceof HubError && error.code === "hub/closed") return FAREWELLS.shutdown;
  if (error instanceof ChatnodeError) return turnedAway(error.message);
  getLogger(["alonechat"]).error("a handshake failed: {error}", { error });
  return { ...FAREWELLS.failed, code: CLOSE.internal };
}

function withSlash(text: string): string {
  return text.trimStart().startsWith("/") ? text : `/${text.trimStart()}`;
}

/** "Cannot <action> <what>: <state>" without its beginning. */
function stateOf(error: ChatnodeError): string {
  const state = error.message.slice(error.message.indexOf(": ") + 2);
  return error instanceof MessageError ? `the target is no name: ${state}` : state;
}
