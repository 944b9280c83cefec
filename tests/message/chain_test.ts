import assert from "node:assert/strict";
import { canonicalEvent } from "../../src/message/canonical.ts";
import { chainOf, EMPTY_CHAIN, seal } from "../../src/message/chain.ts";
import type { ChatEvent } from "../../src/message/event.ts";
import { eventHash, SigningKey, VerifyingKey } from "../../src/message/signature.ts";

const key = SigningKey.fromSeed(new Uint8Array(32).fill(7));

function accepted(seq: number): ChatEvent {
  return {
    event_id: `lobby::2026-01-01T00:00:00.00000${seq}Z::${seq}`,
    room_id: "lobby",
    timestamp_ms: 1767225600000 + seq,
    sender_id: "alice@node",
    type: "m.room.message",
    parent_event_id: null,
    prev_event_hash: null,
    signature: null,
    content: { body: `text ${seq}`, msgtype: "m.text", chatnode: { device: "d1", seq } },
  };
}

Deno.test("chain: sealing links, numbers and signs, the same every time", () => {
  const first = seal(accepted(1), EMPTY_CHAIN, key);
  const second = seal(accepted(2), first.tail, key);
  assert.equal(first.event.prev_event_hash, null);
  assert.equal(second.event.prev_event_hash, eventHash(canonicalEvent(first.event)));
  assert.deepEqual(seal(accepted(2), first.tail, key), second);
  assert.deepEqual(second.tail, { seq: 2, hash: eventHash(canonicalEvent(second.event)) });
  const signature = second.event.signature ?? "";
  assert.ok(new VerifyingKey(key.publicKey).verify(canonicalEvent(second.event), signature));
});

Deno.test("chain: only the event that follows can be sealed", () => {
  assert.throws(() => seal(accepted(2), EMPTY_CHAIN, key), { code: "chain/sequence" });
  const first = seal(accepted(1), EMPTY_CHAIN, key);
  assert.throws(() => seal(accepted(1), first.tail, key), { code: "chain/sequence" });
});

Deno.test("chain: one chain a room, sender and device", () => {
  const event = accepted(1);
  const others: ChatEvent[] = [
    { ...event, room_id: "hall" },
    { ...event, sender_id: "bob@node" },
    { ...event, content: { ...event.content, chatnode: { device: "d2", seq: 1 } } },
    { ...event, content: {} },
  ];
  assert.equal(new Set([event, ...others].map(chainOf)).size, 5);
  assert.equal(chainOf(accepted(2)), chainOf(event));
});
