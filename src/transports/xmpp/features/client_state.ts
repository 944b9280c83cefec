/**
 * Client state indication (XEP-0352): while nobody looks, the server may keep back what can wait.
 *
 * @module
 */
import { xml } from "../xml.ts";
import { feature } from "./feature.ts";

/** Whether somebody looks. */
export type Attention = "active" | "inactive";

/** Says it. */
export interface ClientState {
  readonly attention: Attention;
  /** Tells the server, now and after each login, if it wants to know. */
  set(attention: Attention): void;
}

const NS = "urn:xmpp:csi:0";

/** See the module's description. */
export const clientState = feature<ClientState>({
  extensions: [
    { xep: "0352", name: "Client State Indication", version: "1.0.0", state: "complete" },
  ],
  start(port) {
    let attention: Attention = "active";
    const tell = (): void => {
      if (port.offered("csi", NS)) port.tellServer(xml(attention, NS));
    };
    // Who comes in anew counts as active; who goes on, as what they were, which may be long ago.
    port.onOnline((arrival) => {
      if (arrival === "resumed" || attention === "inactive") tell();
    });
    return {
      get attention() {
        return attention;
      },
      set(next) {
        if (attention === next) return;
        attention = next;
        tell();
      },
    };
  },
});
