/**
 * Reads the keys of a room's latest events.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import { KEY_WINDOW } from "./contract.ts";
import type { KeyLoader } from "./dedupe.ts";
import type { KeyedEvent } from "./key_window.ts";
import type { RoomReader } from "./room_reader.ts";
import type { Rooms } from "./rooms.ts";

/** Events read at a time. */
const BATCH = 1_000;

/** A loader of keys from what is stored. */
export function createKeyLoader(rooms: Rooms, reader: RoomReader): KeyLoader {
  return async (room: RoomId) => {
    const { next } = rooms.summary(room);
    const keys: KeyedEvent[] = [];
    for (let from = Math.max(0, next - KEY_WINDOW); from < next;) {
      const events = await reader.read(room, from, BATCH);
      for (const { event, offset } of events) {
        const key = event.content.chatnode?.key;
        if (key !== undefined) keys.push({ sender: event.sender_id, key, offset });
      }
      from = (events.at(-1)?.offset ?? next) + 1;
    }
    return keys;
  };
}
