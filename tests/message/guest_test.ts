import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAddress } from "../../src/message/address.ts";
import {
  ALIAS_LIMITS,
  cleanAlias,
  guestAddress,
  isGuest,
  NAMELESS,
  shownName,
} from "../../src/message/guest.ts";
import { test } from "../harness/test.ts";

const cleaned: readonly { why: string; text: string; alias: string }[] = [
  { why: "an ordinary name stays", text: "Bob", alias: "Bob" },
  { why: "spaces within stay, those around go", text: "  Bob  Smith\r\n", alias: "Bob Smith" },
  { why: "nothing is a name too", text: "", alias: NAMELESS },
  { why: "nothing that can be seen", text: "\u200b\u2060\u0000", alias: NAMELESS },
  { why: "terminal escapes lose what makes them work", text: "\u001b[31mEve", alias: "[31mEve" },
  { why: "no text that runs backwards", text: "\u202eevE", alias: "evE" },
  { why: "what addresses are made of", text: "a@b:c/d,e~f\\g", alias: "a-b-c-d-e-f-g" },
  { why: "no line about somebody who came", text: "[+] Bob", alias: "Bob" },
  { why: "no word of the node itself", text: "[!] [!]* Stop", alias: "Stop" },
  { why: "other brackets stay", text: "[bot] <Bob>", alias: "[bot] <Bob>" },
  { why: "no private message", text: "Bob -\u20dd-> alice", alias: "Bob - alice" },
  { why: "a mark without a letter", text: "\u0301Bob", alias: "Bob" },
  { why: "piled marks", text: `Z${"\u0335".repeat(9)}`, alias: `Z${"\u0335".repeat(3)}` },
  { why: "a number has one form", text: "Bob(2)", alias: "Bob (2)" },
  { why: "half a surrogate pair", text: "Bob\ud800", alias: "Bob\ufffd" },
  { why: "what is longer is cut", text: "x".repeat(2_000), alias: "x".repeat(24) },
];
for (const { why, text, alias } of cleaned) {
  test(`an alias is cleaned: ${why}`, () => assert.equal(cleanAlias(text), alias));
}

test("any text gives a name that is shown as it is, within the limits", () => {
  fc.assert(fc.property(
    fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme", maxLength: 60 })),
    (text) => {
      const alias = cleanAlias(text);
      const address = guestAddress(alias, "node-1");
      assert.equal(parseAddress(address), address);
      assert.equal(isGuest(address), true);
      assert.equal(shownName(address, "node-1"), alias);
      assert.equal(shownName(address, "other"), `${alias}@node-1`);
      assert.equal(cleanAlias(alias), alias);
      const length = new TextEncoder().encode(alias).length;
      assert(length <= ALIAS_LIMITS.bytes && [...alias].length <= ALIAS_LIMITS.characters);
    },
  ));
});

test("different names have different addresses", () => {
  const names = ["a b", "a+b", "a%b", "a%2Bb", "a%25b", "a (2)", "a"];
  assert.equal(new Set(names.map((name) => guestAddress(name, "n"))).size, names.length);
  for (const name of names) assert.equal(shownName(guestAddress(name, "n"), "n"), name);
});

test("accounts are shown by name, people of other nodes with where they are from", () => {
  assert.equal(shownName("alice@n", "n"), "alice");
  assert.equal(shownName("alice@m", "n"), "alice@m");
  assert.equal(shownName("no address", "n"), "no address");
});
