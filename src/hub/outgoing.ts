/**
 * What may be published at all, whoever asks.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import { checkContent } from "../message/content.ts";
import type { ChatEvent, Content, EventId, EventType, RoomId } from "../message/event.ts";
import { LIMITS } from "../message/event.ts";
import { exceedsBytes } from "../message/utf8.ts";
import type { Outgoing } from "./contract.ts";
import { HubError } from "./errors.ts";
import type { HubLimits } from "./limits.ts";

/**
 * Checks a wish to publish in `room`.
 *
 * @throws {HubError} `hub/invalid`, `hub/no-such-event`
 */
export function checkOutgoing(room: RoomId, outgoing: Outgoing, textBytes: number): void {
  if (outgoing.type === "m.room.member") {
    throw new HubError("hub/invalid", "Cannot publish: membership events are the node's own");
  }
  checkParent(room, outgoing.parent);
  checkKey(outgoing.key);
  checkBody(outgoing, textBytes);
}

/**
 * Only what was written can be changed: editing an edit would make two histories of one text.
 *
 * @throws {HubError} `hub/invalid`
 */
export function checkTarget(type: EventType, target: ChatEvent): void {
  if (type !== "m.room.edit" || target.type === "m.room.message") return;
  throw new HubError("hub/invalid", "Cannot publish: only messages can be edited");
}

/**
 * A guest's name passes on to others: it must not change what an earlier guest has written.
 *
 * @throws {HubError} `hub/forbidden`
 */
export function checkGuest(who: Identity, type: EventType, policy: HubLimits["guests"]): void {
  if (who.role !== "guest") return;
  if (policy === "listen") {
    throw new HubError("hub/forbidden", "Cannot publish: guests may only listen", {
      hint: "Sign in with an account.",
    });
  }
  if (type === "m.room.message" || type === "m.room.reaction") return;
  throw new HubError("hub/forbidden", "Cannot publish: guests cannot change what was written");
}

function checkParent(room: string, parent: EventId | undefined): void {
  if (parent === undefined) return;
  if (parent.startsWith(`${room}::`) && parent.length <= 2 * LIMITS.nameBytes) return;
  throw new HubError("hub/no-such-event", "Cannot publish: the parent is no event of this room");
}

function checkKey(key: string | undefined): void {
  if (key === undefined) return;
  if (key !== "" && !exceedsBytes(key, LIMITS.keyBytes)) return;
  throw new HubError("hub/invalid", `Cannot publish: the key has 1 to ${LIMITS.keyBytes} bytes`);
}

function checkBody({ type, content }: Outgoing, textBytes: number): void {
  const fault = checkContent(type, content);
  if (fault !== undefined) {
    const reason = fault.message.slice(fault.message.indexOf(": ") + 2);
    throw new HubError("hub/invalid", `Cannot publish: ${reason}`);
  }
  // The check above has seen that it is an object with a body.
  const text = type === "m.room.edit" ? (content["new_content"] as Content).body : content.body;
  if (text === undefined || !exceedsBytes(text, textBytes)) return;
  throw new HubError("hub/invalid", `Cannot publish: the text is longer than ${textBytes} bytes`);
}
