/**
 * What the store asks of a full-text index. An index is derived from the history and can be thrown
 * away and made again at any time.
 *
 * @module
 */
import type { SearchQuery, SearchResult } from "./contract.ts";

/** See the module's description. */
export interface SearchIndex {
  /** Searches what was committed before the call; catches up with it first. */
  search(query: SearchQuery): Promise<SearchResult>;
  /**
   * Resolves once everything in the journal files up to `number` is in the index, so that they may
   * be removed after sealing. A rejection keeps them.
   */
  caughtUp(number: number): Promise<void>;
  /** Releases the index. */
  close(): Promise<void>;
}
