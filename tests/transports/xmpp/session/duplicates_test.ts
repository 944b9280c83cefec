/** A message counts once, however often it comes; others are never taken for it. */
import assert from "node:assert/strict";
import { Duplicates } from "../../../../src/transports/xmpp/session/duplicates.ts";
import { type Element, xml } from "../../../../src/transports/xmpp/xml.ts";
import { test } from "../../../harness/test.ts";

const ME = "alice@example.org";

function message(
  attributes: Record<string, string>,
  { stanzaId, by = ME, originId, body = "hello" }: {
    readonly stanzaId?: string;
    readonly by?: string;
    readonly originId?: string;
    readonly body?: string;
  } = {},
): Element {
  return xml(
    "message",
    { from: "bob@example.org/desk", type: "chat", ...attributes },
    xml("body", null, body),
    stanzaId === undefined ? null : xml("stanza-id", { xmlns: "urn:xmpp:sid:0", id: stanzaId, by }),
    originId === undefined ? null : xml("origin-id", { xmlns: "urn:xmpp:sid:0", id: originId }),
  );
}

const CASES: readonly {
  readonly first: Element;
  readonly then: Element;
  readonly same: boolean;
  readonly why: string;
}[] = [
  { first: message({ id: "1" }), then: message({ id: "1" }), same: true, why: "said twice" },
  {
    first: message({ id: "1" }, { stanzaId: "a" }),
    then: message({ id: "1" }, { stanzaId: "b" }),
    same: true,
    why: "the server took it twice",
  },
  {
    first: message({}, { stanzaId: "a" }),
    then: message({}, { stanzaId: "a" }),
    same: true,
    why: "delivered twice, and nobody named it but the server",
  },
  {
    first: message({ id: "1" }, { originId: "o" }),
    then: message({ id: "2" }, { originId: "o" }),
    same: true,
    why: "something on the way changed the id",
  },
  { first: message({}), then: message({}), same: false, why: "without an id nothing can be said" },
  {
    first: message({ id: "1" }),
    then: message({ id: "1", from: "mallory@example.org/x" }),
    same: false,
    why: "nobody can make another's message vanish",
  },
  {
    first: message({ from: "mallory@example.org/x" }, { stanzaId: "a" }),
    then: message({}, { stanzaId: "a" }),
    same: false,
    why: "not by a guessed id of the server either",
  },
  {
    first: message({}, { stanzaId: "a", by: "room@example.org" }),
    then: message({}, { stanzaId: "a", by: "room@example.org" }),
    same: false,
    why: "ids by somebody else mean nothing",
  },
  {
    first: message({ id: "1" }),
    then: message({ id: "1" }, { body: "something else" }),
    same: false,
    why: "a client that counts anew",
  },
  {
    first: message({ id: "1" }),
    then: message({ id: "1", type: "error" }),
    same: false,
    why: "an error has the id of what it is about",
  },
];

for (const { first, then, same, why } of CASES) {
  test(`${same ? "a duplicate" : "no duplicate"}: ${why}`, () => {
    const duplicates = new Duplicates(10);
    assert.equal(duplicates.has(first, ME), false);
    assert.equal(duplicates.has(then, ME), same);
  });
}

test("only the latest are remembered", () => {
  const duplicates = new Duplicates(2);
  for (const id of ["1", "2", "3"]) assert.equal(duplicates.has(message({ id }), ME), false);
  assert.equal(duplicates.has(message({ id: "3" }), ME), true);
  assert.equal(duplicates.has(message({ id: "1" }), ME), false);
});
