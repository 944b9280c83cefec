/** Corrections, retractions, moderation and reactions by those whose business it is not. */
import assert from "node:assert/strict";
import { FEATURES } from "../../../../src/transports/xmpp/features/all.ts";
import { readReply } from "../../../../src/transports/xmpp/features/replies.ts";
import { type MessageEvent, messages } from "../../../../src/transports/xmpp/features/messages.ts";
import type { ReactionsEvent } from "../../../../src/transports/xmpp/features/reactions.ts";
import type { RetractionEvent } from "../../../../src/transports/xmpp/features/retractions.ts";
import { rooms } from "../../../../src/transports/xmpp/features/rooms.ts";
import { FeatureStage, parsed } from "../../../harness/feature_stage.ts";
import { test } from "../../../harness/test.ts";

const ORIGINAL = `<message from="bob@localhost/x" to="alice@localhost" type="chat" id="m1">\
<body>original</body></message>`;
const REPLACE = `<replace xmlns="urn:xmpp:message-correct:0" id="m1"/>`;
const RETRACT = `<retract xmlns="urn:xmpp:message-retract:1" id="m1"/>`;
const RETRACT_0 = `<apply-to xmlns="urn:xmpp:fasten:0" id="m1">\
<retract xmlns="urn:xmpp:message-retract:0"/></apply-to>`;

function chat(from: string, inner: string): string {
  return `<message from="${from}" to="alice@localhost" type="chat" id="m2">${inner}</message>`;
}

const CASES: readonly {
  readonly why: string;
  readonly stanza: string;
  /** What is told: kinds and claims, in order. */
  readonly told: readonly string[];
}[] = [
  {
    why: "the author corrects, from another client too",
    stanza: chat("bob@localhost/other", `<body>better</body>${REPLACE}`),
    told: ["correction own"],
  },
  {
    why:
      "somebody else's correction is about their own conversation, where there is no such message",
    stanza: chat("mallory@localhost/x", `<body>worse</body>${REPLACE}`),
    told: ["correction unknown"],
  },
  {
    why: "a correction without a text is none",
    stanza: chat("bob@localhost/x", REPLACE),
    told: [],
  },
  {
    why: "a correction of what nobody knows has to be compared with the history",
    stanza: chat("bob@localhost/x", `<body>b</body>${REPLACE.replace("m1", "m0")}`),
    told: ["correction unknown"],
  },
  {
    why: "an id that is too long to be kept",
    stanza: chat("bob@localhost/x", `<body>b</body>${REPLACE.replace("m1", "m".repeat(600))}`),
    told: ["message"],
  },
  {
    why: "the author takes back",
    stanza: chat("bob@localhost/x", `<body>fallback</body>${RETRACT}`),
    told: ["retraction own"],
  },
  {
    why: "the author takes back as older programs do",
    stanza: chat("bob@localhost/x", `<body>fallback</body>${RETRACT_0}`),
    told: ["retraction own"],
  },
  {
    why: "a person is no moderator of a conversation",
    stanza: chat(
      "mallory@localhost",
      `<retract xmlns="urn:xmpp:message-retract:1" id="m1">\
<moderated xmlns="urn:xmpp:message-moderate:1" by="mallory@localhost"/></retract>`,
    ),
    told: [],
  },
];

for (const { why, stanza, told } of CASES) {
  test(`changes: ${why}`, () => {
    const stage = new FeatureStage(FEATURES);
    stage.hear(ORIGINAL);
    stage.told.splice(0);
    stage.hear(stanza);
    assert.deepEqual(
      stage.told.map((event) =>
        "claim" in event ? `${event.kind} ${event.claim as string}` : event.kind
      ),
      told,
    );
  });
}

test("changes: who speaks of one's own message as if it were theirs", () => {
  const stage = new FeatureStage(FEATURES);
  const { id } = stage.use(messages).send({ to: "bob@localhost", body: "mine" });
  stage.hear(chat("bob@localhost/x", `<retract xmlns="urn:xmpp:message-retract:1" id="${id}"/>`));
  assert.deepEqual(stage.all("retraction"), []);
});

const ROOM = "tea@chat.localhost";

function occupant(nick: string, inner: string): string {
  return `<presence from="${ROOM}/${nick}">\
<x xmlns="http://jabber.org/protocol/muc#user">${inner}</x></presence>`;
}

const PERSON = `<item affiliation="none" role="participant"/>`;

/** A room with alice and bob in it. */
async function inRoom(features: readonly string[] = []): Promise<FeatureStage> {
  const stage = new FeatureStage(FEATURES);
  const joined = stage.use(rooms).join(ROOM, { nick: "Alice" });
  const said = ["http://jabber.org/protocol/muc", ...features].map((name) =>
    `<feature var="${name}"/>`
  ).join("");
  (await stage.request("query"))
    .answer(`<query xmlns="http://jabber.org/protocol/disco#info">${said}</query>`);
  await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
  stage.hear(occupant("Bob", PERSON));
  stage.hear(occupant("Alice", `${PERSON}<status code="110"/>`));
  await joined;
  return stage;
}

function groupchat(nick: string, inner: string, id = "m1"): string {
  const from = nick === "" ? ROOM : `${ROOM}/${nick}`;
  return `<message from="${from}" to="alice@localhost/here" type="groupchat" id="${id}">\
${inner}</message>`;
}

test("changes in a room: a nickname that somebody else takes is somebody else", async () => {
  const stage = await inRoom();
  stage.hear(groupchat("Bob", "<body>original</body>"));
  stage.hear(occupant("Bob", PERSON).replace("<presence", `<presence type="unavailable"`));
  stage.hear(occupant("Bob", PERSON));
  stage.hear(groupchat("Bob", `<body>forged</body>${REPLACE}`, "m2"));
  assert.deepEqual(stage.all("correction"), []);
  assert.deepEqual(
    stage.all<MessageEvent>("message").map(({ message }) => message.body),
    ["original", "forged"],
  );
});

test("changes in a room: who takes another nickname is the same person", async () => {
  const stage = await inRoom();
  stage.hear(groupchat("Bob", "<body>original</body>"));
  const renamed = `<item affiliation="none" role="participant" nick="Rob"/><status code="303"/>`;
  stage.hear(occupant("Bob", renamed).replace("<presence", `<presence type="unavailable"`));
  stage.hear(occupant("Rob", PERSON));
  const ids = (text: string): string => groupchat("Rob", text, "m2");
  stage.hear(ids(`<body>better</body>${REPLACE}`));
  // Without ids of occupants a nickname is who says it: strict is better than fooled.
  assert.equal(stage.all("correction").length + stage.all("message").length, 2);
});

test("changes in a room: ids of occupants count where the room vouches for them", async () => {
  const OCCUPANT = `<occupant-id xmlns="urn:xmpp:occupant-id:0" id="o1"/>`;
  for (const [features, told] of [[["urn:xmpp:occupant-id:0"], 1], [[], 0]] as const) {
    const stage = await inRoom(features);
    stage.hear(groupchat("Bob", `<body>original</body>${OCCUPANT}`));
    stage.hear(groupchat("Mallory", `<body>other</body>${OCCUPANT}${REPLACE}`, "m2"));
    assert.equal(stage.all("correction").length, told);
  }
});

test("moderation: by the room itself, not by an occupant", async () => {
  const moderated = (by: string): string =>
    `<retract xmlns="urn:xmpp:message-retract:1" id="s1">\
<moderated xmlns="urn:xmpp:message-moderate:1" by="${by}"/><reason>spam</reason></retract>`;
  for (const [nick, told] of [["", 1], ["Bob", 0]] as const) {
    const stage = await inRoom();
    stage.hear(groupchat(nick, moderated(`${ROOM}/Bob`)));
    const events = stage.all<RetractionEvent>("retraction");
    assert.equal(events.length, told, nick);
    for (const { claim, reason } of events) {
      assert.deepEqual([claim, reason], ["moderated", "spam"]);
    }
  }
});

test("reactions: what is no emoji, too many, twice", () => {
  const stage = new FeatureStage(FEATURES);
  const say = (...texts: string[]): readonly string[] | undefined => {
    stage.told.splice(0);
    const all = texts.map((text) => `<reaction>${text}</reaction>`).join("");
    stage.hear(
      chat("bob@localhost/x", `<reactions xmlns="urn:xmpp:reactions:0" id="m1">${all}</reactions>`),
    );
    return stage.all<ReactionsEvent>("reactions")[0]?.reactions;
  };
  const thumb = "\u{1f44d}";
  assert.deepEqual(say(thumb, thumb), [thumb]);
  assert.deepEqual(say(), []);
  assert.equal(say("\u202eevil"), undefined);
  assert.equal(say("word"), undefined);
  assert.equal(say(thumb.repeat(2)), undefined);
  assert.equal(say(`${thumb}${"\u200d\u{1f44d}".repeat(50)}`), undefined);
  const many = Array.from(
    { length: 100 },
    (_, index) => String.fromCodePoint(0x1f600 + index % 70),
  );
  assert.equal(say(...many)?.length, 20);
});

const REPLIES: readonly (readonly [string, string, string])[] = [
  ["the quotation goes", `<body start="0" end="4"/>`, "text"],
  ["code points are counted, not code units", `<body start="0" end="3"/>`, " text"],
  ["an end behind the end", `<body start="0" end="400"/>`, "\u{1f600} > text"],
  ["an end before the beginning", `<body start="4" end="2"/>`, "\u{1f600} > text"],
  ["numbers that are none", `<body start="-1" end="1e9"/>`, "\u{1f600} > text"],
  ["all of it would leave nothing", `<body/>`, "\u{1f600} > text"],
];

for (const [why, range, body] of REPLIES) {
  test(`replies: ${why}`, () => {
    const stage = new FeatureStage([messages]);
    const text = "\u{1f600} > text";
    stage.hear(chat(
      "bob@localhost/x",
      `<body>${text.replace(">", "&gt;")}</body><reply xmlns="urn:xmpp:reply:0" id="m1"/>\
<fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0">${range}</fallback>`,
    ));
    const [event] = stage.all<MessageEvent>("message");
    assert.ok(event !== undefined);
    assert.equal(readReply(event.message)?.body, body);
    assert.ok(parsed("<x/>").is("x"));
  });
}
