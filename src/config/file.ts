/**
 * `chatnode.jsonc`: JSON with comments and trailing commas, read with the place of every value.
 *
 * @module
 */
import {
  createScanner,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { type Fault, fault } from "./faults.ts";

/** One `key: value` of the file. Lines and columns count from 1 and are those of the key. */
export interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly line: number;
  readonly column: number;
}

/** What a file says, and what in it cannot be read. */
export interface Parsed {
  readonly entries: readonly Entry[];
  readonly faults: readonly Fault[];
}

/** Words for the parser's error codes; the others speak for themselves. */
const WORDS: Readonly<Record<string, string>> = {
  InvalidSymbol: "something that is no JSON value",
  InvalidNumberFormat: "a number that is not JSON",
  PropertyNameExpected: "no property name where one belongs",
  ValueExpected: "no value where one belongs",
  ColonExpected: "no colon after a property name",
  CommaExpected: "no comma between two properties",
  CloseBraceExpected: "no closing brace",
  CloseBracketExpected: "no closing bracket",
  EndOfFileExpected: "more after the end of the object",
  InvalidCommentToken: "a broken comment",
  UnexpectedEndOfComment: "a comment without an end",
  UnexpectedEndOfString: "a string without an end",
  UnexpectedEndOfNumber: "a number without an end",
  InvalidUnicode: "a broken \\u escape",
  InvalidEscapeCharacter: "an unknown escape in a string",
  InvalidCharacter: "a control character in a string",
};

/** At most this many faults of form are reported: the rest mostly follows from the first. */
const FORM_FAULTS = 3;

/** Reads the text of a settings file; `name` is how errors call it. Never throws. */
export function parseFile(text: string, name: string): Parsed {
  const errors: ParseError[] = [];
  const place = places(text);
  const deep = tooDeep(text);
  if (deep !== undefined) {
    const { line, column } = place(deep);
    const message = `Cannot read ${name}:${line}:${column}: it is nested too deeply`;
    return { entries: [], faults: [fault(message)] };
  }
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  if (errors.length > 0) {
    const faults = errors.slice(0, FORM_FAULTS).map(({ error, offset }) => {
      const { line, column } = place(offset);
      const code = printParseErrorCode(error);
      return fault(`Cannot read ${name}:${line}:${column}: there is ${WORDS[code] ?? code}`);
    });
    return { entries: [], faults };
  }
  if (root === undefined) return { entries: [], faults: [] };
  if (root.type !== "object") {
    return { entries: [], faults: [fault(`Cannot read ${name}: it holds no object`)] };
  }
  return readObject(root, name, place);
}

/** Settings nest twice; the parser recurses, so that it cannot be left to find its own end. */
const DEEPEST = 16;

/** Where `text` nests deeper than anything can mean, or undefined. */
function tooDeep(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    // The package's token kinds are const enums, which this compiler may not read.
    const token = scanner.getTokenLength() === 1 ? text.charAt(scanner.getTokenOffset()) : "";
    if (token === "{" || token === "[") depth++;
    if (token === "}" || token === "]") depth--;
    if (depth > DEEPEST) return scanner.getTokenOffset();
  }
  return undefined;
}

type Place = (offset: number) => { line: number; column: number };

function readObject(root: Node, name: string, place: Place): Parsed {
  const entries = new Map<string, Entry>();
  const faults: Fault[] = [];
  for (const property of root.children ?? []) {
    const [keyNode, valueNode] = property.children ?? [];
    if (keyNode === undefined || valueNode === undefined) continue;
    const entry: Entry = {
      key: String(keyNode.value),
      value: getNodeValue(valueNode),
      ...place(keyNode.offset),
    };
    const first = entries.get(entry.key);
    if (first === undefined) entries.set(entry.key, entry);
    else {
      const where = `${name}:${entry.line}:${entry.column}`;
      const state = `it stands in line ${first.line} already`;
      faults.push(fault(`Cannot set ${entry.key} from ${where}: ${state}`));
    }
  }
  return { entries: [...entries.values()], faults };
}

/** Offsets to lines and columns, columns in UTF-16 units as editors count them. */
function places(text: string): Place {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    const after = starts.findIndex((start) => start > offset);
    const line = after < 0 ? starts.length : after;
    return { line, column: offset - (starts[line - 1] ?? 0) + 1 };
  };
}
