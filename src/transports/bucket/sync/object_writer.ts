/**
 * Stores objects of ours, each exactly once, under a name that stands for its bytes. What is planned
 * was written down durably before, so a storing that was cut off anywhere goes on with the same
 * objects.
 *
 * @module
 */
import type { OwnEvents } from "../../../history/own_lines.ts";
import type { FileHistory } from "../../../history/store.ts";
import { getLogger } from "../../../log.ts";
import type { RoomId } from "../../../message/event.ts";
import type { Bucket, BucketAbilities } from "../stores/contract.ts";
import type { Publication } from "../trust/contract.ts";
import { metadataKey } from "./names.ts";
import { type PlannedContent, planObjects, sha256 } from "./plan.ts";
import { pooled } from "./pooled.ts";
import type { PlannedObject, Settlement } from "./push_records.ts";
import type { PushStore } from "./push_store.ts";
import { type NamedContent, putOnce } from "./put_once.ts";
import { roomDescription } from "./room_description.ts";

/** What an {@linkcode ObjectWriter} works with. */
export interface ObjectWriterOptions {
  readonly bucket: Bucket;
  readonly abilities: BucketAbilities;
  readonly history: FileHistory;
  readonly events: OwnEvents;
  readonly store: PushStore;
  /** Told of every object that was stored. */
  readonly onStored: (object: PlannedObject) => void;
}

/** Objects that are sent at a time. */
const LANES = 8;

/** What was read for planning, by the object's id. */
type Contents = Map<number, Uint8Array<ArrayBuffer>>;

const log = getLogger(["sync"]);

/** See the module's description. One call at a time. */
export class ObjectWriter {
  readonly #options: ObjectWriterOptions;
  readonly #conflicts: string[] = [];

  constructor(options: ObjectWriterOptions) {
    this.#options = options;
  }

  /** Names of ours that hold other bytes in the bucket; their events are not in it. */
  get conflicts(): readonly string[] {
    return this.#conflicts;
  }

  /** Stores what is said about devices. @throws {BucketError} */
  async publish(publications: readonly Publication[], signal: AbortSignal): Promise<void> {
    const { state, log: file } = this.#options.store;
    for (const { key, bytes } of publications) {
      if (state.isAnnounced(key)) continue;
      await this.put({ key, bytes }, signal);
      const object = { key, size: bytes.length, sha256: sha256(bytes) };
      await file.append([{ type: "announced", object }], "written");
    }
  }

  /** Makes files of everything that is sealed and in none, of the rooms that are wanted. */
  async storeRooms(wanted: (room: RoomId) => boolean, signal: AbortSignal): Promise<void> {
    const { events, store: { state, log: file } } = this.#options;
    for (;;) {
      const planned = await planObjects(events, state, wanted);
      if (planned.length === 0) return;
      const objects = planned.map(({ object }) => object);
      await this.#describe(objects, signal);
      await file.append([{ type: "planned", objects }], "synced");
      await this.#store(planned, signal);
    }
  }

  /** Stores what was planned and not stored, by a process that was killed maybe. */
  async storePlanned(signal: AbortSignal): Promise<void> {
    await this.#store([], signal);
  }

  /** Stores an object of ours that is not planned. @throws {BucketError} */
  async put(object: NamedContent, signal: AbortSignal): Promise<"stored" | "conflict"> {
    const outcome = await putOnce(this.#options, object, signal);
    if (outcome === "conflict") this.#conflict(object.key);
    return outcome;
  }

  async #describe(objects: readonly PlannedObject[], signal: AbortSignal): Promise<void> {
    const { history, store: { state, log: file } } = this.#options;
    const rooms = new Set(objects.map(({ room }) => room).filter((id) => !state.isDescribed(id)));
    await pooled(rooms, LANES, async (room) => {
      const bytes = await roomDescription(history, room);
      if (bytes === undefined) return;
      // Whoever was first has described it: that is no conflict of names.
      await putOnce(this.#options, { key: metadataKey(room), bytes }, signal);
    });
    if (rooms.size > 0) await file.append([{ type: "described", rooms: [...rooms] }], "written");
  }

  async #store(planned: readonly PlannedContent[], signal: AbortSignal): Promise<void> {
    const { store: { state, log: file }, onStored } = this.#options;
    // What was just read is not read again: it is as much as the lanes would hold.
    const contents: Contents = new Map(planned.map(({ object: { id }, bytes }) => [id, bytes]));
    await pooled([...state.planned.values()], LANES, async (object) => {
      const content = contents.get(object.id);
      contents.delete(object.id);
      const as = await this.#storeOne(object, content, signal);
      await file.append([{ type: "settled", id: object.id, as }], "written");
      if (as === "stored") onStored(object);
    });
  }

  async #storeOne(
    object: PlannedObject,
    content: Uint8Array<ArrayBuffer> | undefined,
    signal: AbortSignal,
  ): Promise<Settlement> {
    const { key, size } = object;
    const bytes = content ?? await this.#options.events.read(object);
    const isKnown = content !== undefined ||
      (bytes.length === size && sha256(bytes) === object.sha256);
    if (isKnown) return await this.put({ key, bytes }, signal);
    log.error("Messages of {name} changed before they were stored in the bucket", { name: key });
    return "changed";
  }

  #conflict(key: string): void {
    this.#conflicts.push(key);
    log.error("{name} in the bucket is not what this node wrote; nothing was overwritten", {
      name: key,
    });
  }
}
