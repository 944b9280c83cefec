/** A server on loopback whose links answer every text with itself. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../../src/clock.ts";
import { FrameEncoder } from "../../src/wire/frame.ts";
import { acceptUpgrade } from "../../src/wire/handshake.ts";
import { DEFAULT_LINK_LIMITS, type LinkLimits } from "../../src/wire/limits.ts";
import { Link, type LinkEnd, type LinkEvents, type WebSocketLinks } from "../../src/wire/link.ts";
import { Links } from "../../src/wire/links.ts";

export interface EchoServer extends AsyncDisposable {
  readonly port: number;
  readonly links: WebSocketLinks;
  readonly accepted: { readonly link: Link; readonly socket: Socket }[];
  readonly ends: LinkEnd[];
  readonly received: (string | Uint8Array)[];
}

export async function echoServer(
  clock: Clock,
  limits?: Partial<LinkLimits>,
  protocol?: (request: IncomingMessage) => string | undefined,
): Promise<EchoServer> {
  const links: WebSocketLinks = new Links(clock, {
    limits: { ...DEFAULT_LINK_LIMITS, ...limits },
    encoder: new FrameEncoder(),
  });
  const server = createServer();
  const stage = { accepted: [], ends: [], received: [] } as Pick<
    EchoServer,
    "accepted" | "ends" | "received"
  >;
  server.on("upgrade", (request, socket, head) => {
    if (!acceptUpgrade(request, socket, protocol?.(request))) return;
    const attach = (link: Link): LinkEvents => ({
      text(text) {
        stage.received.push(text);
        link.send(text);
      },
      binary: (bytes) => stage.received.push(bytes),
      closed: (end) => stage.ends.push(end),
    });
    const link = links.open((all) => new Link(all, socket, attach), head);
    stage.accepted.push({ link, socket: socket as Socket });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    ...stage,
    links,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const { link } of stage.accepted) link.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
