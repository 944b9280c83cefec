import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { fold, indexedText, tokensOf, WORD_LENGTH } from "../../src/history/search_text.ts";
import { anyString } from "../message/arbitraries.ts";
import { test } from "../harness/test.ts";

const TOKENS: readonly { text: string; tokens: string[]; why: string }[] = [
  { text: "Hello, World!", tokens: ["hello", "world"], why: "case and punctuation do not count" },
  { text: "caf\u00e9 cafe\u0301", tokens: ["cafe", "cafe"], why: "accents, composed or not" },
  { text: "Stra\u00dfe STRASSE \u1e9e", tokens: ["strasse", "strasse", "ss"], why: "sharp s" },
  { text: "\u0130stanbul \u0131s\u0131", tokens: ["istanbul", "isi"], why: "both Turkish i" },
  {
    text: "\u039f\u0394\u039f\u03a3 \u03bf\u03b4\u03bf\u03c2",
    tokens: ["\u03bf\u03b4\u03bf\u03c3", "\u03bf\u03b4\u03bf\u03c3"],
    why: "final sigma",
  },
  {
    text: "\u0142\u00f3d\u017a S\u00f8ren \u00c6r\u00f8",
    tokens: ["lodz", "soren", "aero"],
    why: "strokes",
  },
  {
    text: "\uff21\uff22\uff11 \ufb01ne \u2460",
    tokens: ["ab1", "fine", "1"],
    why: "compatibility forms",
  },
  {
    text: "don't e-mail a_b",
    tokens: ["don", "t", "e", "mail", "a", "b"],
    why: "anything between words parts them",
  },
  { text: "so\u00adft a\u200db", tokens: ["soft", "ab"], why: "invisible characters in words" },
  {
    text: "\u0645\u064f\u062d\u064e\u0645\u064e\u0651\u062f",
    tokens: ["\u0645\u062d\u0645\u062f"],
    why: "Arabic vowel points",
  },
  { text: "\u05e9\u05b8\u05c1", tokens: ["\u05e9"], why: "Hebrew points" },
  {
    text: "\u0939\u093f\u0928\u094d\u0926\u0940",
    tokens: ["\u0939\u093f\u0928\u094d\u0926\u0940"],
    why: "vowel signs of Devanagari are letters' parts",
  },
  {
    text: "\u65e5\u672c\u8a9e",
    tokens: ["\u65e5\u672c", "\u672c\u8a9e", "\u8a9e"],
    why: "Chinese characters by pairs",
  },
  {
    text: "\u304b\u3099\uff76\uff9e",
    tokens: ["\u304c\u30ac", "\u30ac"],
    why: "voiced marks are kept, half width is not",
  },
  {
    text: "\ud559\uad50\uc5d0",
    tokens: ["\ud559\uad50", "\uad50\uc5d0", "\uc5d0"],
    why: "Korean particles hang on their nouns",
  },
  { text: "\u0e01\u0e34\u0e19", tokens: ["\u0e01\u0e34", "\u0e34\u0e19", "\u0e19"], why: "Thai" },
  {
    text: "abc\u65e5x",
    tokens: ["abc", "\u65e5", "x"],
    why: "where scripts meet, words end",
  },
  {
    text: "ok \ud83d\udc4d\ud83c\udffd \u2764\ufe0f \ud83c\udde9\ud83c\uddea",
    tokens: ["ok", "\ud83d\udc4d", "\u2764", "\ud83c\udde9\ud83c\uddea"],
    why: "emoji are words, without skin and style",
  },
  {
    text: "\ud83d\udc69\u200d\ud83d\udc67",
    tokens: ["\ud83d\udc69", "\ud83d\udc67"],
    why: "a joined emoji is found by each of its parts",
  },
  { text: "a\0b \ud800 \ue000r1", tokens: ["a", "b", "r1"], why: "what is no text parts words" },
  { text: "x".repeat(70), tokens: ["x".repeat(WORD_LENGTH)], why: "a word counts up to its bound" },
  {
    text: "a" + "\ud801\udc28".repeat(40),
    tokens: ["a" + "\ud801\udc28".repeat(31)],
    why: "a long word is not cut within a character",
  },
  { text: "\ufdfa", tokens: fold("\ufdfa").split(" "), why: "one character, several words" },
  { text: "!? ... \u3002", tokens: [], why: "nothing to find" },
];

for (const { text, tokens, why } of TOKENS) {
  test(`${JSON.stringify(text).slice(0, 40)} is ${tokens.length} tokens`, () => {
    assert.deepEqual(tokensOf(text), tokens);
  }, { why });
}

test("folding twice changes nothing", () => {
  fc.assert(fc.property(anyString, (text) => {
    assert.equal(fold(fold(text)), fold(text));
  }));
});

test("text and its compositions have the same tokens", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    assert.deepEqual(tokensOf(text.normalize("NFD")), tokensOf(text.normalize("NFC")));
  }));
});

test("SQLite finds exactly our tokens in what it is given", () => {
  using db = new DatabaseSync(":memory:");
  db.exec("CREATE VIRTUAL TABLE t USING fts5(body, tokenize='ascii')");
  db.exec("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)");
  const insert = db.prepare("INSERT INTO t (rowid, body) VALUES (1, ?)");
  const tokens = db.prepare("SELECT term FROM v ORDER BY offset");
  fc.assert(fc.property(fc.oneof(anyString, fc.string({ unit: "binary-ascii" })), (text) => {
    db.exec("DELETE FROM t");
    insert.run(indexedText(text));
    assert.deepEqual(tokens.all().map(({ term }) => term), tokensOf(text));
  }));
});
