/** Archive results that nobody asked for, from whom nobody asked, about what is not theirs. */
import assert from "node:assert/strict";
import { archive } from "../../../../src/transports/xmpp/features/archive.ts";
import { type MessageEvent, messages } from "../../../../src/transports/xmpp/features/messages.ts";
import { FeatureStage } from "../../../harness/feature_stage.ts";
import { test } from "../../../harness/test.ts";

const FIN = `<fin xmlns="urn:xmpp:mam:2" complete="true"/>`;

function result({ outer = `from="alice@localhost"`, queryid, id = "a1", inner }: {
  readonly outer?: string;
  readonly queryid: string;
  readonly id?: string;
  readonly inner: string;
}): string {
  return `<message ${outer}><result xmlns="urn:xmpp:mam:2" queryid="${queryid}" id="${id}">
<forwarded xmlns="urn:xmpp:forward:0"><delay xmlns="urn:xmpp:delay" stamp="2026-01-01T10:00:00Z"/>
${inner}</forwarded></result></message>`.replaceAll("\n", "");
}

const HELLO = `<message xmlns="jabber:client" from="bob@localhost/x" to="alice@localhost" \
type="chat" id="m1"><body>hello</body></message>`;
const IN_ROOM = `<message xmlns="jabber:client" from="room@chat.localhost/nick" type="groupchat" \
id="m1"><body>hello</body></message>`;

const CASES: readonly {
  readonly why: string;
  readonly archive?: string;
  readonly stanza: (queryid: string) => string;
  readonly counts: boolean;
}[] = [
  {
    why: "a result of the open query from the own account counts",
    stanza: (queryid) => result({ queryid, inner: HELLO }),
    counts: true,
  },
  {
    why: "without from it is the own server's",
    stanza: (queryid) => result({ outer: "", queryid, inner: HELLO }),
    counts: true,
  },
  {
    why: "somebody else has no business in the own archive",
    stanza: (queryid) => result({ outer: `from="mallory@localhost"`, queryid, inner: HELLO }),
    counts: false,
  },
  {
    why: "nor has the server under its own name",
    stanza: (queryid) => result({ outer: `from="localhost"`, queryid, inner: HELLO }),
    counts: false,
  },
  {
    why: "nor another client of the account",
    stanza: (queryid) => result({ outer: `from="alice@localhost/other"`, queryid, inner: HELLO }),
    counts: false,
  },
  {
    why: "a query that nobody made",
    stanza: () => result({ queryid: "guess", inner: HELLO }),
    counts: false,
  },
  {
    why: "no query at all",
    stanza: () => result({ queryid: "guess", inner: HELLO }).replace(/queryid="guess"/, ""),
    counts: false,
  },
  {
    why: "a room tells what was said in it",
    archive: "room@chat.localhost",
    stanza: (queryid) => result({ outer: `from="room@chat.localhost"`, queryid, inner: IN_ROOM }),
    counts: true,
  },
  {
    why: "a room cannot tell what a person said",
    archive: "room@chat.localhost",
    stanza: (queryid) => result({ outer: `from="room@chat.localhost"`, queryid, inner: HELLO }),
    counts: false,
  },
  {
    why: "a room cannot tell what was said in another",
    archive: "other@chat.localhost",
    stanza: (queryid) => result({ outer: `from="other@chat.localhost"`, queryid, inner: IN_ROOM }),
    counts: false,
  },
  {
    why: "an occupant is not the room",
    archive: "room@chat.localhost",
    stanza: (queryid) =>
      result({ outer: `from="room@chat.localhost/nick"`, queryid, inner: IN_ROOM }),
    counts: false,
  },
  {
    why: "the own server cannot answer for a room without a name",
    archive: "room@chat.localhost",
    stanza: (queryid) => result({ outer: "", queryid, inner: IN_ROOM }),
    counts: false,
  },
];

for (const { why, archive: asked, stanza, counts } of CASES) {
  test(`archive: ${why}`, async () => {
    const stage = new FeatureStage([archive, messages]);
    const page = stage.use(archive).page({ archive: asked });
    const { child, answer } = await stage.request("query");
    stage.hear(stanza(child.attrs["queryid"] ?? ""));
    answer(FIN);
    assert.equal((await page).messages.length, counts ? 1 : 0);
    assert.deepEqual(stage.told, [], "and none is told as if it came just now");
  });
}

test("archive: a result after the end of its query counts no more", async () => {
  const stage = new FeatureStage([archive, messages]);
  const page = stage.use(archive).page({});
  const { child, answer } = await stage.request("query");
  answer(FIN);
  await page;
  stage.hear(result({ queryid: child.attrs["queryid"] ?? "", inner: HELLO }));
  assert.deepEqual(stage.told, []);
});

/** A result whose message was said at a time. */
function saidAt(queryid: string, id: string, stamp: string, body: string): string {
  return result({ queryid, id, inner: HELLO.replace("hello", body).replace("m1", id) })
    .replace("2026-01-01T10:00:00Z", stamp);
}

const PAGES: readonly {
  readonly why: string;
  readonly stamps: readonly string[];
  readonly until?: string;
  readonly told: readonly string[];
}[] = [
  {
    why: "whole seconds are filled from their ends",
    stamps: ["10:00:00", "10:00:00", "10:00:01"],
    told: ["10:00:00.998", "10:00:00.999", "10:00:01.999"],
  },
  {
    why: "what is known already comes behind it",
    stamps: ["10:00:01", "10:00:01"],
    until: "10:00:01.500",
    told: ["10:00:01.498", "10:00:01.499"],
  },
  {
    why: "there is no room left in the second",
    stamps: ["10:00:01"],
    until: "10:00:01.000",
    told: ["10:00:01.000"],
  },
  {
    why: "an archive that knows better is believed",
    stamps: ["10:00:00.100", "10:00:00.200", "10:00:01.000", "10:00:01.300"],
    told: ["10:00:00.100", "10:00:00.200", "10:00:01.299", "10:00:01.300"],
  },
];

for (const { why, stamps, until, told } of PAGES) {
  test(`archive: looking back, ${why}`, async () => {
    const stage = new FeatureStage([archive, messages]);
    const at = (time: string): string => `2026-01-01T${time}Z`;
    const behind = until === undefined ? undefined : Date.parse(at(until));
    const older = stage.use(archive).older({ before: "" }, behind);
    const { child, answer } = await stage.request("query");
    for (const [index, stamp] of stamps.entries()) {
      stage.hear(saidAt(child.attrs["queryid"] ?? "", `a${index}`, at(stamp), `b${index}`));
    }
    answer(FIN);
    const page = await older;
    assert.deepEqual(stage.told, [], "nothing is told before it is asked for");
    assert.equal(page.isComplete, true);
    page.tell();
    assert.deepEqual(
      stage.all<MessageEvent>("message").map(({ message }) => [message.timestamp, message.body]),
      told.map((time, index) => [Date.parse(at(time)), `b${index}`]),
    );
    page.tell();
    assert.equal(stage.all("message").length, stamps.length, "and nothing is told twice");
  });
}

test("archive: a page that never ends is cut at what was asked for", async () => {
  const stage = new FeatureStage([archive, messages]);
  const page = stage.use(archive).page({ most: 10 });
  const { child, answer } = await stage.request("query");
  for (let index = 0; index < 500; index += 1) {
    stage.hear(result({ queryid: child.attrs["queryid"] ?? "", id: `a${index}`, inner: HELLO }));
  }
  answer(FIN);
  assert.equal((await page).messages.length, 10);
  await assert.rejects(stage.use(archive).page({ most: 101 }), RangeError);
});

test("archive: an archive that never says it is complete does not hold us for ever", async () => {
  const stage = new FeatureStage([archive, messages]);
  stage.use(archive).resumeFrom("room@chat.localhost", { id: "a0" });
  const caughtUp = stage.use(archive).catchUp("room@chat.localhost");
  const info = await stage.request("query");
  info.answer(`<query xmlns="http://jabber.org/protocol/disco#info">\
<feature var="urn:xmpp:mam:2"/></query>`);
  const rsm = (last: string): string =>
    `<fin xmlns="urn:xmpp:mam:2"><set xmlns="http://jabber.org/protocol/rsm">\
<last>${last}</last></set></fin>`;
  // 20 pages, then the latest.
  for (let pages = 0; pages < 21; pages += 1) {
    (await stage.request("query")).answer(rsm(`b${pages}`));
  }
  await caughtUp;
  assert.equal(stage.asked.length, 0);
  assert.deepEqual(stage.all("archive").map((event) => ({ ...event })), [
    { kind: "archive", archive: "room@chat.localhost", state: "gap" },
  ]);
});

test("archive: what came live before its archive tells it is told once", async () => {
  const stage = new FeatureStage([archive, messages]);
  stage.hear(`<message from="bob@localhost/x" to="alice@localhost" type="chat" id="m1">\
<body>hello</body><stanza-id xmlns="urn:xmpp:sid:0" by="alice@localhost" id="a1"/></message>`);
  stage.use(archive).resumeFrom("alice@localhost", { id: "a0" });
  const caughtUp = stage.use(archive).catchUp("alice@localhost");
  (await stage.request("query")).answer(`<query xmlns="http://jabber.org/protocol/disco#info">\
<feature var="urn:xmpp:mam:2"/></query>`);
  const { child, answer } = await stage.request("query");
  const queryid = child.attrs["queryid"] ?? "";
  stage.hear(result({ queryid, inner: HELLO }));
  // The same name, said by somebody else and kept under another one: that is another message.
  const forged = HELLO.replace("bob@localhost/x", "mallory@localhost/x");
  stage.hear(result({ queryid, id: "a2", inner: forged }));
  answer(FIN);
  await caughtUp;
  assert.deepEqual(
    stage.all<MessageEvent>("message").map(({ message }) => message.from.bare),
    ["bob@localhost", "mallory@localhost"],
  );
});
