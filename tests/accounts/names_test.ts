/** Which names accounts may have, and which two are one. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { checkNewName, nameKey, nameLooks } from "../../src/accounts/names.ts";
import { addressOf, directRoom } from "../../src/message/address.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

const refused: readonly { why: string; name: string; code?: string }[] = [
  { why: "nothing", name: "", code: "accounts/name-length" },
  { why: "two characters", name: "ab", code: "accounts/name-length" },
  { why: "twenty-one characters", name: "a".repeat(21), code: "accounts/name-length" },
  { why: "a megabyte", name: "a".repeat(1 << 20), code: "accounts/name-length" },
  {
    why: "three units that are one character",
    name: "e\u0301\u0323",
    code: "accounts/name-length",
  },
  { why: "more than 48 bytes", name: "\u7530".repeat(17), code: "accounts/name-length" },
  { why: "a slash", name: "a/b" },
  { why: "a way up", name: "../etc" },
  { why: "only dots", name: "..." },
  { why: "two dots", name: "a..b" },
  { why: "a hidden file", name: ".profile" },
  { why: "a dot at the end", name: "alice." },
  { why: "an option", name: "-rf" },
  { why: "a hyphen at the end", name: "alice-" },
  { why: "a backslash", name: "a\\b" },
  { why: "NUL", name: "ali\0ce" },
  { why: "a line end", name: "alice\n" },
  { why: "a terminal sequence", name: "\x1b[2Jab" },
  { why: "a C1 control", name: "ali\u009bce" },
  { why: "a space", name: "al ice" },
  { why: "a no-break space", name: "al\u00a0ice" },
  { why: "an at sign", name: "alice@node" },
  { why: "a comma", name: "alice,bob" },
  { why: "a colon", name: "direct:x" },
  { why: "a percent sign", name: "al%2fice" },
  { why: "markup", name: "<b>alice" },
  { why: "a quote", name: 'al"ice' },
  { why: "right-to-left override", name: "ecila\u202e" },
  { why: "a bidirectional isolate", name: "\u2066alice" },
  { why: "a right-to-left mark", name: "ali\u200fce" },
  { why: "zero-width space", name: "ali\u200bce" },
  { why: "zero-width joiner", name: "ali\u200dce" },
  { why: "byte order mark", name: "\ufeffalice" },
  { why: "soft hyphen", name: "ali\u00adce" },
  { why: "variation selector", name: "alice\ufe0f" },
  { why: "combining grapheme joiner", name: "ali\u034fce" },
  { why: "Hangul filler, a letter", name: "alice\u3164" },
  { why: "tag characters", name: "alice\u{e0061}" },
  { why: "half a surrogate pair", name: "alice\ud83d" },
  { why: "a private character", name: "alice\ue000" },
  { why: "an unassigned character", name: "alice\u0378" },
  { why: "an emoji", name: "alice\u{1f600}" },
  { why: "full-width letters", name: "\uff41\uff4c\uff49\uff43\uff45" },
  { why: "mathematical bold", name: "\u{1d41a}\u{1d41b}\u{1d41c}" },
  { why: "a ligature", name: "\ufb01nn" },
  { why: "superscripts", name: "alice\u00b2" },
  { why: "Cyrillic a in Latin", name: "\u0430lice" },
  { why: "Greek omicron in Latin", name: "b\u03bfb" },
  { why: "Cherokee, no script of wide use", name: "\u13aa\u13ab\u13ac" },
  { why: "digits of two kinds", name: "\u0639\u0644\u064a1\u0661" },
  { why: "digits only", name: "12345" },
  { why: "marks only", name: "\u0301\u0302\u0303" },
  { why: "a heap of marks", name: "z\u0300\u0301\u0302\u0303\u0304lgo" },
  { why: "an enclosing mark", name: "ali\u20ddce" },
  { why: "the node itself", name: "SERVER" },
  { why: "the node itself, in small letters", name: "server" },
  { why: "system", name: "System" },
  { why: "system in Cyrillic letters that look it", name: "\u0405\u0443\u0455\u0442\u0435\u043c" },
  { why: "the public room", name: "lobby" },
  { why: "l for one", name: "1obby" },
  { why: "everyone", name: "everyone" },
  { why: "the operator's", name: "admin" },
  { why: "the operator's, rn for m", name: "adrnin" },
  { why: "the operator's, zero for o", name: "R00T" },
];

for (const { why, name, code = "accounts/name-invalid" } of refused) {
  Deno.test(`a name is refused: ${why}`, strict, () => {
    assert.throws(() => checkNewName(name, "anyone"), (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      assert.ok(name.length < 3 || !error.message.includes(name), "it is not repeated");
      return true;
    });
  });
}

const good: readonly string[] = [
  ...["bob", "Alice", "alice_2", "j.r.r-tolkien", "_under_", "7of9", "a".repeat(20)],
  ...["Zo\u00eb", "Ren\u00e9", "\u0141ukasz", "Nguy\u1ec5n", "stra\u00dfe", "\u0130lker"],
  ...["\u0410\u043d\u043d\u0430", "\u0394\u03b7\u03bc\u03ae\u03c4\u03c1\u03b7\u03c2"],
  ...[
    "\u7530\u4e2d\u3055\u3093",
    "\u7530\u4e2dken",
    "\uae40\ubbfc\uc900",
    "\u0939\u093f\u0928\u094d\u0926\u0940",
  ],
  ...[
    "\u05d3\u05d5\u05d3",
    "\u0639\u0644\u064a_\u0663",
    "\u0e19\u0e49\u0e33\u0e1c\u0e36\u0e49\u0e07",
  ],
];

for (const name of good) {
  Deno.test(`a name is accepted: ${JSON.stringify(name)}`, strict, () => {
    assert.equal(checkNewName(name, "anyone"), name.normalize("NFC"));
  });
}

Deno.test("the operator may give away official names, not the node's own", strict, () => {
  assert.equal(checkNewName("admin", "operator"), "admin");
  assert.equal(checkNewName("Support", "operator"), "Support");
  assert.throws(() => checkNewName("system", "operator"), { code: "accounts/name-invalid" });
});

const same: readonly (readonly [string, string])[] = [
  ["alice", "ALICE"],
  ["stra\u00dfe", "STRASSE"],
  ["\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2", "\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3"],
  ["Zo\u00eb", "zoe\u0308"],
  ["\u0131lker", "ILKER"],
  ["\u0e19\u0e33\u0e01", "\u0e19\u0e4d\u0e32\u0e01"],
];

Deno.test("case and composition do not make another name", strict, () => {
  for (const [one, other] of same) assert.equal(nameKey(one), nameKey(other), `${one} ${other}`);
  assert.notEqual(nameKey("zoe"), nameKey("zo\u00eb"));
  assert.equal(nameKey("a".repeat(100_000)), "");
});

Deno.test("names that pass are safe everywhere, and folding is stable", strict, () => {
  const characters = fc.constantFrom(
    ..."abzAZ019_.-/\\@,:%\0 ",
    ..."\u0430\u0435\u03bf\u03c3\u00df\u0131\u0130\u200b\u202e\u0301\u7530\u3042\uac00\u0661\ufb01\ud800",
  );
  const names = fc.oneof(
    fc.array(characters, { maxLength: 24 }).map((list) => list.join("")),
    fc.string({ unit: "binary", maxLength: 24 }),
  );
  let accepted = 0;
  fc.assert(
    fc.property(names, (text) => {
      let name: string;
      try {
        name = checkNewName(text, "anyone");
      } catch (error) {
        assert.match((error as { code: string }).code, /^accounts\/name-(length|invalid)$/);
        return;
      }
      accepted++;
      assert.equal(nameKey(nameKey(name)), nameKey(name));
      assert.equal(nameKey(name), nameKey(name.toUpperCase()));
      assert.equal(checkNewName(name, "anyone"), name);
      assert.doesNotMatch(name, /[\p{C}\s/\\:,@%]|\.\./u);
      addressOf(name, "node-abcdef");
    }),
    { numRuns: 5000 },
  );
  assert.ok(accepted > 50, `${accepted} names were accepted`);
});

Deno.test("the two longest names can talk to each other", strict, () => {
  const [one, other] = ["\u7530", "\u4e2d"].map((character) =>
    addressOf(checkNewName(character.repeat(16), "anyone"), "a-node-of-20-letters")
  );
  directRoom(one ?? "", other ?? "");
});

const resembling: readonly (readonly [string, string, boolean])[] = [
  ["alice", "a1ice", true],
  ["alice", "aIice", true],
  ["ALICE", "a1ice", true],
  ["a1ice", "ALICE", true],
  ["modern", "rnodem", true],
  ["PAY", "\u0420\u0410\u0423", true],
  ["pay", "\u0420\u0410\u0423", true],
  ["alice", "alicia", false],
  ["mali", "mall", false],
  ["zoe", "zo\u00eb", false],
];

Deno.test("names that look alike share a look, others do not", strict, () => {
  for (const [one, other, expected] of resembling) {
    assert.equal(!nameLooks(one).isDisjointFrom(nameLooks(other)), expected, `${one} ${other}`);
  }
});
