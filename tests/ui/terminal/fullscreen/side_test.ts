/** The list at the side: what stands where, what it is called, and that nothing jumps. */
import assert from "node:assert/strict";
import { over } from "../../../../src/ui/terminal/fullscreen/paint/row.ts";
import type { Contact } from "../../../../src/ui/terminal/session.ts";
import { test } from "../../../harness/test.ts";
import { AFTERNOON, said, Stage, StagedSession } from "./stage.ts";

const DIRECT = "direct:alice@here,bob@here";

function contact(name: string, given: Partial<Contact> = {}): Contact {
  return {
    ...{ address: `${name}@here`, name, show: "online", groups: [], sees: "both" },
    isBlocked: false,
    ...given,
  };
}

/** What stands at the side, from the top. */
function side(stage: Stage): readonly string[] {
  return stage.terminal.lines.slice(1, -2).map((line) => (line.split("\u2502")[0] ?? "").trim())
    .filter((row) => row !== "");
}

async function withContacts(...contacts: readonly Contact[]): Promise<Stage> {
  const stage = await Stage.open([new StagedSession({ contacts })]);
  for (const one of contacts) stage.session.tell({ kind: "contact", contact: one, state: "kept" });
  return stage;
}

test("side: contacts with whom nothing was said stand below, until something is", async () => {
  await using stage = await withContacts(contact("carol"), contact("bob", { show: "offline" }));
  await stage.shows(/contacts[^]*bob[^]*carol/);
  assert.deepEqual(side(stage), [
    "\u25cf alice@here",
    "# lobby",
    "contacts",
    "\u25cb bob",
    "\u25cf carol",
  ]);
  stage.session.hear(said(1, "bob", "hello", { room_id: DIRECT }));
  await stage.shows(/bob +1!/);
  assert.deepEqual(side(stage).slice(1), [
    "# lobby",
    "\u25cb bob         1!",
    "contacts",
    "\u25cf carol",
  ]);
});

test("side: looking around moves nothing, not even what was said before", async () => {
  await using stage = await withContacts(contact("bob"), contact("carol"));
  stage.session.stored = [said(1, "bob", "last year", { room_id: DIRECT })];
  await stage.shows(/contacts[^]*carol/);
  const before = side(stage);
  stage.type("\x0e");
  await stage.shows(/^ bob[^]*last year/);
  assert.deepEqual(side(stage), before);
  stage.type("\x0e");
  await stage.shows(/^ carol/);
  assert.deepEqual(side(stage), before);
  stage.type("\x10");
  await stage.shows(/^ bob/);
});

test("side: who is gone to by name is talked about", async () => {
  await using stage = await withContacts(contact("bob"), contact("carol"));
  await stage.shows(/contacts[^]*carol/);
  stage.enter("/chat carol");
  await stage.shows(/^ carol/);
  assert.deepEqual(side(stage).slice(1), ["# lobby", "\u25cf carol", "contacts", "\u25cf bob"]);
});

test("side: who is taken off the contact list goes, unless there is something to read", async () => {
  await using stage = await withContacts(contact("bob"), contact("carol"));
  stage.session.hear(said(1, "bob", "hello", { room_id: DIRECT }));
  await stage.shows(/bob +1!/);
  for (const name of ["bob", "carol"]) {
    stage.session.tell({ kind: "contact", contact: contact(name), state: "removed" });
  }
  await stage.hides(/contacts/);
  assert.deepEqual(side(stage).slice(1), ["# lobby", "\u25cf bob         1!"]);
});

const NAMES: readonly {
  readonly room: string;
  readonly name: string;
  readonly kind: "room" | "person";
  readonly shown: string;
  readonly why: string;
}[] = [
  { room: "a", name: "bob@here", kind: "person", shown: "bob", why: "of one's own domain" },
  { room: "b", name: "tea@rooms.here", kind: "room", shown: "tea", why: "its own service" },
  { room: "c", name: "bob@there", kind: "person", shown: "bob@there", why: "of elsewhere" },
  {
    ...{ room: "d", name: "bob@evil.here", kind: "person", shown: "bob@evil.here" },
    why: "a person of a domain below is somebody else",
  },
  { room: "e", name: "tea@evilhere", kind: "room", shown: "tea@evilhere", why: "no part of it" },
  { room: "f", name: "@here", kind: "room", shown: "@here", why: "a name without a beginning" },
];

test("side: names leave out what everybody there has in common", async () => {
  const session = new StagedSession();
  session.known = NAMES.map(({ room, name, kind }) => ({
    ...{
      room: `xmpp:alice@here/${room}@x`,
      name,
      kind,
      members: 2,
      isFollowed: true,
      lastMs: AFTERNOON,
    },
  }));
  await using stage = await Stage.open([session], { columns: 120 });
  await stage.shows(/bob@there/);
  await stage.settle();
  const shown = side(stage).slice(1).map((row) => row.slice(2)).filter((one) => one !== "lobby");
  assert.deepEqual(shown.toSorted(), [...NAMES.map((one) => one.shown)].toSorted());
});

test("side: a colour on reversed ground is no stain", async () => {
  assert.equal(over("7", "32"), "1;7");
  assert.equal(over("7", "2"), "7");
  assert.equal(over("7", ""), "7");
  assert.equal(over("48;5;236", "32"), "48;5;236;32");
  await using stage = await Stage.open([new StagedSession()], { given: { ground: "unknown" } });
  await stage.shows(/lobby/);
  // deno-lint-ignore no-control-regex -- styles begin with Escape
  assert.doesNotMatch(stage.terminal.raw, /\x1b\[(?:0;)?7;(?:2|3\d)m/);
});

test("hints: who is new here reads how to get around, and nothing of it once they talk", async () => {
  await using stage = await Stage.open([new StagedSession()], { columns: 90 });
  await stage.shows(/Nothing was said here yet\.\n[^]*F1 +all keys and commands/);
  stage.enter("hello");
  await stage.shows(/alice {2}hello/);
  assert.doesNotMatch(stage.terminal.text, /Nothing was said|F1/);
  stage.enter("/chat bob");
  await stage.shows(/^ bob[^]*Nothing was said here yet/);
  assert.doesNotMatch(stage.terminal.text, /F1/);
});

test("hints: on any size, and before there is a connection", async () => {
  for (const [columns, rows] of [[80, 24], [40, 12], [20, 5], [12, 3]] as const) {
    await using stage = new Stage([new StagedSession()], { columns, rows });
    await stage.shows(/Conn/);
    stage.session.online();
    await stage.hides(/Conn/);
    await stage.settle();
    assert.equal(stage.terminal.lines.length, rows);
  }
});
