/**
 * A small, strict reader of XML 1.0 for the answers of object stores: elements and their text.
 * Attributes are skipped; a document type, and with it every entity that somebody could define, is
 * refused.
 *
 * @module
 */
import { BucketError } from "./errors.ts";

/** An element. Text between its children is joined; white space in it is kept. */
export interface XmlElement {
  /** As it is written, a namespace prefix included. */
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** Nesting that no answer of a store reaches. */
const DEPTH = 16;

const NAME = /[A-Za-z_:][\w:.-]*/y;
const ATTRIBUTES = /(?:\s+[A-Za-z_:][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*/y;
const SPACE = /\s*/y;
const TEXT = /[^<]*/y;

/**
 * Reads a document whose length the caller has bounded.
 *
 * @throws {BucketError} `bucket/corrupt` when it is not well-formed or nested too deeply
 */
export function readXml(document: string): XmlElement {
  return new Reader(document).document();
}

/** The first child of that name. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** The text of the first child of that name. */
export function textOf(element: XmlElement, name: string): string | undefined {
  return childOf(element, name)?.text;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  document(): XmlElement {
    this.#misc();
    const root = this.#element(DEPTH);
    this.#misc();
    if (this.#at < this.#text.length) throw this.#fault();
    return root;
  }

  /** White space, comments and processing instructions, the declaration among them. */
  #misc(): void {
    do this.#skip(SPACE); while (
      this.#between("<?", "?>") !== undefined || this.#between("<!--", "-->") !== undefined
    );
  }

  #element(depth: number): XmlElement {
    if (depth < 1 || !this.#take("<")) throw this.#fault();
    const name = this.#skip(NAME);
    if (name === "") throw this.#fault();
    this.#skip(ATTRIBUTES);
    if (this.#take("/>")) return { name, text: "", children: [] };
    if (!this.#take(">")) throw this.#fault();
    const content = this.#content(depth);
    if (!this.#take(`</${name}`)) throw this.#fault();
    this.#skip(SPACE);
    if (!this.#take(">")) throw this.#fault();
    return { name, ...content };
  }

  #content(depth: number): Omit<XmlElement, "name"> {
    const children: XmlElement[] = [];
    let text = "";
    for (;;) {
      text += this.#unescaped(this.#skip(TEXT));
      const section = this.#between("<![CDATA[", "]]>");
      if (section !== undefined) text += section;
      else if (this.#between("<!--", "-->") !== undefined) continue;
      else if (this.#text.startsWith("</", this.#at)) return { text, children };
      else children.push(this.#element(depth - 1));
    }
  }

  /** What stands between two marks, when the first one is here. */
  #between(open: string, close: string): string | undefined {
    if (!this.#text.startsWith(open, this.#at)) return undefined;
    const end = this.#text.indexOf(close, this.#at + open.length);
    if (end < 0) throw this.#fault();
    const inner = this.#text.slice(this.#at + open.length, end);
    this.#at = end + close.length;
    return inner;
  }

  #unescaped(raw: string): string {
    if (!raw.includes("&")) return raw;
    return raw.replace(/&([^;&]{0,10});?/g, (whole, body: string) => {
      const character = whole.endsWith(";") ? characterOf(body) : undefined;
      if (character === undefined) throw this.#fault();
      return character;
    });
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #fault(): BucketError {
    const state = `it is not well-formed at character ${this.#at}`;
    return new BucketError("bucket/corrupt", `Cannot read the answer's XML: ${state}`);
  }
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** What `&body;` stands for. */
function characterOf(body: string): string | undefined {
  const digits = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(body);
  if (digits === null) return ENTITIES.get(body);
  const code = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  const isScalar = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isScalar ? String.fromCodePoint(code) : undefined;
}
