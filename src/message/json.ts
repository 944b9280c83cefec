/**
 * A strict, bounded reader of JSON (RFC 8259) for lines that strangers wrote. Where `JSON.parse`
 * keeps the last of two equal keys, rounds numbers and quotes its input in errors, this reader
 * refuses, keeps and stays silent:
 *
 * - a key that occurs twice in an object is an error;
 * - a number keeps its spelling, {@linkcode NumberLexeme}; one outside the range of a double is an
 *   error;
 * - an escaped lone surrogate (`"\ud83d"`, which programs that cut text by UTF-16 units write) is
 *   kept: every writer of ours escapes it again. A raw one is an error: no UTF-8 holds it;
 * - depth and length are bounded.
 *
 * @module
 */
import type { Json, JsonObject } from "./event.ts";
import { LIMITS } from "./event.ts";
import type { ReasonOf } from "./error.ts";
import { MessageError } from "./error.ts";

/** A number as it was spelled. */
export class NumberLexeme {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A JSON value with its numbers' spelling. Maps keep the order of keys. */
export type JsonTree = null | boolean | string | NumberLexeme | readonly JsonTree[] | JsonMap;
/** A JSON object, see {@linkcode JsonTree}. */
export type JsonMap = ReadonlyMap<string, JsonTree>;

/** Bounds of {@linkcode readJson}. */
export interface JsonBounds {
  /** Nesting of arrays and objects; a bare value has depth 0. At most 1,000. */
  readonly depth?: number;
  /** Length of the text in UTF-16 units. */
  readonly length?: number;
}

/** Longer ones carry digits that no double can use, or are an attack. */
const NUMBER_LENGTH = 1100;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WHITESPACE = /[ \t\n\r]*/y;
/** A run of characters that stand for themselves in a string. */
// deno-lint-ignore no-control-regex -- controls are what a JSON string must not hold
const PLAIN = /[^"\\\u0000-\u001f]*/y;

/**
 * Reads one JSON value. Bounds default to those of an event line.
 *
 * @throws {MessageError} `json/syntax`, `json/depth`, `json/duplicate-key`, `json/number`,
 *   `json/not-unicode`, `json/too-long`
 */
export function readJson(text: string, bounds: JsonBounds = {}): JsonTree {
  const { depth = LIMITS.depth, length = LIMITS.lineBytes } = bounds;
  if (text.length > length) throw fault("too-long", `it is longer than ${length} characters`);
  if (!text.isWellFormed()) throw fault("not-unicode", "it is not well-formed Unicode");
  const reader = new Reader(text, Math.min(depth, 1000));
  return reader.document();
}

/** Like {@linkcode readJson}, for an object. @throws {MessageError} also `json/syntax` otherwise */
export function readJsonObject(text: string, bounds: JsonBounds = {}): JsonMap {
  const tree = readJson(text, bounds);
  if (tree instanceof Map) return tree;
  throw fault("syntax", "it is not an object");
}

/** The tree as plain values; numbers become doubles. */
export function plainJson(tree: JsonTree): Json {
  if (tree instanceof NumberLexeme) return Number(tree.text);
  if (tree instanceof Map) return plainObject(tree);
  if (Array.isArray(tree)) return tree.map(plainJson);
  return tree as null | boolean | string;
}

/** {@linkcode plainJson} of an object. Every key becomes the object's own, `__proto__` too. */
export function plainObject(map: JsonMap): JsonObject {
  return Object.fromEntries(Array.from(map, ([key, value]) => [key, plainJson(value)]));
}

/**
 * Whether arrays and objects are nested at most `depth` deep, for values that `JSON.parse` read. It
 * stops at the bound, so it needs no stack for hostile depths.
 */
export function isWithinDepth(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth < 1) return false;
  return Object.values(value).every((member) => isWithinDepth(member, depth - 1));
}

class Reader {
  readonly #text: string;
  readonly #depth: number;
  #at = 0;

  constructor(text: string, depth: number) {
    this.#text = text;
    this.#depth = depth;
  }

  document(): JsonTree {
    const value = this.#value(this.#depth);
    this.#skip(WHITESPACE);
    if (this.#at < this.#text.length) throw this.#syntax();
    return value;
  }

  #value(depth: number): JsonTree {
    this.#skip(WHITESPACE);
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(this.#deeper(depth));
      case "[":
        return this.#array(this.#deeper(depth));
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #deeper(depth: number): number {
    if (depth < 1) throw fault("depth", `it is nested deeper than ${this.#depth} levels`);
    return depth - 1;
  }

  #object(depth: number): JsonMap {
    const map = new Map<string, JsonTree>();
    this.#at++;
    if (this.#take("}")) return map;
    do {
      this.#skip(WHITESPACE);
      if (this.#text[this.#at] !== '"') throw this.#syntax();
      const key = this.#string();
      if (map.has(key)) {
        throw fault("duplicate-key", `a key occurs twice at character ${this.#at}`);
      }
      if (!this.#take(":")) throw this.#syntax();
      map.set(key, this.#value(depth));
    } while (this.#take(","));
    if (!this.#take("}")) throw this.#syntax();
    return map;
  }

  #array(depth: number): readonly JsonTree[] {
    const items: JsonTree[] = [];
    this.#at++;
    if (this.#take("]")) return items;
    do items.push(this.#value(depth)); while (this.#take(","));
    if (!this.#take("]")) throw this.#syntax();
    return items;
  }

  #string(): string {
    this.#at++;
    let value = this.#skip(PLAIN);
    while (this.#text[this.#at] === "\\") {
      this.#at++;
      value += this.#escape() + this.#skip(PLAIN);
    }
    if (this.#text[this.#at] !== '"') throw this.#syntax();
    this.#at++;
    return value;
  }

  #escape(): string {
    const letter = this.#text[this.#at] ?? "";
    this.#at++;
    const character = ESCAPES.get(letter);
    if (character !== undefined) return character;
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#syntax();
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #number(): NumberLexeme {
    const lexeme = this.#skip(NUMBER);
    if (lexeme === "") throw this.#syntax();
    if (lexeme.length > NUMBER_LENGTH || !Number.isFinite(Number(lexeme))) {
      throw fault("number", "a number is outside the range of a double");
    }
    return new NumberLexeme(lexeme);
  }

  #word<Value extends JsonTree>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) throw this.#syntax();
    this.#at += word.length;
    return value;
  }

  /** Takes a character after white space, if it is there. */
  #take(character: string): boolean {
    this.#skip(WHITESPACE);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** Takes what a sticky pattern matches here, possibly nothing. */
  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const matched = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += matched.length;
    return matched;
  }

  #syntax(): MessageError {
    return fault("syntax", `it is not valid at character ${this.#at}`);
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

function fault(reason: ReasonOf<"json">, state: string): MessageError {
  return new MessageError(`json/${reason}`, `Cannot read the JSON: ${state}`);
}
