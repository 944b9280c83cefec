/**
 * The door for `chatnode.v1` over WebSocket: every upgrade that offers that subprotocol.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Verification } from "../../accounts/accounts.ts";
import type { Clock } from "../../clock.ts";
import type { Hub } from "../../hub/contract.ts";
import { createDialect } from "../../protocol/dialect.ts";
import { PROTOCOL } from "../../protocol/frames.ts";
import { PROTOCOL_LIMITS } from "../../protocol/limits.ts";
import { ServerSession, type SessionContext } from "../../protocol/session.ts";
import { FrameEncoder, skipFrames } from "../../wire/frame.ts";
import {
  acceptUpgrade,
  isAllowedOrigin,
  isWebSocketUpgrade,
  offeredProtocols,
  readUpgradeToken,
} from "../../wire/handshake.ts";
import { DEFAULT_LINK_LIMITS, type LinkLimits } from "../../wire/limits.ts";
import { Link, type WebSocketLinks } from "../../wire/link.ts";
import { Links } from "../../wire/links.ts";

/** What the door needs. */
export interface WebSocketDoorOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  /** Finds whose token it is; see `Accounts.verify`. */
  verify(token: string | undefined): Promise<Verification>;
  /** Origins beside the node's own whose pages may use their visitors' cookies. */
  readonly origins?: readonly string[];
  readonly limits?: Partial<LinkLimits>;
}

/** The far end of a connection, as the HTTP listener found it. */
interface RemoteEnd {
  readonly address: string;
}

/** See the module's description. Fits the HTTP listener's `SocketDoor`. */
export class WebSocketDoor {
  readonly #options: WebSocketDoorOptions;
  readonly #links: WebSocketLinks;
  readonly #context: SessionContext;

  constructor(options: WebSocketDoorOptions) {
    const { hub, clock } = options;
    const own = { messageBytes: PROTOCOL_LIMITS.frameBytes };
    const limits = { ...DEFAULT_LINK_LIMITS, ...own, ...options.limits };
    this.#options = options;
    const encoder = new FrameEncoder();
    this.#links = new Links(clock, { limits, encoder });
    this.#context = {
      hub,
      clock,
      dialect: createDialect((frames) => encoder.encode(frames), skipFrames),
      via: "websocket",
      frameBytes: limits.messageBytes,
      verify: (token) => options.verify(token),
    };
  }

  /** Connections now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Whether the client offers `chatnode.v1`. */
  matches(request: IncomingMessage): boolean {
    return isWebSocketUpgrade(request) && offeredProtocols(request).includes(PROTOCOL);
  }

  /** Takes the connection over. The token is looked at with `hello`, not before. */
  handle(request: IncomingMessage, socket: Duplex, head: Uint8Array, remote: RemoteEnd): void {
    const token = this.#token(request);
    if (!acceptUpgrade(request, socket, PROTOCOL)) return;
    const arrival = { remote: remote.address, ...(token === undefined ? {} : { token }) };
    const attach = (link: Link) => new ServerSession(this.#context, link, arrival);
    this.#links.open((links) => new Link(links, socket, attach), head);
  }

  /**
   * Says goodbye to whoever is left and resolves when every connection is gone, some seconds later
   * at most. To be called after the hub has told its sessions.
   */
  close(): Promise<void> {
    return this.#links.close();
  }

  /** A cookie counts only when the page that asks is one of ours (cross-site hijacking). */
  #token(request: IncomingMessage): string | undefined {
    const found = readUpgradeToken(request);
    if (found?.from === "cookie" && !isAllowedOrigin(request, this.#options.origins ?? [])) {
      return undefined;
    }
    return found?.token;
  }
}
