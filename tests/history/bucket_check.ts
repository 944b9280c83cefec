/**
 * Reads a folder as a Bucket Chat base, strictly and with nothing of the store's own reading code.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ChatEvent } from "../../src/message/event.ts";
import { decodeFileName } from "../../src/message/file_name.ts";
import { decodeEvent, encodeEvent } from "../../src/message/line.ts";
import { VerifyingKey } from "../../src/message/signature.ts";

const KEYS = [
  "event_id",
  "room_id",
  "timestamp_ms",
  "sender_id",
  "type",
  "parent_event_id",
  "prev_event_hash",
  "signature",
  "content",
];

/** The names in a folder, sorted. */
export function names(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Every file below a folder with its content. */
export function tree(folder: string, prefix = ""): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of Deno.readDirSync(folder)) {
    const path = join(folder, entry.name);
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory) {
      for (const [key, text] of tree(path, `${name}/`)) files.set(key, text);
    } else files.set(name, Deno.readTextFileSync(path));
  }
  return new Map(Array.from(files).sort(([a], [b]) => a < b ? -1 : 1));
}

/**
 * Checks every file of the base and gives each room's events in the order of file names, which for
 * one writer is the order of time. `publicKeys`: by device, base64.
 */
export function checkBase(
  history: string,
  publicKeys: Readonly<Record<string, string>>,
): Map<string, ChatEvent[]> {
  const rooms = new Map<string, ChatEvent[]>();
  const rootFolder = join(history, "rooms");
  for (const folder of names(rootFolder)) {
    const room = decodeFileName(folder);
    assert.deepEqual(names(join(rootFolder, folder)), ["logs", "metadata.json"]);
    checkMetadata(join(rootFolder, folder, "metadata.json"), room);
    const events: ChatEvent[] = [];
    for (const day of names(join(rootFolder, folder, "logs"))) {
      assert.match(day, /^\d{4}-\d\d-\d\d$/);
      for (const name of names(join(rootFolder, folder, "logs", day))) {
        events.push(...checkSegment(join(rootFolder, folder, "logs", day), name, room, day));
      }
    }
    rooms.set(room, events);
  }
  for (const events of rooms.values()) checkChains(events, publicKeys);
  return rooms;
}

function checkMetadata(path: string, room: string): void {
  const metadata = JSON.parse(Deno.readTextFileSync(path));
  assert.equal(metadata.room_id, room);
  assert.equal(metadata.version, "1.0");
  assert.equal(metadata.protocol, "bucket-chat-v1");
  assert.equal(new Date(metadata.created_at).toISOString(), metadata.created_at);
}

function checkSegment(folder: string, name: string, room: string, day: string): ChatEvent[] {
  const match = /^messages_(\d+)_(\d+)_([a-z0-9-]+)\.jsonl$/.exec(name);
  assert.ok(match, `a segment's name: ${name}`);
  const text = Deno.readTextFileSync(join(folder, name));
  assert.ok(text.endsWith("\n"), "the last line ends in LF");
  const events = text.slice(0, -1).split("\n").map((line) => {
    const event = JSON.parse(line) as ChatEvent;
    assert.deepEqual(Object.keys(event), KEYS);
    assert.equal(encodeEvent(event), line, "compact, in the order of the protocol");
    assert.equal(event.room_id, room);
    assert.match(event.event_id, /^[^:].*::.+::[0-9a-f-]{36}$/);
    assert.equal(new Date(event.timestamp_ms).toISOString().slice(0, 10), day);
    assert.equal(event.content.chatnode?.device, match[3]);
    return event;
  });
  const times = events.map((event) => event.timestamp_ms);
  assert.equal(Number(match[1]), Math.min(...times));
  assert.equal(Number(match[2]), Math.max(...times));
  return events;
}

function checkChains(
  events: readonly ChatEvent[],
  publicKeys: Readonly<Record<string, string>>,
): void {
  const chains = new Map<string, { seq: number; hash: string | null }>();
  for (const event of events) {
    const { device, seq } = event.content.chatnode!;
    const key = new VerifyingKey(publicKeys[device]!);
    const canonical = decodeEvent(encodeEvent(event))!.canonical("null");
    assert.ok(key.verify(canonical, event.signature!), "the signature verifies");
    const chain = `${device} ${event.sender_id}`;
    const before = chains.get(chain) ?? { seq: 0, hash: null };
    assert.equal(seq, before.seq + 1);
    assert.equal(event.prev_event_hash, before.hash);
    const hash = createHash("sha256").update(canonical).digest("base64");
    chains.set(chain, { seq, hash });
  }
}
