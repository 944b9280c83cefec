/**
 * Stands before the XML parser and bounds what reaches it. XMPP forbids much of XML (RFC 6120,
 * 11.1), and the parser below neither refuses it nor has any bound: it would gather a stanza of any
 * size and any depth, and looks at unfinished text again with every chunk.
 *
 * @module
 */
import { protocolFault, type XmppError } from "../errors.ts";
import { isUnwritable } from "../xml.ts";

/** What is allowed. Sizes are UTF-16 code units. */
export interface GuardBounds {
  /** One stanza, its tags included. */
  readonly stanza: number;
  /** Nesting of elements within a stanza, itself included. */
  readonly depth: number;
}

/** How stanzas stand in the text: below the stream's element, or each by itself (RFC 7395). */
export type Framing = "stream" | "frames";

const CDATA = "<![CDATA[";
const CDATA_END = "]]>";
/** A declaration of XML 1.0 in UTF-8, the only instruction there may be, and only at first. */
const DECLARATION = /^<\?xml\s+version=(["'])1\.[0-9]\1(?:\s+encoding=(["'])utf-8\2)?[^<>]*\?>$/i;

/**
 * Cuts text into tags and what stands between them. Gives only whole ones on, and nothing that does
 * not belong in a stream.
 */
export class XmlGuard {
  /** May be changed at any time: what is trusted less may say less. */
  bounds: GuardBounds;
  readonly #stanzaLevel: number;
  #held = "";
  /** Text whose tag has not come yet: the parser looks at text without one again and again. */
  #text = "";
  /** Where in `#held` the search for the end of an unfinished tag goes on. */
  #searched = 0;
  #quote = "";
  #level = 0;
  #size = 0;
  #begun = false;

  constructor(framing: Framing, bounds: GuardBounds) {
    this.#stanzaLevel = framing === "stream" ? 1 : 0;
    this.bounds = bounds;
  }

  /**
   * Takes the next piece of text and gives what may be parsed now: whole tags, each with the text
   * before it; often nothing.
   *
   * @throws {XmppError} `xmpp/protocol` for whatever is forbidden or out of bounds; nothing of the
   *   stream can be used afterwards
   */
  feed(text: string): string {
    const goesOn = this.#held !== "" && !/[<>]/.test(text);
    this.#held += text;
    // Nothing can have been completed: a stanza that comes byte by byte is not looked at each time.
    return goesOn ? this.#checked("") : this.#checked(this.#tokens());
  }

  #tokens(): string {
    let admitted = "";
    let start = 0;
    for (;;) {
      const end = this.#tokenEnd(start);
      if (end === undefined) break;
      admitted += this.#admit(this.#held.slice(start, end));
      start = end;
      this.#searched = end;
    }
    this.#held = this.#held.slice(start);
    this.#searched -= start;
    return admitted;
  }

  #checked(admitted: string): string {
    if (this.#size + this.#held.length > this.bounds.stanza) throw this.#tooLarge();
    // Something else than XMPP may answer, and never send a tag.
    if (this.#level <= this.#stanzaLevel && /^\s*[^\s<]/.test(this.#held)) throw outside();
    return admitted;
  }

  /** Where the token that begins at `start` ends; undefined while it is unfinished. */
  #tokenEnd(start: number): number | undefined {
    const held = this.#held;
    if (start >= held.length) return undefined;
    if (held[start] !== "<") {
      const next = held.indexOf("<", Math.max(start, this.#searched));
      if (next < 0) this.#searched = held.length;
      return next < 0 ? undefined : next;
    }
    const head = held.slice(start, start + CDATA.length);
    if (head.startsWith("<!")) {
      if (head === CDATA) {
        const close = held.indexOf(CDATA_END, Math.max(start, this.#searched - CDATA_END.length));
        if (close < 0) this.#searched = held.length;
        return close < 0 ? undefined : close + CDATA_END.length;
      }
      if (CDATA.startsWith(head)) return undefined;
      throw protocolFault("the server sent a document type or a comment");
    }
    return this.#tagEnd(Math.max(start, this.#searched));
  }

  /** The end of a tag, looking from `from` on: a `>` that is in no quotes. */
  #tagEnd(from: number): number | undefined {
    const held = this.#held;
    let at = from;
    while (at < held.length) {
      if (this.#quote !== "") {
        const close = held.indexOf(this.#quote, at);
        if (close < 0) break;
        this.#quote = "";
        at = close + 1;
        continue;
      }
      const char = held[at];
      if (char === ">") return at + 1;
      if (char === '"' || char === "'") this.#quote = char;
      at += 1;
    }
    this.#searched = held.length;
    return undefined;
  }

  /** What the parser should see after a token. */
  #admit(token: string): string {
    if (isUnwritable(token)) throw protocolFault("the server sent a character that XML forbids");
    const first = !this.#begun;
    this.#begun = true;
    if (token.startsWith("<?")) {
      if (first && DECLARATION.test(token)) return "";
      throw protocolFault("the server sent a processing instruction");
    }
    if (!token.startsWith("<") || token.startsWith("<!")) {
      this.#admitText(token);
      return "";
    }
    this.#admitTag(token);
    const text = this.#text;
    this.#text = "";
    return text + token;
  }

  /** Between stanzas there is white space alone; it keeps a connection alive and means nothing. */
  #admitText(token: string): void {
    if (this.#level > this.#stanzaLevel) {
      this.#grow(token);
      // The parser drops what follows a CDATA section.
      this.#text += token.startsWith(CDATA)
        ? escapeText(token.slice(CDATA.length, -CDATA_END.length))
        : token;
    } else if (token.trim() !== "") {
      throw outside();
    }
  }

  #admitTag(token: string): void {
    const isEnd = token.startsWith("</");
    const isEmpty = !isEnd && token.endsWith("/>");
    this.#grow(token);
    if (isEnd) this.#level -= 1;
    else if (!isEmpty) this.#level += 1;
    if (this.#level < 0) throw protocolFault("the server closed what it had not opened");
    // An empty element is one level deep while it lasts.
    const depth = this.#level - this.#stanzaLevel + (isEmpty ? 1 : 0);
    if (depth > this.bounds.depth) throw protocolFault("the server sent a stanza that is too deep");
    if (this.#level <= this.#stanzaLevel) this.#size = 0;
  }

  #grow(token: string): void {
    this.#size += token.length;
    if (this.#size > this.bounds.stanza) throw this.#tooLarge();
  }

  #tooLarge(): XmppError {
    return protocolFault(`the server sent a stanza of more than ${this.bounds.stanza} characters`);
  }
}

function outside(): XmppError {
  return protocolFault("the server sent text outside of a stanza");
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
