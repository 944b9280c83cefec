import type { Page, StoredEvent } from "../history/contract.ts";

/**
 * Cuts a page down to about `most` bytes, at least one event: at the side that lies farther from
 * where the client asked, so that it can go on from there.
 */
export function trimPage(page: Page, side: "oldest" | "newest" | "both", most: number): Page {
  let { moreBefore, moreAfter } = page;
  const events = [...page.events];
  let length = events.reduce((sum, one) => sum + one.json.length, 0);
  let fromOldest = side !== "newest";
  while (length > most && events.length > 1) {
    const dropped = fromOldest ? events.shift() : events.pop();
    length -= (dropped as StoredEvent).json.length;
    if (fromOldest) moreBefore = true;
    else moreAfter = true;
    if (side === "both") fromOldest = !fromOldest;
  }
  return { events, moreBefore, moreAfter };
}
