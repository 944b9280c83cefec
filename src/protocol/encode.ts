/**
 * From what the hub says to a server's frames. Stored events go in as they are stored: nothing is
 * serialised again.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import { ChatnodeError } from "../errors.ts";
import type { Appended, SearchHit, StoredEvent } from "../history/contract.ts";
import type { Signal } from "../hub/contract.ts";
import { HubError } from "../hub/errors.ts";
import type { AckFrame, ServerFrame, Who } from "./frames.ts";

/** One frame, from its object. For everything but events and acks. */
export function encodeFrame(frame: ServerFrame): string {
  return JSON.stringify(frame);
}

/** What peers are told of a signal. */
export function encodeSignal(signal: Signal): string {
  switch (signal.kind) {
    case "event":
      return encodeEvent(signal.stored);
    case "joined":
    case "left":
      return encodeFrame({
        type: "member",
        room: signal.room,
        who: whoIs(signal.who),
        state: signal.kind,
      });
    case "typing":
      return encodeFrame({
        type: "typing",
        room: signal.room,
        who: whoIs(signal.who),
        active: signal.active,
      });
    case "read":
      return encodeFrame({
        type: "read",
        room: signal.room,
        who: whoIs(signal.who),
        offset: signal.offset,
      });
    case "presence":
      return encodeFrame({ type: "presence", who: whoIs(signal.who), ...signal.presence });
  }
}

/** An `event` frame around the stored line. */
export function encodeEvent(stored: StoredEvent): string {
  const room = JSON.stringify(stored.room);
  return `{"type":"event","room":${room},"offset":${stored.offset},"event":${stored.json}}`;
}

/** An `ack` frame. */
export function encodeAck(
  { stored, duplicate }: Appended,
  durable: AckFrame["durable"],
  asked: { readonly ref?: string | undefined; readonly key?: string | undefined },
): string {
  const { event, room, offset } = stored;
  return `{"type":"ack"${member("ref", asked.ref)}${member("key", asked.key)}` +
    `,"id":${JSON.stringify(event.event_id)},"room":${JSON.stringify(room)}` +
    `,"offset":${offset},"timestamp":${event.timestamp_ms}` +
    `,"durable":"${durable}","duplicate":${duplicate}}`;
}

/** A `page` frame around stored lines. */
export function encodePage(
  ref: string | undefined,
  room: string,
  page: {
    readonly events: readonly StoredEvent[];
    readonly moreBefore: boolean;
    readonly moreAfter: boolean;
  },
): string {
  const events = page.events.map((one) => `{"offset":${one.offset},"event":${one.json}}`).join();
  return `{"type":"page"${member("ref", ref)},"room":${JSON.stringify(room)}` +
    `,"events":[${events}],"more_before":${page.moreBefore},"more_after":${page.moreAfter}}`;
}

/** A `results` frame around stored lines. */
export function encodeResults(
  ref: string | undefined,
  hits: readonly SearchHit[],
  cursor: string | undefined,
): string {
  const list = hits.map(({ room, offset, json, edit }) =>
    `{"room":${JSON.stringify(room)},"offset":${offset},"event":${json}` +
    (edit === undefined ? "}" : `,"edit":{"offset":${edit.offset},"event":${edit.json}}}`)
  ).join();
  return `{"type":"results"${member("ref", ref)},"hits":[${list}]${member("cursor", cursor)}}`;
}

/**
 * An `error` frame. Only errors made to be read are told; anything else is an internal error whose
 * text stays in the log.
 */
export function encodeError(
  error: unknown,
  about: {
    readonly ref?: string | undefined;
    readonly room?: string | undefined;
    readonly key?: string | undefined;
  },
): string {
  const told = error instanceof ChatnodeError
    ? error
    : new ChatnodeError("protocol/internal", "Cannot answer the request: the node failed");
  const retry = told instanceof HubError ? told.retryAfterMs : undefined;
  return encodeFrame({
    type: "error",
    ...about,
    code: told.code,
    message: told.message,
    ...(told.hint === undefined ? {} : { hint: told.hint }),
    ...(retry === undefined ? {} : { retry_after_ms: retry }),
  });
}

/** A person on the wire. */
export function whoIs({ address, name, role }: Identity): Who {
  return { address, name, role };
}

function member(key: string, value: string | undefined): string {
  return value === undefined ? "" : `,"${key}":${JSON.stringify(value)}`;
}
