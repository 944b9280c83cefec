/**
 * The TCP door: one port for original clients, native ones and people with netcat or telnet, with
 * TLS or without.
 *
 * @module
 */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import type { Verification } from "../../accounts/accounts.ts";
import type { Entrance } from "../../accounts/guests.ts";
import type { Clock } from "../../clock.ts";
import type { Hub } from "../../hub/contract.ts";
import { createDialect } from "../../protocol/dialect.ts";
import type { Certificate } from "../../wire/certificate.ts";
import { keepAccepting } from "../../wire/accepting.ts";
import { Links } from "../../wire/links.ts";
import { trustedProxies } from "../../wire/proxies.ts";
import { Admission } from "./admission.ts";
import { FrameEncoder } from "./frame.ts";
import { FramedCaller, type FramedContext } from "./framed.ts";
import { DEFAULT_TCP_LIMITS, type TcpLimits } from "./limits.ts";
import { LinesDialect } from "./lines/dialect.ts";
import { type LinesContext, LinesSession } from "./lines/session.ts";
import { Link, type TcpLinks } from "./link.ts";
import { listenError } from "./listen_error.ts";
import { type NativeContext, NativeSession } from "./native/session.ts";
import { OriginalDialect } from "./original/dialect.ts";
import { type OriginalContext, OriginalSession } from "./original/session.ts";
import { Refusals } from "./refusals.ts";
import { type Arrival, Reception, type ReceptionContext } from "./reception.ts";
import { secureContext } from "./tls.ts";

/** What the door needs. */
export interface RelayOptions {
  /** An address of this machine, or `0.0.0.0` or `::` for all of them. */
  readonly host: string;
  /** 0 lets the system pick. */
  readonly port: number;
  readonly hub: Hub;
  readonly clock: Clock;
  /** Lets people in by name. */
  readonly entrance: Entrance;
  /** Finds whose token it is; see `Accounts.verify`. */
  verify(token: string | undefined): Promise<Verification>;
  /** For everybody, for those who begin with it, or for nobody. */
  readonly tls: "required" | "optional" | "off";
  readonly certificate?: Certificate;
  /** Addresses and networks whose PROXY headers are believed. */
  readonly trustedProxies?: readonly string[];
  readonly limits?: Partial<TcpLimits>;
}

/** The running door. */
export interface Relay {
  readonly host: string;
  readonly port: number;
  /** Connections now, whoever they turn out to be. */
  readonly connections: number;
  /**
   * For new connections; without effect where TLS is off.
   *
   * @throws {ChatnodeError} `tls/certificate`; the one before stays in use
   */
  replaceCertificate(certificate: Certificate): void;
  /** Takes no new connections; those that are stay. Idempotent. */
  stop(): void;
  /**
   * Says goodbye to whoever is left and resolves when every connection is gone, some seconds later
   * at most. To be called after the hub has told its sessions. Idempotent.
   */
  close(): Promise<void>;
}

/** Connections that may wait to be accepted; the system may allow fewer. */
const BACKLOG = 1024;

/** Silence after which TCP itself asks whether the other end is still there. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Starts to listen.
 *
 * @throws {ChatnodeError} `tcp/port-taken`, `tcp/forbidden-port`, `tcp/no-such-address`,
 *   `tcp/listen`, `tls/certificate`
 * @throws {RangeError} for a trusted proxy that is no address or network
 */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  const relay = new TcpRelay(options);
  await relay.open();
  return relay;
}

class TcpRelay implements Relay {
  readonly host: string;
  port = 0;
  readonly #wantedPort: number;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #admission: Admission;
  readonly #refusals: Refusals;
  readonly #reception: ReceptionContext;
  readonly #links: TcpLinks;
  readonly #framed: FramedContext;
  readonly #lines: LinesContext;
  #secure: SecureContext | undefined;
  /** Ends what keeps the server accepting. */
  #forget = (): void => {};
  #closed: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    const limits = { ...DEFAULT_TCP_LIMITS, ...options.limits };
    const { hub, clock, entrance, tls, certificate } = options;
    this.host = options.host;
    this.#wantedPort = options.port;
    this.#clock = clock;
    if (tls !== "off" && certificate !== undefined) this.#secure = secureContext(certificate);
    this.#admission = new Admission(limits, clock);
    this.#refusals = new Refusals(clock);
    const encoder = new FrameEncoder();
    this.#links = new Links(clock, { limits, encoder });
    const text = { hub, clock, entrance };
    const original = { ...text, original: new OriginalDialect(hub.node, encoder) };
    this.#framed = framedContext(original, nativeContext(options, encoder, limits), limits);
    this.#lines = { ...text, limits, lines: linesDialects(hub.node) };
    const trusted = trustedProxies(options.trustedProxies ?? []);
    this.#reception = {
      clock,
      limits,
      admission: this.#admission,
      trusts: (address) => trusted.includes(address),
      secureContext: () => this.#secure,
      tlsRequired: tls === "required",
      refused: (address, refusal) => this.#refusals.note(address, refusal),
      arrived: (socket, arrival) => this.#arrived(socket, arrival),
    };
    // Whoever has said everything may still want to hear: half-closed connections are finished.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#accepted(socket);
    });
  }

  get connections(): number {
    return this.#sockets.size;
  }

  open(): Promise<void> {
    const server = this.#server;
    const [host, port] = [this.host, this.#wantedPort];
    return new Promise((resolve, reject) => {
      const failed = (error: Error) => reject(listenError(error, host, port));
      server.once("error", failed);
      server.listen({ host, port, backlog: BACKLOG }, () => {
        server.off("error", failed);
        this.port = (server.address() as AddressInfo).port;
        this.#forget = keepAccepting(server, BACKLOG, this.#clock);
        resolve();
      });
    });
  }

  replaceCertificate(certificate: Certificate): void {
    if (this.#secure !== undefined) this.#secure = secureContext(certificate);
  }

  stop(): void {
    this.#forget();
    if (this.#server.listening) this.#server.close();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#forget();
    const ended = this.#server.listening
      ? new Promise<void>((resolve) => this.#server.close(() => resolve()))
      : Promise.resolve();
    await this.#links.close();
    // Only callers who are not known yet are left.
    const gone = [...this.#sockets].map((socket) =>
      new Promise<void>((resolve) => socket.once("close", () => resolve()))
    );
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([ended, ...gone]);
  }

  #accepted(socket: Socket): void {
    const refusal = this.#admission.enter();
    if (refusal !== undefined) {
      this.#refusals.note(socket.remoteAddress ?? "unknown", refusal);
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#admission.leave();
    });
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    new Reception(this.#reception, socket).begin();
  }

  #arrived(socket: Duplex, { kind, head, remote, secure }: Arrival): void {
    const attach = (link: Link) =>
      kind === "frames"
        ? new FramedCaller(this.#framed, link, remote)
        : new LinesSession(this.#lines, link, { remote, secure, head });
    this.#links.open((links) => new Link(links, socket, attach), head);
  }
}

function nativeContext(
  { hub, clock, entrance, verify }: RelayOptions,
  encoder: FrameEncoder,
  limits: TcpLimits,
): NativeContext {
  const dialect = createDialect((frames) => encoder.encode(frames));
  return {
    protocol: { hub, clock, dialect, via: "tcp", frameBytes: limits.frameBytes, verify, entrance },
    limits,
  };
}

function framedContext(
  original: OriginalContext,
  native: NativeContext,
  limits: TcpLimits,
): FramedContext {
  return {
    clock: original.clock,
    limits,
    speaker: (kind, link, remote) =>
      kind === "native"
        ? new NativeSession(native, link, remote)
        : new OriginalSession(original, link, remote),
  };
}

function linesDialects(node: string): LinesContext["lines"] {
  return { "\n": new LinesDialect(node, "\n"), "\r\n": new LinesDialect(node, "\r\n") };
}
