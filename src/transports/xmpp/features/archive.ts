/**
 * Message archives (XEP-0313): what was said while one was away, and older pages on request; the
 * account's own archive and those of rooms.
 *
 * @module
 */
import {
  ArchiveQueries,
  type ArchiveQuery,
  type Fetched,
  MAM,
  PAGE_MOST,
} from "./archive_queries.ts";
import { inTheirOrder, lastOf, type Original, originalOf } from "./archive_results.ts";
import { disco } from "./disco.ts";
import { feature, type FeatureEvent, type FeaturePort } from "./feature.ts";
import { type Message, messages } from "./messages.ts";
import { Remembered } from "./remembered.ts";
import { repeats } from "./repeats.ts";

export type { ArchiveQuery } from "./archive_queries.ts";

/** How far an archive has been read. */
export interface ArchivePosition {
  /** The archive's name for the last message, its `stanzaId`. */
  readonly id: string;
  /** When that was said, milliseconds since the Unix epoch: for an archive that has forgotten it. */
  readonly timestamp?: number;
}

/** A page, the oldest message first. */
export interface ArchivePage {
  readonly messages: readonly Message[];
  /** Names of the ends of the page, also of messages that could not be read. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** Nothing is behind it, or before it for a query with `before`. */
  readonly isComplete: boolean;
}

/** An archive was read up to the present. */
export interface ArchiveEvent extends FeatureEvent {
  readonly kind: "archive";
  /** The account, or a room, bare. */
  readonly archive: string;
  /** `gap`: more was missed than is fetched by itself; older pages can be asked for. */
  readonly state: "caught-up" | "gap";
}

/** A page of what was said before. */
export interface OlderPage {
  /** The archive's name for the first message; undefined when there is none. */
  readonly first: string | undefined;
  /** There is nothing before it. */
  readonly isComplete: boolean;
  /** Tells the messages that were not told before, the oldest first, before it returns. */
  tell(): void;
}

/** What one does with archives. */
export interface Archive {
  /**
   * Reads a page. Its messages are not told as events.
   *
   * @throws {RangeError} for `most` out of bounds
   * @throws {XmppError} as `FeaturePort.request`; `item-not-found` when the archive has forgotten
   *   the id
   */
  page(query: ArchiveQuery): Promise<ArchivePage>;
  /**
   * Reads a page whose messages can be told, corrections and reactions among them. It does not count
   * as how far the archive was read.
   *
   * @param until the time of what is known to come behind it, Unix milliseconds
   * @throws as {@linkcode page}
   */
  older(query: ArchiveQuery, until?: number): Promise<OlderPage>;
  /**
   * Says how far an archive was read: in an earlier run, before the session starts or a join; or in
   * this one, when what was told came to nothing, before {@linkcode catchUp}. Undefined: not at all.
   */
  resumeFrom(archive: string, position: ArchivePosition | undefined): void;
  /**
   * What the own archive is read from when nothing is known of an earlier run: the latest 100
   * messages, or only what is said from now on, which is what a program that answers messages wants.
   * `now` unless told; before the session starts.
   */
  beginWith(choice: "latest" | "now"): void;
  /** How far an archive was read without a gap. */
  position(archive: string): ArchivePosition | undefined;
  /** Whether there is one. */
  isOffered(archive: string): Promise<boolean>;
  /**
   * Tells all that was said since the position; without one, of a room the latest messages, of the
   * own archive as {@linkcode beginWith} has it. The own archive is caught up with after each login
   * by itself.
   *
   * @throws {XmppError} as `FeaturePort.request`
   */
  catchUp(archive: string): Promise<void>;
}

/** Pages that are fetched by themselves: of the own archive 20,000 messages, of a room 2,000. */
const OWN_PAGES_MOST = 200;
const ROOM_PAGES_MOST = 20;
const ARCHIVES_MOST = 2_000;

/** See the module's description. */
export const archive = feature<Archive>({
  extensions: [
    { xep: "0059", name: "Result Set Management", version: "1.0", state: "complete" },
    { xep: "0313", name: "Message Archive Management", version: "1.1.3", state: "complete" },
  ],
  start: (port) => new ArchiveReader(port),
});

interface Known {
  position: ArchivePosition | undefined;
  /** The newest message that came by itself while older ones were still being fetched. */
  newest: ArchivePosition | undefined;
  isContiguous: boolean;
}

class ArchiveReader implements Archive {
  readonly #port: FeaturePort;
  readonly #queries: ArchiveQueries;
  #begin: "latest" | "now" = "now";
  /** When one was first there, where everything begins with that. */
  #since: number | undefined;
  readonly #archives = new Remembered<string, Known>(ARCHIVES_MOST);

  constructor(port: FeaturePort) {
    this.#port = port;
    this.#queries = new ArchiveQueries(port);
    port.use(repeats);
    port.use(messages).listen((message) => this.#note(message));
    port.onOnline(async (arrival) => {
      if (arrival === "fresh" && await this.isOffered(port.account)) {
        await this.#fill(port.account, this.#of(port.account));
      }
    });
    // Once more: until presence is said nothing comes by itself, and what was said meanwhile is there.
    port.onReady((arrival) => {
      if (arrival === "fresh") void this.catchUp(port.account).catch(() => {});
    });
    port.onOffline(() => {
      for (const [, known] of this.#archives.entries()) {
        known.isContiguous = false;
        known.newest = undefined;
      }
    });
  }

  async page(query: ArchiveQuery): Promise<ArchivePage> {
    const { results, ...place } = await this.#queries.fetch(query);
    const archive = query.archive ?? this.#port.account;
    const all = this.#port.use(messages);
    return {
      ...place,
      messages: results.flatMap((result) => {
        const original = originalOf(result, archive, this.#port.account);
        return original === undefined
          ? []
          : all.read(original.stanza, { source: "archive", archive, ...original.handed }) ?? [];
      }),
    };
  }

  async older(query: ArchiveQuery, until?: number): Promise<OlderPage> {
    const page = await this.#queries.fetch(query);
    const archive = query.archive ?? this.#port.account;
    const originals = inTheirOrder(this.#originals(archive, page), until);
    const { first, isComplete } = page;
    return { first, isComplete, tell: () => this.#hand(archive, originals) };
  }

  resumeFrom(archive: string, position: ArchivePosition | undefined): void {
    const known = this.#of(archive);
    known.position = position;
    // What comes by itself from now on is behind what is missing.
    known.isContiguous = false;
    known.newest = undefined;
  }

  beginWith(choice: "latest" | "now"): void {
    this.#begin = choice;
  }

  position(archive: string): ArchivePosition | undefined {
    return this.#of(archive).position;
  }

  async isOffered(archive: string): Promise<boolean> {
    return await this.#port.use(disco).supports(archive, MAM);
  }

  async catchUp(archive: string): Promise<void> {
    if (!await this.isOffered(archive)) return;
    const known = this.#of(archive);
    if (known.isContiguous) known.newest = undefined;
    known.isContiguous = false;
    const isWhole = await this.#fill(archive, known);
    known.position = known.newest ?? known.position;
    known.isContiguous = true;
    const event: ArchiveEvent = { kind: "archive", archive, state: isWhole ? "caught-up" : "gap" };
    this.#port.emit(event);
  }

  /** Reads from the position to the present; false when that is too far. */
  async #fill(archive: string, known: Known): Promise<boolean> {
    if (known.position === undefined) {
      if (archive !== this.#port.account || this.#begin === "latest") {
        await this.#tell(archive, known, { archive, before: "", most: PAGE_MOST });
        return true;
      }
      if (this.#since === undefined) {
        // Nothing is asked: to who reads the archive servers do not send what they kept.
        this.#since = this.#port.clock.now();
        return true;
      }
    }
    const most = archive === this.#port.account ? OWN_PAGES_MOST : ROOM_PAGES_MOST;
    let from: ArchiveQuery = known.position === undefined
      ? { start: this.#since }
      : { after: known.position.id };
    for (let pages = 0; pages < most; pages += 1) {
      try {
        const page = await this.#tell(archive, known, { ...from, archive, most: PAGE_MOST });
        // A page without an end, or with the old one, would come for ever.
        if (page.isComplete || page.last === undefined || page.last === from.after) return true;
        from = { after: page.last };
      } catch (error) {
        const timestamp = known.position?.timestamp;
        if (from.start !== undefined || !isForgotten(error)) throw error;
        if (timestamp === undefined) break;
        from = { start: timestamp };
      }
    }
    await this.#tell(archive, known, { archive, before: "", most: PAGE_MOST });
    return false;
  }

  /** Fetches a page and tells what was not told before. */
  async #tell(
    archive: string,
    known: Known,
    query: ArchiveQuery,
  ): Promise<Fetched> {
    const page = await this.#queries.fetch(query);
    const originals = this.#originals(archive, page);
    this.#hand(archive, query.before === undefined ? originals : inTheirOrder(originals));
    place(known, page);
    return page;
  }

  /** Tells what was not told before. */
  #hand(archive: string, originals: readonly Original[]): void {
    const all = this.#port.use(messages);
    const seen = this.#port.use(repeats);
    for (const original of originals) {
      const handed = { source: "archive", archive, ...original.handed } as const;
      const message = all.read(original.stanza, handed);
      if (message === undefined || seen.isKnown(message)) continue;
      all.hand(original.stanza, handed);
    }
  }

  #originals(archive: string, { results }: Fetched): readonly Original[] {
    return results.map((result) => originalOf(result, archive, this.#port.account))
      .filter((original) => original !== undefined);
  }

  /** What comes by itself moves the position on, once nothing is missing before it. */
  #note(message: Message): void {
    const { source, stanzaId, isDelayed, type, peer, timestamp } = message;
    if (source === "archive" || stanzaId === undefined || isDelayed) return;
    const known = this.#of(type === "groupchat" ? peer : this.#port.account);
    const position = { id: stanzaId, timestamp };
    if (known.isContiguous) known.position = position;
    else known.newest = position;
  }

  #of(archive: string): Known {
    const known = this.#archives.get(archive) ??
      { position: undefined, newest: undefined, isContiguous: false };
    this.#archives.set(archive, known);
    return known;
  }
}

/** An archive was read up to the end of a page. */
function place(known: Known, { results, last }: Fetched): void {
  const { id = "", at } = lastOf(results);
  const name = last ?? id;
  if (name !== "") known.position = { id: name, ...(at === undefined ? {} : { timestamp: at }) };
}

function isForgotten(error: unknown): boolean {
  return (error as { readonly condition?: unknown } | null)?.condition === "item-not-found";
}
