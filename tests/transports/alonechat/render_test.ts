import assert from "node:assert/strict";
import type { Identity } from "../../../src/accounts/contract.ts";
import type { Signal } from "../../../src/hub/contract.ts";
import type { ChatEvent, Content } from "../../../src/message/event.ts";
import { contentOf, renderSignal } from "../../../src/transports/alonechat/render.ts";
import { test } from "../../harness/test.ts";

const ALICE: Identity = { address: "alice@node-a", name: "alice", role: "user" };

function event(type: string, content: Content, room = "lobby", sender = ALICE.address): Signal {
  const made: ChatEvent = {
    event_id: `${room}::2026-01-02T03:04:05.000Z::0`,
    room_id: room,
    timestamp_ms: 1,
    sender_id: sender,
    type,
    parent_event_id: null,
    prev_event_hash: null,
    signature: null,
    content,
  };
  return { kind: "event", stored: { room, offset: 0, json: "", event: made } };
}

const message = (
  type: number,
  content: string,
  target: string | null = null,
  sender = "alice",
) => ({
  type,
  sender,
  content,
  target,
  command: null,
});

const rows: readonly { why: string; signal: Signal; shown: unknown }[] = [
  {
    why: "a text",
    signal: event("m.room.message", { body: "hi", msgtype: "m.text" }),
    shown: message(1, "hi"),
  },
  {
    why: "a notice of a bot",
    signal: event("m.room.message", { body: "hi", msgtype: "m.notice" }),
    shown: message(1, "hi"),
  },
  {
    why: "an emote",
    signal: event("m.room.message", { body: "waves", msgtype: "m.emote" }),
    shown: message(1, "* waves"),
  },
  {
    why: "an encrypted text of an AloneChat client comes out as it went in",
    signal: event("m.room.message", contentOf({ type: 6, content: "c2VjcmV0" })),
    shown: message(6, "c2VjcmV0"),
  },
  {
    why: "a private text names its other end",
    signal: event("m.room.message", { body: "hi" }, "direct:alice@node-a,bob@node-a"),
    shown: message(1, "hi", "bob"),
  },
  {
    why: "the other way round",
    signal: event(
      "m.room.message",
      { body: "hi" },
      "direct:alice@node-a,bob@node-a",
      "bob@node-a",
    ),
    shown: message(1, "hi", "alice", "bob"),
  },
  {
    why: "people of other nodes keep their whole address: their names may be taken here",
    signal: event("m.room.message", { body: "hi" }, "lobby", "alice@node-b"),
    shown: message(1, "hi", null, "alice@node-b"),
  },
  {
    why: "an edit is told as new text",
    signal: event("m.room.edit", { replaces: "x", new_content: { body: "hello" } }),
    shown: message(1, "(edited) hello"),
  },
  {
    why: "a redaction cannot be shown",
    signal: event("m.room.redaction", { redacts: "x" }),
    shown: undefined,
  },
  {
    why: "a reaction cannot be shown",
    signal: event("m.room.reaction", { relates_to: "x", reaction: "+1" }),
    shown: undefined,
  },
  {
    why: "an event of a foreign writer whose body is no text",
    signal: event("m.room.message", { msgtype: "m.image" }),
    shown: undefined,
  },
  {
    why: "somebody came",
    signal: { kind: "joined", room: "lobby", who: ALICE },
    shown: message(2, "alice joined the chat"),
  },
  {
    why: "somebody went",
    signal: { kind: "left", room: "lobby", who: ALICE },
    shown: message(3, "alice left the chat"),
  },
  {
    why: "typing",
    signal: { kind: "typing", room: "lobby", who: ALICE, active: true },
    shown: undefined,
  },
  {
    why: "a read marker",
    signal: { kind: "read", room: "lobby", who: ALICE, offset: 1 },
    shown: undefined,
  },
  {
    why: "presence",
    signal: { kind: "presence", who: ALICE, presence: { show: "away" } },
    shown: undefined,
  },
];

for (const { why, signal, shown } of rows) {
  test("what AloneChat's clients see", () => {
    assert.deepEqual(renderSignal(signal, "node-a"), shown);
  }, { why });
}
