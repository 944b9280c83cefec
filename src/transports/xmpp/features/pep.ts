/**
 * Personal eventing (XEP-0163): what people publish under their own address, by XEP-0060.
 *
 * @module
 */
import { readJid } from "../jid.ts";
import { type Element, xml } from "../xml.ts";
import { feature, type FeaturePort } from "./feature.ts";
import { type FormValues, submittedForm } from "./form.ts";

/** Something that is published. */
export interface PepItem {
  readonly id: string;
  /** Undefined in news without content. */
  readonly payload: Element | undefined;
}

/** News of a node. */
export interface PepNews {
  /** Whose, bare; the stanza came from there. */
  readonly owner: string;
  readonly items: readonly PepItem[];
  /** Ids of what is there no more. */
  readonly retracted: readonly string[];
}

/** What features do with published things. */
export interface Pep {
  /**
   * Publishes under the own account; `options` are demanded of the node (publish-options), which is
   * changed to fit if it does not.
   *
   * @throws {XmppError} as `FeaturePort.request`
   */
  publish(node: string, item: PepItem, options?: FormValues): Promise<void>;
  /** @throws {XmppError} as `FeaturePort.request` */
  retract(node: string, id: string): Promise<void>;
  /** The latest items of a node, at most `most`. @throws {StanzaError} `item-not-found` ... */
  items(owner: string, node: string, most: number): Promise<readonly PepItem[]>;
  /** One item; undefined when there is none. @throws {XmppError} as `FeaturePort.request` */
  item(owner: string, node: string, id: string): Promise<PepItem | undefined>;
  /** Hears news of a node. Its `+notify` has to be declared in `disco`. */
  listen(node: string, listener: (news: PepNews) => void): void;
}

const NS = "http://jabber.org/protocol/pubsub";
const EVENT = "http://jabber.org/protocol/pubsub#event";
const OWNER = "http://jabber.org/protocol/pubsub#owner";
const OPTIONS = "http://jabber.org/protocol/pubsub#publish-options";
const CONFIGURATION = "http://jabber.org/protocol/pubsub#node_config";
const ITEMS_MOST = 1_000;

/** See the module's description. */
export const pep = feature<Pep>({
  extensions: [
    {
      xep: "0060",
      name: "Publish-Subscribe",
      version: "1.30.0",
      state: "partial",
      note: "what personal eventing needs",
    },
    { xep: "0163", name: "Personal Eventing Protocol", version: "1.2.2", state: "complete" },
  ],
  start: (port) => new PersonalEvents(port),
});

class PersonalEvents implements Pep {
  readonly #port: FeaturePort;
  readonly #listeners = new Map<string, ((news: PepNews) => void)[]>();

  constructor(port: FeaturePort) {
    this.#port = port;
    port.onMessage((message) => {
      const event = message.getChild("event", EVENT);
      if (event === undefined || message.attrs["type"] === "error") return false;
      this.#hear(message, event);
      return true;
    });
  }

  async publish(node: string, item: PepItem, options?: FormValues): Promise<void> {
    const ask = (form: Element | null): Promise<Element> =>
      this.#port.request(
        "set",
        xml(
          "pubsub",
          NS,
          xml("publish", { node }, xml("item", { id: item.id }, item.payload)),
          form,
        ),
      );
    if (options === undefined) return void await ask(null);
    const demand = (values: FormValues): Promise<Element> =>
      ask(xml("publish-options", null, submittedForm(OPTIONS, values)));
    try {
      await demand(options);
    } catch (error) {
      const { condition } = error as { readonly condition?: unknown };
      if (condition === "conflict") {
        // The node is there and is another: ours to change (XEP-0060, 7.1.5).
        await this.#configure(node, options);
        await demand(options);
      } else if (condition === "resource-constraint") {
        // Some servers know few options: who may read comes with the item, the rest behind it.
        await demand(fewOf(options));
        await this.#configure(node, options);
      } else throw error;
    }
  }

  async retract(node: string, id: string): Promise<void> {
    const gone = xml("retract", { node, notify: "true" }, xml("item", { id }));
    await this.#port.request("set", xml("pubsub", NS, gone));
  }

  async items(owner: string, node: string, most: number): Promise<readonly PepItem[]> {
    return await this.#get(owner, xml("items", { node, max_items: most }), most);
  }

  async item(owner: string, node: string, id: string): Promise<PepItem | undefined> {
    const items = await this.#get(owner, xml("items", { node }, xml("item", { id })), 1);
    return items.find((item) => item.id === id);
  }

  listen(node: string, listener: (news: PepNews) => void): void {
    this.#listeners.set(node, [...this.#listeners.get(node) ?? [], listener]);
  }

  async #configure(node: string, options: FormValues): Promise<void> {
    const form = xml("configure", { node }, submittedForm(CONFIGURATION, options));
    await this.#port.request("set", xml("pubsub", OWNER, form));
  }

  async #get(owner: string, asked: Element, most: number): Promise<readonly PepItem[]> {
    const to = owner === this.#port.account ? {} : { to: owner };
    const answer = await this.#port.request("get", xml("pubsub", NS, asked), to);
    return itemsOf(answer.getChild("pubsub", NS)?.getChild("items")).slice(0, most);
  }

  /** News count for who sends them: nobody else can publish under that address. */
  #hear(message: Element, event: Element): void {
    const from = readJid(message.attrs["from"] ?? this.#port.account);
    const items = event.getChild("items");
    if (from === undefined || from.resource !== "" || items === undefined) return;
    const listeners = this.#listeners.get(items.attrs["node"] ?? "") ?? [];
    const news: PepNews = {
      owner: from.bare,
      items: itemsOf(items),
      retracted: items.getChildren("retract").slice(0, ITEMS_MOST)
        .flatMap(({ attrs }) => attrs["id"] ?? []),
    };
    for (const listener of listeners) listener(news);
  }
}

/** What a server needs to know before it has the item: nobody shall read what is not for them. */
function fewOf(options: FormValues): FormValues {
  const few = ["pubsub#access_model", "pubsub#persist_items"];
  return Object.fromEntries(Object.entries(options).filter(([name]) => few.includes(name)));
}

function itemsOf(parent: Element | undefined): PepItem[] {
  return (parent?.getChildren("item") ?? []).slice(0, ITEMS_MOST).flatMap((item) => {
    const { id } = item.attrs;
    return id === undefined ? [] : [{ id, payload: item.getChildElements()[0] }];
  });
}
