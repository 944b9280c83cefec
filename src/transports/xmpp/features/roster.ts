/**
 * The roster (RFC 6121, 2 and 3): contacts with names and groups, and who may see whose presence.
 *
 * @module
 */
import { bareJid } from "../jid.ts";
import { childText, type Element, xml } from "../xml.ts";
import { feature, type FeatureEvent, type FeaturePort } from "./feature.ts";

/** Who sees whose presence. */
export type Subscription = "none" | "to" | "from" | "both";

/** A contact. The name and the groups are texts that only the own account has set. */
export interface Contact {
  /** Bare. */
  readonly jid: string;
  readonly name: string | undefined;
  readonly groups: readonly string[];
  /** `to`: we see theirs; `from`: they see ours. */
  readonly subscription: Subscription;
  /** We have asked, and they have not answered. */
  readonly isAsked: boolean;
}

/** The roster changed: one contact, or, after a login, all of it. */
export interface RosterEvent extends FeatureEvent {
  readonly kind: "roster";
  readonly changed: readonly Contact[];
  /** Bare JIDs. */
  readonly removed: readonly string[];
}

/** Somebody wants to see our presence, or tells what became of our wish to see theirs. */
export interface SubscriptionEvent extends FeatureEvent {
  readonly kind: "subscription";
  /** Bare. */
  readonly from: string;
  readonly state: "requested" | "granted" | "refused" | "withdrawn";
  /** What they say with it: not safe to show. */
  readonly text: string | undefined;
}

/** What one does with contacts. Everything resolves when the server has it. */
export interface Roster {
  /** By bare JID. */
  readonly contacts: ReadonlyMap<string, Contact>;
  /** Resolves once the roster has been there for the first time. */
  readonly loaded: Promise<void>;
  /** Adds or changes a contact. @throws {XmppError} as `FeaturePort.request` */
  set(
    jid: string,
    details: { readonly name?: string; readonly groups?: readonly string[] },
  ): Promise<void>;
  /** Removes a contact, and both subscriptions with it. @throws {XmppError} as above */
  remove(jid: string): Promise<void>;
  /** Asks to see somebody's presence; false while offline. */
  subscribe(jid: string): boolean;
  /** Lets somebody see ours. */
  accept(jid: string): boolean;
  /** Does not, or no longer. */
  refuse(jid: string): boolean;
  /** No longer wants to see theirs. */
  unsubscribe(jid: string): boolean;
  /** Who wants to see our presence and has no answer yet, bare. */
  readonly requests: ReadonlySet<string>;
  /** Whether somebody may see our presence. */
  mayKnow(bare: string): boolean;
}

const NS = "jabber:iq:roster";
const CONTACTS_MOST = 20_000;
const REQUESTS_MOST = 500;
const SUBSCRIPTIONS: ReadonlySet<string> = new Set(["none", "to", "from", "both"]);
const STATES: Readonly<Record<string, SubscriptionEvent["state"]>> = {
  subscribe: "requested",
  subscribed: "granted",
  unsubscribed: "refused",
  unsubscribe: "withdrawn",
};

/** See the module's description. */
export const roster = feature<Roster>({
  extensions: [
    {
      xep: "RFC 6121",
      name: "Instant Messaging and Presence: roster",
      version: "2011-03",
      state: "complete",
    },
    {
      xep: "0237",
      name: "Roster Versioning",
      version: "1.3",
      state: "partial",
      note: "within one run",
    },
  ],
  start: (port) => new RosterKeeper(port),
});

class RosterKeeper implements Roster {
  readonly contacts = new Map<string, Contact>();
  readonly requests = new Set<string>();
  readonly #port: FeaturePort;
  readonly #loading = Promise.withResolvers<void>();
  #version: string | undefined;

  constructor(port: FeaturePort) {
    this.#port = port;
    // From the own account alone: whoever else pushes a roster is up to something (RFC 6121, 2.1.6).
    port.onRequest("set", "query", NS, "account", ({ child }) => {
      this.#version = child.attrs["ver"] ?? this.#version;
      const [item] = child.getChildren("item");
      if (item !== undefined) this.#change([item]);
      return undefined;
    });
    port.onPresence((presence) => this.#hear(presence));
    port.onOnline(async (arrival) => {
      if (arrival === "fresh") await this.#load();
    });
  }

  get loaded(): Promise<void> {
    return this.#loading.promise;
  }

  async set(
    jid: string,
    { name, groups = [] }: { readonly name?: string; readonly groups?: readonly string[] },
  ): Promise<void> {
    const all = groups.map((group) => xml("group", null, group));
    await this.#port.request("set", xml("query", NS, xml("item", { jid, name }, all)));
  }

  async remove(jid: string): Promise<void> {
    const item = xml("item", { jid, subscription: "remove" });
    await this.#port.request("set", xml("query", NS, item));
  }

  subscribe(jid: string): boolean {
    return this.#say(jid, "subscribe");
  }

  accept(jid: string): boolean {
    return this.#say(jid, "subscribed");
  }

  refuse(jid: string): boolean {
    return this.#say(jid, "unsubscribed");
  }

  unsubscribe(jid: string): boolean {
    return this.#say(jid, "unsubscribe");
  }

  mayKnow(bare: string): boolean {
    const subscription = this.contacts.get(bare)?.subscription;
    return subscription === "from" || subscription === "both" || bare === this.#port.account;
  }

  #say(to: string, type: string): boolean {
    if (type === "subscribed" || type === "unsubscribed") this.requests.delete(to);
    return this.#port.post(xml("presence", { to, type }));
  }

  async #load(): Promise<void> {
    const query = xml("query", { xmlns: NS, ver: this.#version ?? "" });
    const answer = await this.#port.request("get", query);
    const list = answer.getChild("query", NS);
    // An empty answer says that nothing has changed (RFC 6121, 2.6.3).
    if (list !== undefined) {
      this.#version = list.attrs["ver"];
      const before = new Set(this.contacts.keys());
      this.contacts.clear();
      const items = list.getChildren("item").slice(0, CONTACTS_MOST);
      for (const item of items) before.delete(bareJid(item.attrs["jid"]) ?? "");
      this.#change(items, [...before]);
    }
    this.#loading.resolve();
  }

  #change(items: readonly Element[], gone: readonly string[] = []): void {
    const changed: Contact[] = [];
    const removed = [...gone];
    for (const item of items) {
      const jid = bareJid(item.attrs["jid"]);
      if (jid === undefined) continue;
      if (item.attrs["subscription"] === "remove") {
        if (this.contacts.delete(jid)) removed.push(jid);
      } else if (this.contacts.has(jid) || this.contacts.size < CONTACTS_MOST) {
        const contact = readContact(jid, item);
        this.contacts.set(jid, contact);
        changed.push(contact);
      }
    }
    const event: RosterEvent = { kind: "roster", changed, removed };
    this.#port.emit(event);
  }

  #hear(presence: Element): boolean {
    const { type = "", from } = presence.attrs;
    const state = STATES[type];
    const jid = bareJid(from);
    if (state === undefined || jid === undefined) return false;
    if (state === "requested") {
      if (this.requests.has(jid) || this.requests.size >= REQUESTS_MOST) return true;
      this.requests.add(jid);
    } else if (state === "withdrawn") this.requests.delete(jid);
    const text = childText(presence, "status");
    const event: SubscriptionEvent = { kind: "subscription", from: jid, state, text };
    this.#port.emit(event);
    return true;
  }
}

function readContact(jid: string, item: Element): Contact {
  const { name, subscription = "none", ask } = item.attrs;
  return {
    jid,
    name: name === "" ? undefined : name,
    // Servers give them in any order.
    groups: item.getChildren("group").map((group) => group.text()).filter((group) => group !== "")
      .sort(),
    subscription: SUBSCRIPTIONS.has(subscription) ? subscription as Subscription : "none",
    isAsked: ask === "subscribe",
  };
}
