/**
 * What chatnode uses of `@xmpp/client-core` 0.14 and of the base class in `@xmpp/connection`.
 */
import type { Element, Parser } from "./xml.d.ts";

/** A transport's socket: Node's, or a wrapper that has the real one as `socket`. */
export interface AnySocket {
  readonly socket?: unknown;
  /** Whether the transport says that others cannot read along. */
  readonly secure: boolean;
  write(data: string, done: (error?: Error | null) => void): void;
}

/** A class of transports. */
export interface Transport {
  readonly prototype: { socketParameters(service: string): unknown };
}

/** A connection and its stream, over one of several transports. */
export class Client {
  constructor(options: {
    readonly service: string;
    readonly domain: string;
    readonly lang?: string;
  });
  /** How long the answer to an opening is waited for, milliseconds; 0 for ever. */
  timeout: number;
  readonly transports: Transport[];
  socket: AnySocket | null;
  parser: Parser | null;
  jid: unknown;
  on(event: "element", handler: (element: Element) => void): this;
  on(event: "error", handler: (error: Error) => void): this;
  on(event: "close" | "disconnect", handler: (how: unknown) => void): this;
  emit(event: string, ...args: readonly unknown[]): boolean;
  /** Connects the socket; `service` is an address of one of the transports. */
  connect(service: string): Promise<unknown>;
  /** Opens the stream: resolves with the header of the answer. */
  open(options: { readonly domain: string; readonly lang?: string }): Promise<unknown>;
  /** Opens the stream anew on the same socket. */
  restart(): Promise<unknown>;
  write(text: string): Promise<void>;
  /** The element as it has to stand on this transport. */
  isSecure(): boolean;
  protected footerElement(): Element | undefined;
  protected footer(element: Element | undefined): string;
  _jid(jid: string): unknown;
  _attachSocket(socket: AnySocket): void;
  _detachSocket(): void;
  _detachParser(): void;
  _attachParser(parser: Parser): void;
  _onData(data: Uint8Array | string): void;
  _onElement(element: Element): void;
}
