/**
 * An XMPP account that is there: connects, logs in, comes back after whatever breaks, sends in order
 * and once, and gives each stanza to the features that registered for it.
 *
 * @module
 */
import { getLogger } from "../../../log.ts";
import { BackOff } from "../../../protocol/client/back_off.ts";
import { closed, lost } from "../errors.ts";
import type {
  Arrival,
  Feature,
  FeatureEvent,
  FeaturePort,
  RequestOptions,
} from "../features/feature.ts";
import type { Jid } from "../jid.ts";
import { LIMITS } from "../limits.ts";
import { type Element, xml } from "../xml.ts";
import { connect, type Connected } from "./connect.ts";
import { Duplicates } from "./duplicates.ts";
import type { TokenStore } from "./extended_login.ts";
import { codeOf, isFinal } from "./endings.ts";
import { Link } from "./link.ts";
import type { NegotiationOptions } from "./negotiate.ts";
import type { SessionOptions } from "./options.ts";
import { type Entry, Outbox } from "./outbox.ts";
import { createPort } from "./port.ts";
import { Registrations } from "./registrations.ts";
import { Requests } from "./requests.ts";
import type { StreamManagement } from "./stream_management.ts";
import { tokensInMemory } from "./tokens_in_memory.ts";

/** News about the session, beside what its features tell. */
export type SessionNews =
  /** There, and with everything that belongs to it. */
  | { readonly kind: "online"; readonly jid: Jid; readonly arrival: Arrival }
  /** Not there; the next attempt follows in `retryMs`. */
  | { readonly kind: "offline"; readonly retryMs: number; readonly error: Error }
  /** Over: by the owner without an error, else for good. */
  | { readonly kind: "ended"; readonly error: Error | undefined };

const log = getLogger(["xmpp"]);
/** A connection that held for so long was a good one, milliseconds. */
const STEADY_MS = 5_000;

/** See the module's description. Does nothing until it is started. */
export class XmppSession implements AsyncDisposable {
  readonly #options: SessionOptions;
  readonly #registrations = new Registrations();
  readonly #requests: Requests;
  readonly #outbox = new Outbox();
  readonly #duplicates = new Duplicates(LIMITS.remembered);
  readonly #tokens: TokenStore;
  readonly #installation: string;
  readonly #started = new Map<Feature<unknown>, unknown>();
  readonly #stop = new AbortController();
  readonly #port: FeaturePort;
  readonly #listen: (event: SessionNews | FeatureEvent) => void;
  #running: Promise<void> | undefined;
  #link: Link | undefined;
  #jid: Jid | undefined;
  #management: StreamManagement<Entry> | undefined;
  #mechanism: string | undefined;
  #enabled: ReadonlySet<string> = new Set();
  #failure: Error | undefined;
  #isHeld = false;
  #wake: (() => void) | undefined;
  #idle: (() => void)[] = [];

  /** @param listen hears all that happens, in order. Must not throw. */
  constructor(options: SessionOptions, listen: (event: SessionNews | FeatureEvent) => void) {
    this.#options = options;
    this.#listen = listen;
    this.#requests = new Requests(options.clock);
    this.#tokens = options.tokens ?? tokensInMemory();
    this.#installation = options.installation ?? options.uuid();
    this.#port = createPort(options, this.#registrations, this);
    for (const feature of options.features ?? []) this.use(feature);
  }

  /** The own bare JID; the domain until the first login of somebody anonymous. */
  get account(): string {
    const { credentials, domain } = this.#options;
    if (this.#jid !== undefined) return this.#jid.bare;
    return credentials.kind === "anonymous" ? domain : `${credentials.username}@${domain}`;
  }

  /** The own full JID; undefined before the first login. */
  get jid(): Jid | undefined {
    return this.#jid;
  }

  get isOnline(): boolean {
    return this.#link !== undefined;
  }

  /** Why the session has ended by itself, if it has. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Messages that the server does not have yet. */
  get unsent(): number {
    return this.#outbox.count;
  }

  /** The mechanism of the last login. */
  get mechanism(): string | undefined {
    return this.#mechanism;
  }

  /** Extensions that the login itself turned on, by namespace. */
  get enabled(): ReadonlySet<string> {
    return this.#enabled;
  }

  /** Every feature that was started. */
  get started(): readonly Feature<unknown>[] {
    return [...this.#started.keys()];
  }

  /** The API of a feature, which is started if it is not yet. */
  use<Api>(feature: Feature<Api>): Api {
    if (!this.#started.has(feature)) {
      // Whoever asks for it while it starts is asked to do that later.
      this.#started.set(feature, undefined);
      this.#started.set(feature, feature.start(this.#port));
    }
    return this.#started.get(feature) as Api;
  }

  /** Begins to connect. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** As {@linkcode FeaturePort.send}. */
  send(message: Element): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.reject(this.#failure ?? closed());
    message.attrs["id"] ??= this.#options.uuid();
    const sent = this.#outbox.add(message);
    this.#link?.pump();
    return sent;
  }

  /** As {@linkcode FeaturePort.post}. */
  post(element: Element): boolean {
    this.#link?.post(element);
    return this.#link !== undefined;
  }

  /** As {@linkcode FeaturePort.offered}. */
  offered(name: string, xmlns: string): boolean {
    return this.#link?.stream.offers(name, xmlns) === true;
  }

  /** As {@linkcode FeaturePort.tellServer}. */
  tellServer(element: Element): void {
    this.#link?.stream.send(element);
  }

  /** As {@linkcode FeaturePort.request}. */
  async request(
    type: "get" | "set",
    child: Element,
    options: RequestOptions = {},
  ): Promise<Element> {
    const link = this.#link;
    if (link === undefined) throw lost();
    const id = this.#options.uuid();
    const answer = this.#requests.wait(id, options);
    link.post(xml("iq", { type, id, to: options.to }, child));
    return await answer;
  }

  /** Reads nothing more from the server until {@linkcode goOn}, as far as the transport can. */
  hold(): void {
    this.#isHeld = true;
    this.#link?.stream.hold();
  }

  /** Whether nothing more is read. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Reads on. */
  goOn(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#link?.stream.goOn();
  }

  /** Tells the listener. */
  emit(event: SessionNews | FeatureEvent): void {
    this.#listen(event);
  }

  /** Resolves once the server has all that was sent; rejects when the session ends before. */
  async flush(): Promise<void> {
    if (this.#stop.signal.aborted) throw this.#failure ?? closed();
    if (this.#outbox.count > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    if (this.#outbox.count > 0) throw this.#failure ?? closed();
  }

  /** Ends, politely if there is a connection; what was not sent is rejected. Idempotent. */
  async close(): Promise<void> {
    this.#finish(undefined);
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<void> {
    const { random, backOffMs, clock, reconnect = "always" } = this.#options;
    const { first = LIMITS.backOffFirstMs, most = LIMITS.backOffMostMs } = backOffMs ?? {};
    const backOff = new BackOff(random, first, most);
    let hasBeen = false;
    while (!this.#stop.signal.aborted) {
      const since = clock.monotonic();
      const { error, online } = await this.#once();
      if (this.#stop.signal.aborted) break;
      hasBeen ||= online;
      if (!hasBeen || reconnect === "never" || isFinal(error)) {
        this.#finish(error);
        break;
      }
      if (online && clock.monotonic() - since > STEADY_MS) backOff.reset();
      const retryMs = backOff.next();
      log.info("not connected: {code}; next attempt in {retryMs} ms", {
        code: codeOf(error),
        retryMs,
      });
      this.emit({ kind: "offline", retryMs, error });
      await this.#pause(retryMs);
    }
    this.#registrations.over();
    this.emit({ kind: "ended", error: this.#failure });
  }

  /** One connection from its beginning to its end. */
  async #once(): Promise<{ readonly error: Error; readonly online: boolean }> {
    let connected: Connected;
    try {
      const attempt = { session: this.#options, negotiation: this.#negotiation() };
      connected = await connect(attempt, this.#stop.signal);
    } catch (error) {
      return { error: error instanceof Error ? error : lost(error), online: false };
    }
    const link = this.#arrive(connected);
    const error = await Promise.race([link.stream.ended, aborted(this.#stop.signal)]);
    this.#link = undefined;
    if (this.#stop.signal.aborted) await link.close();
    link.stop();
    const mayResume = this.#management !== undefined && this.#management.id !== "" &&
      !this.#stop.signal.aborted;
    if (mayResume) this.#requests.failThoseOfConnection(lost());
    else this.#requests.failAll(lost());
    this.#registrations.left();
    if (this.#management === undefined || this.#management.id === "") {
      this.#recover(link.outstanding);
    }
    return { error, online: true };
  }

  #negotiation(): NegotiationOptions<Entry> {
    const { domain, credentials, privacy = "encrypted", resource, software, clock, uuid } =
      this.#options;
    return {
      domain,
      credentials,
      privacy,
      ...(resource === undefined ? {} : { resource }),
      previous: this.#management,
      earlier: this.#mechanism,
      userAgent: { id: this.#installation, software },
      tokens: this.#tokens,
      now: () => clock.now(),
      uuid,
    };
  }

  /** The connection is there: settles what the server has, starts, tells the features. */
  #arrive({ stream, negotiated }: Connected): Link {
    const { jid, management, had, early, mechanism, enabled } = negotiated;
    for (const entry of had) entry.done();
    const arrival: Arrival = jid === undefined ? "resumed" : "fresh";
    if (jid !== undefined) {
      // The old session is gone: its messages are of this one now.
      if (this.#management !== undefined) this.#recover(this.#management.outstanding);
      this.#requests.failAll(lost());
      this.#jid = jid;
      this.#enabled = enabled;
    }
    this.#management = management;
    this.#mechanism = mechanism;
    const link = new Link({
      stream,
      management,
      outbox: this.#outbox,
      clock: this.#options.clock,
      uuid: this.#options.uuid,
      stanza: (element) => this.#hear(element),
      idle: () => this.#settled(),
    });
    this.#link = link;
    for (const element of early) this.#hear(element);
    link.start();
    if (this.#isHeld) stream.hold();
    void this.#tell(link, arrival);
    return link;
  }

  async #tell(link: Link, arrival: Arrival): Promise<void> {
    await this.#registrations.arrived(arrival);
    if (this.#link === link && this.#jid !== undefined) {
      this.emit({ kind: "online", jid: this.#jid, arrival });
    }
  }

  #hear(stanza: Element): void {
    const self = this.#jid;
    if (self === undefined) return;
    if (stanza.name === "message" && this.#duplicates.has(stanza, self.bare)) return;
    if (stanza.name !== "iq") return this.#registrations.hear(stanza);
    const { type } = stanza.attrs;
    if (type === "result" || type === "error") {
      this.#requests.settle(stanza, self);
    } else {
      const link = this.#link;
      // An answer that takes its time goes over the connection that is there then; without one it
      // is counted with the old one, and written when the session is resumed.
      void this.#registrations.serve(stanza, self, (answer) => (this.#link ?? link)?.post(answer));
    }
  }

  /** Messages go out again, with their ids; what meant something then means nothing now. */
  #recover(entries: readonly Entry[]): void {
    this.#outbox.putBack(entries.filter(({ kind }) => kind === "kept"));
    for (const { kind, failed } of entries) if (kind === "momentary") failed(lost());
  }

  #settled(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(ms, () => resolve());
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** @param failure absent when the owner ends it */
  #finish(failure: Error | undefined): void {
    if (this.#stop.signal.aborted) return;
    this.#failure = failure;
    this.#stop.abort(failure ?? closed());
    this.#wake?.();
    this.#outbox.failAll(failure ?? closed());
    this.#requests.failAll(failure ?? closed());
    const outstanding = this.#management?.outstanding ?? this.#link?.outstanding ?? [];
    for (const entry of outstanding) entry.failed(failure ?? closed());
    this.#settled();
  }
}

function aborted(signal: AbortSignal): Promise<Error> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(closed());
    else signal.addEventListener("abort", () => resolve(closed()), { once: true });
  });
}
