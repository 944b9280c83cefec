import type { ServerFrame } from "../frames.ts";
import { isObject } from "../fields.ts";

/** The fields that a client relies on, by type; frames of other types are none of its business. */
const NEEDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  welcome: { epoch: "string", node: "string", you: "object", limits: "object" },
  ack: { id: "string", room: "string", offset: "number" },
  event: { room: "string", offset: "number", event: "object" },
  joined: { room: "string", next: "number", recovered: "boolean" },
  left: { room: "string" },
  members: { members: "object" },
  rooms: { rooms: "object" },
  page: { events: "object" },
  results: { hits: "object" },
  reply: { kind: "string", text: "string" },
  ok: {},
  pong: {},
  error: { code: "string", message: "string" },
  member: { room: "string", who: "object", state: "string" },
  presence: { who: "object", show: "string" },
  typing: { room: "string", who: "object", active: "boolean" },
  read: { room: "string", who: "object", offset: "number" },
};

/**
 * A server's frame, or undefined for what this client does not know: a newer server may say more.
 * Only the shape that the client itself relies on is checked; the server is trusted for the rest.
 */
export function decodeServerFrame(text: string): ServerFrame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || typeof value["type"] !== "string") return undefined;
  const frame = value;
  const needed = Object.hasOwn(NEEDED, value["type"]) ? NEEDED[value["type"]] : undefined;
  if (needed === undefined) return undefined;
  const fits = Object.entries(needed).every(([key, kind]) =>
    typeof frame[key] === kind && frame[key] !== null
  );
  return fits ? frame as unknown as ServerFrame : undefined;
}
