/**
 * From the bytes that a terminal in raw mode sends to keys.
 *
 * @module
 */
import { printable } from "../../text.ts";

/** What a key or a combination does in the line editor. */
export type KeyName =
  | "enter"
  /** Alt-Enter: a line end within the message. */
  | "newline"
  | "backspace"
  | "delete"
  | "left"
  | "right"
  | "word-left"
  | "word-right"
  | "home"
  | "end"
  | "up"
  | "down"
  | "kill-to-end"
  | "kill-to-start"
  | "kill-word"
  | "delete-word"
  | "yank"
  | "transpose"
  | "redraw"
  | "complete"
  | "complete-back"
  | "undo"
  | "search-back"
  | "cancel"
  | "page-up"
  | "page-down"
  | "top"
  | "bottom"
  /** The conversation above or below. */
  | "previous"
  | "following"
  | "next-unread"
  | "help"
  | "suspend"
  /** The terminal's window is looked at, or not any more. */
  | "focus-in"
  | "focus-out"
  | "interrupt"
  | "end-of-input";

/** One key, or a text typed or pasted at once. */
export type Key =
  | { readonly kind: "key"; readonly name: KeyName }
  | { readonly kind: "text"; readonly text: string }
  /** Bracketed paste: line ends in it are part of the text. */
  | { readonly kind: "paste"; readonly text: string }
  /** Alt and a digit. */
  | { readonly kind: "number"; readonly number: number }
  /** What the terminal answers to a question (OSC), without its frame; not safe to show. */
  | { readonly kind: "answer"; readonly text: string };

/** Longest paste, UTF-16 units; a longer one is cut. More than any message may be. */
const PASTE_MOST = 256 * 1024;
/** A sequence that goes on for longer is none. */
const SEQUENCE_MOST = 64;
const ANSWER_MOST = 4_096;

const PASTE_BEGIN = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/** By control character. */
const CONTROLS: Readonly<Record<string, KeyName>> = {
  ...{ "\x01": "home", "\x02": "left", "\x03": "interrupt", "\x04": "end-of-input" },
  ...{ "\x05": "end", "\x06": "right", "\x08": "backspace", "\t": "complete", "\n": "enter" },
  ...{ "\x0b": "kill-to-end", "\x0c": "redraw", "\r": "enter" },
  ...{ "\x0e": "following", "\x10": "previous" },
  ...{ "\x14": "transpose", "\x15": "kill-to-start", "\x17": "kill-word", "\x19": "yank" },
  ...{ "\x7f": "backspace", "\x1f": "undo", "\x12": "search-back", "\x07": "cancel" },
  ...{ "\x1a": "suspend" },
};

/** By what follows Escape, which is how Alt comes. */
const WITH_ALT: Readonly<Record<string, KeyName>> = {
  ...{
    b: "word-left",
    f: "word-right",
    d: "delete-word",
    "\x7f": "kill-word",
    "\x08": "kill-word",
  },
  ...{ "\r": "newline", "\n": "newline", a: "next-unread", "<": "top", ">": "bottom" },
};

/** By the end of a CSI or SS3 sequence, without and with a modifier. */
const MOVES: Readonly<Record<string, readonly [plain: KeyName, modified: KeyName]>> = {
  ...{ A: ["up", "previous"], B: ["down", "following"], C: ["right", "word-right"] },
  ...{ D: ["left", "word-left"], H: ["home", "top"], F: ["end", "bottom"] },
  ...{ "1~": ["home", "home"], "7~": ["home", "home"], "4~": ["end", "end"] },
  ...{ "8~": ["end", "end"], "3~": ["delete", "delete-word"] },
  ...{ "5~": ["page-up", "previous"], "6~": ["page-down", "following"] },
  ...{ Z: ["complete-back", "complete-back"], "11~": ["help", "help"], P: ["help", "help"] },
  ...{ I: ["focus-in", "focus-in"], O: ["focus-out", "focus-out"] },
};

/** Shift-Enter and Alt-Enter, as terminals that tell them apart send them. */
const NEWLINES = new Set(["13;2u", "13;3u", "27;2;13~", "27;3;13~"]);

// deno-lint-ignore no-control-regex -- a sequence begins with Escape
const SEQUENCE = /^\x1b(?:\[([0-9;:?<=>]*)[ -/]*([@-~])|O([0-9;]*)([A-Za-z]))/;
// deno-lint-ignore no-control-regex -- so does an unfinished one
const UNFINISHED = /^\x1b(?:\[[0-9;:?<=>]*[ -/]*|O[0-9;]*)?$/;
/** An answer of the terminal: OSC, DCS, APC and their end. */
// deno-lint-ignore no-control-regex -- an answer begins with Escape
const ANSWER = /^\x1b[\]P_^]([^\x07\x1b]*)(?:\x07|\x1b\\)/;
// deno-lint-ignore no-control-regex -- so does an unfinished one
const ANSWER_UNFINISHED = /^\x1b[\]P_^][^\x07\x1b]*\x1b?$/;
// deno-lint-ignore no-control-regex -- whatever is no control is typed
const TYPED = /^[^\x00-\x1f\x7f]+/;

/** See the module's description. Bytes may be cut anywhere. */
export class KeyDecoder {
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  #rest = "";
  #paste: string | undefined;

  /** The keys that are whole now, in order. A lone Escape waits for what follows it. */
  push(bytes: Uint8Array): Key[] {
    this.#rest += this.#utf8.decode(bytes, { stream: true });
    const keys: Key[] = [];
    while (this.#rest !== "") {
      const before = this.#rest.length;
      const key = this.#paste === undefined ? this.#next() : this.#pasted();
      if (key !== undefined) keys.push(key);
      else if (this.#rest.length === before) break;
    }
    return keys;
  }

  /** Nothing followed for a moment: an Escape that waited was pressed alone. */
  rest(): Key[] {
    if (this.#rest !== "\x1b" || this.#paste !== undefined) return [];
    this.#rest = "";
    return [{ kind: "key", name: "cancel" }];
  }

  /** Takes one key; takes nothing when it is not whole yet. */
  #next(): Key | undefined {
    const rest = this.#rest;
    if (rest.startsWith("\x1b")) return this.#escape();
    const typed = TYPED.exec(rest)?.[0];
    if (typed !== undefined) {
      this.#rest = rest.slice(typed.length);
      return { kind: "text", text: typed };
    }
    this.#rest = rest.slice(1);
    return named(CONTROLS[rest.slice(0, 1)]);
  }

  #escape(): Key | undefined {
    const rest = this.#rest;
    const [whole, csi, csiEnd, ss3, ss3End] = SEQUENCE.exec(rest) ?? [];
    if (whole === PASTE_BEGIN) {
      this.#rest = rest.slice(whole.length);
      this.#paste = "";
      return undefined;
    }
    if (whole !== undefined) {
      this.#rest = rest.slice(whole.length);
      return named(sequenceName(csi ?? ss3 ?? "", csiEnd ?? ss3End ?? ""));
    }
    const [answer, text = ""] = ANSWER.exec(rest) ?? [];
    if (answer !== undefined) {
      this.#rest = rest.slice(answer.length);
      return { kind: "answer", text };
    }
    const most = ANSWER_UNFINISHED.test(rest) ? ANSWER_MOST : SEQUENCE_MOST;
    if (UNFINISHED.test(rest) || ANSWER_UNFINISHED.test(rest)) {
      if (rest.length > most) this.#rest = "";
      return undefined;
    }
    this.#rest = rest.slice(rest[1] === "\x1b" ? 1 : 2);
    const number = /^[0-9]$/.exec(rest[1] ?? "")?.[0];
    return number === undefined
      ? named(WITH_ALT[rest[1] ?? ""])
      : { kind: "number", number: +number };
  }

  #pasted(): Key | undefined {
    const at = this.#rest.indexOf(PASTE_END);
    // The end may have come in part.
    const until = at >= 0 ? at : Math.max(0, this.#rest.length - PASTE_END.length + 1);
    const more = this.#rest.slice(0, until);
    this.#paste = ((this.#paste ?? "") + more).slice(0, PASTE_MOST);
    this.#rest = this.#rest.slice(at >= 0 ? at + PASTE_END.length : until);
    if (at < 0) return undefined;
    const text = printable(this.#paste);
    this.#paste = undefined;
    return { kind: "paste", text };
  }
}

function sequenceName(parameters: string, end: string): KeyName | undefined {
  if (NEWLINES.has(parameters + end)) return "newline";
  const [first = "", modifier] = parameters.split(";");
  const moves = MOVES[end === "~" ? first + end : end];
  return modifier === undefined || modifier === "1" ? moves?.[0] : moves?.[1];
}

function named(name: KeyName | undefined): Key | undefined {
  return name === undefined ? undefined : { kind: "key", name };
}
