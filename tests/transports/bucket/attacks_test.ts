/**
 * Everything that somebody may do who can write to the bucket, or who has a key: each row is one
 * attack, what is found, and what is believed all the same.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { ChatEvent } from "../../../src/message/event.ts";
import { encodeEvent } from "../../../src/message/line.ts";
import type { SegmentObject } from "../../../src/transports/bucket/verification/contract.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";
import { Author, bytesOf, fileOf, keyOf, NOON, objectOf } from "./author.ts";
import { bodiesOf, codesOf, Reader } from "./reader.ts";

/** One attack on a reader who knows alice's node (`alpha`) and the attacker's (`beta`). */
interface Attack {
  readonly name: string;
  readonly why: string;
  /** The files, in the order in which they are pulled; all but the last are sound. */
  readonly files: (alpha: Author, beta: Author) => readonly SegmentObject[];
  /** The codes that the files before it get. */
  readonly before?: readonly string[];
  /** The codes that the last file gets. */
  readonly found: readonly string[];
  /** How many of its lines are accepted. */
  readonly accepted: number;
  /** Where alice's device stands afterwards. */
  readonly standing?: string;
}

const line = (event: ChatEvent) => encodeEvent(event);
const text = (events: readonly ChatEvent[]) => `${events.map(line).join("\n")}\n`;
const digest = (content: string) => createHash("sha256").update(content).digest("base64");

const ATTACKS: readonly Attack[] = [
  {
    name: "nothing",
    why: "a sound file has no fault",
    files: (alpha) => [fileOf(alpha, alpha.talk(3))],
    found: [],
    accepted: 3,
  },
  {
    name: "forged body",
    why: "whoever holds the store could put words into alice's mouth",
    files: (alpha) => {
      const events = alpha.talk(2);
      const forged = text(events).replace("message 2", "I resign!");
      return [objectOf(keyOf(events, alpha.device), forged)];
    },
    found: ["line/signature"],
    accepted: 1,
  },
  {
    name: "forged body before sound ones",
    why: "the events after it name what was there, and do not vouch for what is",
    files: (alpha) => {
      const events = alpha.talk(4);
      const forged = text(events).replace("message 2", "I resign!");
      return [objectOf(keyOf(events, alpha.device), forged)];
    },
    found: ["line/signature", "chain/gap"],
    accepted: 3,
  },
  {
    name: "forged end",
    why: "whoever forges the last event has not signed those before it",
    files: (alpha, beta) => {
      const events = alpha.talk(3);
      const { signature } = beta.say();
      return [fileOf(alpha, [...events.slice(0, 2), { ...events[2]!, signature }])];
    },
    found: ["line/signature"],
    accepted: 2,
  },
  {
    name: "forged time",
    why: "the signature covers every key",
    files: (alpha) => {
      const [event] = alpha.talk(1);
      const later = { ...event!, timestamp_ms: event!.timestamp_ms + 5 };
      return [objectOf(keyOf([later], alpha.device), text([later]))];
    },
    found: ["line/signature"],
    accepted: 0,
  },
  {
    name: "no signature",
    why: "a line that nobody signed is nobody's",
    files: (alpha) => {
      const [event] = alpha.talk(1);
      return [fileOf(alpha, [{ ...event!, signature: null }])];
    },
    found: ["line/unsigned"],
    accepted: 0,
  },
  {
    name: "another device's key",
    why: "beta signs as alpha's device",
    files: (alpha, beta) => {
      const [event] = new Author(1).talk(1);
      const { signature: _, ...rest } = event!;
      return [fileOf(alpha, [{ ...rest, signature: beta.talk(1)[0]!.signature } as ChatEvent])];
    },
    found: ["line/signature"],
    accepted: 0,
  },
  {
    name: "stolen name",
    why: "a node signs only for its own people",
    files: (_alpha, beta) => [fileOf(beta, beta.talk(1, { sender: "alice@alpha" }))],
    found: ["signer/unbound"],
    accepted: 0,
  },
  {
    name: "stolen guest",
    why: "guests are their node's too",
    files: (_alpha, beta) => [fileOf(beta, beta.talk(1, { sender: "~alice@alpha" }))],
    found: ["signer/unbound"],
    accepted: 0,
  },
  {
    name: "a name with two nodes",
    why: "its end alone must not decide",
    files: (_alpha, beta) => [fileOf(beta, beta.talk(1, { sender: "alice@alpha@beta" }))],
    found: ["signer/unbound"],
    accepted: 0,
  },
  {
    name: "a stranger in a private talk",
    why: "only the two whose room it is may speak there",
    files: (_alpha, beta) => [
      fileOf(beta, beta.talk(1, { room: "direct:alice@alpha,bob@alpha", sender: "eve@beta" })),
    ],
    found: ["line/party"],
    accepted: 0,
  },
  {
    name: "another room",
    why: "a file copied into another room's folder would be said there",
    files: (alpha) => {
      const events = alpha.talk(1);
      return [objectOf(keyOf(events, alpha.device, "board"), text(events))];
    },
    found: ["line/room"],
    accepted: 0,
  },
  {
    name: "another writer",
    why: "a file is one writer's",
    files: (alpha, beta) => {
      const events = alpha.talk(1);
      return [objectOf(keyOf(events, beta.device), text(events))];
    },
    found: ["line/writer"],
    accepted: 0,
  },
  {
    name: "replayed file",
    why: "the same events under another name say nothing new",
    files: (alpha) => {
      const events = alpha.talk(2);
      const name = keyOf(events, alpha.device).replace("2026-01-02", "2026-01-03");
      return [fileOf(alpha, events), objectOf(name, text(events))];
    },
    found: [],
    accepted: 2,
  },
  {
    name: "replayed id",
    why: "an id must not get a second content, even from another who may sign",
    files: (alpha, beta) => {
      const [event] = alpha.talk(1);
      const again = beta.talk(1, { id: event!.event_id, sender: "eve@beta" });
      return [fileOf(alpha, [event!]), fileOf(beta, again)];
    },
    found: ["id/replayed"],
    accepted: 0,
  },
  {
    name: "an id given twice",
    why: "a device that gives two events one id tells two stories as well",
    files: (alpha) => {
      const [event] = alpha.talk(1);
      return [fileOf(alpha, [event!]), fileOf(alpha, alpha.talk(1, { id: event!.event_id }))];
    },
    found: ["chain/fork"],
    accepted: 0,
    standing: "forked",
  },
  {
    name: "a line twice",
    why: "it is one event",
    files: (alpha) => {
      const events = alpha.talk(2);
      return [objectOf(keyOf(events, alpha.device), text([events[0]!, ...events]))];
    },
    found: ["chain/repeated"],
    accepted: 2,
  },
  {
    name: "cut at a line",
    why: "the name still says when the last event was",
    files: (alpha) => {
      const events = alpha.talk(3);
      return [objectOf(keyOf(events, alpha.device), text(events.slice(0, 2)))];
    },
    found: ["object/times"],
    accepted: 2,
  },
  {
    name: "cut within a line",
    why: "half a line is none",
    files: (alpha) => {
      const events = alpha.talk(2);
      return [objectOf(keyOf(events, alpha.device), text(events).slice(0, -40))];
    },
    found: ["line/torn", "object/times"],
    accepted: 1,
  },
  {
    name: "shorter than announced",
    why: "a store that gives less than was written is not believed at all",
    files: (alpha) => {
      const events = alpha.talk(2);
      const whole = text(events);
      const short = text(events.slice(0, 1));
      const announced = { size: whole.length, sha256: digest(whole) };
      return [objectOf(keyOf(events, alpha.device), short, announced)];
    },
    found: ["object/truncated"],
    accepted: 0,
  },
  {
    name: "longer than announced",
    why: "lines that were put behind are not read",
    files: (alpha) => {
      const events = alpha.talk(2);
      const announced = { size: text(events.slice(0, 1)).length };
      return [objectOf(keyOf(events, alpha.device), text(events), announced)];
    },
    found: ["object/altered"],
    accepted: 0,
  },
  {
    name: "other bytes than announced",
    why: "the same length is not the same file",
    files: (alpha) => {
      const events = alpha.talk(2);
      const whole = text(events);
      const announced = { size: whole.length, sha256: digest(`${whole}?`) };
      return [objectOf(keyOf(events, alpha.device), whole, announced)];
    },
    found: ["object/altered"],
    accepted: 0,
  },
  {
    name: "reordered lines",
    why: "nobody's writer writes so; the events are sound",
    files: (alpha) => {
      const events = alpha.talk(3);
      return [objectOf(keyOf(events, alpha.device), text(events.toReversed()))];
    },
    found: ["chain/order", "chain/order"],
    accepted: 3,
  },
  {
    name: "withheld file",
    why: "the numbers show that something was said",
    files: (alpha) => {
      const events = alpha.talk(6);
      return [fileOf(alpha, events.slice(0, 2)), fileOf(alpha, events.slice(4))];
    },
    found: ["chain/gap"],
    accepted: 2,
  },
  {
    name: "withheld line",
    why: "the numbers show that within a file too",
    files: (alpha) => {
      const events = alpha.talk(3);
      return [fileOf(alpha, [events[0]!, events[2]!])];
    },
    found: ["chain/gap"],
    accepted: 2,
  },
  {
    name: "fork",
    why: "a device that gives a number twice tells two stories",
    files: (alpha) => {
      const first = alpha.talk(1);
      const other = alpha.copy();
      const one = alpha.talk(2);
      return [fileOf(alpha, [...first, ...one]), fileOf(alpha, other.talk(2))];
    },
    found: ["chain/fork", "signer/forked"],
    accepted: 0,
    standing: "forked",
  },
  {
    name: "fork within a file",
    why: "the same, in one file",
    files: (alpha) => {
      const other = alpha.copy();
      const both = [...alpha.talk(1), ...other.talk(1)];
      return [fileOf(alpha, both)];
    },
    found: ["chain/fork"],
    accepted: 1,
    standing: "forked",
  },
  {
    name: "fork behind a withheld event",
    why: "the late event is not the one that its successor names",
    before: ["chain/gap"],
    files: (alpha) => {
      const first = alpha.talk(1);
      const other = alpha.copy();
      const [, third] = alpha.talk(2);
      return [fileOf(alpha, [...first, third!]), fileOf(alpha, other.talk(1))];
    },
    found: ["chain/hash"],
    accepted: 0,
    standing: "forked",
  },
  {
    name: "another past",
    why: "an event that names another predecessor than the one that was shown",
    files: (alpha) => {
      const other = alpha.copy();
      other.talk(1);
      return [fileOf(alpha, alpha.talk(1)), fileOf(alpha, other.talk(1))];
    },
    found: ["chain/hash"],
    accepted: 0,
    standing: "forked",
  },
  {
    name: "an unknown device",
    why: "a key without a record belongs to nobody",
    files: () => {
      const stranger = new Author(50, "gamma");
      return [fileOf(stranger, stranger.talk(1))];
    },
    found: ["signer/unknown"],
    accepted: 0,
  },
  {
    name: "the future",
    why: "it would stay the newest message for ever",
    files: (alpha) => [fileOf(alpha, alpha.talk(1, { at: NOON + 2 * 60 * 60 * 1000 }))],
    found: ["line/future"],
    accepted: 0,
  },
  {
    name: "a name of other times",
    why: "the name is what readers who look for a time go by",
    files: (alpha) => {
      const events = alpha.talk(1);
      const name = `rooms/lobby/logs/2026-01-02/messages_1_2_${alpha.device}.jsonl`;
      return [objectOf(name, text(events))];
    },
    found: ["object/times"],
    accepted: 1,
  },
  {
    name: "typing",
    why: "it is never stored, so nobody needs it signed",
    files: (alpha) => [fileOf(alpha, alpha.talk(1, { type: "m.room.typing" }))],
    found: ["line/ephemeral"],
    accepted: 0,
  },
  {
    name: "a line that is no JSON",
    why: "one bad line costs that line",
    files: (alpha) => {
      const events = alpha.talk(2);
      const name = keyOf(events, alpha.device);
      return [objectOf(name, `${line(events[0]!)}\n{"event_id":\n${line(events[1]!)}\n`)];
    },
    found: ["line/json"],
    accepted: 2,
  },
  {
    name: "depth of 10,000",
    why: "a reader that follows the depth runs out of stack",
    files: (alpha) => {
      const events = alpha.talk(1);
      const deep = "[".repeat(10_000) + "]".repeat(10_000);
      const name = keyOf(events, alpha.device);
      return [objectOf(name, `${line(events[0]!)}\n{"content":${deep}}\n`)];
    },
    found: ["line/json"],
    accepted: 1,
  },
  {
    name: "a key twice",
    why: "readers take the first or the last: they must not differ",
    files: (alpha) => {
      const events = alpha.talk(1);
      const twice = line(events[0]!).replace('{"event_id"', '{"room_id":"board","event_id"');
      return [objectOf(keyOf(events, alpha.device), `${twice}\n`)];
    },
    found: ["line/json", "object/empty"],
    accepted: 0,
  },
  {
    name: "a line of three megabytes",
    why: "memory is bounded by one line",
    files: (alpha) => {
      const events = alpha.talk(1);
      const name = keyOf(events, alpha.device);
      return [objectOf(name, `${"x".repeat(3 * 1024 * 1024)}\n${line(events[0]!)}\n`)];
    },
    found: ["line/too-long"],
    accepted: 1,
  },
  {
    name: "bytes that are no text",
    why: "UTF-8 is checked before anything looks at it",
    files: (alpha) => {
      const events = alpha.talk(1);
      const bytes = bytesOf(`?\n${line(events[0]!)}\n`);
      bytes[0] = 0xff;
      return [objectOf(keyOf(events, alpha.device), bytes)];
    },
    found: ["line/encoding"],
    accepted: 1,
  },
  {
    name: "an oversize file",
    why: "memory is bounded by one object",
    files: (alpha) => {
      const events = alpha.talk(1);
      const padding = `${" ".repeat(1023)}\n`.repeat(32 * 1024 + 1);
      return [objectOf(keyOf(events, alpha.device), `${padding}${line(events[0]!)}\n`)];
    },
    found: ["object/too-large"],
    accepted: 0,
  },
  {
    name: "millions of empty lines",
    why: "every line costs something, however short",
    files: (alpha) => {
      const events = alpha.talk(1);
      return [objectOf(keyOf(events, alpha.device), `${line(events[0]!)}${"\n".repeat(4e6)}`)];
    },
    found: ["object/too-large"],
    accepted: 0,
  },
  {
    name: "a file of nothing but rubbish",
    why: "naming every bad line is work too",
    files: (alpha) => {
      const events = alpha.talk(1);
      return [objectOf(keyOf(events, alpha.device), `${line(events[0]!)}\n${"x\n".repeat(5000)}`)];
    },
    found: ["object/garbage", ...Array.from({ length: 99 }, () => "line/json")],
    accepted: 0,
  },
];

for (const attack of ATTACKS) {
  test(`attack: ${attack.name}`, () => run(attack, "each"), { why: attack.why });
  // What a signed head tells of the bytes changes nothing that is found.
  test(`attack, announced: ${attack.name}`, () => run(attack, "chain-ends"), { why: attack.why });
}

/** The object with the checksum that its writer would announce. */
async function announced(object: SegmentObject): Promise<SegmentObject> {
  if (object.announced !== undefined) return object;
  const chunks = await Array.fromAsync(object.body);
  const bytes = Buffer.concat(chunks);
  const sha256 = createHash("sha256").update(bytes).digest("base64");
  return objectOf(object.key, bytes, { size: bytes.length, sha256, version: 1 });
}

async function run(
  { files, before, found, accepted, standing }: Attack,
  signatures: "each" | "chain-ends",
): Promise<void> {
  await withDataFolder(async (data) => {
    const reader = await Reader.open(data, { signatures });
    const [alpha, beta] = [new Author(1), new Author(2, "beta")];
    await reader.meet(alpha);
    await reader.meet(beta);
    const objects = signatures === "each"
      ? files(alpha, beta)
      : await Promise.all(files(alpha, beta).map(announced));
    for (const object of objects.slice(0, -1)) {
      assert.deepEqual(codesOf(await reader.pull(object)), before ?? []);
    }
    const last = await reader.pull(objects.at(-1)!);
    assert.deepEqual(codesOf(last), found);
    assert.equal(last.accepted.length, accepted);
    const report = reader.trust.list().find(({ device }) => device === alpha.device);
    assert.equal(report?.standing, standing ?? "pinned");
  });
}

const KEYS: readonly (readonly [string, string, string])[] = [
  ["no object of a room", "rooms/lobby/metadata.json", "object/name"],
  ["a folder more", "rooms/lobby/logs/2026-01-02/x/messages_1_1_a.jsonl", "object/name"],
  ["no day", "rooms/lobby/logs/2026-02-30/messages_1_1_a.jsonl", "object/name"],
  ["the parent folder as a room", "rooms/../logs/2026-01-02/messages_1_1_a.jsonl", "object/room"],
  ["an escaped parent", "rooms/%2e./logs/2026-01-02/messages_1_1_a.jsonl", "object/room"],
  ["an escaped path", "rooms/a%2fb/logs/2026-01-02/messages_1_1_a.jsonl", "object/room"],
  ["a backslash", "rooms/a\\b/logs/2026-01-02/messages_1_1_a.jsonl", "object/room"],
  ["a hidden character", "rooms/a\u202eb/logs/2026-01-02/messages_1_1_a.jsonl", "object/room"],
  ["an unknown kind of room", "rooms/root%3ax/logs/2026-01-02/messages_1_1_a.jsonl", "object/room"],
  [
    "a private talk in the wrong order",
    "rooms/direct%3ab@x%2ca@x/logs/2026-01-02/messages_1_1_a.jsonl",
    "object/room",
  ],
  [
    "another normal form",
    "rooms/e%cc%81/logs/2026-01-02/messages_1_1_a.jsonl",
    "object/room",
  ],
  ["no writer", "rooms/lobby/logs/2026-01-02/messages_1_1_.jsonl", "object/name"],
  [
    "a writer that is too long",
    `rooms/lobby/logs/2026-01-02/messages_1_1_${"\u00e9".repeat(60)}.jsonl`,
    "object/name",
  ],
  ["an end before the start", "rooms/lobby/logs/2026-01-02/messages_2_1_a.jsonl", "object/name"],
  ["a start of zero", "rooms/lobby/logs/2026-01-02/messages_0_1_a.jsonl", "object/name"],
];

for (const [why, key, code] of KEYS) {
  test(`attack: the key of an object is ${why}`, async () => {
    await withDataFolder(async (data) => {
      const reader = await Reader.open(data);
      const verified = await reader.pull(objectOf(key, "{}\n"));
      assert.deepEqual(codesOf(verified), [code]);
      assert.deepEqual(verified.accepted, []);
      assert.deepEqual(reader.quarantine.counts().map((each) => each.code), [code]);
    });
  });
}

test("a writer's name never becomes a path", async () => {
  await withDataFolder(async (data) => {
    const reader = await Reader.open(data);
    const key = "rooms/lobby/logs/2026-01-02/messages_1_1_..\\..\\etc.jsonl";
    const { writer } = await reader.pull(objectOf(key, "\n"));
    assert.equal(writer, "%2e.%5c..%5cetc");
  });
});

test("what is withheld is accepted when it comes, and then nothing is missing", async () => {
  await withDataFolder(async (data) => {
    const reader = await Reader.open(data);
    const alpha = new Author(1);
    await reader.meet(alpha);
    const events = alpha.talk(6);
    await reader.pull(fileOf(alpha, events.slice(0, 2)));
    await reader.pull(fileOf(alpha, events.slice(4)));
    const [hole] = reader.verification.missing();
    assert.deepEqual([hole?.device, hole?.from, hole?.to], [alpha.device, 3, 4]);
    const late = await reader.pull(fileOf(alpha, events.slice(2, 4)));
    assert.deepEqual(codesOf(late), []);
    assert.deepEqual(bodiesOf(late), ["message 3", "message 4"]);
    assert.deepEqual(reader.verification.missing(), []);
  });
});
