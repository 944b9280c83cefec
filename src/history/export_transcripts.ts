/**
 * Writes transcripts of rooms in one of the formats for people.
 *
 * @module
 */
import type { Device } from "./keys.ts";
import { type ExportSelection, selectedRooms } from "./export.ts";
import { dayOf, type TranscriptFormat } from "./export_format.ts";
import { transcriptOf } from "./export_transcript.ts";
import type { HistoryReader } from "./reader.ts";

/** What {@linkcode exportTranscripts} writes and how. */
export interface TranscriptExport {
  readonly reader: HistoryReader;
  readonly device: Device | undefined;
  readonly format: TranscriptFormat;
  readonly selection: ExportSelection;
  /** Now, milliseconds since the epoch. */
  readonly made: number;
  /** Called for each event that was looked at. */
  readonly onEvent?: () => void;
}

/** The pieces of the whole text, in order. Rooms without a message in the selection are left out. */
export async function* exportTranscripts(options: TranscriptExport): AsyncGenerator<string> {
  const { reader, device, format, selection, made, onEvent } = options;
  yield format.head({ made });
  for (const room of selectedRooms(reader, selection).rooms) {
    let day = "";
    const source = { reader, device: device?.id };
    for await (const message of transcriptOf(source, room, selection, onEvent)) {
      if (day === "") yield format.room(room);
      const today = dayOf(message.timestamp);
      if (today !== day) yield format.day(today);
      day = today;
      yield format.message(message);
    }
    if (day !== "") yield format.roomEnd();
  }
  yield format.end();
}
