/**
 * Bookmarks of rooms (XEP-0402), kept with the account, so that every client of it has them; where
 * the server cannot do that, as older clients keep them (XEP-0048 in XEP-0049).
 *
 * @module
 */
import { bareJid } from "../jid.ts";
import { childText, type Element, xml } from "../xml.ts";
import { disco } from "./disco.ts";
import { feature, type FeatureEvent, type FeaturePort } from "./feature.ts";
import { pep, type PepItem } from "./pep.ts";
import { rooms } from "./rooms.ts";

/** A room that is remembered. */
export interface Bookmark {
  /** Bare. */
  readonly room: string;
  readonly name: string | undefined;
  readonly nick: string | undefined;
  /** Secret. */
  readonly password: string | undefined;
  /** Come in with each login. */
  readonly isAutojoin: boolean;
}

/** Bookmarks changed, here or elsewhere. */
export interface BookmarksEvent extends FeatureEvent {
  readonly kind: "bookmarks";
  readonly all: readonly Bookmark[];
}

/** What one does with bookmarks. */
export interface Bookmarks {
  /** By room, as they were last heard of. */
  readonly all: ReadonlyMap<string, Bookmark>;
  /** Where they are kept; undefined before the first login. */
  readonly place: "pep" | "private" | undefined;
  /** Comes into the rooms that are marked so, now and after each login; not without being told. */
  enterMarked(): void;
  /** @throws {XmppError} as `FeaturePort.request` */
  set(bookmark: Bookmark): Promise<void>;
  /** @throws {XmppError} as `FeaturePort.request` */
  remove(room: string): Promise<void>;
}

const NS = "urn:xmpp:bookmarks:1";
const STORAGE = "storage:bookmarks";
const PRIVATE = "jabber:iq:private";
const MOST = 500;
/** The room's, alone for the account, all of them (XEP-0402, 4.1). */
const OPTIONS = {
  "pubsub#persist_items": true,
  "pubsub#max_items": "max",
  "pubsub#send_last_published_item": "never",
  "pubsub#access_model": "whitelist",
};

/** See the module's description. */
export const bookmarks = feature<Bookmarks>({
  extensions: [
    {
      xep: "0048",
      name: "Bookmarks",
      version: "1.2",
      state: "partial",
      note: "where XEP-0402 is not offered",
    },
    {
      xep: "0049",
      name: "Private XML Storage",
      version: "1.2",
      state: "partial",
      note: "for bookmarks",
    },
    { xep: "0402", name: "PEP Native Bookmarks", version: "1.1.3", state: "complete" },
  ],
  disco: [`${NS}+notify`],
  start: (port) => new BookmarkKeeper(port),
});

class BookmarkKeeper implements Bookmarks {
  readonly all = new Map<string, Bookmark>();
  place: "pep" | "private" | undefined;
  #isEntering = false;
  readonly #port: FeaturePort;
  /** What other clients have added to their bookmarks, which has to stay. */
  readonly #extensions = new Map<string, Element>();

  constructor(port: FeaturePort) {
    this.#port = port;
    port.use(pep).listen(NS, ({ owner, items, retracted }) => {
      // Those of others are theirs.
      if (owner === port.account) this.#change(items, retracted);
    });
    port.onOnline(async (arrival) => {
      if (arrival === "fresh") await this.#load();
    });
    port.onReady((arrival) => {
      if (arrival === "fresh" && this.#isEntering) this.enterMarked();
    });
  }

  enterMarked(): void {
    this.#isEntering = true;
    if (!this.#port.isOnline) return;
    // Not waited for: a room that does not answer must not keep us from being there.
    for (const bookmark of this.all.values()) void this.#enter(bookmark);
  }

  async set(bookmark: Bookmark): Promise<void> {
    const known = new Map(this.all).set(bookmark.room, bookmark);
    if (this.place === "private") await this.#store(known);
    else {
      const payload = this.#conference(bookmark);
      await this.#port.use(pep).publish(NS, { id: bookmark.room, payload }, OPTIONS);
    }
    this.#replace(known);
  }

  async remove(room: string): Promise<void> {
    if (!this.all.has(room)) return;
    const known = new Map(this.all);
    known.delete(room);
    if (this.place === "private") await this.#store(known);
    else await this.#port.use(pep).retract(NS, room);
    this.#replace(known);
  }

  async #load(): Promise<void> {
    const { account } = this.#port;
    // A server that keeps both kinds in step says so (XEP-0402, 6); others have the older one.
    if (!await this.#port.use(disco).supports(account, `${NS}#compat`)) {
      return await this.#loadPrivate();
    }
    const events = this.#port.use(pep);
    try {
      const items = await events.items(account, NS, MOST);
      this.place = "pep";
      this.all.clear();
      this.#change(items, []);
    } catch (error) {
      // A node that is not there yet is made by the first bookmark.
      if ((error as { readonly condition?: unknown }).condition === "item-not-found") {
        this.place = "pep";
        this.#replace(new Map());
      } else throw error;
    }
  }

  async #loadPrivate(): Promise<void> {
    const answer = await this.#port.request("get", xml("query", PRIVATE, xml("storage", STORAGE)));
    const storage = answer.getChild("query", PRIVATE)?.getChild("storage", STORAGE);
    const found = (storage?.getChildren("conference") ?? []).slice(0, MOST)
      .flatMap((conference) => readBookmark(conference.attrs["jid"], conference));
    this.place = "private";
    this.#replace(new Map(found.map((bookmark) => [bookmark.room, bookmark])));
  }

  async #store(known: ReadonlyMap<string, Bookmark>): Promise<void> {
    const all = [...known.values()].map(({ room, name, nick, password, isAutojoin }) =>
      xml(
        "conference",
        { jid: room, name, autojoin: isAutojoin ? "true" : "false" },
        nick === undefined ? null : xml("nick", null, nick),
        password === undefined ? null : xml("password", null, password),
      )
    );
    await this.#port.request("set", xml("query", PRIVATE, xml("storage", STORAGE, all)));
  }

  #conference({ room, name, nick, password, isAutojoin }: Bookmark): Element {
    return xml(
      "conference",
      { xmlns: NS, name, autojoin: isAutojoin ? "true" : "false" },
      nick === undefined ? null : xml("nick", null, nick),
      password === undefined ? null : xml("password", null, password),
      this.#extensions.get(room),
    );
  }

  #change(items: readonly PepItem[], retracted: readonly string[]): void {
    const known = new Map(this.all);
    for (const id of retracted) known.delete(bareJid(id) ?? id);
    for (const { id, payload } of items) {
      const [bookmark] = payload?.is("conference", NS) === true ? readBookmark(id, payload) : [];
      if (bookmark === undefined || (known.size >= MOST && !known.has(bookmark.room))) continue;
      known.set(bookmark.room, bookmark);
      const extensions = payload?.getChild("extensions", NS);
      if (extensions === undefined) this.#extensions.delete(bookmark.room);
      else this.#extensions.set(bookmark.room, extensions);
    }
    this.#replace(known);
  }

  #replace(known: ReadonlyMap<string, Bookmark>): void {
    this.all.clear();
    for (const [room, bookmark] of known) this.all.set(room, bookmark);
    const event: BookmarksEvent = { kind: "bookmarks", all: [...this.all.values()] };
    this.#port.emit(event);
  }

  /** What comes of it is told as the event of a room. */
  async #enter({ room, nick, password, isAutojoin }: Bookmark): Promise<void> {
    const all = this.#port.use(rooms);
    if (!isAutojoin || all.all.has(room)) return;
    const name = nick ?? this.#port.account.split("@")[0] ?? "chatnode";
    await all.join(room, { nick: name, ...(password === undefined ? {} : { password }) })
      .catch(() => {});
  }
}

function readBookmark(id: string | undefined, conference: Element): Bookmark[] {
  const room = bareJid(id);
  const { name, autojoin } = conference.attrs;
  if (room === undefined) return [];
  return [{
    room,
    name: name === "" ? undefined : name,
    nick: childText(conference, "nick"),
    password: childText(conference, "password"),
    isAutojoin: autojoin === "true" || autojoin === "1",
  }];
}
