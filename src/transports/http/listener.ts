/**
 * The one place that accepts HTTP connections: a port and the port after it, requests to the
 * application, upgrades to the socket doors, with limits that hold before anything is parsed.
 *
 * @module
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import type { Socket } from "node:net";
import type { Clock } from "../../clock.ts";
import { getLogger } from "../../log.ts";
import { type Certificate, checkCertificate } from "../../wire/certificate.ts";
import { keepAccepting } from "../../wire/accepting.ts";
import { BACKLOG, bind } from "./bind.ts";
import type { TrustedProxies } from "../../wire/proxies.ts";
import { clientOf } from "./client_address.ts";
import { hostFault } from "./host_names.ts";
import { ConnectionCount, type HttpLimits } from "./limits.ts";
import { answerBadRequest, refuseRequest, refuseUpgrade } from "./refusal.ts";
import { RefusedConnections } from "./refused_connections.ts";
import { Requests } from "./requests.ts";
import type { SocketDoor } from "./socket_door.ts";

/** What a listener needs. */
export interface ListenerOptions {
  /** An address of this machine, or `0.0.0.0` or `::` for all of them. */
  readonly host: string;
  /** The first or only port; 0 lets the system pick. */
  readonly port: number;
  /** `pair` serves the same on the next port: AloneChat's clients compute one from the other. */
  readonly ports: "single" | "pair";
  readonly handler: RequestListener;
  readonly doors: readonly SocketDoor[];
  readonly limits: HttpLimits;
  readonly proxies: TrustedProxies;
  readonly clock: Clock;
  /** Present: HTTPS and `wss:` only. */
  readonly certificate?: Certificate;
}

/** A running listener. */
export interface HttpListener {
  readonly host: string;
  readonly port: number;
  /** Undefined when there is a single port. */
  readonly secondPort: number | undefined;
  /** Connections open now, those of the socket doors included. */
  readonly connections: number;
  /**
   * Serves new connections with another certificate; without effect on a plain listener.
   *
   * @throws {ChatnodeError} `tls/certificate`; the one before stays in use
   */
  replaceCertificate(certificate: Certificate): void;
  /**
   * Stops accepting, lets running requests finish for at most `deadline` milliseconds, then cuts
   * what is left. Idempotent.
   */
  stop(deadline: number): Promise<void>;
}

const NO_DOOR = "Cannot upgrade: only WebSocket is served here";

/** How often Node looks for connections that passed a timeout, milliseconds. */
const CHECK_EVERY = 1000;

/**
 * Starts to listen.
 *
 * @throws {ChatnodeError} `http/port-taken`, `http/forbidden-port`, `http/no-such-address`,
 *   `http/listen`, `tls/certificate`
 */
export async function openListener(options: ListenerOptions): Promise<HttpListener> {
  const listener = new Listener(options);
  await listener.open();
  return listener;
}

class Listener implements HttpListener {
  readonly host: string;
  port = 0;
  secondPort: number | undefined;
  readonly #options: ListenerOptions;
  readonly #count: ConnectionCount;
  readonly #requests: Requests;
  /** Every connection, whatever it is used for. */
  readonly #sockets = new Set<Socket>();
  /** Connections that speak HTTP, after TLS where there is TLS. */
  readonly #speaking = new Set<Socket>();
  readonly #refusals: RefusedConnections;
  #servers: readonly (Server | SecureServer)[] = [];
  /** Ends what keeps the servers accepting. */
  #reminders: readonly (() => void)[] = [];
  #stopped: Promise<void> | undefined;

  constructor(options: ListenerOptions) {
    if (options.certificate !== undefined) checkCertificate(options.certificate);
    this.#options = options;
    this.host = options.host;
    this.#count = new ConnectionCount(options.limits);
    this.#refusals = new RefusedConnections(options.clock, getLogger(["http"]));
    this.#requests = new Requests(options.clock, options.proxies);
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async open(): Promise<void> {
    const { host, port, ports, clock } = this.#options;
    const servers = ports === "pair" ? [this.#server(), this.#server()] : [this.#server()];
    const [first = 0, second] = await bind(servers, host, port);
    this.port = first;
    this.secondPort = second;
    this.#servers = servers;
    this.#reminders = servers.map((server) => keepAccepting(server, BACKLOG, clock));
  }

  replaceCertificate(certificate: Certificate): void {
    checkCertificate(certificate);
    for (const server of this.#servers) {
      if ("setSecureContext" in server) server.setSecureContext(certificate);
    }
  }

  stop(deadline: number): Promise<void> {
    return this.#stopped ??= this.#stop(deadline);
  }

  async #stop(deadline: number): Promise<void> {
    for (const end of this.#reminders) end();
    const closed = Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
    this.#requests.last();
    // Node counts a connection that has not asked for anything yet as busy.
    const waiting = this.#requests.sockets();
    for (const socket of this.#speaking) if (!waiting.has(socket)) socket.destroy();
    const timer = this.#options.clock.after(deadline, () => this.#cut());
    await closed;
    timer.cancel();
    this.#cut();
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #server(): Server | SecureServer {
    const { limits, certificate } = this.#options;
    const settings: ServerOptions = {
      headersTimeout: limits.headersTimeout,
      requestTimeout: limits.requestTimeout,
      keepAliveTimeout: limits.keepAliveTimeout,
      connectionsCheckingInterval: CHECK_EVERY,
      maxHeaderSize: limits.headerBytes,
      noDelay: true,
    };
    const handler: RequestListener = (request, response) => {
      this.#requests.entered(request, response);
      const detail = hostFault(request);
      if (detail === undefined) return this.#options.handler(request, response);
      refuseRequest(request, response, { status: 400, detail }, this.#options.clock);
    };
    const server = certificate === undefined ? createServer(settings, handler) : createSecureServer(
      { ...settings, ...certificate, handshakeTimeout: limits.headersTimeout },
      handler,
    );
    server.timeout = limits.idleTimeout;
    server.on("connection", (socket: Socket) => this.#accepted(socket));
    server.on(certificate === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      this.#speaking.add(socket);
      socket.once("close", () => this.#speaking.delete(socket));
    });
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    server.on("clientError", answerBadRequest(this.#options.clock));
    return server;
  }

  #accepted(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    const counted = this.#options.proxies.includes(address) ? undefined : address;
    if (!this.#count.entered(counted)) {
      this.#refusals.add(address);
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#count.left(counted);
    });
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Uint8Array): void {
    this.#speaking.delete(socket);
    socket.setTimeout(0);
    // A connection that is cut between here and the door's own listener must cost nothing else.
    socket.on("error", () => socket.destroy());
    const { clock, doors, proxies } = this.#options;
    const fault = hostFault(request);
    if (fault !== undefined) return refuseUpgrade(socket, fault, clock);
    const door = doors.find((each) => each.matches(request));
    if (door === undefined) refuseUpgrade(socket, NO_DOOR, clock);
    else door.handle(request, socket, head as never, clientOf(request, proxies));
  }
}
