/**
 * Stores foreign events, one call after the other, so that each is looked up among all before it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { RoomId } from "../message/event.ts";
import type { StoredEvent } from "./contract.ts";
import { decodeForeign, type ForeignEvents, type ForeignLine, type Ingested } from "./ingest.ts";
import type { RoomReader } from "./room_reader.ts";

/** What an {@linkcode Ingestion} works with. */
export interface IngestionOptions {
  readonly clock: Clock;
  readonly reader: RoomReader;
  /** Stores one line that is known to be new. */
  readonly store: (from: ForeignEvents, line: ForeignLine) => Promise<StoredEvent>;
}

/** Events looked up and stored at a time, and their UTF-16 units: well below what may wait. */
const BATCH = { lines: 4_000, units: 4 * 1024 * 1024 };

/** See the module's description. */
export class Ingestion {
  readonly #options: IngestionOptions;
  #last: Promise<void> = Promise.resolve();

  constructor(options: IngestionOptions) {
    this.#options = options;
  }

  /** As `FileHistory.ingest`. */
  ingest(foreign: ForeignEvents): Promise<Ingested> {
    const ingested = this.#last.then(() => this.#ingest(foreign));
    this.#last = ingested.then(() => undefined, () => undefined);
    return ingested;
  }

  async #ingest(foreign: ForeignEvents): Promise<Ingested> {
    const { events, refused } = decodeForeign(foreign, this.#options.clock.now());
    const stored: StoredEvent[] = [];
    for (const batch of batchesOf(events)) {
      const fresh = await this.#unknown(foreign.room, batch);
      stored.push(
        ...await Promise.all(fresh.map((line) => this.#options.store(foreign, line))),
      );
    }
    return { stored, known: events.length - stored.length, refused };
  }

  /** Those events that are not stored yet, each once. */
  async #unknown(room: RoomId, events: readonly ForeignLine[]): Promise<ForeignLine[]> {
    const times = events.map(({ event }) => event.timestamp_ms);
    const { reader } = this.#options;
    const ids = await reader.idsBetween(room, Math.min(...times), Math.max(...times));
    return events.filter(({ event: { event_id: id } }) => !ids.has(id) && ids.add(id));
  }
}

function* batchesOf(lines: readonly ForeignLine[]): Generator<readonly ForeignLine[], void> {
  let batch: ForeignLine[] = [];
  let units = 0;
  for (const line of lines) {
    const isFull = batch.length >= BATCH.lines || units + line.json.length > BATCH.units;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      units = 0;
    }
    batch.push(line);
    units += line.json.length;
  }
  if (batch.length > 0) yield batch;
}
