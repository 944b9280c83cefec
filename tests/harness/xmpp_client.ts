/**
 * An XMPP session that a test holds in its hands, and all that it told.
 *
 * @module
 */
import { systemClock } from "../../src/clock.ts";
import { parseTarget } from "../../src/transports/xmpp/dial/target.ts";
import type { FeatureEvent } from "../../src/transports/xmpp/features/feature.ts";
import type { SessionOptions } from "../../src/transports/xmpp/session/options.ts";
import { type SessionNews, XmppSession } from "../../src/transports/xmpp/session/session.ts";
import { eventually } from "./eventually.ts";

/** What happened in a session: its own news, and what its features tell. */
export type Told = SessionNews | FeatureEvent;

/** Where and as whom; the password is `<user>-pw` unless credentials are given. */
export interface XmppClientOptions extends Partial<Omit<SessionOptions, "target">> {
  readonly user: string;
  /** `xmpp://...`, `xmpps://...`, `ws://...`, `wss://...`; absent: where the domain says. */
  readonly service?: string;
  /** The authority of the test's servers, PEM. */
  readonly ca?: string;
  /** Hears everything too, at once. */
  listen?(event: Told): void;
}

/** See the module's description. Disposing of it ends the session. */
export class XmppClient implements AsyncDisposable {
  readonly session: XmppSession;
  readonly told: Told[] = [];

  /** Starts at once. */
  constructor({ user, service, ca, listen, ...options }: XmppClientOptions) {
    this.session = new XmppSession({
      domain: "localhost",
      credentials: { kind: "password", username: user, password: `${user}-pw` },
      ...(service === undefined ? {} : { target: parseTarget(service) }),
      tls: ca === undefined ? {} : { ca },
      software: "chatnode/test",
      resolve: () => Promise.reject(new Error("tests do not look names up")),
      fetch: () => Promise.reject(new Error("tests do not fetch")),
      clock: systemClock,
      random: Math.random,
      uuid: () => crypto.randomUUID(),
      backOffMs: { first: 20, most: 200 },
      ...options,
    }, (event) => {
      this.told.push(event);
      listen?.(event);
    });
    this.session.start();
  }

  /** Everything of one kind that was told so far. */
  all<Event extends Told>(kind: Event["kind"]): Event[] {
    return this.told.filter((event): event is Event => event.kind === kind);
  }

  /** Waits for something to be told that `fits`. */
  async heard<Event extends Told>(
    kind: Event["kind"],
    fits: (event: Event) => boolean = () => true,
  ): Promise<Event> {
    return await eventually(`${kind} is told`, () => this.all<Event>(kind).find(fits));
  }

  /** Waits until the session is there, and with it everything that belongs to it. */
  async online(): Promise<this> {
    await eventually("the session is there", () => {
      const ended = this.all<SessionNews & { kind: "ended" }>("ended")[0];
      if (ended !== undefined) throw ended.error ?? new Error("the session was closed");
      return this.all("online").length > 0;
    });
    return this;
  }

  /** Waits until the session ends by itself; gives why. */
  async failure(): Promise<Error> {
    const { error } = await this.heard<SessionNews & { kind: "ended" }>("ended");
    return error ?? new Error("no failure");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
  }
}
