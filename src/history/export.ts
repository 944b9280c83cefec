/**
 * Carries a history away as signed event lines, one a line: what a bucket holds, what `import`
 * reads, what anybody can verify with the public records of the devices.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import type { StoredEvent } from "./contract.ts";
import { HistoryError } from "./errors.ts";
import type { Device } from "./keys.ts";
import type { HistoryReader } from "./reader.ts";
import { ChainSealer, type SenderTail } from "./sealing.ts";
import { READ_LIMIT } from "./store.ts";

/** What is exported. */
export interface ExportSelection {
  /** Only this room. */
  readonly room?: RoomId;
  /** Milliseconds since the epoch, inclusive. */
  readonly since?: number;
  /** Milliseconds since the epoch, exclusive. */
  readonly until?: number;
}

/** What an export reads from. */
export interface ExportSource {
  readonly reader: HistoryReader;
  /** Signs what is not sealed yet; undefined when this user may not read the key. */
  readonly device: Device | undefined;
}

/** The rooms of a selection, by name, and how many events they hold. */
export function selectedRooms(
  reader: HistoryReader,
  { room }: ExportSelection,
): { readonly rooms: readonly RoomId[]; readonly events: number } {
  const summaries = reader.rooms().filter((each) => room === undefined || each.room === room);
  return {
    rooms: summaries.map((each) => each.room).sort(),
    events: summaries.reduce((sum, { first, next }) => sum + next - first, 0),
  };
}

/** Whether an event's time is within a selection. */
export function isSelected(timestamp: number, { since, until }: ExportSelection): boolean {
  return timestamp >= (since ?? 0) && timestamp < (until ?? Infinity);
}

/** Every event of a room in the order of arrival. */
export async function* eventsOf(reader: HistoryReader, room: RoomId): AsyncGenerator<StoredEvent> {
  for (let from = 0;;) {
    const events = await reader.read(room, from, READ_LIMIT);
    yield* events;
    const last = events.at(-1);
    if (last === undefined) return;
    from = last.offset + 1;
  }
}

/**
 * The signed lines of a selection, LF included, room by room in the order of arrival. An event that
 * is still in the journal gets the very signature that its segment will have.
 *
 * @param onEvent called for each event that was looked at
 * @throws {HistoryError} `history/unsigned` when the journal holds events and the key is not readable
 */
export async function* exportLines(
  { reader, device }: ExportSource,
  selection: ExportSelection,
  onEvent: () => void = () => undefined,
): AsyncGenerator<string> {
  for (const room of selectedRooms(reader, selection).rooms) {
    const sealer = device && chainsOf(reader, room, device);
    for await (const stored of eventsOf(reader, room)) {
      onEvent();
      const line = signedLine(stored, sealer);
      if (isSelected(stored.event.timestamp_ms, selection)) yield `${line}\n`;
    }
  }
}

function chainsOf(reader: HistoryReader, room: RoomId, device: Device): ChainSealer {
  const tails: SenderTail[] = [];
  for (const [sender, { seq, hash }] of reader.catalog.rooms.get(room)?.tails ?? []) {
    tails.push([room, sender, seq, hash]);
  }
  return new ChainSealer({ device: device.id, key: device.key.export(), tails });
}

function signedLine({ json, event }: StoredEvent, sealer: ChainSealer | undefined): string {
  // A server beside us may seal while we read: then the lines that follow come signed, and the
  // chain goes on from them.
  if (event.signature !== null) return sealer?.follow(json) ?? json;
  if (event.content.chatnode === undefined) return json;
  if (sealer !== undefined) return sealer.seal(json);
  throw new HistoryError(
    "history/unsigned",
    "Cannot export: the latest events are not signed yet and the device key cannot be read",
    { hint: "Run the export as the user who runs the server" },
  );
}
