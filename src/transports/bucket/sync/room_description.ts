import { join } from "node:path";
import type { FileHistory } from "../../../history/store.ts";
import type { RoomId } from "../../../message/event.ts";

/** The content of a room's `metadata.json`, which sealing has made; undefined when it is not there. */
export async function roomDescription(
  history: FileHistory,
  room: RoomId,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(join(history.parts.layout.room(room), "metadata.json"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
