/**
 * What the store asks of a full-text index. An index is derived from the history and can be thrown
 * away and made again at any time.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { RoomId } from "../message/event.ts";
import type { CatalogState } from "./catalog_state.ts";
import type { SearchQuery, SearchResult } from "./contract.ts";
import type { Device } from "./keys.ts";
import type { JournalSet } from "./journal_set.ts";
import type { Layout } from "./layout.ts";
import type { RoomReader } from "./room_reader.ts";
import type { WorkerClient } from "./worker_client.ts";

/** See the module's description. */
export interface SearchIndex {
  /** Searches what was committed before the call; catches up with it first. */
  search(query: SearchQuery): Promise<SearchResult>;
  /**
   * Resolves once everything in the journal files up to `number` is in the index, so that they may
   * be removed after sealing. A rejection keeps them.
   */
  caughtUp(number: number): Promise<void>;
  /** Forgets events that are not kept any longer. A rejection is no loss: it is asked for again. */
  forget(removed: readonly RemovedEvents[]): Promise<void>;
  /** Releases the index. */
  close(): Promise<void>;
}

/** What is gone of a room. */
export interface RemovedEvents {
  readonly room: RoomId;
  /** Events below this offset. */
  readonly first: number;
}

/** What an index may use of the store that it belongs to. */
export interface IndexSeams {
  readonly layout: Layout;
  readonly clock: Clock;
  readonly logger: Logger;
  /** An index of another epoch has other offsets and is made anew. */
  readonly epoch: string;
  readonly device: Device;
  /** What is in segments. */
  readonly catalog: CatalogState;
  /** What is in journal files: their numbers and how many bytes of each are committed. */
  readonly journals: JournalSet;
  readonly reader: RoomReader;
  /** The thread in which an index does its work. */
  readonly worker: WorkerClient;
}
