/**
 * Text that looks like other text. For names of accounts and rooms: two that people cannot tell
 * apart on a screen must not both exist.
 *
 * The method is that of Unicode Technical Standard 39: a skeleton in which what looks alike is
 * alike, and one script a name. The table is chatnode's own and smaller than the standard's: it
 * holds what can stand in a name of one widely used script.
 *
 * @see {@link https://www.unicode.org/reports/tr39/}
 * @module
 */

/** What a character (or one that looks like it) is taken for, as written: case matters. */
const ALIKE: readonly (readonly [string, string])[] = [
  ["a", "\u0430\u03b1\u0251\u1d00\u0410\u0391"],
  ["b", "\u042c\u044c\u0432\u0185\u0299\u0412\u0392"],
  ["c", "\u0441\u03f2\u1d04\u0421\u03f9"],
  ["d", "\u0501\u1d05"],
  ["e", "\u0435\u03b5\u1d07\u0415\u0395"],
  ["f", "\ua730\u0584"],
  ["g", "\u0261\u0581\u0262\u050c"],
  ["h", "\u04bb\u0570\u043d\u029c\u041d\u0397\u04ba"],
  ["i", "\u0456\u03b9\u0131\u0269\u026a"],
  ["j", "\u0458\u03f3\u0575\u1d0a\u0408\u037f"],
  ["k", "\u043a\u03ba\u1d0b\u041a\u039a"],
  ["l", "I\u04cf1\u0406\u0399\u04c0\u029f\u05d5\u05df\u0627\u0661\u06f1\u216c"],
  ["m", "\u043c\u1d0d\u041c\u039c"],
  ["n", "\u0578\u057c\u0572\u043f\u03b7\u0274\u039d"],
  [
    "o",
    "0\u043e\u03bf\u03c3\u0585\u1d0f\u041e\u039f\u0555\u05e1\u0647\u0665\u06f5\u06c1\u06be\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0e50\u0ed0\u1040",
  ],
  ["p", "\u0440\u03c1\u1d18\u0420\u03a1"],
  ["q", "\u051b\u0566\u051a"],
  ["r", "\u0433\u0280"],
  ["s", "\u0455\ua731\u0405\u054f"],
  ["t", "\u0442\u03c4\u1d1b\u0422\u03a4"],
  ["u", "\u03c5\u057d\u1d1c\u0438\u054d"],
  ["v", "\u03bd\u0475\u1d20\u0474"],
  ["w", "\u051d\u0561\u03c9\u0448\u1d21\u051c"],
  ["x", "\u0445\u03c7\u0425\u03a7"],
  ["y", "\u0443\u03b3\u028f\u04af\u04ae\u0423\u03a5"],
  ["z", "\u1d22\u0396"],
  ["3", "\u0437\u0417"],
  ["4", "\u0427\u0447"],
  ["6", "\u0411\u0431"],
  ["\u00df", "\u03b2"],
  ["\u06cc", "\u064a\u0649"],
  ["\u06a9", "\u0643"],
  ["\u53e3", "\u30ed"],
  ["\u4e00", "\u30fc"],
  ["\u4e8c", "\u30cb"],
  ["\u5de5", "\u30a8"],
  ["\u529b", "\u30ab"],
  ["\u5915", "\u30bf"],
  ["\u535c", "\u30c8"],
  ["\u516b", "\u30cf"],
  ["\u624d", "\u30aa"],
  ["\u3078", "\u30d8"],
  ["\u308a", "\u30ea"],
];

const PROTOTYPES: ReadonlyMap<string, string> = new Map(
  ALIKE.flatMap(([prototype, others]) => [...others].map((other) => [other, prototype] as const)),
);

/**
 * A text's look: texts with equal skeletons are hard to tell apart. Not for showing, and not stable
 * between versions: compute, do not store.
 */
export function skeleton(text: string): string {
  let look = "";
  for (const character of text.normalize("NFKD")) look += PROTOTYPES.get(character) ?? character;
  return look.toLowerCase().replaceAll("rn", "m").replaceAll("vv", "w").normalize("NFC");
}

/** Scripts of living languages in wide use (UAX 31, table 5). */
const SCRIPTS = [
  ..."Arabic Armenian Bengali Cyrillic Devanagari Ethiopic Georgian Greek Gujarati".split(" "),
  ..."Gurmukhi Hebrew Kannada Khmer Lao Latin Malayalam Myanmar Oriya Sinhala Tamil".split(" "),
  ..."Telugu Thaana Thai Tibetan".split(" "),
];

/** Scripts that are written together, and with Latin (UTS 39, "highly restrictive"). */
const TOGETHER: readonly (readonly string[])[] = [
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
];

const WRITINGS: readonly RegExp[] = [...SCRIPTS.map((script) => [script]), ...TOGETHER].map(
  (scripts) =>
    new RegExp(
      `^[\\p{Script=Common}\\p{Script=Inherited}${scripts.map(extension).join("")}]*$`,
      "u",
    ),
);

function extension(script: string): string {
  return `\\p{Script_Extensions=${script}}`;
}

/**
 * Whether a text is written in one script of a living language; Chinese, Japanese and Korean may
 * stand beside Latin, as their writers are used to. Digits of two kinds are two scripts.
 */
export function singleScript(text: string): boolean {
  if (!WRITINGS.some((writing) => writing.test(text))) return false;
  const digits = text.match(/\p{Nd}/gu) ?? [];
  // Ten digits of one kind lie within sixteen code points.
  return new Set(digits.map((digit) => (digit.codePointAt(0) ?? 0) >> 4)).size <= 1;
}
