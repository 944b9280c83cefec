/**
 * Presence (RFC 6121, 4): who is there, and whether one is oneself.
 *
 * @module
 */
import { readJid } from "../jid.ts";
import { childText, type Element, xml } from "../xml.ts";
import { disco } from "./disco.ts";
import { feature, type FeatureEvent, type FeaturePort } from "./feature.ts";
import { Remembered } from "./remembered.ts";

/** How one is there; `available` is what presence without `show` means. */
export type Show = "available" | "chat" | "away" | "xa" | "dnd";

/** One's own presence. */
export interface OwnPresence {
  readonly show: Show;
  readonly status?: string;
  /** -128 to 127; messages go to the client with the highest, and to none below 0. */
  readonly priority?: number;
}

/** One client of somebody. */
export interface ClientPresence {
  /** Full. */
  readonly jid: string;
  readonly show: Show;
  readonly priority: number;
  /** Theirs: not safe to show. */
  readonly status: string | undefined;
}

/** Somebody's presence changed. */
export interface PresenceEvent extends FeatureEvent {
  readonly kind: "presence";
  /** Bare. */
  readonly from: string;
  /** The best of their clients; undefined when none is there any more. */
  readonly best: ClientPresence | undefined;
}

/** What one does with presence. */
export interface Presence {
  /** What was last said, or will be said after the login. */
  readonly own: OwnPresence;
  /** Says it now and after each login. @throws {RangeError} for a priority out of bounds */
  set(own: OwnPresence): void;
  /** Clients of somebody, the best first. */
  of(bare: string): readonly ClientPresence[];
  /** What else every presence of ours holds; asked each time. */
  decorate(extra: () => readonly Element[]): void;
  /** Hears when one's own presence was set: rooms are told one by one. */
  follow(listener: () => void): void;
  /** Says nothing until {@linkcode set} is called. */
  withhold(): void;
  /** The element of our presence, for a room for example. */
  element(to?: string): Element;
}

const SHOWS: readonly Show[] = ["chat", "available", "dnd", "away", "xa"];
const PEOPLE_MOST = 20_000;
const CLIENTS_MOST = 20;

/** See the module's description. */
export const presence = feature<Presence>({
  extensions: [
    {
      xep: "RFC 6121",
      name: "Instant Messaging and Presence: presence",
      version: "2011-03",
      state: "complete",
    },
  ],
  start: (port) => new PresenceKeeper(port),
});

class PresenceKeeper implements Presence {
  readonly #port: FeaturePort;
  readonly #people = new Remembered<string, Map<string, ClientPresence>>(PEOPLE_MOST);
  readonly #extras: (() => readonly Element[])[] = [];
  readonly #followers: (() => void)[] = [];
  #isWithheld = false;
  #own: OwnPresence = { show: "available" };

  constructor(port: FeaturePort) {
    this.#port = port;
    const discovery = port.use(disco);
    this.#extras.push(() => discovery.capabilities());
    port.onPresence((stanza) => this.#hear(stanza));
    port.onReady((arrival) => {
      if (arrival === "fresh" && !this.#isWithheld) port.post(this.element());
    });
    // A session that is resumed has missed nothing: nobody says again that they are there.
    port.onOnline((arrival) => {
      if (arrival === "fresh") this.#forget();
    });
  }

  get own(): OwnPresence {
    return this.#own;
  }

  set(own: OwnPresence): void {
    const { priority = 0 } = own;
    if (!Number.isInteger(priority) || priority < -128 || priority > 127) {
      throw new RangeError("the priority is not between -128 and 127");
    }
    this.#own = own;
    this.#isWithheld = false;
    this.#port.post(this.element());
    for (const listener of this.#followers) listener();
  }

  withhold(): void {
    this.#isWithheld = true;
  }

  follow(listener: () => void): void {
    this.#followers.push(listener);
  }

  of(bare: string): readonly ClientPresence[] {
    return [...this.#people.get(bare)?.values() ?? []].sort(better);
  }

  decorate(extra: () => readonly Element[]): void {
    this.#extras.push(extra);
  }

  element(to?: string): Element {
    const { show, status, priority } = this.#own;
    return xml(
      "presence",
      { to },
      show === "available" ? null : xml("show", null, show),
      status === undefined ? null : xml("status", null, status),
      priority === undefined || to !== undefined ? null : xml("priority", null, String(priority)),
      ...this.#extras.flatMap((extra) => extra()),
    );
  }

  #hear(stanza: Element): void {
    const from = readJid(stanza.attrs["from"]);
    const { type } = stanza.attrs;
    if (from === undefined || (type !== undefined && type !== "unavailable")) return;
    const clients = this.#people.get(from.bare) ?? new Map<string, ClientPresence>();
    if (type === "unavailable") {
      // Without a resource it is about all of them.
      if (from.resource === "") clients.clear();
      else if (!clients.delete(from.full)) return;
    } else if (clients.has(from.full) || clients.size < CLIENTS_MOST) {
      clients.set(from.full, readClient(from.full, stanza));
    }
    if (clients.size === 0) this.#people.delete(from.bare);
    else this.#people.set(from.bare, clients);
    this.#tell(from.bare);
  }

  /** Who was there in the last session may have left before this one. */
  #forget(): void {
    const known = [...this.#people.entries()].map(([bare]) => bare);
    this.#people.clear();
    for (const bare of known) this.#tell(bare);
  }

  #tell(from: string): void {
    const event: PresenceEvent = { kind: "presence", from, best: this.of(from)[0] };
    this.#port.emit(event);
  }
}

function readClient(jid: string, stanza: Element): ClientPresence {
  const show = stanza.getChildText("show")?.trim() ?? "available";
  const priority = Number(stanza.getChildText("priority")?.trim() ?? "0");
  return {
    jid,
    show: SHOWS.find((each) => each === show) ?? "available",
    priority: Number.isInteger(priority) && Math.abs(priority) <= 128 ? priority : 0,
    status: childText(stanza, "status"),
  };
}

function better(a: ClientPresence, b: ClientPresence): number {
  return b.priority - a.priority || SHOWS.indexOf(a.show) - SHOWS.indexOf(b.show);
}
