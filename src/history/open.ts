/**
 * Opens a data folder for reading and writing.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { getLogger, type Logger } from "../log.ts";
import { createEventIds } from "../message/id.ts";
import { Acceptance } from "./accept.ts";
import type { SearchIndex } from "./index_contract.ts";
import { openJournalFile } from "./journal.ts";
import { diskJournalFiles } from "./disk_journal_file.ts";
import type { JournalFiles } from "./journal_file.ts";
import { JournalSet } from "./journal_set.ts";
import { openDevice } from "./keys.ts";
import { createLayout, type Layout, syncFolder } from "./layout.ts";
import { lockFolder } from "./lock.ts";
import { loadEpoch, loadJournals } from "./loading.ts";
import { Quarantine } from "./quarantine.ts";
import { type Random, systemRandom } from "./random.ts";
import { RecentEvents } from "./recent.ts";
import { RoomReader } from "./room_reader.ts";
import { Rooms } from "./rooms.ts";
import { FileHistory } from "./store.ts";
import { Writer } from "./writer.ts";

/** How {@linkcode openHistory} opens a data folder. */
export interface OpenOptions {
  /** The data folder; made when it does not exist. */
  readonly dir: string;
  /** What this process is, for others that find the folder locked: `chatnode server`. */
  readonly program?: string;
  /** Default `synced`. */
  readonly durability?: "synced" | "relaxed";
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** How journal files are written; for tests and measurements. */
  readonly files?: JournalFiles;
  /** A journal file that reaches this many bytes is closed and sealed; default 8 MiB. */
  readonly journalBytes?: number;
  /** ... or this many milliseconds after its first event; default 1 h. */
  readonly journalAge?: number;
  /** Bytes of events that may wait for the disk; default 32 MiB. */
  readonly waitingBytes?: number;
  /** Bytes of files kept in memory for readers; default 24 MiB. */
  readonly cacheBytes?: number;
  /** Attaches a search index. */
  readonly index?: SearchIndex;
}

const MIB = 1024 * 1024;
const RECENT = { perRoom: 256, units: 4 * MIB };

/**
 * Opens the history in a data folder, repairing what a crash left behind.
 *
 * @throws {HistoryError} `history/locked` when another process has it; `history/corrupt` when the
 *   device key cannot be read; `history/full` or `history/io` when the folder cannot be written
 */
export async function openHistory(options: OpenOptions): Promise<FileHistory> {
  const layout = createLayout(options.dir);
  const { clock = systemClock } = options;
  await Deno.mkdir(layout.journals, { recursive: true, mode: 0o700 });
  const lock = lockFolder(options.dir, {
    pid: Deno.pid,
    program: options.program ?? "chatnode",
    since: new Date(clock.now()).toISOString(),
  });
  try {
    return await open(options, layout, clock, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function open(
  options: OpenOptions,
  layout: Layout,
  clock: Clock,
  unlock: () => void,
): Promise<FileHistory> {
  const random = options.random ?? systemRandom;
  const logger = options.logger ?? getLogger(["history"]);
  const durability = options.durability ?? "synced";
  const device = await openDevice(layout, random);
  const rooms = new Rooms();
  const recent = new RecentEvents(RECENT);
  const journals = new JournalSet(layout, clock, options.cacheBytes ?? 24 * MIB);
  const quarantine = new Quarantine(layout, logger);
  const found = await loadJournals({ layout, quarantine, rooms, recent, journals });
  const epoch = await loadEpoch(layout, random, found.renumbered ? "renew" : "keep");
  const place = {
    files: options.files ?? diskJournalFiles(clock),
    path: layout.journal,
    syncFolder: () => syncFolder(layout.journals),
    number: found.number,
    length: found.length,
    commits: durability === "synced" ? "synced" : "written",
  } as const;
  const file = await openJournalFile(place);
  const reader = new RoomReader({
    recent,
    files: (room) => journals.sources(room),
    refresh: () => Promise.resolve(),
  });
  const writer = new Writer({
    logger,
    rooms,
    recent,
    journals,
    reader,
    acceptance: new Acceptance({
      clock,
      ids: createEventIds(random.uuid),
      device: device.id,
      floor: found.floor,
    }),
    journal: {
      ...place,
      clock,
      random: random.fraction,
      maxBytes: options.journalBytes ?? 8 * MIB,
      maxAge: options.journalAge ?? 3_600_000,
      maxWaiting: options.waitingBytes ?? 32 * MIB,
    },
    file,
    closed: () => undefined,
  });
  return new FileHistory({
    epoch,
    durability,
    rooms,
    reader,
    writer,
    index: options.index,
    release: () => {
      journals.close();
      unlock();
      return Promise.resolve();
    },
  });
}
