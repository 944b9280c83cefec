/**
 * One connection of a session, from the moment at which it is negotiated to its end: counts,
 * acknowledges, writes what waits, and notices when the other side is gone.
 *
 * @module
 */
import type { Clock, Timer } from "../../../clock.ts";
import { protocolFault, XmppError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { NS } from "../namespaces.ts";
import type { XmppStream } from "../stream/stream.ts";
import type { Element } from "../xml.ts";
import { type Acknowledging, byManagement, byPings } from "./acknowledging.ts";
import type { Entry, Outbox } from "./outbox.ts";
import type { StreamManagement } from "./stream_management.ts";

/** What a link needs. */
export interface LinkOptions {
  readonly stream: XmppStream;
  /** Undefined where the server cannot. */
  readonly management: StreamManagement<Entry> | undefined;
  readonly outbox: Outbox;
  readonly clock: Clock;
  uuid(): string;
  /** A stanza came in. Must not throw. */
  stanza(element: Element): void;
  /** The server has everything that was written so far, and nothing waits. */
  idle(): void;
}

/** See the module's description. */
export class Link {
  readonly stream: XmppStream;
  readonly #options: LinkOptions;
  readonly #acknowledging: Acknowledging;
  #isAsked = false;
  #heardAt: number;
  #saidAt: number;
  #watch: Timer | undefined;
  #deadline: Timer | undefined;
  #pumps = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.stream = options.stream;
    this.#acknowledging = options.management === undefined
      ? byPings(options.uuid)
      : byManagement(options.management);
    this.#heardAt = options.clock.monotonic();
    this.#saidAt = this.#heardAt;
  }

  /** Begins: writes again what a resumed session has not acknowledged, then what waits. */
  start(): void {
    // Before anything is heard: an acknowledgement lets more be written, which is outstanding too.
    for (const { element } of this.#acknowledging.outstanding) this.stream.send(element);
    this.stream.listen((element) => this.#hear(element));
    if (this.#acknowledging.inFlight > 0) this.#ask();
    this.#look();
    this.pump();
  }

  /** What the server may not have. */
  get outstanding(): readonly Entry[] {
    return this.#acknowledging.outstanding;
  }

  /** Writes a stanza that means nothing on another session. */
  post(element: Element, failed: (error: Error) => void = () => {}): void {
    const size = 0;
    this.#write({ element, kind: "momentary", size, done: () => {}, failed });
  }

  /** Writes what waits, as far as the server and the socket keep up. */
  pump(): void {
    if (this.#pumps) return;
    this.#pumps = true;
    queueMicrotask(() => {
      this.#pumps = false;
      this.#pumpNow();
    });
  }

  /** Nothing more is looked at. */
  stop(): void {
    this.#watch?.cancel();
    this.#deadline?.cancel();
  }

  /** Says how far we are, so that nothing comes again, and ends politely. */
  async close(): Promise<void> {
    this.stop();
    const { management } = this.#options;
    if (management !== undefined) this.stream.send(management.acknowledgement());
    await this.stream.close();
  }

  #pumpNow(): void {
    const { outbox } = this.#options;
    while (
      this.#acknowledging.inFlight < LIMITS.inFlight && this.stream.held < LIMITS.socketBytes
    ) {
      const entry = outbox.take();
      if (entry === undefined) break;
      this.#write(entry);
    }
  }

  #write(entry: Entry): void {
    this.#acknowledging.sent(entry);
    this.stream.send(entry.element);
    this.#saidAt = this.#options.clock.monotonic();
    this.#ask();
  }

  /** Asks how far the server is, once at a time; who does not answer in time is gone. */
  #ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    // After everything else that is written in this turn.
    queueMicrotask(() => this.stream.send(this.#acknowledging.request()));
    this.#await();
  }

  #await(): void {
    this.#deadline = this.#options.clock.after(LIMITS.ackMs, () => {
      // Whoever is not listened to cannot be heard.
      if (this.stream.isHeld) return this.#await();
      // Not politely: a peer that is gone would not answer that either (RFC 6120, 4.6).
      const state = `the server has said nothing for ${LIMITS.ackMs / 1_000} s`;
      this.stream.destroy(new XmppError("xmpp/timeout", `Cannot go on: ${state}`));
    });
  }

  #hear(element: Element): void {
    this.#heardAt = this.#options.clock.monotonic();
    try {
      if (this.#isManagement(element)) return;
    } catch (error) {
      this.stream.destroy(error instanceof Error ? error : protocolFault("counts do not fit"));
      return;
    }
    this.#options.stanza(element);
  }

  /** Deals with what is about acknowledging; counts everything else at once. */
  #isManagement(element: Element): boolean {
    const { management } = this.#options;
    const { name } = element;
    const isStanza = name === "iq" || name === "message" || name === "presence";
    if (isStanza) management?.received();
    const acknowledged = this.#acknowledging.read(element);
    if (acknowledged !== undefined) {
      this.#settle(acknowledged);
      return true;
    }
    if (management !== undefined && element.is("r", NS.streamManagement)) {
      this.stream.send(management.acknowledgement());
    }
    return !isStanza;
  }

  #settle(acknowledged: readonly Entry[]): void {
    this.#isAsked = false;
    this.#deadline?.cancel();
    for (const entry of acknowledged) entry.done();
    if (this.#acknowledging.inFlight > 0) this.#ask();
    this.#pumpNow();
    if (this.#acknowledging.inFlight === 0 && this.#options.outbox.isEmpty) this.#options.idle();
  }

  /** Asks who has been quiet; keeps the way open for who only listens. */
  #look(): void {
    const { clock } = this.#options;
    this.#watch = clock.after(LIMITS.quietMs / 2, () => {
      const now = clock.monotonic();
      if (now - this.#heardAt >= LIMITS.quietMs) this.#ask();
      else if (now - this.#saidAt >= LIMITS.quietMs) this.stream.sendText(" ");
      if (now - this.#saidAt >= LIMITS.quietMs) this.#saidAt = now;
      this.#look();
    });
  }
}
