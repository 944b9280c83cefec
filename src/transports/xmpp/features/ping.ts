/**
 * Ping (XEP-0199): whether somebody is still there.
 *
 * @module
 */
import { StanzaError } from "../errors.ts";
import { NS } from "../namespaces.ts";
import { xml } from "../xml.ts";
import { feature } from "./feature.ts";

/** Asks. */
export interface Ping {
  /**
   * How long the way there and back takes, milliseconds; without `to` to the own server. An error
   * is an answer too, unless it says that nobody is there.
   *
   * @throws {XmppError} as `FeaturePort.request`
   */
  ping(to?: string): Promise<number>;
}

/** Errors that somebody else gives for who is gone. */
const GONE: ReadonlySet<string> = new Set([
  "item-not-found",
  "recipient-unavailable",
  "remote-server-not-found",
  "remote-server-timeout",
]);

/** See the module's description. */
export const ping = feature<Ping>({
  extensions: [{ xep: "0199", name: "XMPP Ping", version: "2.0.1", state: "complete" }],
  disco: [NS.ping],
  start(port) {
    port.onRequest("get", "ping", NS.ping, "anyone", () => undefined);
    return {
      async ping(to) {
        const since = port.clock.monotonic();
        try {
          await port.request("get", xml("ping", NS.ping), to === undefined ? {} : { to });
        } catch (error) {
          if (!(error instanceof StanzaError) || GONE.has(error.condition)) throw error;
        }
        return port.clock.monotonic() - since;
      },
    };
  },
});
