/**
 * A small room, byte for byte: `golden_room.jsonl` is what every later version must still write and
 * read. When a change of it is meant, `deno run -W tests/message/golden_test.ts` writes it anew.
 */
import assert from "node:assert/strict";
import type { ChainTail } from "../../src/message/chain.ts";
import { EMPTY_CHAIN, seal } from "../../src/message/chain.ts";
import { ChainVerifier } from "../../src/message/chain_verifier.ts";
import {
  editContent,
  emoteContent,
  reactionContent,
  redactionContent,
  textContent,
} from "../../src/message/content.ts";
import { deviceId } from "../../src/message/device.ts";
import type { ChatEvent, Content, EventType } from "../../src/message/event.ts";
import { createEventIds, parseEventId } from "../../src/message/id.ts";
import { decodeEvent, encodeEvent } from "../../src/message/line.ts";
import { SigningKey, VerifyingKey } from "../../src/message/signature.ts";
import { splitLines } from "../../src/message/splitter.ts";
import { verifyEvent } from "../../src/message/verify.ts";

const FILE = new URL("golden_room.jsonl", import.meta.url);
const key = SigningKey.fromSeed(Uint8Array.from({ length: 32 }, (_, index) => index));

const ROOM = "caf\u00e9";
const START = Date.UTC(2026, 0, 31, 12);
const ids = createEventIds(() => "00000000-0000-4000-8000-000000000000");
const first = ids(ROOM, START);
const second = ids(ROOM, START);
const alice = "alice@node-1a2b3c";
const bob = "bob@node-1a2b3c";

/** Id, sender, type, content, and the author's key. */
const SAID: readonly (readonly [string, string, EventType, Content, string?])[] = [
  [first, alice, "m.room.message", textContent("Hello, \u4e16\u754c! \ud83d\ude00")],
  [second, bob, "m.room.message", textContent('tabs\t"quotes" \\ and\nlines / \u007f')],
  [ids(ROOM, START + 1), alice, "m.room.message", emoteContent("waves"), "key-1"],
  [ids(ROOM, START + 2), alice, "m.room.edit", editContent(first, textContent("Hello!"))],
  [ids(ROOM, START + 3), bob, "m.room.reaction", reactionContent(first, "\u2764\ufe0f")],
  [ids(ROOM, START + 4), bob, "m.room.redaction", redactionContent(second, "too many tabs")],
];

function room(): string {
  const tails = new Map<string, ChainTail>();
  return SAID.map(([id, sender, type, content, authorsKey]) => {
    const tail = tails.get(sender) ?? EMPTY_CHAIN;
    const accepted: ChatEvent = {
      event_id: id,
      room_id: ROOM,
      timestamp_ms: Date.parse(parseEventId(id).time),
      sender_id: sender,
      type,
      parent_event_id: type === "m.room.reaction" ? first : null,
      prev_event_hash: null,
      signature: null,
      content: {
        ...content,
        chatnode: {
          device: deviceId(key.publicKey),
          seq: tail.seq + 1,
          ...(authorsKey === undefined ? {} : { key: authorsKey }),
          via: "websocket",
        },
      },
    };
    const sealed = seal(accepted, tail, key);
    tails.set(sender, sealed.tail);
    return `${encodeEvent(sealed.event)}\n`;
  }).join("");
}

if (import.meta.main) await Deno.writeTextFile(FILE, room());

Deno.test("golden: the room is written as it stands in the file", async () => {
  assert.equal(room(), await Deno.readTextFile(FILE));
});

Deno.test("golden: the file reads, verifies and chains", async () => {
  const verifier = new ChainVerifier({ unchained: "refuse" });
  const publicKey = new VerifyingKey(key.publicKey);
  let count = 0;
  for await (const fileLine of splitLines((await Deno.open(FILE)).readable)) {
    assert.ok("text" in fileLine && fileLine.end === "complete");
    const line = decodeEvent(fileLine.text);
    assert.ok(line !== undefined);
    assert.equal(encodeEvent(line.event), fileLine.text);
    assert.equal(verifyEvent(line, publicKey), "valid");
    assert.deepEqual(verifier.check(line), []);
    count++;
  }
  assert.equal(count, 6);
});
