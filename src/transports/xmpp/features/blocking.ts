/**
 * Blocking (XEP-0191): who cannot reach the account, nor see it.
 *
 * @module
 */
import { parseJid, readJid } from "../jid.ts";
import { type Element, xml } from "../xml.ts";
import { feature, type FeatureEvent, type FeaturePort } from "./feature.ts";

/** The list changed, here or at another client. */
export interface BlockingEvent extends FeatureEvent {
  readonly kind: "blocking";
  readonly blocked: readonly string[];
}

/** What one does with blocking. */
export interface Blocking {
  /** JIDs, full, bare or of whole domains. */
  readonly blocked: ReadonlySet<string>;
  /** @throws {XmppError} `xmpp/address`, as `FeaturePort.request` */
  block(jid: string): Promise<void>;
  /** @throws {XmppError} as above */
  unblock(jid: string): Promise<void>;
}

const NS = "urn:xmpp:blocking";
const MOST = 10_000;

/** See the module's description. */
export const blocking = feature<Blocking>({
  extensions: [{ xep: "0191", name: "Blocking Command", version: "1.3", state: "complete" }],
  start: (port) => new BlockList(port),
});

class BlockList implements Blocking {
  readonly blocked = new Set<string>();
  readonly #port: FeaturePort;

  constructor(port: FeaturePort) {
    this.#port = port;
    // The list is the account's: nobody else changes it (XEP-0191, 5).
    port.onRequest("set", "block", NS, "account", ({ child }) => {
      for (const jid of itemsOf(child)) if (this.blocked.size < MOST) this.blocked.add(jid);
      this.#tell();
      return undefined;
    });
    port.onRequest("set", "unblock", NS, "account", ({ child }) => {
      const gone = itemsOf(child);
      // Nobody in particular is everybody.
      if (child.getChildren("item").length === 0) this.blocked.clear();
      for (const jid of gone) this.blocked.delete(jid);
      this.#tell();
      return undefined;
    });
    port.onOnline(async (arrival) => {
      if (arrival === "fresh") await this.#load();
    });
  }

  async block(jid: string): Promise<void> {
    await this.#port.request("set", xml("block", NS, xml("item", { jid: parseJid(jid).full })));
  }

  async unblock(jid: string): Promise<void> {
    await this.#port.request("set", xml("unblock", NS, xml("item", { jid: parseJid(jid).full })));
  }

  async #load(): Promise<void> {
    const answer = await this.#port.request("get", xml("blocklist", NS));
    this.blocked.clear();
    const list = answer.getChild("blocklist", NS);
    for (const jid of list === undefined ? [] : itemsOf(list)) this.blocked.add(jid);
    this.#tell();
  }

  #tell(): void {
    const event: BlockingEvent = { kind: "blocking", blocked: [...this.blocked] };
    this.#port.emit(event);
  }
}

function itemsOf(list: Element): string[] {
  return list.getChildren("item").slice(0, MOST)
    .flatMap(({ attrs }) => readJid(attrs["jid"])?.full ?? []);
}
