/**
 * Being there without being seen (XEP-0186); where the server cannot do that, by a privacy list
 * (XEP-0016 as in XEP-0126).
 *
 * @module
 */
import { XmppError } from "../errors.ts";
import { xml } from "../xml.ts";
import { archive } from "./archive.ts";
import { disco } from "./disco.ts";
import { feature, type FeaturePort } from "./feature.ts";
import { type OwnPresence, presence } from "./presence.ts";

/** How one is hidden. */
export type InvisibleWay = "command" | "privacy-list";

/** What one does to be invisible. */
export interface Invisible {
  /** How one is hidden now; undefined when one is seen. */
  readonly way: InvisibleWay | undefined;
  /**
   * Hides from contacts; after each login again, before anything is said of this client. Messages
   * come as before; who is written to learns that one is there.
   *
   * @throws {XmppError} `xmpp/unsupported` when the server can neither, as `FeaturePort.request`
   */
  hide(): Promise<void>;
  /**
   * Is seen again, at once as `as`: what was said of oneself while one was hidden is told to nobody.
   *
   * @throws {XmppError} as `FeaturePort.request`
   */
  show(as?: OwnPresence): Promise<void>;
}

const COMMAND = "urn:xmpp:invisible:1";
const PRIVACY = "jabber:iq:privacy";
const LIST = "chatnode-invisible";

/** See the module's description. */
export const invisible = feature<Invisible>({
  extensions: [
    {
      xep: "0016",
      name: "Privacy Lists",
      version: "1.7",
      state: "partial",
      note: "to be invisible, where XEP-0186 is not offered",
    },
    { xep: "0126", name: "Invisibility", version: "1.1", state: "complete" },
    { xep: "0186", name: "Invisible Command", version: "0.13", state: "complete" },
  ],
  start: (port) => new Hiding(port),
});

class Hiding implements Invisible {
  way: InvisibleWay | undefined;
  readonly #port: FeaturePort;

  constructor(port: FeaturePort) {
    this.#port = port;
    // Before presence is said: `onReady` comes after all of these.
    port.onOnline(async (arrival) => {
      if (arrival === "resumed" || this.way === undefined) return;
      try {
        this.way = await this.#hide();
      } catch {
        // Who wants to be hidden and cannot says nothing at all.
        port.use(presence).withhold();
      }
    });
  }

  async hide(): Promise<void> {
    if (this.way !== undefined) return;
    // Contacts see one go, as they would see anybody.
    this.#port.post(xml("presence", { type: "unavailable" }));
    try {
      this.way = await this.#hide();
    } finally {
      const own = this.#port.use(presence);
      own.set(own.own);
      // What came in between, while one was not there, servers do not send to who reads archives.
      void this.#port.use(archive).catchUp(this.#port.account).catch(() => {});
    }
  }

  async show(as: OwnPresence = this.#port.use(presence).own): Promise<void> {
    const { way } = this;
    if (way === undefined) return;
    if (way === "command") await this.#port.request("set", xml("visible", COMMAND));
    else await this.#port.request("set", xml("query", PRIVACY, xml("active")));
    this.way = undefined;
    this.#port.use(presence).set(as);
  }

  async #hide(): Promise<InvisibleWay> {
    const { domain } = this.#port;
    const { features } = await this.#port.use(disco).info(domain);
    if (features.has(COMMAND)) {
      await this.#port.request("set", xml("invisible", COMMAND));
      return "command";
    }
    if (!features.has(PRIVACY)) {
      throw new XmppError("xmpp/unsupported", "Cannot hide: the server has no way to do that");
    }
    const rule = xml("item", { action: "deny", order: "1" }, xml("presence-out"));
    const rest = xml("item", { action: "allow", order: "2" });
    const list = xml("list", { name: LIST }, rule, rest);
    await this.#port.request("set", xml("query", PRIVACY, list));
    await this.#port.request("set", xml("query", PRIVACY, xml("active", { name: LIST })));
    return "privacy-list";
  }
}
