/**
 * Questions to message archives (XEP-0313), and their answers: a result counts while its question is
 * open, and when it comes from the archive that was asked.
 *
 * @module
 */
import { readJid } from "../jid.ts";
import { type Element, xml } from "../xml.ts";
import type { FeaturePort } from "./feature.ts";
import { submittedForm } from "./form.ts";
import { pageElement, readPage } from "./result_set.ts";

/** Which part of an archive. Times are milliseconds since the Unix epoch. */
export interface ArchiveQuery {
  /** A room, bare; the own archive unless given. */
  readonly archive?: string | undefined;
  /** One conversation of the own archive. */
  readonly with?: string | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly after?: string | undefined;
  /** The page before this id; `""` for the latest page. */
  readonly before?: string | undefined;
  /** 1 to 100; 50 unless given. */
  readonly most?: number;
}

/** What came of a question. */
export interface Fetched {
  /** The results, the oldest first. */
  readonly results: readonly Element[];
  /** Names of the ends of the page, also of messages that could not be read. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  /** Nothing is behind it, or before it for a query with `before`. */
  readonly isComplete: boolean;
}

/** A query whose results may come now. */
interface OpenQuery {
  readonly archive: string;
  readonly most: number;
  readonly results: Element[];
}

/** The namespace of archives. */
export const MAM = "urn:xmpp:mam:2";
/** The most that one page holds. */
export const PAGE_MOST = 100;

const PAGE_USUAL = 50;

/** See the module's description. */
export class ArchiveQueries {
  readonly #port: FeaturePort;
  readonly #open = new Map<string, OpenQuery>();

  constructor(port: FeaturePort) {
    this.#port = port;
    port.onMessage((message) => {
      const result = message.getChild("result", MAM);
      if (result !== undefined) this.#take(message, result);
      return result !== undefined;
    });
    port.onOffline(() => this.#open.clear());
  }

  /**
   * Fetches a page.
   *
   * @throws {RangeError} for `most` out of bounds
   * @throws {XmppError} as `FeaturePort.request`
   */
  async fetch(query: ArchiveQuery): Promise<Fetched> {
    const { archive = this.#port.account, most = PAGE_USUAL } = query;
    if (!Number.isInteger(most) || most < 1 || most > PAGE_MOST) {
      throw new RangeError(`a page holds 1 to ${PAGE_MOST} messages`);
    }
    const queryid = this.#port.uuid();
    const open: OpenQuery = { archive, most, results: [] };
    this.#open.set(queryid, open);
    const isOwn = archive === this.#port.account;
    try {
      const asked = xml(
        "query",
        { xmlns: MAM, queryid },
        filterOf(query),
        pageElement({
          most,
          after: query.after,
          before: query.before,
        }),
      );
      const answer = await this.#port.request("set", asked, isOwn ? {} : { to: archive });
      const fin = answer.getChild("fin", MAM);
      const { first, last } = readPage(fin);
      return {
        results: open.results,
        first,
        last,
        isComplete: fin?.attrs["complete"] === "true" || fin?.attrs["complete"] === "1",
      };
    } finally {
      this.#open.delete(queryid);
    }
  }

  /** A result counts when its query is open and it comes from the archive that was asked. */
  #take(message: Element, result: Element): void {
    const open = this.#open.get(result.attrs["queryid"] ?? "");
    if (open === undefined || open.results.length >= open.most) return;
    const { from } = message.attrs;
    const isOwn = from === undefined && open.archive === this.#port.account;
    if (isOwn || readJid(from)?.full === open.archive) open.results.push(result);
  }
}

function filterOf({ with: peer, start, end }: ArchiveQuery): Element | null {
  if (peer === undefined && start === undefined && end === undefined) return null;
  const at = (time: number | undefined): string | null =>
    time === undefined ? null : new Date(time).toISOString();
  return submittedForm(MAM, { with: peer ?? null, start: at(start), end: at(end) });
}
