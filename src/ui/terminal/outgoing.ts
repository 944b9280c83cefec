/**
 * What is said about another message: answers, reactions, edits, redactions.
 *
 * @module
 */
import { editContent, reactionContent, redactionContent } from "../../message/content.ts";
import type { Address, ChatEvent, RoomId } from "../../message/event.ts";
import type { RecentEvents } from "./recent.ts";
import type { Request } from "./requests.ts";
import type { Outgoing } from "./session.ts";

/** A request that is about another message. */
export type RequestAbout = Extract<Request, { do: "reply" | "react" | "edit" | "redact" }>;

/**
 * What to send for a request; undefined when the message that it is about was not seen lately.
 *
 * @throws {MessageError} for a reaction, an edit or a reason that is none
 */
export function outgoingAbout(
  request: RequestAbout,
  seen: { readonly recent: RecentEvents; readonly room: RoomId; readonly you: Address },
): Outgoing | undefined {
  const whose = request.do === "edit" || request.do === "redact" ? "own" : "others";
  const target = seen.recent.latest(seen.room, whose, seen.you, request.back);
  return target === undefined ? undefined : about(request, target);
}

function about({ do: what, text }: RequestAbout, target: ChatEvent): Outgoing {
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
