/**
 * Opens a data folder for reading and writing.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { type Clock, systemClock } from "../clock.ts";
import { getLogger, type Logger } from "../log.ts";
import type { Address } from "../message/event.ts";
import { createEventIds } from "../message/id.ts";
import { Acceptance } from "./accept.ts";
import { openCatalog } from "./catalog_opening.ts";
import { diskJournalFiles } from "./disk_journal_file.ts";
import { openError } from "./errors.ts";
import { loadEpoch, renewEpoch } from "./epoch.ts";
import type { IndexSeams, SearchIndex } from "./index_contract.ts";
import type { JournalFiles } from "./journal_file.ts";
import { JournalSet } from "./journal_set.ts";
import { JournalTail } from "./journal_tail.ts";
import { type Device, openDevice } from "./keys.ts";
import { syncFolder } from "../files.ts";
import { createLayout, type Layout } from "./layout.ts";
import { lineChecks } from "./line_check.ts";
import { loadJournals } from "./loading.ts";
import { type FolderLock, lockFolder } from "./lock.ts";
import { Quarantine } from "./quarantine.ts";
import { type Random, systemRandom } from "./random.ts";
import { RecentEvents } from "./recent.ts";
import { RoomReader } from "./room_reader.ts";
import { Rooms } from "./rooms.ts";
import { Sealer } from "./sealer.ts";
import { SegmentSet } from "./segment_set.ts";
import { FileHistory } from "./store.ts";
import { startWorker, WorkerClient } from "./worker_client.ts";
import { Writer } from "./writer.ts";

/** How {@linkcode openHistory} opens a data folder. */
export interface OpenOptions {
  /** The data folder; made when it does not exist. */
  readonly dir: string;
  /**
   * Settles the node's name, which the device's public record carries; called once the folder is
   * locked. Default: the name `node`.
   */
  readonly node?: () => Promise<string>;
  /** For a person's folder: the only addresses that its device signs for, in its public record. */
  readonly senders?: readonly Address[];
  /** What this process is, for others that find the folder locked; default `chatnode`. */
  readonly program?: string;
  /** Default `synced`. */
  readonly durability?: "synced" | "relaxed";
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** How journal files are written; for tests and measurements. */
  readonly files?: JournalFiles;
  /** The program of the worker thread; default `worker.ts` beside this file. */
  readonly worker?: URL;
  /** A journal file that reaches this many bytes is closed and sealed; default 8 MiB. */
  readonly journalBytes?: number;
  /** ... or this many milliseconds after its first event; default 1 h. */
  readonly journalAge?: number;
  /** Bytes of events that may wait for the disk; default 32 MiB. */
  readonly waitingBytes?: number;
  /** Bytes of files kept in memory for readers; default 24 MiB. */
  readonly cacheBytes?: number;
  /** Attaches a search index. */
  readonly index?: (seams: IndexSeams) => SearchIndex;
  /** Called while the catalog is made again, which takes long in a large store. */
  readonly onRebuild?: (done: number, total: number) => void;
}

const MIB = 1024 * 1024;
/** How far the clock may be behind the latest event before somebody should know. */
const CLOCK_SLACK_MS = 60_000;
const RECENT = { perRoom: 256, units: 4 * MIB };

/**
 * Opens the history in a data folder, repairing what a crash left behind.
 *
 * @throws {HistoryError} `history/locked` when another process has it; `history/corrupt` when the
 *   device key cannot be read; `history/full` or `history/io` when the folder cannot be written
 */
export async function openHistory(options: OpenOptions): Promise<FileHistory> {
  try {
    return await openLocked(options);
  } catch (error) {
    throw openError(options.dir, error);
  }
}

async function openLocked(options: OpenOptions): Promise<FileHistory> {
  const layout = createLayout(options.dir);
  const clock = options.clock ?? systemClock;
  await Deno.mkdir(layout.journals, { recursive: true, mode: 0o700 });
  const lock = lockFolder(options.dir, {
    pid: Deno.pid,
    program: options.program ?? "chatnode",
    since: new Date(clock.now()).toISOString(),
  });
  try {
    const random = options.random ?? systemRandom;
    const logger = options.logger ?? getLogger(["history"]);
    const node = await options.node?.() ?? "node";
    const device = await openDevice(layout, {
      ...{ random, node, now: clock.now() },
      senders: options.senders,
    });
    const quarantine = new Quarantine(layout, logger);
    const base = { options, layout, clock, random, logger, device, quarantine };
    return await compose(base, lock, await openState(base));
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** What every part is made from. */
interface Base {
  readonly options: OpenOptions;
  readonly layout: Layout;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly device: Device;
  readonly quarantine: Quarantine;
}

type State = Awaited<ReturnType<typeof openState>>;

/** Reads what is in the folder. */
async function openState(base: Base) {
  const { layout, random, device, clock, options } = base;
  const renumber = async () => void await renewEpoch(layout, random);
  const { catalog, origin } = await openCatalog({ ...base, ...progressOf(options), renumber });
  if (catalog.state.device !== device.id) {
    // A device that took another one's place begins chains of its own.
    await catalog.append({ type: "device", device: device.id });
  }
  const rooms = new Rooms();
  for (const room of catalog.state.rooms.values()) rooms.seal(room, catalog.state.latest);
  const recent = new RecentEvents(RECENT);
  const journals = new JournalSet(
    layout,
    clock,
    (options.cacheBytes ?? 24 * MIB) / 2,
    base.quarantine,
  );
  const loading = { ...base, device: device.id, rooms, recent, journals, renumber };
  const loaded = await loadJournals(loading, catalog.state.sealed);
  const epoch = await loadEpoch(layout, random, base.logger);
  const floor = Math.max(loaded.floor, catalog.state.latest + 1);
  if (origin === "new") await syncParents(layout);
  if (floor > clock.now() + CLOCK_SLACK_MS) warnOfClock(base, floor);
  return { catalog, rooms, recent, journals, epoch, floor, loaded };
}

/** Makes the names of new folders durable: events below them are acknowledged from now on. */
async function syncParents({ root, history }: Layout): Promise<void> {
  await syncFolder(history);
  await syncFolder(root);
  // Above the data folder nothing need be ours to read.
  await syncFolder(dirname(resolve(root))).catch(() => undefined);
}

function warnOfClock({ logger, clock }: Base, floor: number): void {
  logger.warn(
    "The clock is {seconds} s behind the latest event: new events get its time until then",
    { seconds: Math.round((floor - clock.now()) / 1000) },
  );
}

function progressOf({ onRebuild }: OpenOptions): { onProgress?: (d: number, t: number) => void } {
  return onRebuild === undefined ? {} : { onProgress: onRebuild };
}

async function compose(base: Base, lock: FolderLock, state: State): Promise<FileHistory> {
  const { options, layout, clock, random, logger, device, quarantine } = base;
  const { catalog, rooms, recent, journals, epoch, floor, loaded } = state;
  const durability = options.durability ?? "synced";
  const place = {
    files: options.files ?? diskJournalFiles(clock),
    path: layout.journal,
    syncFolder: () => syncFolder(layout.journals),
    number: loaded.number,
    length: loaded.length,
    commits: durability === "synced" ? "synced" : "written",
  } as const;
  const tail = await JournalTail.open(place);
  const segments = new SegmentSet({
    catalog: catalog.state,
    within: layout.within,
    check: lineChecks(new Map([[device.id, device.key.publicKey]])),
    faults: quarantine,
    clock,
    cacheBytes: (options.cacheBytes ?? 24 * MIB) / 2,
  });
  const reader = new RoomReader({
    recent,
    files: (room) => [...segments.sources(room), ...journals.sources(room)],
    at: (room, offset) => segments.at(room, offset),
    refresh: () => Promise.resolve(),
  });
  const url = options.worker ?? new URL("./worker.ts", import.meta.url);
  const worker = new WorkerClient({ clock, start: () => startWorker(url, layout.identity) });
  const stores = { catalog: catalog.state, journals, reader };
  const index = options.index?.({ layout, clock, logger, epoch, device, ...stores, worker });
  const sealing = { layout, clock, random: random.fraction, logger, journals, catalog, device };
  const sealer = new Sealer({ ...sealing, worker, quarantine, index });
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
      floor,
    }),
    journal: {
      commits: place.commits,
      clock,
      random: random.fraction,
      maxBytes: options.journalBytes ?? 8 * MIB,
      maxAge: options.journalAge ?? 3_600_000,
      maxWaiting: options.waitingBytes ?? 32 * MIB,
    },
    tail,
    seed: Math.floor(random.fraction() * 2 ** 32),
    closed: (file) => {
      void journals.saveSummary(file);
      sealer.wakeInLull();
    },
  });
  sealer.wake();
  const parts = { ...state, layout, durability, device, reader, segments, writer, sealer, worker };
  return new FileHistory({ ...parts, index, lock });
}
