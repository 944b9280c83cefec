/** A small history in which everything occurs: two rooms, edits, answers, reactions, redactions. */
import type { FileHistory } from "../../src/history/store.ts";
import type { StoredEvent } from "../../src/history/contract.ts";
import type { Content, EventType } from "../../src/message/event.ts";

/** Text that tries to be something else than text. */
export const HOSTILE = [
  "<script>alert(1)</script><img src=x onerror=alert(1)>",
  "# heading",
  "> quote [link](http://example.test) ![x](y) `code` *b* _i_ | a | b |",
  "    indented \u001b[31mred\u001b[0m \u202eesrever \u0007",
  "</p></article></main>&amp;&#60;script>",
].join("\n");

/** Appends the talk and gives its events in order. */
export async function appendTalk(history: FileHistory): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  const say = async (
    sender: string,
    content: Content,
    options: { type?: EventType; room?: string; parent?: number } = {},
  ) => {
    const { type = "m.room.message", room = "lobby", parent } = options;
    const target = parent === undefined ? undefined : events[parent]?.event.event_id;
    const draft = { room, sender, type, content };
    const { stored } = await history.append(
      target === undefined ? draft : { ...draft, parent: target },
    );
    events.push(stored);
    return stored.event.event_id;
  };
  const text = (body: string, msgtype = "m.text") => ({ body, msgtype });
  const first = await say("alice@node", text("good morning"));
  const second = await say("bob@node", text("a secret that slipped out"));
  await say("bob@node", text("waves", "m.emote"));
  await say("robot@node", text("backup done", "m.notice"));
  await say("alice@node", text(HOSTILE));
  const edit = { replaces: first, new_content: text("good evening") };
  await say("alice@node", edit, { type: "m.room.edit" });
  const forged = { replaces: first, new_content: text("forged by bob") };
  await say("bob@node", forged, { type: "m.room.edit" });
  await say("bob@node", { redacts: second }, { type: "m.room.redaction" });
  await say("bob@node", { relates_to: first, reaction: "+1" }, { type: "m.room.reaction" });
  await say("carol@node", { relates_to: first, reaction: "+1" }, { type: "m.room.reaction" });
  await say("carol@node", text("and to you"), { parent: 0 });
  await say("alice@node", text("just us"), { room: "direct:alice@node,bob@node" });
  return events;
}
