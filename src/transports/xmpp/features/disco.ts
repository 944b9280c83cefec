/**
 * Service discovery (XEP-0030) and entity capabilities (XEP-0115, XEP-0390): what others can do, and
 * what this client says that it can, which is what its features declare.
 *
 * @module
 */
import { StanzaError } from "../errors.ts";
import { readJid } from "../jid.ts";
import { type Element, xml } from "../xml.ts";
import { CAPS, CAPS2, caps2Hash, capsHash, type DiscoInfo, type Identity } from "./caps_hash.ts";
import { feature, type FeaturePort } from "./feature.ts";
import { Remembered } from "./remembered.ts";

export type { DiscoInfo, Identity } from "./caps_hash.ts";

/** An entity that another names as belonging to it. */
export interface DiscoItem {
  readonly jid: string;
  readonly node: string | undefined;
  /** As the other side has it: not safe to show. */
  readonly name: string | undefined;
}

/** What the rest of the client finds out by discovery. */
export interface Disco {
  /** What an entity is and can. @throws {XmppError} as `FeaturePort.request` */
  info(jid: string, node?: string): Promise<DiscoInfo>;
  /** What belongs to an entity; at most 500. @throws {XmppError} as `FeaturePort.request` */
  items(jid: string, node?: string): Promise<readonly DiscoItem[]>;
  /** Whether an entity says that it has `namespace`; false when it does not answer. */
  supports(jid: string, namespace: string): Promise<boolean>;
  /** The first of the server's own services that has `namespace`; asked once a connection. */
  service(namespace: string): Promise<string | undefined>;
  /** What a contact's client said with its presence that it can; undefined when it said nothing. */
  ofClient(fullJid: string): Promise<DiscoInfo | undefined>;
  /** What goes into every presence. */
  capabilities(): readonly Element[];
}

const INFO = "http://jabber.org/protocol/disco#info";
const ITEMS = "http://jabber.org/protocol/disco#items";
/** What the client calls itself in its capabilities; a URI that stays. */
const NODE = "https://chatnode.dev";
const IDENTITY: Identity = { category: "client", type: "console", lang: "", name: "chatnode" };
const ITEMS_MOST = 500;
const CLIENTS_MOST = 5_000;
const INFOS_MOST = 1_000;

/** See the module's description. */
export const disco = feature<Disco>({
  extensions: [
    { xep: "0030", name: "Service Discovery", version: "2.5rc3", state: "complete" },
    { xep: "0115", name: "Entity Capabilities", version: "1.6.0", state: "complete" },
    {
      xep: "0390",
      name: "Entity Capabilities 2.0",
      version: "0.3.2",
      state: "partial",
      note: "sends SHA-256, reads XEP-0115",
    },
  ],
  disco: [INFO, CAPS, CAPS2],
  start: (port) => new Discovery(port),
});

class Discovery implements Disco {
  readonly #port: FeaturePort;
  /** The capabilities that clients announced, by full JID. */
  readonly #clients = new Remembered<string, Element>(CLIENTS_MOST);
  /** What hashes stand for; only what was verified, since anybody could announce any hash. */
  readonly #infos = new Remembered<string, DiscoInfo>(INFOS_MOST);
  #services: Promise<ReadonlyMap<string, ReadonlySet<string>>> | undefined;

  constructor(port: FeaturePort) {
    this.#port = port;
    port.onRequest("get", "query", INFO, "anyone", ({ child }) => this.#answer(child));
    port.onRequest("get", "query", ITEMS, "anyone", ({ child }) => {
      if (child.attrs["node"] !== undefined) throw new StanzaError("item-not-found");
      return xml("query", ITEMS);
    });
    port.onPresence((presence) => this.#note(presence));
    port.onOnline((arrival) => {
      if (arrival === "resumed") return;
      this.#services = undefined;
      this.#clients.clear();
    });
  }

  async info(jid: string, node?: string): Promise<DiscoInfo> {
    const answer = await this.#port.request("get", xml("query", { xmlns: INFO, node }), {
      to: jid,
    });
    return readInfo(answer.getChild("query", INFO));
  }

  async items(jid: string, node?: string): Promise<readonly DiscoItem[]> {
    const answer = await this.#port.request("get", xml("query", { xmlns: ITEMS, node }), {
      to: jid,
    });
    const items = answer.getChild("query", ITEMS)?.getChildren("item") ?? [];
    return items.slice(0, ITEMS_MOST).flatMap(({ attrs }) => {
      const item = readJid(attrs["jid"]);
      return item === undefined
        ? []
        : [{ jid: item.full, node: attrs["node"], name: attrs["name"] }];
    });
  }

  async supports(jid: string, namespace: string): Promise<boolean> {
    try {
      return (await this.info(jid)).features.has(namespace);
    } catch {
      return false;
    }
  }

  async service(namespace: string): Promise<string | undefined> {
    this.#services ??= this.#findServices();
    for (const [jid, features] of await this.#services) if (features.has(namespace)) return jid;
    return undefined;
  }

  async ofClient(fullJid: string): Promise<DiscoInfo | undefined> {
    const announced = this.#clients.get(fullJid);
    if (announced === undefined) return undefined;
    const { hash = "", ver = "", node = "" } = announced.attrs;
    const key = `${hash} ${ver}`;
    const known = this.#infos.get(key);
    if (known !== undefined) return known;
    const info = await this.info(fullJid, `${node}#${ver}`);
    // A hash that does not fit is believed of this one client alone (XEP-0115, 5.4).
    if (hash === "sha-1" && await capsHash(info) === ver) this.#infos.set(key, info);
    return info;
  }

  capabilities(): readonly Element[] {
    const info = this.#own();
    return [
      xml("c", { xmlns: CAPS, hash: "sha-1", node: NODE, ver: capsHash(info) }),
      xml(
        "c",
        CAPS2,
        xml("hash", { xmlns: "urn:xmpp:hashes:2", algo: "sha-256" }, caps2Hash(info)),
      ),
    ];
  }

  #own(): DiscoInfo {
    const features = this.#port.started.flatMap(({ disco = [] }) => disco);
    return { identities: [IDENTITY], features: new Set(features), forms: [] };
  }

  #answer(query: Element): Element {
    const info = this.#own();
    const { node } = query.attrs;
    const own = [`${NODE}#${capsHash(info)}`, `${CAPS2}#sha-256.${caps2Hash(info)}`];
    if (node !== undefined && !own.includes(node)) throw new StanzaError("item-not-found");
    return xml(
      "query",
      { xmlns: INFO, node },
      info.identities.map(({ category, type, name }) => xml("identity", { category, type, name })),
      [...info.features].sort().map((name) => xml("feature", { var: name })),
    );
  }

  #note(presence: Element): void {
    const from = readJid(presence.attrs["from"]);
    if (from === undefined || from.resource === "") return;
    const announced = presence.getChild("c", CAPS);
    const isHere = presence.attrs["type"] === undefined;
    if (isHere && announced !== undefined) this.#clients.set(from.full, announced);
    else this.#clients.delete(from.full);
  }

  async #findServices(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const { domain } = this.#port;
    const items = await this.items(domain).catch(() => []);
    const jids = [domain, ...items.map(({ jid }) => jid)].slice(0, 50);
    const infos = await Promise.all(jids.map((jid) => this.info(jid).catch(() => undefined)));
    return new Map(jids.map((jid, index) => [jid, infos[index]?.features ?? new Set<string>()]));
  }
}

/** What a `query` of discovery says; bounded as stanzas are. */
function readInfo(query: Element | undefined): DiscoInfo {
  const identities = (query?.getChildren("identity") ?? []).map(({ attrs }) => ({
    category: attrs["category"] ?? "",
    type: attrs["type"] ?? "",
    lang: attrs["xml:lang"] ?? "",
    name: attrs["name"] ?? "",
  }));
  const features = (query?.getChildren("feature") ?? []).map(({ attrs }) => attrs["var"] ?? "");
  return {
    identities,
    features: new Set(features),
    forms: query?.getChildren("x", "jabber:x:data") ?? [],
  };
}
