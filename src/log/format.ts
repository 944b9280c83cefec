/**
 * A record as one line of text: for people, or JSON.
 *
 * @module
 */
import type { LogLevel, LogRecord } from "@logtape/logtape";
import { visible } from "../text.ts";
import { type JsonRecord, type JsonValue, maskProperties, maskText, maskValue } from "./mask.ts";

/** A record to a line, its end included. Never throws. */
export type Format = (record: LogRecord) => string;

/** One JSON object a line: `time` (ISO 8601, UTC), `level`, `category`, `message`, `properties`. */
export function jsonLine(record: LogRecord): string {
  const properties = maskProperties(record.properties);
  const line = {
    time: new Date(record.timestamp).toISOString(),
    level: record.level,
    category: record.category.join("."),
    message: rendered(record, properties).text,
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
  };
  // JSON escapes C0 controls itself; the others would still reach whoever prints the file.
  return `${escapeJson(JSON.stringify(line))}\n`;
}

/** C1 controls, bidirectional and zero-width characters as JSON escapes. */
function escapeJson(json: string): string {
  // The pattern of visible() finds them; in JSON each UTF-16 unit is escaped alone.
  return visible(json).replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) => {
    const units = String.fromCodePoint(Number.parseInt(hex, 16));
    return [...Array(units.length).keys()]
      .map((at) => `\\u${units.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");
  });
}

/** SGR colours of the levels (ECMA-48). */
const COLOURS: Readonly<Record<LogLevel, string>> = {
  trace: "\x1b[2m",
  debug: "\x1b[36m",
  info: "\x1b[32m",
  warning: "\x1b[33m",
  error: "\x1b[31m",
  fatal: "\x1b[1;31m",
};
const DIM = "\x1b[2m";
const PLAIN = "\x1b[0m";

/** Lines for people: time, level, category, message, then what the message does not name. */
export function textLine(style: "coloured" | "plain"): Format {
  const paint = (colour: string, text: string) =>
    style === "plain" ? text : `${colour}${text}${PLAIN}`;
  return (record) => {
    const properties = maskProperties(record.properties);
    const { text, named } = rendered(record, properties);
    const rest = Object.entries(properties).filter(([name]) => !named.has(name));
    const parts = [
      paint(DIM, new Date(record.timestamp).toISOString()),
      paint(COLOURS[record.level], record.level.padEnd(7)),
      paint(DIM, visible(record.category.join("."))),
      visible(text),
      ...rest.map(([name, value]) => paint(DIM, `${visible(name)}=`) + shown(value)),
    ];
    return `${parts.join(" ")}\n`;
  };
}

/** A property's value in a text line; quoted when it would not be seen as one. */
function shown(value: JsonValue): string {
  if (typeof value !== "string") return visible(JSON.stringify(value));
  return /^[\w./:@+-]+$/.test(value) ? value : visible(JSON.stringify(value));
}

interface Rendered {
  readonly text: string;
  /** The properties that the text holds. */
  readonly named: ReadonlySet<string>;
}

/**
 * The message with its placeholders filled from the masked properties. LogTape's own rendering is
 * not used: it holds the values as they were.
 */
function rendered(record: LogRecord, properties: JsonRecord): Rendered {
  const { rawMessage } = record;
  if (typeof rawMessage !== "string") {
    const text = record.message.map((part, at) =>
      at % 2 === 0 ? String(part) : inText(maskValue(part))
    )
      .join("");
    return { text: maskText(text), named: new Set() };
  }
  const named = new Set<string>();
  const text = rawMessage.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (whole, name?: string) => {
    if (name === undefined) return whole.charAt(0);
    const key = name.trim();
    if (key === "*") return inText(properties);
    const [first = "", ...path] = key.split(".");
    const value = path.reduce<JsonValue | undefined>(within, properties[first]);
    if (value === undefined) return whole;
    if (path.length === 0) named.add(first);
    return inText(value);
  });
  return { text: maskText(text), named };
}

function within(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function inText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
