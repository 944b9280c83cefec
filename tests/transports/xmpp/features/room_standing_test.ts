/** Who asks for a voice, by whose word. */
import assert from "node:assert/strict";
import { StanzaError } from "../../../../src/transports/xmpp/errors.ts";
import { messages } from "../../../../src/transports/xmpp/features/messages.ts";
import {
  roomStanding,
  type VoiceRequestEvent,
} from "../../../../src/transports/xmpp/features/room_standing.ts";
import { FeatureStage } from "../../../harness/feature_stage.ts";
import { test } from "../../../harness/test.ts";

const field = (name: string, value: string) =>
  `<field var="${name}"><value>${value}</value></field>`;

/** A request as rooms hand it on. */
function request(
  { from = "tea@rooms.example", nick = "Bob", about = "muc#request", type = "" } = {},
): string {
  const fields = field("FORM_TYPE", `http://jabber.org/protocol/${about}`) +
    field("muc#role", "participant") + field("muc#jid", "bob@example.org/x") +
    field("muc#roomnick", nick);
  return `<message from="${from}" to="alice@localhost/here"${type}>\
<x xmlns="jabber:x:data" type="form">${fields}</x></message>`;
}

const REQUESTS: readonly (readonly [string, string, boolean])[] = [
  ["the room hands it on", request(), true],
  ["somebody in the room pretends", request({ from: "tea@rooms.example/Mallory" }), false],
  ["it is about something else", request({ about: "muc#register" }), false],
  ["nobody asks", request({ nick: "" }), false],
  ["it could not be handed on", request({ type: ` type="error"` }), false],
  ["a name without end", request({ nick: "x".repeat(2_000) }), false],
];

for (const [why, stanza, counts] of REQUESTS) {
  test(`voice: ${why}`, () => {
    const stage = new FeatureStage([messages, roomStanding]);
    stage.hear(stanza);
    assert.deepEqual(
      stage.all<VoiceRequestEvent>("voice-request"),
      counts
        ? [{
          kind: "voice-request",
          room: "tea@rooms.example",
          nick: "Bob",
          jid: "bob@example.org",
        }]
        : [],
    );
  });
}

test("reserved nickname: told, not told, not to be had", async () => {
  const stage = new FeatureStage([roomStanding]);
  const asked = () => stage.use(roomStanding).reservedNick("tea@rooms.example");
  const info = (identity: string) =>
    `<query xmlns="http://jabber.org/protocol/disco#info">${identity}</query>`;
  const own = asked();
  const question = await stage.request("query");
  assert.equal(question.child.attrs["node"], "x-roomuser-item");
  question.answer(info(`<identity category="conference" type="text" name="Bobby"/>`));
  assert.equal(await own, "Bobby");
  const nothing = asked();
  (await stage.request("query")).answer(info(""));
  assert.equal(await nothing, undefined);
  const unknown = asked();
  (await stage.request("query")).refuse(new StanzaError("item-not-found"));
  assert.equal(await unknown, undefined);
  const forbidden = asked();
  (await stage.request("query")).refuse(new StanzaError("forbidden"));
  await assert.rejects(forbidden, { condition: "forbidden" });
});
