import assert from "node:assert/strict";
import fc from "fast-check";
import { singleScript, skeleton } from "../../src/message/lookalike.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

const alike: readonly { why: string; one: string; other: string }[] = [
  { why: "Cyrillic for Latin", one: "paypal", other: "\u0440\u0430\u0443\u0440\u0430\u04cf" },
  { why: "Cyrillic capitals for Latin", one: "BETA", other: "\u0412\u0415\u0422\u0410" },
  { why: "Greek capitals for Latin", one: "HANS", other: "\u0397\u0391\u039d\u0405" },
  { why: "Armenian for Latin", one: "honu", other: "\u0570\u0585\u0578\u057d" },
  { why: "one, l and I", one: "l1I", other: "I1l" },
  { why: "zero and o", one: "room0", other: "roomO" },
  { why: "rn and m", one: "arnie", other: "amie" },
  { why: "vv and w", one: "vvill", other: "will" },
  { why: "small capitals", one: "\u1d00\u029f\u026a\u1d04\u1d07", other: "alice" },
  { why: "full width", one: "\uff41\uff4c\uff49\uff43\uff45", other: "alice" },
  { why: "composed or not", one: "\u00e9", other: "e\u0301" },
  { why: "Cyrillic io and e with diaeresis", one: "\u0451", other: "\u00eb" },
  { why: "katakana and Han", one: "\u30ed\u30ab", other: "\u53e3\u529b" },
  { why: "katakana and hiragana, with a voice mark", one: "\u30d9", other: "\u3079" },
  { why: "Arabic and Persian yeh", one: "\u0639\u0644\u064a", other: "\u0639\u0644\u06cc" },
];

for (const { why, one, other } of alike) {
  Deno.test(`skeletons are equal: ${why}`, strict, () => {
    assert.equal(skeleton(one), skeleton(other));
  });
}

Deno.test("skeletons differ where people see a difference", strict, () => {
  for (
    const [one, other] of [["alice", "alicia"], ["e", "\u00e9"], ["ingo", "lngo"], ["a", "b"]]
  ) {
    assert.notEqual(skeleton(one ?? ""), skeleton(other ?? ""), `${one} ${other}`);
  }
});

Deno.test("composition never changes a skeleton", strict, () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 20 }), (text) => {
    assert.equal(skeleton(text), skeleton(text.normalize("NFC")));
    assert.equal(skeleton(text), skeleton(text.normalize("NFD")));
  }));
});

const scripts: readonly { text: string; single: boolean; why: string }[] = [
  { text: "", single: true, why: "nothing mixes nothing" },
  { text: "alice-2_3", single: true, why: "digits and signs belong to every script" },
  { text: "\u0430\u043d\u043d\u0430", single: true, why: "Cyrillic" },
  { text: "\u0430lice", single: false, why: "Cyrillic in Latin" },
  { text: "\u0430\u03b1", single: false, why: "Cyrillic and Greek" },
  { text: "\u7530\u4e2d\u3055\u3093", single: true, why: "Han and hiragana" },
  { text: "\u7530\u4e2dken", single: true, why: "Han and Latin, as their writers do" },
  { text: "\uae40bob", single: true, why: "Hangul and Latin" },
  { text: "\uae40\u3042", single: false, why: "Hangul and hiragana" },
  { text: "\u7530\u0430", single: false, why: "Han and Cyrillic" },
  { text: "\u0639\u0644\u064a\u0661\u0662", single: true, why: "Arabic with Arabic digits" },
  { text: "\u0639\u0644\u064a12", single: true, why: "Arabic with European digits" },
  { text: "\u0639\u06611", single: false, why: "both digits" },
  { text: "\u13aa\u13ab", single: false, why: "Cherokee is in no wide use and looks Latin" },
  { text: "\ua4d0\ua4d1", single: false, why: "Lisu looks Latin" },
  { text: "\u{10400}", single: false, why: "Deseret" },
];

for (const { text, single, why } of scripts) {
  Deno.test(`one script or not: ${why}`, strict, () => assert.equal(singleScript(text), single));
}
