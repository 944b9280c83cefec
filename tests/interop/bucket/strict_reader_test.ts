/** What chatnode writes, read by a program that knows only the specification. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { decodeKey } from "../../../src/history/keys.ts";
import { openHistory } from "../../../src/history/open.ts";
import { canonicalEvent } from "../../../src/message/canonical.ts";
import type { ChatEvent } from "../../../src/message/event.ts";
import { encodeEvent } from "../../../src/message/line.ts";
import type { SigningKey } from "../../../src/message/signature.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";
import { appendTalk } from "../../history/talk.ts";
import { readStrictly } from "./python.ts";

/** Rooms whose names are hard to write down. */
const ROOMS = ["Team plans", "\u043f\u0440\u0438\u0432\u0435\u0442", "\u4f60".repeat(55), "...x"];

/** Fills a data folder. */
async function write(data: string): Promise<void> {
  let time = Date.now();
  // No two events have the same time: a file's name tells when its last line is gone.
  const clock = { ...systemClock, now: () => time += 5 };
  const history = await openHistory({ dir: data, node: () => Promise.resolve("node"), clock });
  await appendTalk(history);
  for (const room of ROOMS) {
    const content = {
      body: 'h\u00e9 \u2603 \ud83d\ude00 \u007f \u2028 \\ / "q"',
      msgtype: "m.text",
    };
    for (const sender of ["alice@node", "~guest@node"]) {
      await history.append({ room, sender, type: "m.room.message", content });
    }
  }
  await history.seal();
  await history.close();
}

async function read(data: string) {
  return await readStrictly(join(data, "history"), [join(data, "keys")]);
}

test("strict reader: a history that chatnode wrote has no fault", () =>
  withDataFolder(async (data) => {
    await write(data);
    const { rooms, events, faults } = await read(data);
    assert.deepEqual(faults, []);
    const talk = { "lobby": 11, "direct:alice@node,bob@node": 1 };
    assert.deepEqual(rooms, { ...talk, ...Object.fromEntries(ROOMS.map((room) => [room, 2])) });
    assert.equal(events, 20);
  }));

/** One message file of the room "Team plans", to be spoilt. */
interface Spoilt {
  readonly folder: string;
  readonly name: string;
  readonly events: ChatEvent[];
  readonly key: SigningKey;
}

/** One violation: what it is, how it is made, the rule that names it. */
interface Violation {
  readonly why: string;
  readonly rule: string;
  /** The new text of the file, or undefined when something else was changed. */
  readonly spoil: (file: Spoilt) => string | undefined;
}

const text = (events: readonly ChatEvent[]) =>
  events.map((each) => `${encodeEvent(each)}\n`).join("");
const change = (events: readonly ChatEvent[], more: Partial<ChatEvent>) =>
  text([{ ...events[0]!, ...more }, ...events.slice(1)]);

/** An event with a signature that fits, whatever it says. */
function resign(event: ChatEvent, more: Partial<ChatEvent>, key: SigningKey): ChatEvent {
  const changed = { ...event, ...more };
  return { ...changed, signature: key.sign(canonicalEvent(changed)) };
}

const VIOLATIONS: readonly Violation[] = [
  {
    why: "another body",
    rule: "signature",
    spoil: ({ events }) => change(events, { content: { ...events[0]!.content, body: "no" } }),
  },
  {
    why: "no signature",
    rule: "signature",
    spoil: ({ events }) => change(events, { signature: null }),
  },
  {
    why: "another room",
    rule: "event: room",
    spoil: ({ events, key }) => text([resign(events[0]!, { room_id: "lobby" }, key), events[1]!]),
  },
  {
    why: "a stolen name",
    rule: "signer: unbound",
    spoil: ({ events, key }) =>
      text([resign(events[0]!, { sender_id: "alice@elsewhere" }, key), events[1]!]),
  },
  {
    why: "a typing event",
    rule: "event: type",
    spoil: ({ events, key }) =>
      text([resign(events[0]!, { type: "m.room.typing" }, key), events[1]!]),
  },
  {
    why: "an id of two parts",
    rule: "event: id",
    spoil: ({ events, key }) => text([resign(events[0]!, { event_id: "a::b" }, key), events[1]!]),
  },
  {
    why: "an id twice",
    rule: "event: repeated id",
    spoil: ({ events, key }) =>
      text([events[0]!, resign(events[1]!, { event_id: events[0]!.event_id }, key)]),
  },
  {
    why: "an event of the year 9999",
    rule: "event: future",
    spoil: ({ events, key }) =>
      text([resign(events[0]!, { timestamp_ms: 253_402_300_799_999 }, key), events[1]!]),
  },
  {
    why: "a number left out",
    rule: "chain: gap",
    spoil: ({ events, key }) => {
      const chatnode = { ...events[0]!.content.chatnode!, seq: 2 };
      const content = { ...events[0]!.content, chatnode };
      return text([resign(events[0]!, { content }, key), events[1]!]);
    },
  },
  {
    why: "a predecessor that is none",
    rule: "chain: hash",
    spoil: ({ events, key }) =>
      text([resign(events[0]!, { prev_event_hash: "A".repeat(43) + "=" }, key), events[1]!]),
  },
  {
    why: "two events of one number",
    rule: "chain: fork",
    spoil: ({ events, key }) => {
      const event_id = events[0]!.event_id.replace(/.$/, (last) => last === "0" ? "1" : "0");
      return text([events[0]!, events[1]!, resign(events[0]!, { event_id }, key)]);
    },
  },
  {
    why: "another device's event",
    rule: "event: writer",
    spoil: ({ events, key }) => {
      const chatnode = { ...events[0]!.content.chatnode!, device: "aaaaaaaaaaaaaaaa" };
      const content = { ...events[0]!.content, chatnode };
      return text([resign(events[0]!, { content }, key), events[1]!]);
    },
  },
  { why: "a line cut off", rule: "file: torn", spoil: ({ events }) => text(events).slice(0, -20) },
  { why: "a line left out", rule: "file: times", spoil: ({ events }) => text(events.slice(0, 1)) },
  {
    why: "keys in another order",
    rule: "line: keys",
    spoil: ({ events }) => {
      const { content, ...rest } = events[0]!;
      return `${JSON.stringify({ content, ...rest })}\n${text(events.slice(1))}`;
    },
  },
  {
    why: "spaces",
    rule: "line: compact",
    spoil: ({ events }) => text(events).replace('{"event_id":', '{"event_id": '),
  },
  {
    why: "a key twice",
    rule: "json: a key occurs twice",
    spoil: ({ events }) => text(events).replace('{"event_id":', '{"room_id":"x","event_id":'),
  },
  {
    why: "depth",
    rule: "json: too deep",
    spoil: ({ events }) => `${"[".repeat(10_000)}${"]".repeat(10_000)}\n${text(events)}`,
  },
  {
    why: "a key that nobody knows",
    rule: "signer: unknown",
    spoil: ({ folder }) => {
      const keys = join(folder.slice(0, folder.indexOf("/history/")), "keys");
      for (const { name } of [...Deno.readDirSync(keys)]) {
        if (name.endsWith(".json")) Deno.removeSync(join(keys, name));
      }
      return undefined;
    },
  },
  {
    why: "a name of other times",
    rule: "file: times",
    spoil: ({ folder, name }) => {
      const other = name.replace(/messages_\d+_/, "messages_1_");
      Deno.renameSync(join(folder, name), join(folder, other));
      return undefined;
    },
  },
  {
    why: "another day",
    rule: "event: day",
    spoil: ({ folder }) => {
      Deno.renameSync(folder, join(folder, "..", "2001-01-01"));
      return undefined;
    },
  },
];

for (const { why, rule, spoil } of VIOLATIONS) {
  test(`strict reader: refuses ${why}`, () =>
    withDataFolder(async (data) => {
      await write(data);
      const file = find(join(data, "history", "rooms", "Team%20plans", "logs"));
      const key = decodeKey(await Deno.readTextFile(join(data, "keys", "device.pem")));
      const spoilt = spoil({ ...file, key });
      if (spoilt !== undefined) await Deno.writeTextFile(join(file.folder, file.name), spoilt);
      const { faults } = await read(data);
      assert.ok(faults.some((fault) => fault.rule === rule), JSON.stringify(faults));
    }));
}

/** The one message file of a room. */
function find(logs: string): Omit<Spoilt, "key"> {
  const [day] = [...Deno.readDirSync(logs)];
  const folder = join(logs, day!.name);
  const [file] = [...Deno.readDirSync(folder)];
  const lines = Deno.readTextFileSync(join(folder, file!.name)).trimEnd().split("\n");
  return { folder, name: file!.name, events: lines.map((line) => JSON.parse(line) as ChatEvent) };
}
