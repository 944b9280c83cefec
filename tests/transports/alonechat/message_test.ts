import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type AloneMessage,
  decodeMessage,
  encodeMessage,
  MESSAGE_TYPE,
} from "../../../src/transports/alonechat/message.ts";
import { test } from "../../harness/test.ts";

const messages: fc.Arbitrary<AloneMessage> = fc.record({
  type: fc.constantFrom(...Object.values(MESSAGE_TYPE)),
  sender: fc.string({ unit: "binary" }),
  content: fc.string({ unit: "binary" }),
  target: fc.option(fc.string({ unit: "binary" })),
  command: fc.option(fc.string({ unit: "binary" })),
});

test("what is encoded is decoded as it was", () => {
  fc.assert(fc.property(messages, (message) => {
    assert.deepEqual(decodeMessage(encodeMessage(message)), { ...message });
  }));
});

test("the five keys stand in AloneChat's order, all of them, whatever the object's order", () => {
  fc.assert(fc.property(messages, ({ type, sender, content, target, command }) => {
    const shuffled = { command, target, content, sender, type, more: 1 };
    assert.equal(
      encodeMessage(shuffled),
      JSON.stringify({ type, sender, content, target, command }),
    );
  }));
});

test("no input makes the decoder throw, and what it gives is a message", () => {
  const inputs = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.record({
      type: fc.anything(),
      sender: fc.anything(),
      content: fc.anything(),
      target: fc.anything(),
    }, { requiredKeys: [] }).map((value) => {
      try {
        return JSON.stringify(value) ?? "";
      } catch {
        return "";
      }
    }),
  );
  fc.assert(fc.property(inputs, (text) => {
    const message = decodeMessage(text);
    if (message === undefined) return;
    assert.ok((Object.values(MESSAGE_TYPE) as number[]).includes(message.type));
    assert.equal(typeof message.sender, "string");
    assert.equal(typeof message.content, "string");
    assert.ok(message.target === null || typeof message.target === "string");
  }));
});
