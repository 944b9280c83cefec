/**
 * One XML stream over one connection: opened, encrypted, opened anew, read and written. Until
 * somebody listens, elements are taken one by one, so that a negotiation reads from top to bottom.
 *
 * @module
 */
import { Socket } from "node:net";
import { type PeerCertificate, TLSSocket } from "node:tls";
import type { Clock } from "../../../clock.ts";
import { lost, protocolFault, XmppError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { NS } from "../namespaces.ts";
import { type Element, written, xml } from "../xml.ts";
import { isCertificateFault } from "./certificate_fault.ts";
import { Entity } from "./entity.ts";
import { streamError } from "./stream_error.ts";
import { checkPins, endPointBinding, tlsOptions, type TlsSettings } from "./tls.ts";

/** What a stream needs. */
export interface StreamOptions {
  /** The domain of the account, which the certificate has to be for. */
  readonly domain: string;
  readonly tls: TlsSettings;
  readonly clock: Clock;
  /** Sees the server's certificate before it is compared with the pins. */
  shown?(certificate: PeerCertificate): void;
}

/** Where to connect to: `xmpp://host:port`, `xmpps://host:port`, `ws://...`, `wss://...`. */
export type Service = string;

/** See the module's description. */
export class XmppStream {
  /** Resolves with why it ended, once it has. */
  readonly ended: Promise<Error>;
  readonly #options: StreamOptions;
  readonly #entity: Entity;
  readonly #http: Deno.HttpClient | undefined;
  readonly #end: (error: Error) => void;
  #over: Error | undefined;
  #isReleased = false;
  /**
   * Who waits for something learns by these that the stream has ended. Each wait that hung on the
   * promise itself would stay with it, and what it waited for too, as long as the stream is there.
   */
  readonly #stops = new Set<(error: Error) => void>();
  #isHeld = false;
  #inbox: Element[] = [];
  #inboxMost: number = LIMITS.inbox;
  #waiting: ((element: Element) => void) | undefined;
  #listener: ((element: Element) => void) | undefined;
  #outgoing = "";
  readonly #offered = new Set<string>();

  private constructor(service: Service, options: StreamOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.ended = promise;
    this.#end = (error) => {
      if (this.#isReleased) return;
      this.#isReleased = true;
      this.#over ??= error;
      resolve(this.#over);
      for (const stop of this.#stops) stop(this.#over);
      this.#release();
    };
    const { domain, tls } = options;
    this.#http = service.startsWith("wss:") && tls.ca !== undefined
      ? Deno.createHttpClient({ caCerts: [tls.ca] })
      : undefined;
    this.#entity = new Entity({
      domain,
      service,
      tls: tlsOptions(domain, tls),
      ...(this.#http === undefined ? {} : { http: this.#http }),
      bounds: { stanza: LIMITS.negotiation, depth: LIMITS.depth },
      failed: (error) => this.#fail(error),
    });
    this.#entity.on("element", (element) => this.#take(element));
    this.#entity.on("disconnect", () => this.#end(this.#over ?? lost()));
    this.#entity.on("close", () => this.destroy(lost()));
  }

  /**
   * Connects; with an `xmpps` address TLS is there, and right, when this resolves.
   *
   * @throws {XmppError} `xmpp/unreachable`, `xmpp/certificate` (of pins), `xmpp/timeout`
   * @throws {Error} as the socket has it, when TLS fails: see `isCertificateFault`
   */
  static async connect(
    service: Service,
    options: StreamOptions,
    signal: AbortSignal,
  ): Promise<XmppStream> {
    const stream = new XmppStream(service, options);
    try {
      await stream.#while(stream.#entity.connect(service), signal);
      stream.#checkPeer();
      return stream;
    } catch (cause) {
      stream.destroy();
      if (cause instanceof XmppError || isCertificateFault(cause)) throw cause;
      throw new XmppError("xmpp/unreachable", `Cannot reach ${service}: ${stateOf(cause)}`, {
        cause,
      });
    }
  }

  /** Whether TLS is on this stream, or below its WebSocket. */
  get isEncrypted(): boolean {
    const { wire } = this.#entity;
    return wire instanceof TLSSocket || (wire instanceof WebSocket && wire.url.startsWith("wss:"));
  }

  /** Whether STARTTLS could be asked for. */
  get canEncrypt(): boolean {
    return this.#entity.wire instanceof Socket && !this.isEncrypted;
  }

  /** What goes out while the socket takes none, bytes. */
  get held(): number {
    const { wire } = this.#entity;
    if (wire instanceof Socket) return wire.writableLength;
    return wire instanceof WebSocket ? wire.bufferedAmount : 0;
  }

  /** What the server's certificate gives for channel binding; undefined without any. */
  endPoint(): Promise<Uint8Array | undefined> {
    return endPointBinding(this.#entity.wire);
  }

  /** Who opens the stream; said only once it is encrypted. */
  set account(bare: string) {
    this.#entity._jid(bare);
  }

  /** Whether the features that the server has named last hold such an element. */
  offers(name: string, xmlns: string): boolean {
    return this.#offered.has(`${name} ${xmlns}`);
  }

  /** Opens the stream, for the first time or anew; resolves with the features. */
  async open(signal: AbortSignal): Promise<Element> {
    this.#inbox = [];
    this.#entity._detachParser();
    // Not waited for: xmpp.js listens for the answer only once its own write is confirmed, and
    // misses one that is faster than that.
    this.#entity.open({ domain: this.#options.domain }).catch(() => {});
    return await this.features(signal);
  }

  /** The features that come by themselves after a login with SASL2. */
  async features(signal: AbortSignal): Promise<Element> {
    const element = await this.next(signal);
    if (element.is("features", NS.stream)) return element;
    throw protocolFault("the server did not say what it offers");
  }

  /**
   * The next element.
   *
   * @throws {XmppError} `xmpp/stream` when it is a stream error, `xmpp/unreachable` when none comes
   */
  async next(signal: AbortSignal): Promise<Element> {
    const element = this.#inbox.shift() ??
      await this.#while(
        new Promise<Element>((resolve) => this.#waiting = resolve),
        signal,
      ).finally(() => this.#waiting = undefined);
    if (element.is("error", NS.stream)) throw this.#ending(element);
    return element;
  }

  /**
   * Asks for TLS and puts it on.
   *
   * @throws {XmppError} `xmpp/insecure` when the server refuses, `xmpp/protocol` when it has said
   *   more: what was injected before the handshake must not count after it
   * @throws {Error} as the socket has it, when TLS fails
   */
  async encrypt(signal: AbortSignal): Promise<void> {
    this.send(xml("starttls", NS.tls));
    const answer = await this.next(signal);
    if (!answer.is("proceed", NS.tls)) {
      throw new XmppError("xmpp/insecure", "Cannot encrypt: the server refuses it");
    }
    if (this.#inbox.length > 0) throw protocolFault("the server spoke on before TLS");
    const { domain, tls } = this.#options;
    await this.#while(this.#entity.encrypt(tlsOptions(domain, tls)), signal);
    this.#checkPeer();
  }

  /**
   * The server has proved itself. From now on stanzas may be as large as they may be, and as many:
   * those of a resumed session come all at once.
   */
  trust(): void {
    this.#inboxMost = LIMITS.inFlight * 20;
    this.#entity.bounds = { stanza: LIMITS.stanza, depth: LIMITS.depth };
  }

  /**
   * From now on elements go to `listener`, first those that came already. It must not throw.
   */
  listen(listener: (element: Element) => void): void {
    this.#listener = listener;
    for (const element of this.#inbox.splice(0)) this.#take(element);
  }

  /** Writes an element; what is written in one turn goes out together. After the end: nothing. */
  send(element: Element): void {
    if (this.#over !== undefined) return;
    // On a WebSocket each element is a document of its own (RFC 7395, 3.3.3).
    if (this.#entity.wire instanceof WebSocket) {
      element.attrs["xmlns"] ??= NS.client;
      return this.#write(written(element));
    }
    this.sendText(written(element));
  }

  /** Writes text that belongs between elements. */
  sendText(text: string): void {
    if (this.#over !== undefined) return;
    if (this.#outgoing === "") queueMicrotask(() => this.#flush());
    this.#outgoing += text;
  }

  /**
   * Reads nothing more until {@linkcode goOn}: TCP lets the server wait. A WebSocket cannot be told
   * to wait; what comes over one is read in any case.
   */
  hold(): void {
    const { wire } = this.#entity;
    if (this.#isHeld || !(wire instanceof Socket)) return;
    this.#isHeld = true;
    wire.pause();
  }

  /** Reads on. */
  goOn(): void {
    const { wire } = this.#entity;
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (wire instanceof Socket) wire.resume();
  }

  /** Whether nothing is read. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Ends the stream politely, but not for longer than a moment. */
  async close(): Promise<void> {
    if (this.#over !== undefined) return;
    this.goOn();
    this.#flush();
    this.#write(this.#entity.ending);
    const timer = this.#options.clock.after(LIMITS.closeMs, () => this.destroy());
    await this.ended;
    timer.cancel();
  }

  /** Ends the connection at once. */
  destroy(error: Error = lost()): void {
    if (this.#over !== undefined) return;
    this.#over = error;
    this.#entity.destroy();
    this.#end(error);
  }

  #flush(): void {
    const text = this.#outgoing;
    this.#outgoing = "";
    this.#write(text);
  }

  #write(text: string): void {
    // A socket that takes nothing more says so by closing.
    this.#entity.write(text).catch(() => {});
  }

  #take(element: Element): void {
    if (this.#over !== undefined) return;
    if (element.is("features", NS.stream)) this.#note(element);
    if (this.#listener !== undefined) {
      if (element.is("error", NS.stream)) return this.destroy(streamError(element));
      return this.#listener(element);
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) return waiting(element);
    this.#inbox.push(element);
    if (this.#inbox.length > this.#inboxMost) {
      this.destroy(protocolFault("the server says too much"));
    }
  }

  /** The names alone: elements hold on to all that is around them. */
  #note(features: Element): void {
    this.#offered.clear();
    for (const child of features.getChildElements()) {
      this.#offered.add(`${child.getName()} ${child.getNS() ?? ""}`);
    }
  }

  #ending(element: Element): Error {
    const error = streamError(element);
    this.destroy(error);
    return error;
  }

  #fail(error: Error): void {
    if (this.#over !== undefined) return;
    if (error instanceof XmppError || isCertificateFault(error)) return this.destroy(error);
    this.destroy(
      isOfSocket(error)
        ? lost(error)
        : protocolFault("the server did not send XML in UTF-8", error),
    );
  }

  #checkPeer(): void {
    const { wire } = this.#entity;
    const { tls, shown } = this.#options;
    if (wire instanceof TLSSocket) {
      shown?.(wire.getPeerCertificate());
      return checkPins(wire, tls);
    }
    if (wire instanceof WebSocket && (tls.pins ?? []).length > 0 && this.isEncrypted) {
      throw new XmppError(
        "xmpp/certificate",
        "Cannot pin a certificate: WebSockets do not show it",
      );
    }
  }

  /** `promise`, unless the stream ends or `signal` says so before. */
  async #while<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    promise.catch(() => {});
    const stop = Promise.withResolvers<never>();
    const abort = (): void => stop.reject(signal.reason);
    if (signal.aborted) abort();
    if (this.#over !== undefined) stop.reject(this.#over);
    signal.addEventListener("abort", abort, { once: true });
    this.#stops.add(stop.reject);
    stop.promise.catch(() => {});
    try {
      return await Promise.race([promise, stop.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
      this.#stops.delete(stop.reject);
    }
  }

  #release(): void {
    this.#entity._detachParser();
    this.#http?.close();
  }
}

function isOfSocket(error: Error): boolean {
  return "code" in error && typeof error.code === "string";
}

function stateOf(cause: unknown): string {
  const { code } = cause as { readonly code?: unknown };
  if (code === "ECONNREFUSED") return "nothing listens there";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "there is no such host";
  return "the connection cannot be made";
}
