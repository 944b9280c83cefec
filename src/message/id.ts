/**
 * Event ids, `{room}::{time}::{uuid}`. The time is ISO 8601 in UTC with six fractional digits; the
 * last three of ours count the events of one millisecond, so that ids sort as they were made.
 *
 * @module
 */
import { MessageError } from "./error.ts";
import type { EventId, RoomId } from "./event.ts";
import { LIMITS } from "./event.ts";
import { exceedsBytes } from "./utf8.ts";

/**
 * Makes the id of an event: `timestamp` is the event's own, milliseconds since the epoch, an
 * integer in the years 0 to 9999. Beyond 1,000 ids of one millisecond the time part stays at 999
 * and only the uuid tells them apart.
 */
export type EventIds = (room: RoomId, timestamp: number) => EventId;

/**
 * A maker of event ids. It keeps the spelled-out second and millisecond of the latest timestamp, so
 * one maker should serve all of a store's events.
 *
 * @param uuid a fresh random UUID at each call
 */
export function createEventIds(uuid: () => string): EventIds {
  let latest = Number.NaN;
  let prefix = "";
  let count = 0;
  return (room, timestamp) => {
    if (timestamp === latest) count++;
    else {
      // 2026-01-31T12:00:00.123Z without the Z
      prefix = `::${new Date(timestamp).toISOString().slice(0, -1)}`;
      latest = timestamp;
      count = 0;
    }
    return `${room}${prefix}${THOUSAND[Math.min(count, 999)]}Z::${uuid()}`;
  };
}

const THOUSAND: readonly string[] = Array.from(
  { length: 1000 },
  (_, count) => String(count).padStart(3, "0"),
);

/** The three parts of an event id, none empty, none of them interpreted. */
export interface EventIdParts {
  readonly room: string;
  readonly time: string;
  readonly unique: string;
}

/**
 * Splits an event id of any writer. The parts are not checked further: other writers spell the time
 * in other ways, and what an event is about stands in its keys.
 *
 * @throws {MessageError} `id/form` when it is not three parts joined by `::`; `id/too-long`
 */
export function parseEventId(id: string): EventIdParts {
  if (exceedsBytes(id, LIMITS.idBytes)) {
    throw new MessageError(
      "id/too-long",
      `Cannot read the event id: it is longer than ${LIMITS.idBytes} bytes`,
    );
  }
  const [room, time, unique, ...more] = id.split("::");
  if (!room || !time || !unique || more.length > 0) {
    throw new MessageError(
      "id/form",
      "Cannot read the event id: it is not three parts joined by ::",
    );
  }
  return { room, time, unique };
}
