/** JIDs: one form for each, and no form for what is none. */
import assert from "node:assert/strict";
import { bareJid, parseJid, readJid } from "../../../src/transports/xmpp/jid.ts";
import { XmppError } from "../../../src/transports/xmpp/errors.ts";
import { test } from "../../harness/test.ts";

const READ: readonly { readonly text: string; readonly full: string; readonly why: string }[] = [
  { text: "alice@example.org", full: "alice@example.org", why: "a bare one" },
  {
    text: "Alice@Example.ORG/Home",
    full: "alice@example.org/Home",
    why: "a resource keeps its case",
  },
  { text: "example.org", full: "example.org", why: "a server" },
  { text: "example.org./x", full: "example.org/x", why: "the dot of the root" },
  { text: "a@b/c/d@e", full: "a@b/c/d@e", why: "a resource may hold anything" },
  { text: "a@[::1]", full: "a@[::1]", why: "an address of IPv6" },
  { text: "a@b/Jo\u00e3o \u{1f600}", full: "a@b/Jo\u00e3o \u{1f600}", why: "a nickname" },
  { text: "u\u0308@b", full: "\u00fc@b", why: "composed" },
];

for (const { text, full, why } of READ) {
  test(`read: ${why}`, () => assert.equal(parseJid(text).full, full));
}

const REFUSED: readonly { readonly text: string; readonly why: string }[] = [
  { text: "", why: "nothing" },
  { text: "@example.org", why: "an empty local part" },
  { text: "alice@", why: "no domain" },
  { text: "alice@b/", why: "an empty resource" },
  { text: "a b@c", why: "a space" },
  { text: "a@b@c", why: "two at signs" },
  { text: "..\\..@b\\c", why: "a backslash in the domain" },
  { text: "a@b/c\u0000", why: "a control character" },
  { text: "a\u202eb@c", why: "a character that turns text around" },
  { text: `${"a".repeat(1_024)}@b`, why: "too long" },
  { text: "a@b/\ud800", why: "half a character" },
];

for (const { text, why } of REFUSED) {
  test(`refused: ${why}`, () => {
    assert.equal(readJid(text), undefined);
    assert.throws(() => parseJid(text), XmppError);
  });
}

test("the bare form drops the resource", () => {
  assert.equal(bareJid("A@B/c"), "a@b");
  assert.equal(bareJid(undefined), undefined);
});
