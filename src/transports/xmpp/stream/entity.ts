/**
 * xmpp.js composed for one stream: its client and its three transports, with an answer to each
 * defect of theirs that reaches this far. The numbers are those of docs/xmpp.md, where the others
 * and what takes the place of whole modules stand too.
 *
 * @module
 */
import { Socket } from "node:net";
import { TLSSocket } from "node:tls";
// @ts-types="../packages/client_core.d.ts"
import { Client } from "@xmpp/client-core";
// @ts-types="../packages/transports.d.ts"
import TcpConnection from "@xmpp/tcp/lib/Connection.js";
// @ts-types="../packages/transports.d.ts"
import TlsConnection from "@xmpp/tls/lib/Connection.js";
// @ts-types="../packages/transports.d.ts"
import TlsSocket from "@xmpp/tls/lib/Socket.js";
// @ts-types="../packages/transports.d.ts"
import WebSocketConnection from "@xmpp/websocket/lib/Connection.js";
// @ts-types="../packages/transports.d.ts"
import WebSocketSocket from "@xmpp/websocket/lib/Socket.js";
import { lost } from "../errors.ts";
import type { AnySocket, Transport } from "../packages/client_core.d.ts";
import type { Element, Parser } from "../xml.ts";
import { type Framing, type GuardBounds, XmlGuard } from "./xml_guard.ts";

/** What composing takes. */
export interface EntityOptions {
  readonly domain: string;
  readonly service: string;
  /** For `tls.connect`, with TLS from the first byte. */
  readonly tls: Readonly<Record<string, unknown>>;
  /** For wss addresses; absent for the runtime's own authorities. */
  readonly http?: Deno.HttpClient;
  readonly bounds: GuardBounds;
  /** Something of the stream cannot be used: nothing that comes afterwards is looked at. */
  failed(error: Error): void;
}

/** See the module's description. */
export class Entity extends Client {
  readonly #options: EntityOptions;
  readonly #framing: Framing;
  #guard: XmlGuard;
  #decoder = newDecoder();
  #broken = false;

  constructor(options: EntityOptions) {
    const { domain, service } = options;
    super({ service, domain });
    // Who uses the entity waits no longer than it wants to; timers of xmpp.js outlive the socket.
    this.timeout = 0;
    this.#options = options;
    this.#framing = /^wss?:/.test(service) ? "frames" : "stream";
    this.#guard = new XmlGuard(this.#framing, options.bounds);
    this.transports.push(webSocketTransport(options.http), Tcp, tlsTransport(options.tls));
    // Defect 7: without a listener an error before the first answer ends the process.
    this.on("error", (error) => options.failed(error));
  }

  /** The real socket under the transport's wrapper. */
  get wire(): unknown {
    return this.socket?.socket ?? this.socket;
  }

  /** What is allowed from now on. */
  set bounds(bounds: GuardBounds) {
    this.#guard.bounds = bounds;
  }

  override _attachSocket(socket: AnySocket): void {
    // Defect 2: a character that lies across two chunks needs one decoder for the whole socket.
    this.#decoder = newDecoder();
    super._attachSocket(socket);
  }

  override _attachParser(parser: Parser): void {
    // What has come before the stream began anew belongs to nothing.
    this.#guard = new XmlGuard(this.#framing, this.#guard.bounds);
    super._attachParser(parser);
    // Defect 6: without this a request takes as long as a delayed TCP acknowledgement.
    if (this.wire instanceof Socket) this.wire.setNoDelay(true);
  }

  /** Defects 2 and 9: decodes strictly, bounds, and only then parses. */
  override _onData(data: Uint8Array | string): void {
    if (this.#broken || this.parser === null) return;
    try {
      const text = typeof data === "string" ? data : this.#decoder.decode(data, { stream: true });
      const admitted = this.#guard.feed(text);
      if (admitted !== "") this.parser.write(admitted);
    } catch (error) {
      this.#broken = true;
      this.#options.failed(error instanceof Error ? error : new Error("not XML"));
    }
  }

  /**
   * Stream errors are elements like others here: xmpp.js would follow `see-other-host` to wherever
   * an unencrypted stream sends it, and waits for the end of a stream that is broken.
   */
  override _onElement(element: Element): void {
    this.emit("element", element);
  }

  /** Defects 1 and 7: an empty write on TLS never calls back, one without a socket throws. */
  override write(text: string): Promise<void> {
    if (text === "") return Promise.resolve();
    const socket = this.socket;
    if (socket === null || ("socket" in socket && socket.socket === null)) {
      return Promise.reject(lost());
    }
    return new Promise((resolve, reject) => {
      socket.write(text, (error) => error ? reject(error) : resolve());
    });
  }

  /** What ends the stream on this transport. */
  get ending(): string {
    return this.footer(this.footerElement());
  }

  /** Puts TLS on the socket (RFC 6120, 5); resolves once the handshake is done. */
  async encrypt(options: Readonly<Record<string, unknown>>): Promise<void> {
    const plain = this.wire;
    this._detachSocket();
    this._detachParser();
    const socket = new TlsSocket();
    const done = new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", (error: Error) => reject(error));
      socket.once("close", () => reject(lost()));
    });
    socket.connect({ socket: plain, ...options });
    await done;
    this._attachSocket(socket);
  }

  /** Ends the socket at once. Defect 4: whoever waits for it to close politely may wait for ever. */
  destroy(): void {
    this.#broken = true;
    const { wire } = this;
    if (wire instanceof TLSSocket || wire instanceof Socket) wire.destroy();
    else if (wire instanceof WebSocket) wire.close();
  }
}

function newDecoder(): TextDecoder {
  return new TextDecoder("utf-8", { fatal: true });
}

/** Addresses of IPv6 are dialled without their brackets; xmpp.js knows one address alone. */
function unbracketed(
  parameters: Record<string, unknown> | string | undefined,
): Record<string, unknown> | undefined {
  if (typeof parameters !== "object") return undefined;
  const { host } = parameters;
  return typeof host === "string"
    ? { ...parameters, host: host.replace(/^\[(.*)\]$/, "$1") }
    : parameters;
}

class Tcp extends TcpConnection {
  override socketParameters(service: string): Record<string, unknown> | undefined {
    return unbracketed(super.socketParameters(service));
  }
}

/** Direct TLS checks the certificate against the domain: xmpp.js takes the host that is dialled. */
function tlsTransport(options: Readonly<Record<string, unknown>>): Transport {
  class Direct extends TlsConnection {
    override socketParameters(service: string): Record<string, unknown> | undefined {
      const parameters = unbracketed(super.socketParameters(service));
      return parameters === undefined ? undefined : { ...parameters, ...options };
    }
  }
  return Direct;
}

/** WebSockets that trust what the settings say, and that are secure only when they are encrypted. */
function webSocketTransport(http: Deno.HttpClient | undefined): Transport {
  class Wire extends WebSocketSocket {
    override connect(url: string): void {
      this.url = url;
      this.secure = url.startsWith("wss:");
      const options = { protocols: ["xmpp"], ...(http === undefined ? {} : { client: http }) };
      this._attachSocket(new WebSocket(url, options));
    }
  }
  class Framed extends WebSocketConnection {}
  Framed.prototype.Socket = Wire;
  return Framed;
}
