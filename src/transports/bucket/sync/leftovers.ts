/**
 * What our head in the bucket holds that our history does not: events that were told by a data
 * folder newer than this one, before they were in a file.
 *
 * @module
 */
import type { FileHistory } from "../../../history/store.ts";
import { getLogger } from "../../../log.ts";
import type { EventLine } from "../../../message/line.ts";
import { putOnce, type PutOnceOptions } from "./put_once.ts";
import { tailEvents, tailFiles } from "./tail.ts";

const log = getLogger(["sync"]);

/** The events of a head's tail that a history does not have. @throws {HistoryError} */
export async function missingEvents(
  history: Pick<FileHistory, "get">,
  tail: readonly string[],
): Promise<EventLine[]> {
  const missing: EventLine[] = [];
  for (const line of tailEvents(tail)) {
    const { room_id, event_id } = line.event;
    if (await history.get(room_id, event_id) === undefined) missing.push(line);
  }
  return missing;
}

/**
 * Makes files of them, in the name of the device that signed them and writes no more: who reads
 * files alone finds them there. Where that fails they stay in the head.
 */
export async function keepEvents(
  to: PutOnceOptions,
  events: readonly EventLine[],
  { device, signal }: { readonly device: string; readonly signal: AbortSignal },
): Promise<void> {
  try {
    for (const file of tailFiles(events, device)) await putOnce(to, file, signal);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown failure";
    log.warn("The last messages of {device} are in no file: {reason}", { device, reason });
  }
}
