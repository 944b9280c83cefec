/** Random events, names and values for the properties of the message model. */
import * as fc from "fast-check";
import { directRoom } from "../../src/message/address.ts";
import type { ChatEvent, Content, Json, JsonObject } from "../../src/message/event.ts";
import { EVENT_TYPES } from "../../src/message/event.ts";
import { createEventIds } from "../../src/message/id.ts";
import { nameFault } from "../../src/message/name.ts";

/** Any string: unpaired surrogates, controls and astral characters among them. */
export const anyString: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 }).map((units) =>
    String.fromCharCode(...units)
  ),
);

/** A text that may be stored as a name. */
export const storedName: fc.Arbitrary<string> = fc.string({
  unit: "grapheme",
  minLength: 1,
  maxLength: 16,
}).filter((name) => nameFault(name) === undefined);

/** `name@node` of letters and digits. */
export const address: fc.Arbitrary<string> = fc.tuple(
  fc.stringMatching(/^[a-zA-Z0-9_]{3,20}$/),
  fc.stringMatching(/^[a-z0-9-]{1,12}$/),
).map(([name, node]) => `${name}@${node}`);

/** A room of any kind that people write in. */
export const room: fc.Arbitrary<string> = fc.oneof(
  fc.constant("lobby"),
  storedName.filter((name) => !/^[a-z][a-z0-9+.-]*:|[/\\]|^\.+$/.test(name)),
  fc.tuple(address, address).filter(([a, b]) => a !== b).map(([a, b]) => directRoom(a, b)),
);

/** A JSON value with integers only, as chatnode writes, and keys of every kind. */
export const integerJson: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger().map((number) => number === 0 ? 0 : number),
    anyString,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(anyString, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

const known = fc.record(
  {
    device: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/),
    seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    key: fc.string({ unit: "grapheme-ascii", maxLength: 64 }),
    via: fc.constantFrom("websocket", "http", "xmpp"),
  },
  { requiredKeys: ["device", "seq"], noNullPrototype: true },
);

const provenance = fc.tuple(
  known,
  fc.dictionary(fc.stringMatching(/^[a-f]{1,3}$/), integerJson, { maxKeys: 1 }),
).map(([own, extra]) => ({ ...extra, ...own }));

/** Content as doors make it, or anything else that an event may hold. */
export const content: fc.Arbitrary<Content> = fc.tuple(
  fc.record(
    {
      body: anyString,
      msgtype: fc.constantFrom("m.text", "m.emote", "m.notice"),
      chatnode: provenance,
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
  fc.oneof(
    fc.constant({}),
    fc.dictionary(anyString, integerJson, { maxKeys: 3, noNullPrototype: true }),
  ),
).map(([own, extra]): Content => {
  const { body: _body, msgtype: _msgtype, chatnode: _chatnode, ...rest }: JsonObject = extra;
  return { ...rest, ...own };
});

/** An event that any store may hold, keys in order. */
export const event: fc.Arbitrary<ChatEvent> = fc.record({
  room,
  timestamp: fc.integer({ min: 1, max: 253_402_300_799_999 }),
  sender: fc.oneof(address, storedName),
  type: fc.constantFrom(...EVENT_TYPES),
  hasParent: fc.boolean(),
  hash: fc.option(fc.base64String({ minLength: 44, maxLength: 44 })),
  signature: fc.option(fc.base64String({ minLength: 88, maxLength: 88 })),
  uuid: fc.uuid(),
  content,
}).map((parts) => {
  const ids = createEventIds(() => parts.uuid);
  return {
    event_id: ids(parts.room, parts.timestamp),
    room_id: parts.room,
    timestamp_ms: parts.timestamp,
    sender_id: parts.sender,
    type: parts.type,
    parent_event_id: parts.hasParent ? ids(parts.room, parts.timestamp) : null,
    prev_event_hash: parts.hash,
    signature: parts.signature,
    content: parts.content,
  };
});
