/**
 * What is said about another message: answers, reactions, edits, redactions.
 *
 * @module
 */
import {
  editContent,
  reactionContent,
  readReaction,
  redactionContent,
} from "../../message/content.ts";
import type { Address, ChatEvent, EventId, RoomId } from "../../message/event.ts";
import type { RecentEvents } from "./recent.ts";
import type { Request } from "./requests.ts";
import type { Outgoing } from "./session.ts";

/** A request that is about another message. */
export type RequestAbout = Extract<
  Request,
  { do: "reply" | "react" | "unreact" | "edit" | "redact" }
>;

/** Where a request is made, and what was seen there. */
export interface Seen {
  readonly recent: RecentEvents;
  readonly room: RoomId;
  readonly you: Address;
}

/**
 * What to send for a request; undefined when the message that it is about was not seen lately.
 *
 * @throws {MessageError} for a reaction, an edit or a reason that is none
 */
export function outgoingAbout(
  request: RequestAbout,
  seen: Seen,
): Outgoing | undefined {
  if (request.do === "unreact") return takenBack(request, seen);
  const whose = request.do === "edit" || request.do === "redact" ? "own" : "others";
  const target = seen.recent.latest(seen.room, whose, seen.you, request.back);
  if (target === undefined) return undefined;
  if (request.do === "react") {
    // Said again, it is taken back.
    const same = seen.recent.reactions(seen.room, seen.you)
      .find((one) => isReaction(one, target.event_id, request.text));
    if (same !== undefined) return redaction(same);
  }
  return about(request, target);
}

/** The redaction of one's own reaction: the latest, or the one to the Nth latest message of others. */
function takenBack(
  { back, text }: Extract<Request, { do: "unreact" }>,
  { recent, room, you }: Seen,
): Outgoing | undefined {
  const target = back === undefined ? undefined : recent.latest(room, "others", you, back);
  if (back !== undefined && target === undefined) return undefined;
  const found = recent.reactions(room, you)
    .findLast((one) => isReaction(one, target?.event_id, text === "" ? undefined : text));
  return found === undefined ? undefined : redaction(found);
}

function isReaction(
  { content }: ChatEvent,
  target: EventId | undefined,
  sign: string | undefined,
): boolean {
  const reaction = readReaction(content);
  return (target === undefined || reaction?.relatesTo === target) &&
    (sign === undefined || reaction?.reaction === sign);
}

function redaction({ room_id: room, event_id: id }: ChatEvent): Outgoing {
  return { room, event_type: "m.room.redaction", content: redactionContent(id) };
}

function about(
  { do: what, text }: Exclude<RequestAbout, { do: "unreact" }>,
  target: ChatEvent,
): Outgoing {
  const { event_id: id, room_id: room, content: { msgtype = "m.text" } } = target;
  switch (what) {
    case "reply":
      return { room, body: text, parent: id };
    case "react":
      return { room, event_type: "m.room.reaction", content: reactionContent(id, text) };
    case "edit": {
      const content = editContent(id, { body: text, msgtype });
      return { room, event_type: "m.room.edit", content };
    }
    case "redact": {
      const content = redactionContent(id, text === "" ? undefined : text);
      return { room, event_type: "m.room.redaction", content };
    }
  }
}
