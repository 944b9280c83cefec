import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  addressOf,
  directRoom,
  isPublicRoom,
  localName,
  parseAddress,
  parseRoom,
  qualify,
  roomKind,
  xmppRoom,
} from "../../src/message/address.ts";
import { compareCodePoints } from "../../src/message/code_points.ts";
import { MessageError } from "../../src/message/error.ts";
import { nameFault } from "../../src/message/name.ts";
import { address, anyString, room } from "./arbitraries.ts";

const hermetic = { sanitizeOps: true, sanitizeResources: true };

const ROOMS: readonly (readonly [string, string, string])[] = [
  ["lobby", "lobby", "a plain name"],
  ["Team plans 2026", "Team plans 2026", "spaces inside and capitals stay"],
  ["room_abc123", "room_abc123", "what other programs use"],
  ["cafe\u0301", "caf\u00e9", "NFC"],
  ["\u4e2d\u6587", "\u4e2d\u6587", "any script"],
  ["\ud83d\ude00", "\ud83d\ude00", "an emoji"],
  ["Note: this", "Note: this", "a colon after a capital is no kind"],
  ["a..b", "a..b", "dots inside are no path"],
  ["direct:b@x,a@x", "direct:a@x,b@x", "sorted"],
  ["direct:a@X,b@x", "direct:a@x,b@x", "domains in lower case"],
  ["xmpp:me@X/you@y", "xmpp:me@x/you@y", "an XMPP conversation"],
  ["xmpp:me@x/room@y/Nick name", "xmpp:me@x/room@y/Nick name", "an occupant of a room"],
  ["xmpp:me@x/example.org", "xmpp:me@x/example.org", "a server has no local part"],
];

for (const [text, expected, why] of ROOMS) {
  Deno.test(`address: takes the room ${JSON.stringify(text)}: ${why}`, hermetic, () => {
    assert.equal(parseRoom(text), expected);
  });
}

const NO_ROOMS: readonly (readonly [string, string, string])[] = [
  ["", "address/empty", "nothing"],
  [" lobby", "address/space", "a space first"],
  ["lobby ", "address/space", "a space last"],
  ["a  b", "address/space", "looks like one space"],
  ["a\u00a0b", "address/character", "a space that is not one"],
  ["a\tb", "address/character", "a tab"],
  ["a\u0000b", "address/character", "NUL"],
  ["a\u001b[31m", "address/character", "a terminal escape"],
  ["a\u202eb", "address/character", "a bidi override"],
  ["a\u2066b", "address/character", "a bidi isolate"],
  ["a\u200bb", "address/character", "a zero-width space"],
  ["a\ufeffb", "address/character", "a byte order mark"],
  ["a\u00adb", "address/character", "a soft hyphen"],
  ["a\u3164b", "address/character", "a filler that shows nothing"],
  ["a\ufe0f", "address/character", "a variation selector"],
  ["a\u2028b", "address/character", "a line separator"],
  ["a\ue000", "address/character", "private use"],
  ["a\u0378", "address/character", "unassigned"],
  ["a\ufdd0", "address/character", "a noncharacter"],
  ["\u0301a", "address/character", "a combining mark with nothing to combine with"],
  ["a\ud800", "address/not-unicode", "a lone surrogate"],
  ["a::b", "address/separator", "would split an event id elsewhere"],
  ["a:", "address/separator", "as well, together with what follows"],
  [":a", "address/separator", "kept symmetric"],
  [".", "address/path", "this folder"],
  ["..", "address/path", "the folder above"],
  ["...", "address/path", "only dots"],
  ["a/b", "address/path", "a slash"],
  ["../../etc/passwd", "address/path", "a path"],
  ["a\\b", "address/path", "a backslash"],
  ["irc:x", "address/reserved", "a kind that does not exist"],
  ["x".repeat(241), "address/too-long", "longer than a file name"],
  ["\u4e2d".repeat(60), "address/too-long", "longer than a file name once packed"],
  ["x".repeat(1_000_000), "address/too-long", "much too long"],
  ["direct:", "address/separator", "no addresses"],
  ["direct:a@x", "address/form", "one address"],
  ["direct:a@x,b@x,c@x", "address/form", "three addresses"],
  ["direct:a@x,", "address/form", "an empty one"],
  ["direct:a@x,b", "address/form", "a bare name"],
  ["direct:a@x,a@X", "address/same", "one address twice"],
  ["direct:a@x,b@x/y", "address/form", "a slash in a domain"],
  ["xmpp:me@x", "address/form", "no peer"],
  ["xmpp:me@x/", "address/form", "an empty peer"],
  ["xmpp:/you@y", "address/form", "an empty account"],
  ["xmpp:me/you@y", "address/form", "an account without a server"],
];

for (const [text, code, why] of NO_ROOMS) {
  Deno.test(
    `address: refuses the room ${JSON.stringify(text.slice(0, 20))}: ${why}`,
    hermetic,
    () => {
      assert.throws(() => parseRoom(text), { code, name: "MessageError" });
    },
  );
}

const ADDRESSES: readonly (readonly [string, string | undefined, string])[] = [
  ["alice@node-1a2b3c", "alice@node-1a2b3c", "an account"],
  ["Alice@Example.ORG", "Alice@example.org", "only the domain is folded"],
  ["o'brien+list@example.org", "o'brien+list@example.org", "an e-mail address"],
  ["alice", undefined, "a bare name"],
  ["@node", undefined, "no local part"],
  ["alice@", undefined, "no domain"],
  ["a@b@c", undefined, "two domains"],
  ["a b@c", undefined, "a space"],
  ["a,b@c", undefined, "would split a direct room"],
  ["a/b@c", undefined, "would split an XMPP room"],
  ["a:b@c", undefined, "a colon"],
];

for (const [text, expected, why] of ADDRESSES) {
  const verb = expected === undefined ? "refuses" : "takes";
  Deno.test(`address: ${verb} ${JSON.stringify(text)}: ${why}`, hermetic, () => {
    if (expected === undefined) assert.throws(() => parseAddress(text), { code: "address/form" });
    else assert.equal(parseAddress(text), expected);
  });
}

Deno.test("address: kinds", hermetic, () => {
  assert.deepEqual(roomKind("lobby"), { kind: "public" });
  assert.deepEqual(
    ["lobby", "Team: plans", directRoom("b@x", "a@y"), xmppRoom("me@x", "you@y"), "irc:x"]
      .map(isPublicRoom),
    [true, true, false, false, false],
  );
  assert.deepEqual(roomKind(directRoom("b@x", "a@y")), {
    kind: "direct",
    between: ["a@y", "b@x"],
  });
  assert.deepEqual(roomKind(xmppRoom("me@x", "room@y/Nick/name")), {
    kind: "xmpp",
    account: "me@x",
    peer: "room@y/Nick/name",
  });
  assert.throws(() => roomKind("irc:x"), { code: "address/reserved" });
  assert.throws(() => roomKind("direct:a@x"), { code: "address/form" });
});

Deno.test("address: local names", hermetic, () => {
  assert.equal(addressOf("alice", "here"), "alice@here");
  assert.equal(qualify("alice", "here"), "alice@here");
  assert.equal(qualify("alice@there", "here"), "alice@there");
  assert.equal(localName("alice@here", "here"), "alice");
  assert.equal(localName("alice@there", "here"), "alice@there");
  assert.equal(localName("alice@nothere", "here"), "alice@nothere", "a suffix is not the node");
  assert.equal(localName("@here", "here"), "@here");
});

Deno.test("address: two accounts with the longest Chinese names can talk", hermetic, () => {
  const node = "chat.example.org";
  const direct = directRoom(`${"\u4e2d".repeat(20)}@${node}`, `${"\u6587".repeat(20)}@${node}`);
  assert.equal(nameFault(direct), undefined);
});

Deno.test(
  "address: a direct room is the same from both ends, and parses to itself",
  hermetic,
  () => {
    fc.assert(fc.property(address, address, (a, b) => {
      fc.pre(a !== b);
      assert.equal(directRoom(a, b), directRoom(b, a));
      assert.equal(parseRoom(directRoom(a, b)), directRoom(a, b));
    }));
  },
);

Deno.test("address: parsing is idempotent and throws its own errors only", hermetic, () => {
  fc.assert(
    fc.property(fc.oneof(anyString, room, address), (text) => {
      for (const parse of [parseRoom, parseAddress]) {
        try {
          const parsed = parse(text);
          assert.equal(parse(parsed), parsed);
          assert.equal(nameFault(parsed), undefined);
        } catch (error) {
          assert.ok(error instanceof MessageError, String(error));
          assert.match(error.code, /^address\//);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("address: names are ordered by code point", hermetic, () => {
  const text = fc.string({
    unit: fc.constantFrom(
      "a",
      "\u00e9",
      "\uffee",
      "\ue000",
      "\ud83d\ude00",
      "\ud800\udc00",
      "\udbff\udfff",
    ),
  });
  fc.assert(fc.property(text, text, (a, b) => {
    const points = (text: string) => Array.from(text, (character) => character.codePointAt(0) ?? 0);
    const [x, y] = [points(a), points(b)];
    const at = x.findIndex((point, index) => point !== y[index]);
    const expected = at < 0 ? x.length - y.length : (x[at] ?? 0) - (y[at] ?? -1);
    assert.equal(Math.sign(compareCodePoints(a, b)), Math.sign(expected));
  }));
});
