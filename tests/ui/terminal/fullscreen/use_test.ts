/** Using the full screen: keys, conversations, lists, what waits to be read. */
import assert from "node:assert/strict";
import type { Contact } from "../../../../src/ui/terminal/session.ts";
import { eventually } from "../../../harness/eventually.ts";
import { test } from "../../../harness/test.ts";
import { AFTERNOON, idOf, said, Stage, StagedSession } from "./stage.ts";

const DIRECT = "direct:alice@here,bob@here";
const BOB = { address: "bob@here", name: "bob" };

/** The row of the list at the side that holds `name`. */
function sideRow(stage: Stage, name: string): string {
  return stage.terminal.lines.slice(1).map((line) => line.split("\u2502")[0] ?? "")
    .find((row) => row.includes(name))?.trim() ?? "";
}

test("use: what is typed is said, shown at once, and settles when it is stored", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.session.hold = Promise.withResolvers<void>();
  stage.enter("hello there");
  await stage.shows(/alice {2}hello there \u2026/);
  assert.deepEqual(stage.session.sent, [{ room: "lobby", body: "hello there", msgtype: "m.text" }]);
  stage.session.hold.resolve();
  await stage.shows(/alice {2}hello there\n/);
});

test("use: what the server refuses is told, and can be had back", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.session.hold = Promise.withResolvers<void>();
  stage.enter("too much");
  await stage.shows(/too much \u2026/);
  stage.session.hold.reject(new Error("refused"));
  await stage.shows(/Cannot do this/);
  await stage.hides(/too much/);
  stage.type("\x1b[A");
  await stage.shows(/> too much/);
});

test("use: what is said elsewhere waits, and stands behind a line when it is opened", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.session.hear(said(1, "bob", "first", { room_id: DIRECT }));
  await stage.shows(/1 unread/);
  assert.match(sideRow(stage, "bob"), /bob +1!$/);
  stage.session.hear(said(2, "bob", "second", { room_id: DIRECT }));
  await stage.shows(/2 unread/);
  stage.type("\x1ba");
  await stage.shows(/second/);
  assert.match(sideRow(stage, "bob"), /bob$/);
  assert.deepEqual(stage.session.asked.filter((one) => one.startsWith("seen")), [
    `seen ${DIRECT} ${idOf(2)}`,
  ]);
  // Back in the lobby, the next one is new again.
  stage.type("\x1b1");
  await stage.shows(/^ lobby/);
  stage.session.hear(said(3, "bob", "third", { room_id: DIRECT }));
  await stage.shows(/1 unread/);
  stage.type("\x1b2");
  await stage.shows(/second\n[^\n]*\u2500\u2500 new \u2500[^\n]*\n[^\n]*third/);
});

test("use: nothing counts as read while the window is not looked at", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.type("\x1b[O");
  await stage.settle();
  stage.session.hear(said(1, "bob", "while away"));
  await stage.shows(/while away/);
  await stage.settle();
  assert.deepEqual(stage.session.asked.filter((one) => one.startsWith("seen")), []);
  assert.match(sideRow(stage, "lobby"), /1$/);
  stage.type("\x1b[I");
  await eventually("it is read", () => {
    stage.clock.advance(20);
    return stage.session.asked.includes(`seen lobby ${idOf(1)}`);
  });
  await stage.settle();
  assert.match(sideRow(stage, "lobby"), /lobby$/);
});

test("use: who writes is told, both ways", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.session.tell({ kind: "typing", room: "lobby", who: BOB, state: "typing" });
  await stage.shows(/bob is typing/);
  stage.clock.advance(11_000);
  await stage.hides(/bob is typing/);
  stage.type("h");
  await stage.shows(/> h/);
  stage.type("i");
  await stage.shows(/> hi/);
  stage.clock.advance(7_000);
  stage.enter("");
  await stage.shows(/alice {2}hi/);
  stage.type("/he");
  await stage.shows(/> \/he/);
  const told = stage.session.asked.filter((one) => one.startsWith("typing"));
  assert.deepEqual(told, ["typing lobby typing", "typing lobby paused"]);
});

test("use: how far a message got stands behind it", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.enter("did you get this?");
  await stage.shows(/get this\?\n/);
  const id = idOf(1_000_001);
  stage.session.tell({ kind: "receipt", room: "lobby", id, state: "delivered" });
  await stage.shows(/get this\? \u2713\n/);
  stage.session.tell({ kind: "receipt", room: "lobby", id, state: "read", who: BOB });
  await stage.shows(/get this\? \u2713\u2713\n[^\n]*\u2713 bob/);
});

test("use: edits, reactions and answers are sent about the right message", async () => {
  const session = new StagedSession();
  session.stored = [said(1, "bob", "one"), said(2, "bob", "two"), said(3, "alice", "mine")];
  await using stage = await Stage.open([session]);
  await stage.shows(/mine/);
  stage.enter("/react ^2 +1");
  await stage.shows(/\+1 alice/);
  stage.enter("/reply indeed");
  await stage.shows(/\u2502 bob: two\n[^\n]*indeed/);
  stage.enter("/edit ^2 better");
  await stage.shows(/better \(edited\)/);
  const about = session.sent.map((one) =>
    "event_type" in one ? one.content["relates_to"] ?? one.content["replaces"] : one.parent
  );
  assert.deepEqual(about, [idOf(1), idOf(2), idOf(3)]);
});

test("use: an edit by somebody else than the author changes nothing", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.session.hear(said(1, "bob", "as written"));
  stage.session.hear(said(2, "eve", "", {
    type: "m.room.edit",
    content: { replaces: idOf(1), new_content: { body: "forged", msgtype: "m.text" } },
  }));
  stage.session.hear(said(3, "bob", "the end"));
  await stage.shows(/the end/);
  assert.match(stage.terminal.text, /as written/);
  assert.doesNotMatch(stage.terminal.text, /forged|edited/);
});

test("use: looking back loads the history page by page, and new messages do not move it", async () => {
  const session = new StagedSession();
  session.stored = Array.from(
    { length: 500 },
    (_, at) =>
      said(at + 1, at % 2 === 0 ? "bob" : "carol", `line ${at}.`, {
        timestamp_ms: AFTERNOON - 600_000 + at * 1_000,
      }),
  );
  await using stage = await Stage.open([session]);
  await stage.shows(/line 499\./);
  stage.type("\x1b[5~");
  await stage.shows(/line 470\./);
  await stage.hides(/line 499\./);
  session.hear(said(1_000, "bob", "news"));
  await stage.shows(/\u2193 \d+ more/);
  assert.match(stage.terminal.text, /line 470\./);
  for (let page = 0; page < 40 && !/line 0\./.test(stage.terminal.text); page++) {
    stage.type("\x1b[5~");
    await stage.settle();
  }
  assert.match(stage.terminal.text, /line 0\./);
  assert.ok(session.asked.filter((one) => one.startsWith("history")).length >= 5);
  stage.type("\x1b");
  stage.clock.advance(50);
  await stage.shows(/news/);
  await stage.hides(/\u2193/);
});

test("use: what is found can be gone to, and is marked", async () => {
  const session = new StagedSession();
  session.stored = Array.from(
    { length: 400 },
    (_, at) =>
      said(at + 1, "bob", at === 50 ? "a needle in it" : `hay ${at}.`, {
        timestamp_ms: AFTERNOON - 600_000 + at * 1_000,
      }),
  );
  await using stage = await Stage.open([session]);
  await stage.shows(/hay 399/);
  stage.enter("/search needle");
  await stage.shows(/Found: needle/);
  assert.match(stage.terminal.text, /2026-11-20 \d\d:\d\d {2}bob +a needle/);
  stage.type("\r");
  await stage.shows(/a needle in it/);
  await stage.shows(/hay 49\.[^]*needle[^]*hay 51\./);
  assert.ok(stage.terminal.raw.includes("\x1b[0;1;7mneedle"));
});

test("use: a list is read, chosen from, and closed by writing on", async () => {
  const session = new StagedSession();
  session.people = [
    { address: "bob@here", name: "bob", show: "online" },
    { address: "carol@here", name: "carol", show: "away", text: "lunch" },
  ];
  await using stage = await Stage.open([session]);
  stage.enter("/who");
  await stage.shows(/In lobby[^]*bob +online\n[^]*carol +away {2}lunch/);
  stage.type("\x1b[B\r");
  await stage.shows(/^ carol/);
  stage.enter("/help");
  await stage.shows(/Help/);
  stage.type("x");
  await stage.shows(/> x/);
  await stage.hides(/Help/);
});

test("use: who comes and goes is told in one line", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  const move = (name: string, state: "joined" | "left") =>
    stage.session.tell({
      ...{ kind: "member", room: "lobby", state },
      who: { address: `${name}@here`, name },
    });
  stage.session.people = ["alice", "bob"].map((name) => ({
    ...{ address: `${name}@here`, name, show: "online" as const },
  }));
  for (const name of ["bob", "carol", "dave"]) move(name, "joined");
  move("carol", "left");
  await stage.shows(/-- {2}bob, dave came; carol left\.\n/);
  stage.session.hear(said(1, "bob", "hello", { timestamp_ms: AFTERNOON + 60_000 }));
  move("dave", "left");
  // Whoever was counted already is not counted twice.
  stage.enter("/who");
  await stage.shows(/In lobby/);
  move("bob", "joined");
  stage.type("\x07");
  await stage.shows(/2 here/);
  await stage.shows(/carol left\.\n[^\n]*hello\n[^\n]*dave left\.\n/);
});

test("use: Tab offers commands and names, and goes through them", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.session.hear(said(1, "bob", "one"), said(2, "berta", "two"));
  await stage.shows(/two/);
  stage.type("b\t");
  await stage.shows(/> berta:$/);
  assert.match(stage.terminal.lines.at(-2) ?? "", /berta {2}bob/);
  stage.type("\t");
  await stage.shows(/> bob:$/);
  stage.type("\x1b[Z");
  await stage.shows(/> berta:$/);
  stage.type("\x15/rea\t");
  await stage.shows(/> \/react$/);
});

test("use: Ctrl-R finds what was entered, Ctrl-_ takes back what was changed", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  for (const line of ["first words", "second words", "third"]) stage.enter(line);
  await stage.shows(/third/);
  stage.type("\x12words");
  await stage.shows(/\(search\) words: second words/);
  stage.type("\x12");
  await stage.shows(/\(search\) words: first words/);
  stage.type("\x1b[C!");
  await stage.shows(/> first words!/);
  stage.type("\x15");
  await stage.shows(/>\n?$/);
  stage.type("\x1f");
  await stage.shows(/> first words!/);
});

test("use: several lines are pasted, seen, and gone through", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.type("\x1b[200~one\rtwo\rthree\x1b[201~");
  await stage.shows(/> one\n {2}two\n {2}three$/);
  stage.type("\x1b[A\x1b[A!");
  await stage.shows(/> one!\n/);
  stage.enter("");
  await stage.shows(/alice {2}one!\n[^\n]*two\n[^\n]*three/);
  assert.equal(stage.session.sent.length, 1);
});

test("use: every conversation keeps what is being written in it", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.session.hear(said(1, "bob", "psst", { room_id: DIRECT }));
  await stage.shows(/unread/);
  stage.type("half a");
  await stage.shows(/> half a/);
  stage.type("\x1b[1;3B");
  await stage.shows(/psst/);
  await stage.hides(/half a/);
  stage.type("\x1b[1;3A sentence");
  await stage.shows(/> half a sentence/);
});

/** A server that takes its time to say who somebody is. */
class SlowSession extends StagedSession {
  readonly found = Promise.withResolvers<void>();

  override async find(name: string, as: "room" | "person"): Promise<string> {
    await this.found.promise;
    return await super.find(name, as);
  }
}

test("use: what is typed behind a command that leads elsewhere is meant for there", async () => {
  const session = new SlowSession();
  await using stage = await Stage.open([session]);
  stage.enter("/chat bob");
  stage.type("typed ahead");
  await stage.shows(/> typed ahead/);
  session.found.resolve();
  await stage.shows(/^ bob[^]*> typed ahead/);
  stage.type("\r");
  await stage.shows(/alice {2}typed ahead/);
  assert.deepEqual(session.sent.map((one) => "room" in one && one.room), [DIRECT]);
  // Nothing of it was left behind.
  stage.type("\x1b[1;3A");
  await stage.shows(/^ lobby/);
  assert.doesNotMatch(stage.terminal.text, /typed ahead/);
});

test("use: rooms are entered and left, conversations put away", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.enter("/join dev");
  await stage.shows(/^ dev/);
  stage.enter("/chat bob");
  await stage.shows(/^ bob/);
  stage.enter("/leave");
  await stage.shows(/^ dev/);
  stage.enter("/leave");
  await stage.shows(/^ lobby/);
  const asked = stage.session.asked.filter((one) => /^(?:join|leave)/.test(one));
  assert.deepEqual(asked, ["join dev", "leave dev"]);
});

test("use: two accounts stand side by side, each with its own", async () => {
  const alice = new StagedSession();
  const work = new StagedSession({ name: "alice-at-work" });
  await using stage = await Stage.open([alice, work]);
  await stage.shows(/alice-at-work/);
  work.hear(said(1, "boss", "alice-at-work, a word", { room_id: "lobby" }));
  await stage.shows(/1 unread/);
  stage.enter("/account alice-at-work");
  await stage.shows(/a word/);
  stage.enter("yes?");
  await stage.shows(/yes\?/);
  assert.equal(alice.sent.length, 0);
  assert.equal(work.sent.length, 1);
  alice.fail(new Error("gone"));
  await stage.shows(/\u25cb alice@here/);
  stage.enter("still here");
  await stage.shows(/still here/);
});

test("use: what a session cannot do is said so", async () => {
  await using stage = await Stage.open([new StagedSession({ abilities: [] })]);
  for (const line of ["/status away", "/add bob@here", "/file x", "/dance"]) stage.enter(line);
  await stage.shows(/Cannot tell others your state/);
  await stage.shows(/Cannot change contacts/);
  await stage.shows(/Cannot send a file/);
  await stage.shows(/Unknown command: \/dance/);
});

test("use: contacts are listed and changed, requests are told with what answers them", async () => {
  const contacts: readonly Contact[] = [
    { ...BOB, show: "away", text: "lunch", groups: [], sees: "both", isBlocked: false },
  ];
  await using stage = await Stage.open([new StagedSession({ contacts })]);
  stage.session.tell({ kind: "request", who: { address: "eve@there", name: "eve" } });
  await stage.shows(/eve@there wants to see your presence: \/accept[^]*eve@there/);
  stage.enter("/accept eve@there");
  await stage.shows(/Sees your presence now: eve@there/);
  assert.ok(stage.session.asked.includes("accept eve@there"));
  stage.enter("/contacts");
  await stage.shows(/Contacts[^]*bob +away {2}bob@here {2}lunch/);
});

test("use: notifications, by bell or on the desktop, and only when somebody is called", async () => {
  for (const notify of ["off", "bell", "desktop"] as const) {
    await using stage = await Stage.open([new StagedSession()], { given: { notify } });
    stage.session.hear(said(1, "bob", "to nobody", { room_id: "dev" }));
    stage.session.hear(said(2, "b\x1b]0;x\x07b", "psst", { room_id: DIRECT }));
    await stage.shows(/2 unread/);
    // deno-lint-ignore no-control-regex -- notifications are controls
    const told = stage.terminal.raw.match(/\x07|\x1b\]9;[^\x07]*\x07/g) ?? [];
    const wanted = {
      off: [],
      bell: ["\x07"],
      desktop: ["\x1b]9;chatnode: b\\u001b]0;x\\u0007b\x07"],
    };
    assert.deepEqual(told, wanted[notify]);
  }
});

test("use: Ctrl-C gives the line up, twice on an empty one leaves", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.type("never mind\x03");
  await stage.hides(/never mind/);
  stage.type("\x03");
  await stage.shows(/Ctrl-C once more leaves/);
  stage.type("\x03");
  await stage.ended();
});

test("use: leaving waits for what is not sent yet, unless asked twice", async () => {
  for (const how of ["once", "twice"] as const) {
    await using stage = await Stage.open([new StagedSession()]);
    stage.session.hold = Promise.withResolvers<void>();
    stage.enter("last words");
    await stage.shows(/last words \u2026/);
    stage.enter("/quit");
    await stage.shows(/A message is not sent yet/);
    if (how === "once") stage.session.hold.resolve();
    else stage.enter("/quit");
    await stage.ended();
  }
});

test("use: a reaction said again is taken back; /unreact takes the latest", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  stage.session.hear(said(1, "bob", "tea?"), said(2, "bob", "or coffee?"));
  await stage.shows(/or coffee/);
  stage.enter("/react +1");
  await stage.shows(/\+1 alice/);
  stage.enter("/react ^2 yes");
  await stage.shows(/yes alice/);
  stage.enter("/react +1");
  await stage.hides(/\+1 alice/);
  const [first, , back] = stage.session.sent;
  assert.ok(first !== undefined && "event_type" in first && back !== undefined);
  assert.ok("event_type" in back && back.event_type === "m.room.redaction");
  stage.enter("/unreact ^1");
  await stage.shows(/no such reaction of yours/);
  stage.enter("/unreact");
  await stage.hides(/yes alice/);
  assert.equal(stage.session.sent.length, 4);
});

test("use: what others take back of their reactions goes, in whatever order it is heard", async () => {
  await using stage = await Stage.open([new StagedSession()]);
  const reaction = (number: number, sender: string, sign: string) =>
    said(number, sender, "", {
      type: "m.room.reaction",
      content: { relates_to: idOf(1), reaction: sign },
    });
  const redaction = (number: number, sender: string, target: number) =>
    said(number, sender, "", { type: "m.room.redaction", content: { redacts: idOf(target) } });
  stage.session.hear(
    ...[redaction(20, "carol", 12), said(1, "bob", "tea?"), reaction(10, "bob", "+1")],
    ...[reaction(11, "carol", "+1"), reaction(12, "carol", "no"), reaction(13, "bob", "hm")],
  );
  await stage.shows(/\+1 bob, carol.*hm bob|\+1 2.*hm/);
  assert.doesNotMatch(stage.terminal.text, /no carol/);
  // Of somebody else's nobody takes anything back.
  stage.session.hear(redaction(21, "carol", 13), redaction(22, "bob", 10));
  await stage.shows(/\+1 carol.*hm bob/);
});
