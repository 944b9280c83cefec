/**
 * A node with the TCP door alone: what `chatnode relay` runs.
 *
 * @module
 */
import { join } from "node:path";
import { getLogger } from "../log.ts";
import { encodeFileName } from "../message/file_name.ts";
import { type Bridge, openBridge } from "../transports/tcp/bridge/bridge.ts";
import { parseTcpAddress } from "../transports/tcp/client/socket.ts";
import type { Relay } from "../transports/tcp/relay.ts";
import { type Core, type CoreOptions, openCore, readCertificate, sealNow } from "./node_core.ts";
import { openRelayDoor } from "./relay_door.ts";

/** A running relay. */
export interface RelayNode extends AsyncDisposable {
  readonly core: Core;
  readonly relay: Relay;
  /** Reads accounts and certificate anew. Never rejects: what fails is logged and stays. */
  reload(): Promise<void>;
  /** See `ChatNode.seal`. */
  seal(): Promise<void>;
}

/** What a relay is opened with. */
export interface RelayNodeOptions extends CoreOptions {
  readonly port: number;
  /** Address of an original server to join, and what to be called there; both or none. */
  readonly upstream: string | undefined;
  readonly as: string | undefined;
}

/** How long stopping may take before what is left is cut, milliseconds. */
const STOP_DEADLINE = 5_000;

/**
 * Opens the data folder, which is made when it is not there, and serves it.
 *
 * @throws {ChatnodeError} `history/locked` when another process has the folder; `tcp/port-taken` and
 *   the like when the port cannot be had; whatever opening the core throws
 */
export async function openRelayNode(
  options: RelayNodeOptions,
): Promise<RelayNode> {
  await using opened = new AsyncDisposableStack();
  const { settings, clock, port } = options;
  const certificate = await readCertificate(settings);
  const core = await openCore(options, opened);
  const { accounts, hub } = core;
  opened.defer(accounts.onRevoked((revocation) => {
    if (revocation.kind === "token") hub.revoke(revocation.token);
    else hub.signOut(revocation.address);
  }));
  const relay = await openRelayDoor(core, { settings, clock, port, certificate });
  opened.defer(async () => {
    relay.stop();
    await hub.close(STOP_DEADLINE);
    await relay.close();
  });
  const { upstream, as } = options;
  if (upstream !== undefined && as !== undefined) {
    const bridge = await openUpstream(core, { ...options, upstream, as });
    // First of all to end: what is said until then is passed on.
    opened.defer(() => bridge.close());
  }
  const everything = opened.move();
  return {
    core,
    relay,
    async reload() {
      const log = getLogger(["node"]);
      try {
        await accounts.refresh();
        const renewed = await readCertificate(settings);
        if (renewed !== undefined) relay.replaceCertificate(renewed);
        log.info("accounts and certificate read anew");
      } catch (error) {
        log.error("Cannot read accounts and certificate anew: {error}", { error });
      }
    },
    seal: () => sealNow(core),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

function openUpstream(
  { hub, history }: Core,
  options: CoreOptions & { readonly upstream: string; readonly as: string },
): Promise<Bridge> {
  const { settings, clock, random, upstream, as } = options;
  const target = parseTcpAddress(upstream);
  const file = `${encodeFileName(`${target.hostname}:${target.port}`)}.json`;
  return openBridge({
    ...{ target, alias: as, hub, history, clock },
    random: () => new DataView(random(4).buffer).getUint32(0) / 2 ** 32,
    cursorFile: join(settings.data, "bridges", file),
  });
}
