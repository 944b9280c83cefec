/**
 * What a log line may hold: secrets and messages taken out, everything bounded.
 *
 * @module
 */

/** Longest string, in UTF-16 units; the rest is counted. */
const LONGEST = 1024;
/** Most elements of one list or object. */
const MOST = 32;
/** Deepest nesting. */
const DEEPEST = 4;

const MASKED = "[masked]";

/** Words in a property's name that stand for a secret. */
const SECRET_WORDS = new Set([
  ...["password", "passwords", "passwd", "passphrase", "pwd", "pass"],
  ...["token", "tokens", "jwt", "bearer", "authorization", "authtoken"],
  ...["secret", "secrets", "credential", "credentials"],
  ...["cookie", "cookies", "key", "keys", "apikey", "otp", "pin"],
]);

/** Names of properties that hold what somebody wrote. */
const MESSAGE_NAMES = new Set([
  ...["body", "content", "message", "text", "formattedbody", "messagebody", "newcontent"],
  ...["rawbody", "payload", "html"],
]);

/** `authToken`, `auth_token` and `Auth-Token` to `auth`, `token`. */
function words(name: string): string[] {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z0-9]+/);
}

/** What stands for the value of a property of that name, or undefined when it may be shown. */
function hidden(name: string, value: unknown): string | undefined {
  const parts = words(name.slice(0, 100));
  if (MESSAGE_NAMES.has(parts.join("")) && !harmless(value)) return "[not logged]";
  if (!parts.some((part) => SECRET_WORDS.has(part))) return undefined;
  // tokenCount: 3 tells nothing, pin: 1234 does.
  const counts = harmless(value) && !SECRET_WORDS.has(parts.at(-1) ?? "");
  return counts || value === undefined || value === null ? undefined : MASKED;
}

function harmless(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "number" ||
    typeof value === "boolean";
}

const SHAPES: readonly (readonly [RegExp, string])[] = [
  // JWS and JWE compact form (RFC 7515, RFC 7516): the first part is base64url of {"
  [/\beyJ[\w-]{4,}(?:\.[\w-]*){1,4}/g, MASKED],
  // RFC 9110 section 11.4
  [/\b(Bearer|Basic|Digest)(\s+)[\w.~+/=-]{6,}/gi, `$1$2${MASKED}`],
  // user:password@ in a URL (RFC 3986 section 3.2.1)
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, `$1:${MASKED}@`],
  // token=..., password: ... in queries, cookies and texts
  [
    /\b((?:auth|access|refresh|id|api)?[-_]?(?:token|password|passwd|secret|key)["']?\s*[=:]\s*["']?)[^\s&;,"']+/gi,
    `$1${MASKED}`,
  ],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g, MASKED],
  // PHC strings of password hashes
  [/\$(?:scrypt|argon2\w*|2[aby]|pbkdf2[\w-]*)\$[^\s"]+/g, MASKED],
];

/** `text` without what has the shape of a secret, cut to a bounded length. */
export function maskText(text: string): string {
  const cut = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  const masked = SHAPES.reduce((result, [shape, into]) => result.replace(shape, into), cut);
  return cut === text ? masked : `${masked}... (${text.length - LONGEST} more)`;
}

/**
 * The properties of a log record as plain JSON values: strings without secrets, bounded in length,
 * number and depth. Secrets and message bodies are recognised by the name of their property too.
 * Never throws, whatever the values are.
 */
export function maskProperties(properties: Readonly<Record<string, unknown>>): JsonRecord {
  return maskObject(Object.entries(properties), 0, new Set());
}

/** A JSON object. */
export interface JsonRecord {
  [key: string]: JsonValue;
}
/** A JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonRecord;

type Entries = readonly (readonly [string, unknown])[];

function maskObject(entries: Entries, depth: number, above: Set<object>): JsonRecord {
  const result: JsonRecord = {};
  for (const [name, value] of entries.slice(0, MOST)) {
    if (value === undefined) continue;
    const key = maskText(name);
    result[key] = hidden(name, value) ?? maskValue(value, depth, above);
  }
  if (entries.length > MOST) result["..."] = `${entries.length - MOST} more`;
  return result;
}

/** One value, where the name is not known. */
export function maskValue(value: unknown, depth = 0, above: Set<object> = new Set()): JsonValue {
  switch (typeof value) {
    case "string":
      return maskText(value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
      return value;
    case "bigint":
      return String(value);
    case "object":
      return value === null ? null : maskReference(value, depth, above);
    default:
      return `[${typeof value}]`;
  }
}

function maskReference(value: object, depth: number, above: Set<object>): JsonValue {
  if (above.has(value)) return "[circular]";
  if (depth >= DEEPEST) return Array.isArray(value) ? "[list]" : "[object]";
  above.add(value);
  try {
    return describe(value, depth + 1, above);
  } catch {
    // A getter or a proxy that throws.
    return "[unreadable]";
  } finally {
    above.delete(value);
  }
}

function describe(value: object, depth: number, above: Set<object>): JsonValue {
  if (value instanceof Error) return maskError(value, depth, above);
  if (Array.isArray(value)) return maskList(value, depth, above);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return `[${value.byteLength} bytes]`;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return maskText(value.href);
  if (value instanceof Set) return maskList([...value], depth, above);
  if (value instanceof Map) {
    return maskObject([...value].map(([key, one]) => [String(key), one]), depth, above);
  }
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return maskValue(value.toJSON(), depth, above);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) {
    return maskObject(Object.entries(value), depth, above);
  }
  return `[${value.constructor.name}]`;
}

function maskList(values: readonly unknown[], depth: number, above: Set<object>): JsonValue[] {
  const result = values.slice(0, MOST).map((value) => maskValue(value, depth, above));
  if (values.length > MOST) result.push(`... (${values.length - MOST} more)`);
  return result;
}

/** Name, code and message of an error, its causes, and where it was thrown. */
function maskError(error: Error, depth: number, above: Set<object>): JsonRecord {
  // What JSON.parse and the like throw quotes the input, which may be a message.
  const quotes = error instanceof SyntaxError;
  const { code } = error as { code?: unknown };
  return {
    name: maskText(error.name),
    ...(typeof code === "string" ? { code: maskText(code) } : {}),
    message: quotes ? "[not logged]" : maskText(error.message),
    ...(error.cause === undefined ? {} : { cause: maskValue(error.cause, depth, above) }),
    stack: frames(error),
  };
}

/** The stack without its first lines, which repeat the message; at most 12 frames. */
function frames(error: Error): JsonValue[] {
  const lines = (error.stack ?? "").split("\n").map((line) => line.trim());
  return lines.filter((line) => line.startsWith("at ")).slice(0, 12).map(maskText);
}
