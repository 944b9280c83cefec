import type { Identity } from "../accounts/contract.ts";
import type { Appended, Committed, Page, PageQuery } from "../history/contract.ts";
import type { Address, RoomId } from "../message/event.ts";
import type { Commands } from "./commands.ts";
import type {
  Author,
  CommandReply,
  EndReason,
  Hub,
  Origin,
  Outgoing,
  Peer,
  Person,
  Session,
} from "./contract.ts";
import type { Core } from "./core.ts";
import type { Counters } from "./counters.ts";
import { HubError } from "./errors.ts";
import { Expiry } from "./expiry.ts";
import type { Hooks } from "./hooks.ts";
import type { HubLimits } from "./limits.ts";
import { RateLimits } from "./rate_limits.ts";
import { requirePast, requireRoom } from "./rights.ts";
import { HubSession, type SessionOwner } from "./session.ts";

/** The hub as doors see it; made by `openHub` only. */
export class LiveHub implements Hub {
  readonly node: string;
  readonly epoch: string;
  readonly durability: Hub["durability"];
  readonly limits: HubLimits;
  readonly hooks: Hooks;
  readonly commands: Commands;
  readonly counters: Counters;
  readonly #core: Core;
  readonly #sessions = new Set<HubSession>();
  readonly #expiry: Expiry<HubSession>;
  readonly #rates: RateLimits;
  readonly #unfollow: () => void;
  readonly #owner: SessionOwner = {
    closed: (session) => this.#onClosed(session),
    renewed: (session) => this.#expire(session),
  };
  #lastId = 0;
  #allClosed: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(core: Core) {
    this.#core = core;
    this.node = core.node;
    this.epoch = core.history.epoch;
    this.durability = core.history.durability;
    this.limits = core.limits;
    this.hooks = core.hooks;
    this.commands = core.commands;
    this.counters = core.counters;
    this.#expiry = new Expiry(core.clock, (session) => session.end("expired"));
    this.#rates = new RateLimits(core.limits, core.clock);
    this.#unfollow = core.history.onCommit((commit) => this.#onCommit(commit));
  }

  async admit(origin: Origin, authenticate: () => Promise<Identity>): Promise<Identity> {
    try {
      this.#requireOpen();
      await this.hooks.ask("PRE_CONNECT", origin);
      await this.hooks.ask("PRE_AUTHENTICATE", origin);
      const identity = await authenticate();
      await this.hooks.notify("POST_AUTHENTICATE", { ...origin, identity });
      return identity;
    } catch (error) {
      this.counters.refused += 1;
      throw error;
    }
  }

  connect(identity: Identity, peer: Peer, origin?: Origin): Session {
    try {
      this.#requireOpen();
      this.#checkSessions(identity);
    } catch (error) {
      this.counters.refused += 1;
      throw error;
    }
    this.#lastId += 1;
    const parts = { id: `s${this.#lastId}`, identity, peer, origin };
    const session = new HubSession(this.#core, parts, this.#owner);
    this.#sessions.add(session);
    this.counters.connections += 1;
    this.counters.sessions += 1;
    this.#core.people.connect(session);
    this.#expire(session);
    this.#notify("POST_CONNECT", session);
    return session;
  }

  async publish(author: Author, outgoing: Outgoing): Promise<Appended> {
    this.#requireOpen();
    this.#rates.spend(author.identity.address);
    return await this.#core.publisher.publish(author, outgoing);
  }

  async page(identity: Identity, room: RoomId, query: PageQuery): Promise<Page> {
    this.#rates.spend(identity.address);
    return await this.#core.history.page(requirePast(identity, room), query);
  }

  async command(author: Author, text: string, room?: RoomId): Promise<CommandReply | undefined> {
    this.#requireOpen();
    this.#rates.spend(author.identity.address);
    const inRoom = room === undefined ? {} : { room: requireRoom(author.identity, room) };
    return await this.commands.run(text, { ...author, ...inRoom });
  }

  people(): readonly Person[] {
    return this.#core.people.list();
  }

  kick(name: string): number {
    const wanted = name.toLowerCase();
    return this.#endAll(
      "kicked",
      ({ identity }) => identity.address === name || identity.name.toLowerCase() === wanted,
    );
  }

  revoke(token: string): number {
    return this.#endAll("revoked", ({ identity }) => identity.token === token);
  }

  signOut(account: Address): number {
    return this.#endAll("revoked", ({ identity }) => identity.address === account);
  }

  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    const { clock, publisher, signals, markers } = this.#core;
    const late = Promise.withResolvers<void>();
    const timer = clock.after(deadlineMs, () => late.resolve());
    const closed = new Promise<void>((resolve) => this.#allClosed = resolve);
    await Promise.race([publisher.close(), late.promise]);
    signals.flush();
    for (const session of [...this.#sessions]) session.end("shutdown");
    if (this.#sessions.size > 0) await Promise.race([closed, late.promise]);
    timer.cancel();
    this.#unfollow();
    for (const session of [...this.#sessions]) session.close();
    signals.discard();
    await markers.close();
  }

  #onCommit(commit: readonly Committed[]): void {
    this.counters.messages += commit.length;
    for (const { stored, origin } of commit) {
      if (stored.offset === 0) this.#core.drafting.roomBegan(stored.room);
      if (origin instanceof HubSession) origin.wrote(stored);
    }
    this.#core.broadcast.commit(commit);
  }

  #expire(session: HubSession): void {
    const { expires } = session.identity;
    if (expires === undefined) this.#expiry.delete(session);
    else this.#expiry.add(session, expires);
  }

  #onClosed(session: HubSession): void {
    this.#notify("PRE_DISCONNECT", session);
    this.#sessions.delete(session);
    this.counters.sessions -= 1;
    this.#expiry.delete(session);
    this.#core.people.disconnect(session);
    this.#notify("POST_DISCONNECT", session);
    if (this.#sessions.size === 0) this.#allClosed?.();
  }

  #endAll(reason: EndReason, which: (session: HubSession) => boolean): number {
    const chosen = [...this.#sessions].filter(which);
    for (const session of chosen) session.end(reason);
    return chosen.length;
  }

  #notify(phase: "POST_CONNECT" | "PRE_DISCONNECT" | "POST_DISCONNECT", session: HubSession): void {
    if (!this.hooks.has(phase)) return;
    void this.hooks.notify(phase, { ...session.author, session: session.id });
  }

  #checkSessions(identity: Identity): void {
    const count = this.#core.people.sessionsOf(identity.address);
    if (count > 0 && this.limits.singleSession) {
      throw new HubError(
        "hub/already-connected",
        "Cannot connect: the account is connected already",
        { hint: "End the other session first." },
      );
    }
    if (count < this.limits.sessionsPerAccount) return;
    throw new HubError(
      "hub/too-many-sessions",
      `Cannot connect: the account has ${count} sessions already`,
      { hint: "End one of them first." },
    );
  }

  #requireOpen(): void {
    if (this.#closing === undefined) return;
    throw new HubError("hub/closed", "Cannot do this: the node is shutting down");
  }
}
