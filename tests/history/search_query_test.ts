import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { HistoryError } from "../../src/history/errors.ts";
import { findMarks } from "../../src/history/search_marks.ts";
import {
  expressionOf,
  matches,
  parseQuery,
  QUERY_LENGTH,
  QUERY_TOKENS,
} from "../../src/history/search_query.ts";
import { indexedText, tokensOf } from "../../src/history/search_text.ts";
import { anyString } from "../message/arbitraries.ts";
import { test } from "../harness/test.ts";

function finds(query: string, text: string): boolean {
  return matches(parseQuery(query), tokensOf(text));
}

const TABLE: readonly { query: string; yes?: string[]; no?: string[]; why: string }[] = [
  { query: "meet", yes: ["we Meet now"], no: ["meeting"], why: "a word is whole" },
  { query: "meet*", yes: ["meet", "a meeting"], no: ["gemeet"], why: "a star opens the end" },
  { query: "two words", yes: ["words, two"], no: ["two"], why: "all must match, in any order" },
  { query: '"two words"', yes: ["Two words."], no: ["words two", "two of words"], why: "a phrase" },
  { query: '"two wor"*', yes: ["two worlds"], no: ["two, new worlds"], why: "an open phrase" },
  { query: '"two wor*"', yes: ["two worlds"], why: "the star may stand within the quotes" },
  {
    query: "\u201ctwo words\u201d",
    yes: ["two words"],
    no: ["words two"],
    why: "typed on a phone",
  },
  { query: '"never closed', yes: ["never closed"], no: ["closed never"], why: "a forgotten quote" },
  { query: "e-mail", yes: ["e-mail", "E mail"], no: ["email", "mail e"], why: "parts in order" },
  { query: "*", yes: [], why: "a star alone finds nothing", no: [] },
  { query: "OR NOT AND", yes: ["and or not"], no: ["and"], why: "no operators but ours" },
  { query: "NEAR(a b)", yes: ["near a b"], no: ["a b"], why: "no functions" },
  { query: "body:x", yes: ["body x"], no: ["x"], why: "no columns" },
  { query: 'a""b', yes: ["b a"], why: "an empty phrase is passed over" },
  { query: "^a", yes: ["b a"], why: "no anchors" },
  { query: "a + b", yes: ["b a"], why: "no concatenation" },
  { query: "\ue000r1", yes: ["r1"], no: ["a"], why: "no tags" },
  {
    query: "\u672c\u8a9e",
    yes: ["\u65e5\u672c\u8a9e\u3060"],
    no: ["\u672c \u8a9e"],
    why: "a part",
  },
  { query: "\u8a9e", yes: ["\u65e5\u672c\u8a9e", "\u8a9e\u308b"], no: ["\u65e5"], why: "one char" },
  {
    query: '"a \u65e5"',
    yes: ["a \u65e5\u672c"],
    no: ["a \u6771\u65e5"],
    why: "in a phrase a run begins where it begins",
  },
  {
    query: '"\u65e5 b"',
    yes: ["\u6771\u65e5 b"],
    no: ["\u65e5\u672c b"],
    why: "in a phrase a run ends where it ends",
  },
  { query: "\ud83d\udc4d", yes: ["\ud83d\udc4d\ud83c\udffd!"], no: ["\ud83d\udc4e"], why: "emoji" },
];

for (const { query, yes = [], no = [], why } of TABLE) {
  if (yes.length + no.length === 0) {
    test(`${query} is refused`, () => {
      assert.throws(() => parseQuery(query), { code: "history/query" });
    }, { why });
    continue;
  }
  test(`${query} finds what it should`, () => {
    for (const text of yes) assert.ok(finds(query, text), `finds ${text}`);
    for (const text of no) assert.ok(!finds(query, text), `does not find ${text}`);
  }, { why });
}

test("queries that are too long are refused in words", () => {
  const words = (count: number) => Array.from({ length: count }, (_, at) => `w${at}`).join(" ");
  parseQuery(words(QUERY_TOKENS));
  for (const query of ["x".repeat(QUERY_LENGTH + 1), words(QUERY_TOKENS + 1), "", " ", '"" !!']) {
    assert.throws(() => parseQuery(query), { code: "history/query" });
  }
});

test("any text is a query that SQLite takes, or is refused", () => {
  using db = new DatabaseSync(":memory:");
  db.exec("CREATE VIRTUAL TABLE t USING fts5(body, tokenize='ascii', prefix='1 2')");
  const insert = db.prepare("INSERT INTO t (rowid, body) VALUES (1, ?)");
  const search = db.prepare("SELECT count(*) AS count FROM t WHERE t MATCH ?");
  const syntax = fc.stringMatching(/^[ab"*():+^\-{} ,\\%\u65e5\u672c.]{0,20}$/u);
  const words = fc.array(
    fc.constantFrom("a", "b", "AND", "NEAR", '"', "*", "(", "\u65e5", "\u672c"),
  )
    .map((parts) => parts.join(" "));
  const text = fc.oneof(anyString, syntax, words, fc.string({ unit: "binary-ascii" }));
  fc.assert(
    fc.property(text, text, (query, body) => {
      const phrases = parsedOrRefused(query);
      if (phrases === undefined) return;
      db.exec("DELETE FROM t");
      insert.run(indexedText(body));
      const found = search.get(expressionOf(phrases))?.["count"] === 1;
      assert.equal(found, matches(phrases, tokensOf(body)));
    }),
    { numRuns: 2_000 },
  );
});

function parsedOrRefused(query: string): ReturnType<typeof parseQuery> | undefined {
  try {
    return parseQuery(query);
  } catch (error) {
    assert.ok(error instanceof HistoryError);
    assert.equal(error.code, "history/query");
    return undefined;
  }
}

test("any part of a text without spaces finds it", () => {
  const run = fc.stringMatching(/^[\u65e5\u672c\u8a9e\u5c0f\u3042\u3044]{1,12}$/);
  fc.assert(fc.property(run, run, (text, part) => {
    assert.equal(finds(part, text), text.includes(part));
  }));
});

test("neighbouring words are a phrase, others are not", () => {
  const words = fc.array(fc.constantFrom("one", "two", "three"), { minLength: 1, maxLength: 8 });
  fc.assert(fc.property(words, words, (text, phrase) => {
    const expected = ` ${text.join(" ")} `.includes(` ${phrase.join(" ")} `);
    assert.equal(finds(`"${phrase.join(" ")}"`, text.join(" - ")), expected);
  }));
});

const MARKS: readonly { query: string; text: string; marked: string[]; why: string }[] = [
  {
    query: "cafe meet*",
    text: "the cafe\u0301 MEETING at CAF\u00c9",
    marked: ["cafe\u0301", "MEETING", "CAF\u00c9"],
    why: "marks lie on the text as it is",
  },
  { query: '"a b"', text: "x a, b a b", marked: ["a, b", "a b"], why: "what is between is marked" },
  { query: "a b", text: "a  b", marked: ["a", "b"], why: "each word on its own" },
  {
    query: "\u672c",
    text: "\u65e5\u672c\u8a9e",
    marked: ["\u672c"],
    why: "one character of a run",
  },
  {
    query: "\u672c\u8a9e",
    text: "\u65e5\u672c\u8a9e\u3060",
    marked: ["\u672c\u8a9e"],
    why: "two characters of a run",
  },
  {
    query: "\ud83d\udc4d x",
    text: "x\ud83d\udc4d",
    marked: ["x\ud83d\udc4d"],
    why: "marks that touch are one",
  },
];

for (const { query, text, marked, why } of MARKS) {
  test(`${query} is marked in ${text}`, () => {
    const found = findMarks(parseQuery(query), text).map(({ start, end }) =>
      text.slice(start, end)
    );
    assert.deepEqual(found, marked);
  }, { why });
}

test("marks are in order, apart and within the text", () => {
  fc.assert(fc.property(anyString, anyString, (query, text) => {
    const phrases = parsedOrRefused(query);
    if (phrases === undefined) return;
    let before = -1;
    for (const { start, end } of findMarks(phrases, text)) {
      assert.ok(start > before && end > start && end <= text.length);
      before = end;
    }
  }));
});
