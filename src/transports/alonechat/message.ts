/**
 * AloneChat's one message form: a JSON object of five keys, on every wire.
 *
 * @module
 */

/** What a message is. */
export const MESSAGE_TYPE = {
  text: 1,
  join: 2,
  leave: 3,
  help: 4,
  command: 5,
  encrypted: 6,
  heartbeat: 7,
} as const;
/** The integer that stands for it on the wire. */
export type MessageType = (typeof MESSAGE_TYPE)[keyof typeof MESSAGE_TYPE];

/** One message. */
export interface AloneMessage {
  readonly type: MessageType;
  /** An account's name, or {@linkcode SERVER}. */
  readonly sender: string;
  readonly content: string;
  /** The account that a direct message is for; null for the lobby. */
  readonly target: string | null;
  readonly command: string | null;
}

/** The sender of what the node itself says. No account can have this name. */
export const SERVER = "SERVER";

/** Names of the types as AloneChat's documents write them; its code sends integers. */
const BY_NAME: ReadonlyMap<unknown, MessageType> = new Map(
  Object.entries(MESSAGE_TYPE).map(([name, type]) => [name, type]),
);
const BY_NUMBER: ReadonlySet<unknown> = new Set(Object.values(MESSAGE_TYPE));

/** The wire form: compact, the five keys in AloneChat's order. */
export function encodeMessage(message: AloneMessage): string {
  const { type, sender, content, target, command } = message;
  return JSON.stringify({ type, sender, content, target, command });
}

/** A message from the node to one client. */
export function serverMessage(
  content: string,
  type: MessageType = MESSAGE_TYPE.text,
): AloneMessage {
  return { type, sender: SERVER, content, target: null, command: null };
}

/**
 * Reads a message; undefined for everything that is none. The type may be an integer or its name,
 * further keys are ignored, `target` and `command` may be absent.
 */
export function decodeMessage(text: string): AloneMessage | undefined {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null) return undefined;
  const { type, sender, content, target, command } = value as Readonly<Record<string, unknown>>;
  const known = readType(type);
  if (known === undefined || typeof sender !== "string" || typeof content !== "string") {
    return undefined;
  }
  if (!isTextOrAbsent(target) || !isTextOrAbsent(command)) return undefined;
  return { type: known, sender, content, target: target ?? null, command: command ?? null };
}

/** Any JSON value; undefined when `text` is none. An error would quote what somebody wrote. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readType(type: unknown): MessageType | undefined {
  if (BY_NUMBER.has(type)) return type as MessageType;
  return typeof type === "string" ? BY_NAME.get(type.toLowerCase()) : undefined;
}

function isTextOrAbsent(value: unknown): value is string | null | undefined {
  return value === null || value === undefined || typeof value === "string";
}
