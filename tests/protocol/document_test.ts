/** Runs every conversation of `docs/protocol.md` against a real server, and checks its tables. */
import assert from "node:assert/strict";
import type { History } from "../../src/history/contract.ts";
import { MemoryHistory } from "../../src/history/memory.ts";
import { eventually } from "../harness/eventually.ts";
import { ManualClock } from "../harness/manual_clock.ts";
import type { SocketClient } from "../harness/socket_client.ts";
import { test } from "../harness/test.ts";
import { PROTOCOL_LIMITS } from "../../src/protocol/limits.ts";
import { DEFAULT_LINK_LIMITS } from "../../src/wire/limits.ts";
import { DEFAULT_LIMITS } from "../../src/hub/limits.ts";
import { KEY_WINDOW } from "../../src/history/contract.ts";
import { LIMITS } from "../../src/message/event.ts";
import { startServer } from "./stage.ts";

const DOCUMENT = new URL("../../docs/protocol.md", import.meta.url);
const text = await Deno.readTextFile(DOCUMENT);

interface Line {
  readonly number: number;
  readonly who: string;
  readonly sent: boolean;
  readonly frame: string;
}

interface Conversation {
  readonly name: string;
  readonly lines: readonly Line[];
}

/** What differs from run to run: bound to what the document has, and put in where it comes again. */
const VOLATILE = new Set([
  ...["id", "event_id", "epoch", "session", "time", "timestamp", "timestamp_ms"],
]);
const LIVE = /"type":"(member|presence|typing|read)","(room|who)"/;

function conversations(): Conversation[] {
  const found: Conversation[] = [];
  let heading = "";
  let open: Line[] | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("#")) heading = line.replace(/^#+ /, "");
    if (line.startsWith("```conversation")) {
      open = [];
      found.push({ name: `${heading}, line ${index + 1}`, lines: open });
    } else if (line.startsWith("```")) open = undefined;
    else if (open !== undefined) {
      const [, who = "", way, frame = ""] = /^(\w+)([<>]) (.*)$/.exec(line) ?? [];
      assert(way !== undefined, `line ${index + 1} is no line of a conversation`);
      open.push({ number: index + 1, who, sent: way === ">", frame });
    }
  }
  return found;
}

/** `...` in an object stands for any further fields. */
function parse(frame: string): unknown {
  return JSON.parse(frame.replaceAll(",...}", ',"...":0}').replaceAll("{...}", '{"...":0}'));
}

class Run {
  readonly #bound = new Map<unknown, unknown>();

  /** The frame with what is bound put in. */
  fill(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.fill(one));
    if (typeof value !== "object" || value === null) return this.#bound.get(value) ?? value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.fill(one)]));
  }

  match(expected: unknown, actual: unknown, key: string, where: string): void {
    if (Array.isArray(expected)) {
      assert(Array.isArray(actual), where);
      assert.equal(actual.length, expected.length, where);
      expected.forEach((one, index) => this.match(one, actual[index], key, where));
    } else if (typeof expected === "object" && expected !== null) {
      this.#object(expected, actual, where);
    } else if (VOLATILE.has(key)) this.#bind(key, expected, actual, where);
    else assert.equal(actual, expected, `${where}: ${key}`);
  }

  #object(expected: object, actual: unknown, where: string): void {
    assert(typeof actual === "object" && actual !== null, where);
    const more = "..." in expected;
    for (const [key, one] of Object.entries(expected)) {
      if (key !== "...") this.match(one, (actual as never)[key], key, where);
    }
    if (!more) assert.deepEqual(Object.keys(actual), Object.keys(expected), where);
  }

  #bind(key: string, expected: unknown, actual: unknown, where: string): void {
    assert.equal(typeof actual, typeof expected, `${where}: ${key}`);
    const known = this.#bound.get(expected);
    if (known !== undefined && typeof actual === "string") assert.equal(actual, known, where);
    this.#bound.set(expected, actual);
  }
}

/** Plays a conversation on a server of its own. */
async function play(lines: readonly Line[], history: History, clock: ManualClock): Promise<void> {
  await using server = await startServer({ clock, history });
  const clients = new Map<string, SocketClient>();
  const run = new Run();
  for (const { number, who, sent, frame } of lines) {
    const client = clients.get(who) ?? await server.connect();
    clients.set(who, client);
    if (sent) client.send(frame.startsWith("{") ? JSON.stringify(run.fill(parse(frame))) : frame);
    else {
      if (LIVE.test(frame) && client.waiting.length === 0) {
        await eventually(`line ${number}`, () => {
          clock.advance(25);
          return client.waiting.length > 0;
        });
      }
      run.match(parse(frame), await client.nextJson(), "", `line ${number}`);
    }
  }
  for (const [who, client] of clients) {
    client.sendJson({ type: "ping", ref: "end" });
    assert.equal((await client.nextJson<{ type: string }>()).type, "pong", `${who} got more`);
    await client.close();
  }
}

for (const { name, lines } of conversations()) {
  test(`the document's conversation holds: ${name}`, async () => {
    const clock = new ManualClock();
    await play(lines, new MemoryHistory({ clock }), clock);
  });
}

test("the document has conversations on everything", () => {
  const spoken = new Set(
    conversations().flatMap(({ lines }) =>
      lines.map(({ frame }) => /"type":"(\w+)"/.exec(frame)?.[1])
    ),
  );
  const frames = [
    ...["hello", "auth", "send", "join", "leave", "members", "rooms", "history", "presence"],
    ...["typing", "read", "command", "ping", "welcome", "ack", "event", "joined", "left", "page"],
    ...["reply", "ok", "pong", "error", "member", "search", "results"],
  ];
  assert.deepEqual(frames.filter((frame) => !spoken.has(frame)), []);
});

test("every code that can be told stands in the document", async () => {
  const sources = [
    ...["src/protocol/errors.ts", "src/hub/errors.ts", "src/history/errors.ts"],
  ];
  const unsaid = new Set(["history/locked", "history/unsigned", "history/worker"]);
  const missing: string[] = [];
  for (const path of sources) {
    const source = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
    for (const [, code = ""] of source.matchAll(/\| "(\w+\/[\w-]+)"/g)) {
      if (!text.includes(`\`${code}\``) && !unsaid.has(code)) missing.push(code);
    }
  }
  assert.deepEqual(missing, []);
});

test("the document's numbers are the program's", () => {
  const says = (value: number) => value.toLocaleString("en-US");
  for (
    const [what, value] of [
      ["It has to come within", `${PROTOCOL_LIMITS.helloMs / 1000} seconds`],
      ["Frames may be sent", `${PROTOCOL_LIMITS.earlyFrames} at most`],
      ["one frame of a client", `${says(PROTOCOL_LIMITS.frameBytes)} bytes`],
      ["body of a message", `${says(LIMITS.bodyBytes)} bytes`],
      ["rooms of one session", `${DEFAULT_LIMITS.roomsPerSession} `],
      ["requests ", `${DEFAULT_LIMITS.burst} at once, ${DEFAULT_LIMITS.ratePerSecond} a second`],
      ["requests being answered", `at ${PROTOCOL_LIMITS.busyRequests} the node`],
      ["`limit` is 1 to", `${PROTOCOL_LIMITS.historyEvents}, 50 unless`],
      ["newest arrival first", `\`limit\` is 1 to ${PROTOCOL_LIMITS.searchHits}, 20`],
      ["removed by", `more than ${says(DEFAULT_LIMITS.resumeEvents)}`],
      ["gathered for some", `${DEFAULT_LIMITS.gatherMs} milliseconds`],
      ["told to the others", `${says(DEFAULT_LIMITS.announce)} people`],
      ["with the same `key`", `${says(KEY_WINDOW)} events`],
      ["silence", `after ${DEFAULT_LINK_LIMITS.pingMs / 1000} seconds`],
      ["waiting to be read", `or ${DEFAULT_LINK_LIMITS.stallMs / 1000} seconds`],
      ["a message in fragments", `${DEFAULT_LINK_LIMITS.messageMs / 1000} seconds`],
    ] as const
  ) {
    const flat = text.replace(/\s+/g, " ");
    const at = flat.indexOf(what);
    assert(at >= 0, what);
    assert(flat.slice(at, at + 250).includes(value), `${what} ... ${value}`);
  }
});
