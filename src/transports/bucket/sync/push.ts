/**
 * Brings our own events into the bucket: each exactly once, under a name that stands for its bytes.
 * What is to be stored is written down durably before anything is sent, so a push that was cut off
 * anywhere goes on with the same objects.
 *
 * @module
 */
import type { OwnEvents } from "../../../history/own_lines.ts";
import type { FileHistory } from "../../../history/store.ts";
import { getLogger } from "../../../log.ts";
import type { RoomId } from "../../../message/event.ts";
import type { Bucket, BucketAbilities, CallOptions } from "../stores/contract.ts";
import type { Publication } from "../trust/contract.ts";
import { OBJECT_BYTES } from "../verification/contract.ts";
import { MOST_LISTED } from "./head.ts";
import type { HeadWriter } from "./head_writer.ts";
import { metadataKey } from "./names.ts";
import { planObjects, sha256 } from "./plan.ts";
import { pooled } from "./pooled.ts";
import type { PlannedObject, PushStore, Settlement } from "./push_state.ts";
import { readJudged, sameBytes } from "./reading.ts";
import { roomDescription } from "./room_description.ts";

/** What a {@linkcode Pusher} works with. */
export interface PusherOptions {
  readonly bucket: Bucket;
  readonly abilities: BucketAbilities;
  readonly history: FileHistory;
  readonly events: OwnEvents;
  readonly store: PushStore;
  readonly head: HeadWriter;
  /** Which rooms are pushed. */
  readonly wanted: (room: RoomId) => boolean;
  /** Device records and what belongs to them; stored before any event. */
  readonly publications: () => readonly Publication[];
  /** The versions of others' heads that were taken in. */
  readonly seen: () => ReadonlyMap<string, number>;
  /** Told of every object that was stored. */
  readonly onStored: (object: PlannedObject) => void;
}

/** Objects that are sent at a time. */
const LANES = 8;
/** A head lists so many objects, or three times those that were stored since the last one. */
const LISTED = 64;

/** What was read for planning, by the object's id. */
type Contents = Map<number, Uint8Array<ArrayBuffer>>;

const log = getLogger(["sync"]);

/** See the module's description. One push at a time. */
export class Pusher {
  readonly #options: PusherOptions;
  readonly #conflicts: string[] = [];

  constructor(options: PusherOptions) {
    this.#options = options;
  }

  /** Names of ours that hold other bytes in the bucket; their events are not in it. */
  get conflicts(): readonly string[] {
    return this.#conflicts;
  }

  /** Whether events of a room are pushed. */
  isShared(room: RoomId): boolean {
    return this.#options.wanted(room);
  }

  /** Whether something of ours is not in the bucket, as far as that can be told without a look. */
  get hasWork(): boolean {
    const { events, store: { state }, wanted, publications } = this.#options;
    return publications().some(({ key }) => !state.isAnnounced(key)) || events.unsealed ||
      state.planned.size > 0 || state.head.count < state.count ||
      events.rooms().some(({ room, next }) => wanted(room) && state.cursor(room) < next);
  }

  /**
   * Stores everything of ours that is committed now, then the head that tells of it.
   *
   * @returns the version of a new head, undefined when there was nothing to tell
   * @throws {BucketError} {@linkcode SyncError} {@linkcode HistoryError}: what is not done is done
   *   by the next push
   */
  async push(signal: AbortSignal): Promise<number | undefined> {
    const { history, events, store: { state, log: file }, wanted } = this.#options;
    await this.#publish(signal);
    if (events.unsealed) await history.seal();
    await this.#storePlanned(new Map(), signal);
    for (;;) {
      const planned = await planObjects(events, state, wanted);
      if (planned.length === 0) break;
      const objects = planned.map(({ object }) => object);
      await this.#describe(objects, signal);
      await file.append([{ type: "planned", objects }], "synced");
      // What was just read is not read again: it is as much as the lanes would hold.
      const contents = new Map(planned.map(({ object: { id }, bytes }) => [id, bytes]));
      await this.#storePlanned(contents, signal);
    }
    return state.head.count < state.count ? await this.tell(signal) : undefined;
  }

  /** Writes the head, whether or not there is anything new in it. @throws as `push` */
  async tell(signal: AbortSignal): Promise<number> {
    const { head, store: { state, log: file }, seen } = this.#options;
    const { device, count, recent } = state;
    // Whoever looks a little too late still finds everything in the list.
    const listed = Math.min(MOST_LISTED, Math.max(LISTED, 3 * (count - state.head.count)));
    const taken = seen();
    const version = Math.max(state.head.version, state.telling.version) + 1;
    // Numbers that others have seen must not be given anew after a crash of the machine.
    await file.append([{ type: "telling", version, count }], "synced");
    await head.write(
      { device, version, count, objects: recent.slice(-listed), seen: taken },
      signal,
    );
    await file.append([{ type: "head", version, count, seen: seenDigest(taken) }], "written");
    return version;
  }

  async #publish(signal: AbortSignal): Promise<void> {
    const { publications, store: { state, log: file } } = this.#options;
    for (const { key, bytes } of publications()) {
      if (state.isAnnounced(key)) continue;
      if (await this.#put(key, bytes, signal) === "conflict") this.#conflict(key);
      const object = { key, size: bytes.length, sha256: sha256(bytes) };
      await file.append([{ type: "announced", object }], "written");
    }
  }

  async #describe(objects: readonly PlannedObject[], signal: AbortSignal): Promise<void> {
    const { history, store: { state, log: file } } = this.#options;
    const rooms = new Set(objects.map(({ room }) => room).filter((id) => !state.isDescribed(id)));
    await pooled(rooms, LANES, async (room) => {
      const bytes = await roomDescription(history, room);
      // Whoever was first has described it.
      if (bytes !== undefined) await this.#put(metadataKey(room), bytes, signal);
    });
    if (rooms.size > 0) await file.append([{ type: "described", rooms: [...rooms] }], "written");
  }

  async #storePlanned(contents: Contents, signal: AbortSignal): Promise<void> {
    const { store: { state, log: file }, onStored } = this.#options;
    await pooled([...state.planned.values()], LANES, async (object) => {
      const content = contents.get(object.id);
      contents.delete(object.id);
      const as = await this.#store(object, content, signal);
      await file.append([{ type: "settled", id: object.id, as }], "written");
      if (as === "stored") onStored(object);
    });
  }

  async #store(
    object: PlannedObject,
    content: Uint8Array<ArrayBuffer> | undefined,
    signal: AbortSignal,
  ): Promise<Settlement> {
    const bytes = content ?? await this.#options.events.read(object);
    const isKnown = content !== undefined ||
      (bytes.length === object.size && sha256(bytes) === object.sha256);
    if (!isKnown) {
      log.error("Messages of {key} changed before they were stored in the bucket", {
        key: object.key,
      });
      return "changed";
    }
    const outcome = await this.#put(object.key, bytes, signal);
    if (outcome === "conflict") this.#conflict(object.key);
    return outcome;
  }

  /** Stores an object of ours that is not planned: under a name that stands for its bytes. */
  async storeOther(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<"stored" | "conflict"> {
    const outcome = await this.#put(key, bytes, signal);
    if (outcome === "conflict") this.#conflict(key);
    return outcome;
  }

  /** Whether others' heads were taken in that our own head does not tell of. */
  get hasSeen(): boolean {
    const { store: { state }, seen } = this.#options;
    return state.head.version > 0 && state.head.seen !== seenDigest(seen());
  }

  #conflict(key: string): void {
    this.#conflicts.push(key);
    log.error("{key} in the bucket is not what this node wrote; nothing was overwritten", { key });
  }

  /** Stores an object that must not be overwritten. */
  async #put(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<"stored" | "conflict"> {
    const { bucket, abilities } = this.#options;
    if (abilities.putIfAbsent) {
      const condition = { kind: "absent" } as const;
      const { outcome } = await bucket.put(key, bytes, { signal, condition });
      if (outcome === "stored") return "stored";
      const there = await this.#compare(key, bytes, { signal });
      if (there !== "gone") return there;
      // Refused and not there: somebody removes things. The next push tries again.
    } else {
      // Only we write this name, so nobody comes between the look and the writing.
      const there = await this.#compare(key, bytes, { signal });
      if (there !== "gone") return there;
    }
    await bucket.put(key, bytes, { signal });
    return "stored";
  }

  async #compare(
    key: string,
    bytes: Uint8Array<ArrayBuffer>,
    options: CallOptions,
  ): Promise<"stored" | "conflict" | "gone"> {
    const same = (found: Uint8Array) => sameBytes(found, bytes) ? true : undefined;
    const found = await readJudged(this.#options.bucket, key, OBJECT_BYTES, options, same);
    if (found === undefined || found === "unchanged") return "gone";
    return found.value === true ? "stored" : "conflict";
  }
}

function seenDigest(seen: ReadonlyMap<string, number>): string {
  const entries = Array.from(seen, ([device, version]) => `${device} ${version}\n`).sort();
  return sha256(new TextEncoder().encode(entries.join("")));
}
