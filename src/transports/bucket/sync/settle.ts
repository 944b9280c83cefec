/**
 * Before the first push: does what we remember fit what is in the bucket?
 *
 * @module
 */
import type { OwnEvents } from "../../../history/own_lines.ts";
import { getLogger } from "../../../log.ts";
import type { FileHistory } from "../../../history/store.ts";
import type { Bucket, BucketAbilities } from "../stores/contract.ts";
import type { Beacon } from "./beacon.ts";
import type { Head } from "./head.ts";
import type { HeadWriter } from "./head_writer.ts";
import { takeInventory } from "./inventory.ts";
import { keepEvents, missingEvents } from "./leftovers.ts";
import type { PushRecord } from "./push_records.ts";
import type { PushState } from "./push_state.ts";
import type { PushStore } from "./push_store.ts";

/** What {@linkcode settle} works with. */
export interface SettleOptions {
  readonly bucket: Bucket;
  readonly abilities: BucketAbilities;
  readonly history: Pick<FileHistory, "get">;
  readonly events: OwnEvents;
  readonly store: PushStore;
  readonly head: HeadWriter;
  /** Knows what versions others have been told of. */
  readonly beacon: Beacon | undefined;
  readonly signal: AbortSignal;
}

/**
 * - `ready`: pushing may begin;
 * - `behind`: the bucket holds events that this device has signed and this history does not have.
 *   Going on would give their numbers to other events: a new device has to be made first.
 */
export type Settled = "ready" | "behind";

const log = getLogger(["sync"]);

/**
 * Compares the state of pushing with our head in the bucket, and where they do not fit with a
 * listing, after which they do.
 *
 * @throws {BucketError}
 */
export async function settle(options: SettleOptions): Promise<Settled> {
  const { store: { state, log: file }, head, events, signal } = options;
  const there = (await head.read(signal))?.head;
  if (state.ready && !isRolledBack(state, events)) {
    const fits = compare(state, there);
    if (fits === "told") {
      await file.append([{ type: "head", ...state.telling }], "written");
    }
    if (fits !== "unlike") return "ready";
  }
  return await lookAround(options, there);
}

/** Offsets that were pushed and do not exist: the history is older than the state. */
function isRolledBack(state: PushState, events: OwnEvents): boolean {
  const ends = new Map(events.rooms().map(({ room, next }) => [room, next]));
  return Array.from(state.ends).some(([room, next]) => next > (ends.get(room) ?? 0));
}

function compare(state: PushState, there: Head | undefined): "same" | "told" | "unlike" {
  // Nothing to compare with, as in a bucket where nothing may be overwritten: only a listing tells.
  if (there === undefined) return state.count === 0 ? "same" : "unlike";
  const { version, count } = there;
  if (version <= state.head.version) return "same";
  const { telling } = state;
  return version === telling.version && count === telling.count ? "told" : "unlike";
}

async function lookAround(options: SettleOptions, there: Head | undefined): Promise<Settled> {
  const { bucket, history, events, store, signal } = options;
  await options.beacon?.poll(signal);
  const found = await takeInventory(bucket, events, store.state.device, signal);
  const missing = await missingEvents(history, there?.tail ?? []);
  if (missing.length > 0) {
    await keepEvents(options, missing, { device: store.state.device, signal });
  }
  if (found.unknown.length > 0 || missing.length > 0) {
    const { unknown: { length: files } } = found;
    const { length: events } = missing;
    log.warn(
      "{files} files and {events} messages of this device in the bucket hold what is not here",
      { files, events },
    );
    return "behind";
  }
  if (found.stranded > 0) {
    log.error(
      "{count} messages cannot be shared: others know their numbers by other messages",
      { count: found.stranded },
    );
  }
  const told = new Set(there?.objects.map(({ key }) => key));
  const untold = found.latest.filter(({ key }) => !told.has(key));
  const { telling, device: ours } = store.state;
  const hinted = options.beacon?.versions.get(ours) ?? 0;
  const version = Math.max(there?.version ?? 2 * found.files, telling.version, hinted);
  const count = there?.count ?? Math.max(0, found.files - untold.length);
  const { epoch, device, nextId } = store.state;
  const records: PushRecord[] = [
    { type: "push", version: 1, epoch, device },
    {
      type: "stored",
      count,
      recent: there?.objects ?? [],
      announced: [],
      nextId,
    },
    { type: "cursors", rooms: [...found.cursors] },
    { type: "head", version, count },
    // Told again: nobody may have heard of the last ones.
    ...untold.map((object) => ({ type: "announced", object }) as const),
    { type: "ready" },
  ];
  await store.log.append(records, "synced");
  return "ready";
}
