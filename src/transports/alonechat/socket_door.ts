/**
 * AloneChat's WebSocket, on any path, without a subprotocol.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import { acceptUpgrade, isWebSocketUpgrade } from "../../wire/handshake.ts";
import { FrameEncoder } from "../../wire/frame.ts";
import type { LinkLimits } from "../../wire/limits.ts";
import { Link, type WebSocketLinks } from "../../wire/link.ts";
import { Links } from "../../wire/links.ts";
import { SocketDialect } from "./dialect.ts";
import type { AloneParts } from "./env.ts";
import { AloneSocket } from "./socket.ts";

/** What the door needs besides the parts of all AloneChat doors. */
export interface SocketDoorOptions {
  readonly clock: Clock;
  readonly limits: LinkLimits;
}

/** Takes every WebSocket that no other door wants. */
export class AloneSocketDoor {
  readonly #parts: Pick<AloneParts, "accounts" | "hub" | "origins" | "clock">;
  readonly #links: WebSocketLinks;
  readonly #dialect: SocketDialect;

  constructor(
    parts: Pick<AloneParts, "accounts" | "hub" | "origins" | "clock">,
    options: SocketDoorOptions,
  ) {
    this.#parts = parts;
    const encoder = new FrameEncoder();
    this.#links = new Links(options.clock, { limits: options.limits, encoder });
    this.#dialect = new SocketDialect(parts.hub.node, encoder);
  }

  /** Connections now. */
  get size(): number {
    return this.#links.size;
  }

  matches(request: IncomingMessage): boolean {
    return isWebSocketUpgrade(request);
  }

  handle(
    request: IncomingMessage,
    socket: Duplex,
    head: Uint8Array,
    client: { readonly address: string },
  ): void {
    // Whoever is refused learns it on the open socket: original clients read nothing else.
    if (!acceptUpgrade(request, socket)) return;
    const visitor = new AloneSocket({ ...this.#parts, dialect: this.#dialect }, client.address);
    const link = this.#links.open((links) => new Link(links, socket, () => visitor), head);
    void visitor.begin(link, request);
  }

  /** Says goodbye to every connection; resolves when all are gone. */
  async close(): Promise<void> {
    await this.#links.close();
  }
}
