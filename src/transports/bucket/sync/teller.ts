/**
 * Says in our head what was stored, what is not in files yet, and what of others was taken in.
 *
 * @module
 */
import type { OwnEvents } from "../../../history/own_lines.ts";
import {
  type Head,
  HEAD_BYTES,
  type HeadEntry,
  MOST_LISTED,
  TAIL_BYTES,
  TAIL_LINES,
} from "./head.ts";
import type { HeadWriter } from "./head_writer.ts";
import { fileKey } from "./names.ts";
import { openLines, type OpenRoom } from "./open_rooms.ts";
import { sha256 } from "./plan.ts";
import type { PushState } from "./push_state.ts";
import type { PushStore } from "./push_store.ts";

/** What a {@linkcode Teller} works with. */
export interface TellerOptions {
  readonly events: OwnEvents;
  readonly store: PushStore;
  readonly head: HeadWriter;
  /** The versions of others' heads that were taken in. */
  readonly seen: () => ReadonlyMap<string, number>;
}

/** What a head carries. */
export interface Tail {
  readonly rooms: readonly OpenRoom[];
  /** One of them, whose file comes without a head next. */
  readonly announced?: OpenRoom | undefined;
}

/** A head lists so many objects, or three times those that were stored since the last one. */
const LISTED = 32;
/** What is listed leaves room for the tail, of which every character may be a quoted one. */
const LISTED_BYTES = HEAD_BYTES - 2 * TAIL_BYTES - 64 * 1024;
/** Of an entry besides its key. */
const ENTRY_BYTES = 128;

/** See the module's description. */
export class Teller {
  readonly #options: TellerOptions;

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  /** Whether others' heads were taken in that our own head does not tell of. */
  get hasSeen(): boolean {
    const { store: { state }, seen } = this.#options;
    return state.head.version > 0 && state.head.seen !== seenDigest(seen());
  }

  /**
   * Writes the head.
   *
   * @returns its version
   * @throws {BucketError} {@linkcode SyncError}
   */
  async tell({ rooms, announced }: Tail, signal: AbortSignal): Promise<number> {
    const { events, head, store: { state, log: file }, seen } = this.#options;
    const { device, count } = state;
    const taken = seen();
    const version = Math.max(state.head.version, state.telling.version) + 1;
    const open = rooms.map(({ room, next }) => [room, next] as const);
    const told = { version, count, ...(open.length === 0 ? {} : { open }) };
    const said: Head = {
      ...{ device, version, count, objects: listed(state), seen: taken },
      tail: await openLines(events, rooms),
      ...(announced === undefined ? {} : { closing: keyOf(announced, device) }),
    };
    // Numbers that others have seen must not be given anew after a crash of the machine.
    await file.append([{ type: "telling", ...told }], "synced");
    await head.write(said, signal);
    await file.append([{ type: "head", ...told, seen: seenDigest(taken) }], "written");
    return version;
  }
}

/** As many rooms as one head can carry, from the first on. */
export function withinHead(rooms: readonly OpenRoom[]): OpenRoom[] {
  let [bytes, lines] = [0, 0];
  return rooms.filter(({ parts, former, ...room }) => {
    const count = parts.reduce((sum, each) => sum + each.count, 0);
    const fits = !former && bytes + room.bytes <= TAIL_BYTES && lines + count <= TAIL_LINES;
    if (fits) [bytes, lines] = [bytes + room.bytes, lines + count];
    return fits;
  });
}

function listed(state: PushState): readonly HeadEntry[] {
  // Whoever looks a little too late still finds everything in the list.
  const wanted = Math.max(LISTED, 3 * (state.count - state.head.count));
  const latest = state.recent.slice(-Math.min(MOST_LISTED, wanted));
  let bytes = 0;
  const first = latest.findLastIndex(({ key }) => {
    bytes += ENTRY_BYTES + 2 * key.length;
    return bytes > LISTED_BYTES;
  });
  return latest.slice(first + 1);
}

function keyOf({ room, first }: OpenRoom, writer: string): string {
  return fileKey({ room, writer, ...first });
}

function seenDigest(seen: ReadonlyMap<string, number>): string {
  const entries = Array.from(seen, ([device, version]) => `${device} ${version}\n`).sort();
  return sha256(new TextEncoder().encode(entries.join("")));
}
