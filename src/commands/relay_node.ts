/**
 * A node with the TCP door alone: what `chatnode relay` runs.
 *
 * @module
 */
import { getLogger } from "../log.ts";
import type { Relay } from "../transports/tcp/relay.ts";
import { type Core, type CoreOptions, openCore, readCertificate } from "./node_core.ts";
import { openRelayDoor } from "./relay_door.ts";

/** A running relay. */
export interface RelayNode extends AsyncDisposable {
  readonly core: Core;
  readonly relay: Relay;
  /** Reads accounts and certificate anew. Never rejects: what fails is logged and stays. */
  reload(): Promise<void>;
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
  options: CoreOptions & { readonly port: number },
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
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}
