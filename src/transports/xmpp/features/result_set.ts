/**
 * Result set management (XEP-0059): long lists page by page.
 *
 * @module
 */
import { childText, type Element, xml } from "../xml.ts";

/** Which page. */
export interface PageRequest {
  readonly most: number;
  /** The page behind this id. */
  readonly after?: string | undefined;
  /** The page in front of this id; the empty string: the last page. */
  readonly before?: string | undefined;
}

/** Where a page lies. */
export interface PagePlace {
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly count: number | undefined;
}

const NS = "http://jabber.org/protocol/rsm";

/** What asks for a page. */
export function pageElement({ most, after, before }: PageRequest): Element {
  return xml(
    "set",
    NS,
    xml("max", null, String(most)),
    after === undefined ? null : xml("after", null, after),
    // An empty element, which `xml` makes of no children.
    before === undefined ? null : xml("before", null, before),
  );
}

/** Where the page in an answer lies. */
export function readPage(parent: Element | undefined): PagePlace {
  const set = parent?.getChild("set", NS);
  if (set === undefined) return { first: undefined, last: undefined, count: undefined };
  const count = childText(set, "count");
  return {
    first: childText(set, "first"),
    last: childText(set, "last"),
    count: count !== undefined && /^[0-9]{1,15}$/.test(count) ? Number(count) : undefined,
  };
}
