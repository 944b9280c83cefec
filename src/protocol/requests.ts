/**
 * The answers to requests. Each function asks the session, which checks its rights itself, and
 * gives the answer's text; undefined when nothing is to be answered.
 *
 * @module
 */
import type { Appended, PageQuery } from "../history/contract.ts";
import type { Clock } from "../clock.ts";
import type { Hub, Session } from "../hub/contract.ts";
import { qualify } from "../message/address.ts";
import type { Address } from "../message/event.ts";
import { MessageError } from "../message/error.ts";
import { encodeFrame, encodePage, encodeResults, whoIs } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import type { ClientFrame } from "./frames.ts";
import { PROTOCOL_LIMITS } from "./limits.ts";
import { trimPage } from "./trim.ts";

type Of<Type extends ClientFrame["type"]> = Extract<ClientFrame, { type: Type }>;
type Answer = string | undefined | Promise<string | undefined>;

/** What answers need beside the session. */
export interface AnswerContext {
  readonly hub: Hub;
  readonly clock: Clock;
}

/**
 * Answers a request.
 *
 * @throws {HubError} what the session refuses
 * @throws {HistoryError} what the history refuses
 * @throws {ProtocolError} `protocol/field`
 */
export function answer(
  context: AnswerContext,
  session: Session,
  frame: Exclude<ClientFrame, { type: "hello" | "auth" | "send" }>,
): Answer {
  switch (frame.type) {
    case "join":
      return joinRoom(session, frame, frame.ref);
    case "leave":
      session.leave(frame.room);
      return encodeFrame({ type: "left", ...refOf(frame), room: frame.room });
    case "members":
      return members(session, frame);
    case "rooms":
      return rooms(session, frame);
    case "history":
      return history(session, frame);
    case "search":
      return search(session, frame);
    case "presence":
      session.setPresence(
        frame.text === undefined ? { show: frame.show } : { show: frame.show, text: frame.text },
      );
      return ok(frame);
    case "typing":
      session.typing(frame.room, frame.active);
      return ok(frame);
    case "read":
      session.markRead(frame.room, frame.offset);
      return ok(frame);
    case "command":
      return command(session, frame);
    case "ping":
      return encodeFrame({ type: "pong", ...refOf(frame), time: context.clock.now() });
  }
}

/** Joins and tells what comes. The backlog, if any, is sent behind this answer. */
export function joinRoom(
  session: Session,
  wanted: { readonly room: string; readonly epoch?: string; readonly offset?: number },
  ref: string | undefined,
): string {
  const { room, epoch, offset } = wanted;
  const resume = epoch !== undefined && offset !== undefined ? { epoch, offset } : undefined;
  const joined = session.join(room, resume === undefined ? {} : { resume });
  return encodeFrame({
    type: "joined",
    ...(ref === undefined ? {} : { ref }),
    room: joined.room,
    first: joined.first,
    next: joined.next,
    recovered: joined.recovered,
    ...(joined.read === undefined ? {} : { read: joined.read }),
  });
}

/**
 * Publishes what a `send` asks for.
 *
 * @throws {HubError} what the session refuses
 * @throws {HistoryError} what the history refuses
 * @throws {ProtocolError} `protocol/field`
 */
export function publish(hub: Hub, session: Session, frame: Of<"send">): Promise<Appended> {
  try {
    return session.publish({
      room: frame.room ?? directRoomOf(hub, session, frame),
      type: frame.eventType,
      content: frame.content,
      parent: frame.parent,
      key: frame.key,
    });
  } catch (error) {
    return Promise.reject(error);
  }
}

function directRoomOf(hub: Hub, session: Session, { to = "", ref }: Of<"send">): string {
  try {
    return session.directRoom(addressIn(hub, to));
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    const reason = error.message.slice(error.message.indexOf(": ") + 2);
    throw new ProtocolError("protocol/field", `Cannot send to that address: ${reason}`, ref);
  }
}

/**
 * The address of somebody who is called `name`: who is connected under that name, so that guests are
 * found too, whose addresses nobody types; else the account of that name. No guest has an account's.
 */
function addressIn(hub: Hub, name: string): Address {
  if (name.includes("@")) return qualify(name, hub.node);
  const wanted = name.toLowerCase();
  const present = hub.people().find(({ who }) => who.name.toLowerCase() === wanted);
  return present?.who.address ?? qualify(name, hub.node);
}

function members(session: Session, frame: Of<"members">): string {
  const list = session.members(frame.room).map(({ who, presence }) => ({
    ...whoIs(who),
    ...presence,
  }));
  return encodeFrame({ type: "members", ...refOf(frame), room: frame.room, members: list });
}

function rooms(session: Session, frame: Of<"rooms">): string {
  const list = session.overview().map((one) => ({
    room: one.room,
    first: one.first,
    next: one.next,
    ...(one.lastTimestamp === undefined ? {} : { last_timestamp: one.lastTimestamp }),
    members: one.members,
    ...(one.read === undefined ? {} : { read: one.read }),
  }));
  return encodeFrame({ type: "rooms", ...refOf(frame), rooms: list });
}

async function history(session: Session, frame: Of<"history">): Promise<string> {
  const { anchor, limit, room, ref } = frame;
  if ("from" in anchor) {
    const summary = session.summary(room);
    const events = await session.read(room, anchor.from, limit);
    const end = (events.at(-1)?.offset ?? anchor.from - 1) + 1;
    const page = {
      events,
      moreBefore: anchor.from > summary.first,
      // Behind the last event there may be offsets whose events were damaged on disk.
      moreAfter: events.length > 0 && end < summary.next,
    };
    return encodePage(ref, room, trimPage(page, "newest", PROTOCOL_LIMITS.answerBytes));
  }
  const query: PageQuery = { ...anchor, limit };
  const page = await session.page(room, query);
  const side = "after" in anchor ? "newest" : "around" in anchor ? "both" : "oldest";
  return encodePage(ref, room, trimPage(page, side, PROTOCOL_LIMITS.answerBytes));
}

/** Asks for fewer hits when they would be too much for one frame. */
async function search(session: Session, frame: Of<"search">): Promise<string> {
  const { type: _type, ref, ...query } = frame;
  for (let limit = query.limit;; limit = Math.ceil(limit / 2)) {
    const { hits, next } = await session.search({ ...query, limit });
    const length = hits.reduce(
      (sum, { json, edit }) => sum + json.length + (edit?.json.length ?? 0),
      0,
    );
    if (length <= PROTOCOL_LIMITS.answerBytes || limit === 1) return encodeResults(ref, hits, next);
  }
}

async function command(session: Session, frame: Of<"command">): Promise<string> {
  const reply = await session.command(frame.text, frame.room) ??
    { kind: "none", text: "" } as const;
  return encodeFrame({ type: "reply", ...refOf(frame), kind: reply.kind, text: reply.text });
}

function ok(frame: ClientFrame): string | undefined {
  return frame.ref === undefined ? undefined : encodeFrame({ type: "ok", ref: frame.ref });
}

function refOf({ ref }: ClientFrame): { readonly ref?: string } {
  return ref === undefined ? {} : { ref };
}
