/**
 * What was said before: loaded when a conversation is opened, and as far back as it takes to show a
 * message that was found.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { EventId } from "../../../message/event.ts";
import type { Account } from "./model/account.ts";
import type { Conversation } from "./model/conversation.ts";
import type { Message } from "./model/entry.ts";

/** How far back a message that was found is looked for: pages, and messages of each. */
const PAGES_MOST = 60;
const PAGE = 200;
/** How long to wait for a page that is on its way already, milliseconds. */
const MOMENT_MS = 20;

/** Loads what was said in a conversation before it was opened. Never rejects. */
export async function fill(
  account: Account,
  conversation: Conversation,
  count: number,
): Promise<void> {
  if (conversation.earlier !== "unknown" || conversation.isCleared) return;
  const { unread } = conversation;
  await account.lookBack(conversation, Math.max(count, 1));
  const { entries } = conversation.timeline;
  if (unread > 0 && unread < entries.length) conversation.newAfter ??= entries.at(-unread - 1)?.id;
}

/** Looks back until a message is there; undefined when it is too far back. Never rejects. */
export async function lookBackTo(
  id: EventId,
  account: Account,
  conversation: Conversation,
  clock: Clock,
): Promise<Message | undefined> {
  const { timeline } = conversation;
  for (let page = 0; page < PAGES_MOST && timeline.get(id) === undefined; page++) {
    const before = timeline.entries.length;
    conversation.isCleared = false;
    if (conversation.earlier === "loading") {
      await new Promise<void>((resolve) => clock.after(MOMENT_MS, () => resolve()));
      continue;
    }
    await account.lookBack(conversation, PAGE);
    if (timeline.entries.length === before) break;
  }
  return timeline.get(id);
}
