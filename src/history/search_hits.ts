/**
 * From what an index has found to events: each is read on its own where that can be done, since the
 * hits of one page are scattered over a whole history.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import type { SearchHit, StoredEvent } from "./contract.ts";
import type { IndexSeams } from "./index_contract.ts";
import { readNear } from "./index_journal.ts";
import type { Found } from "./index_search.ts";
import type { FreshText, WantedText } from "./index_wanted.ts";
import { textOf } from "./revisions.ts";
import type { RoomReader } from "./room_reader.ts";
import { StoredLine } from "./slice.ts";

/** Reads one event by its arrival offset; `near` as in {@linkcode Found}. */
export type EventSource = (
  room: RoomId,
  offset: number,
  near?: Found["near"],
) => Promise<StoredEvent | undefined>;

/** Reads events on their own, without the files around them, where that can be done. */
export function eventSource(
  { layout, journals, reader }: Pick<IndexSeams, "layout" | "journals"> & {
    readonly reader: Pick<RoomReader, "at">;
  },
): EventSource {
  return async (room, offset, near) => {
    if (near !== undefined && journals.files.some(({ number }) => number === near.file)) {
      const json = await readNear(layout.journal(near.file), near.byte, room, offset)
        .catch(() => undefined);
      if (json !== undefined) return new StoredLine(room, offset, json);
    }
    return await reader.at(room, offset);
  };
}

/** The events that were found; those that cannot be read are left out. */
export async function readHits(
  found: readonly Found[],
  read: EventSource,
): Promise<SearchHit[]> {
  const hits = await inTurn(found, async ({ room, offset, edit, near }) => {
    const message = await read(room, offset, near);
    const edited = edit === undefined ? undefined : await read(room, edit);
    return message && edited ? new EditedLine(message, edited) : message;
  });
  return hits.filter((hit) => hit !== undefined);
}

/** Files that are read at the same time. */
const AT_ONCE = 16;

/** What `action` gives for each item, some of them at the same time. */
async function inTurn<T, R>(items: readonly T[], action: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...await Promise.all(items.slice(at, at + AT_ONCE).map(action)));
  }
  return results;
}

class EditedLine extends StoredLine implements SearchHit {
  readonly edit: StoredEvent;

  constructor({ room, offset, json }: StoredEvent, edit: StoredEvent) {
    super(room, offset, json);
    this.edit = edit;
  }
}

/** The texts that an index asks for. */
export async function readTexts(
  wanted: readonly WantedText[],
  read: EventSource,
): Promise<FreshText[]> {
  const texts: FreshText[] = [];
  for (const { document, room, offset } of wanted) {
    const stored = await read(room, offset);
    const body = stored === undefined ? undefined : textOf(stored.event);
    texts.push({ document, offset, body });
  }
  return texts;
}
