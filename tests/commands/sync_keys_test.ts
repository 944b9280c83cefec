import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../src/commands/cli.ts";
import { openHistory } from "../../src/history/open.ts";
import { getLogger } from "../../src/log.ts";
import { openTrust } from "../../src/transports/bucket/trust/trust.ts";
import { recordKey } from "../../src/transports/bucket/trust/statement.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { test } from "../harness/test.ts";
import { Author } from "../transports/bucket/author.ts";
import { Reader } from "../transports/bucket/reader.ts";
import { objectOf } from "../transports/bucket/author.ts";
import { memoryIo } from "./memory_io.ts";
import { systemClock } from "../../src/clock.ts";

const first = new Author(1, "alpha");
const second = new Author(2, "alpha");

async function keys(data: string, ...args: readonly string[]) {
  const io = memoryIo();
  const code = await run(["sync", "keys", ...args, "--data", data, "--name", "home"], io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

/** A node that has said something and has seen two devices of another one. */
async function node(data: string): Promise<string> {
  const history = await openHistory({ dir: data, node: () => Promise.resolve("home") });
  const content = { body: "hello", msgtype: "m.text" };
  const draft = { room: "lobby", sender: "ann@home", type: "m.room.message", content } as const;
  await history.append(draft);
  await history.seal();
  const { device } = history.parts;
  await history.close();
  const trust = await openTrust({
    ...{ data, device, clock: systemClock },
    logger: getLogger(["test"]),
  });
  for (const { device, recordBytes } of [first, second]) {
    await trust.learn(recordKey(device), recordBytes);
  }
  return device.id;
}

async function standings(data: string): Promise<Record<string, string>> {
  const { out } = await keys(data, "list", "--json");
  const { devices } = JSON.parse(out) as { devices: { device: string; standing: string }[] };
  return Object.fromEntries(devices.map(({ device, standing }) => [device, standing]));
}

test("sync keys list: shows whom to compare what with", () =>
  withDataFolder(async (data) => {
    const own = await node(data);
    const { code, out } = await keys(data, "list");
    assert.equal(code, 0);
    const lines = out.split("\n");
    assert.match(lines[0]!, /^STANDING +SIGNS FOR +DEVICE +FINGERPRINT +SINCE$/);
    const groups = "(?:[a-z2-7]{4} ){8}";
    assert.match(lines[1]!, new RegExp(`^pinned +\\*@alpha +${first.device} +${groups}`));
    assert.match(lines[2]!, new RegExp(`^waiting +\\*@alpha +${second.device} +${groups}`));
    assert.match(lines[3]!, new RegExp(`^own +\\*@home +${own} +${groups}`));
  }));

test("sync keys: trust, distrust and what a running node hears of it", () =>
  withDataFolder(async (data) => {
    await node(data);
    const [report] = (JSON.parse((await keys(data, "list", "--json")).out).devices as {
      device: string;
      fingerprint: string;
    }[]).filter(({ device }) => device === second.device);
    const trusted = await keys(data, "trust", ...report!.fingerprint.split(" "));
    assert.deepEqual([trusted.code, trusted.err], [0, `The device ${second.device} is trusted.\n`]);
    assert.equal((await standings(data))[second.device], "trusted");
    assert.equal((await keys(data, "distrust", second.device)).code, 0);
    assert.equal((await standings(data))[second.device], "distrusted");
    const early = await keys(data, "trust", "a".repeat(16));
    assert.match(early.err, /It was not seen yet/);
  }));

const WRONG: readonly { why: string; args: readonly string[]; code: number; says: string }[] = [
  {
    why: "no device",
    args: ["trust"],
    code: 2,
    says: "Cannot decide about a device: none is named",
  },
  {
    why: "something that is no device",
    args: ["trust", "alice"],
    code: 1,
    says: "Cannot find the device: that is no id or fingerprint",
  },
  {
    why: "a fingerprint that only begins alike",
    args: ["trust", first.device, "aaaaaaaaaaaaaaaa"],
    code: 1,
    says: "has another fingerprint",
  },
  {
    why: "a sender without a key",
    args: ["trust", "--sender", "carol@example.com"],
    code: 2,
    says: "it takes --sender and --key together",
  },
  {
    why: "a key of small order",
    args: ["trust", "--sender", "carol@example.com", "--key", `${"A".repeat(43)}=`],
    code: 1,
    says: "it is of small order",
  },
  {
    why: "revoking a device of another node",
    args: ["revoke", first.device, "--nothing"],
    code: 1,
    says: "this node's device may not speak for its node",
  },
  {
    why: "revoking a device that nobody has seen",
    args: ["revoke", "a".repeat(16), "--nothing"],
    code: 1,
    says: "no such device was seen yet",
  },
  {
    why: "two places at once",
    args: ["revoke", first.device, "--nothing", "--last-object", "3"],
    code: 2,
    says: "contradict each other",
  },
  {
    why: "endorsing a device that nobody has seen",
    args: ["endorse", "a".repeat(16)],
    code: 1,
    says: "no such device was seen yet",
  },
];

for (const { why, args, code, says } of WRONG) {
  test(`sync keys: refuses ${why}`, () =>
    withDataFolder(async (data) => {
      await node(data);
      const result = await keys(data, ...args);
      assert.equal(result.code, code);
      assert.ok(result.err.includes(says), result.err);
    }));
}

test("sync keys: a key bound by hand is listed and let go", () =>
  withDataFolder(async (data) => {
    await node(data);
    const flags = ["--sender", "carol@example.com", "--key", first.record.public_key];
    assert.equal((await keys(data, "trust", ...flags)).code, 0);
    assert.match((await keys(data, "list")).out, /KEY BOUND BY HAND[^]*carol@example\.com/);
    assert.equal((await keys(data, "distrust", ...flags)).code, 0);
    assert.doesNotMatch((await keys(data, "list")).out, /carol/);
  }));

test("sync keys: rotate, then revoke the old device up to what is known of it", () =>
  withDataFolder(async (data) => {
    const old = await node(data);
    const rotated = await keys(data, "rotate");
    assert.equal(rotated.code, 0, rotated.err);
    const next = /The device (\S+) goes on/.exec(rotated.err)?.[1] ?? "";
    const history = await openHistory({ dir: data, node: () => Promise.resolve("home") });
    const { device } = history.parts;
    await history.close();
    assert.equal(device.id, next);
    assert.equal((await keys(data, "revoke", old)).code, 0);
    const logger = getLogger(["test"]);
    const trust = await openTrust({ data, device, clock: systemClock, logger });
    const issued = trust.publications().map(({ key }) => key);
    assert.equal(issued.length, 4);
    const verdict = trust.verdict(old, "ann@home", "lobby");
    assert.ok(verdict.kind === "trusted");
    assert.deepEqual(Array.from(verdict.extent?.chains?.values() ?? []), [1]);
    assert.deepEqual(await standings(data), {
      [first.device]: "pinned",
      [second.device]: "waiting",
      [old]: "revoked",
      [next]: "own",
    });
  }));

test("sync keys log: tells what happened to whose keys, and when", () =>
  withDataFolder(async (data) => {
    const old = await node(data);
    const next = /The device (\S+) goes/.exec((await keys(data, "rotate")).err)?.[1];
    await keys(data, "revoke", old, "--nothing", "--reason", "the laptop was stolen");
    await keys(data, "trust", second.device);
    const { out } = await keys(data, "log");
    const said = out.trimEnd().split("\n").map((line) => line.split(/ {2,}/).slice(1).join(" "));
    assert.deepEqual(
      new Set(said),
      new Set([
        "NODE DEVICE WHAT",
        `home ${old} is this node's own`,
        `alpha ${first.device} was seen first, and is pinned`,
        `alpha ${second.device} was seen, and has to wait`,
        `home ${next} was endorsed by ${old}`,
        `home ${old} was endorsed by ${next}`,
        `home ${next} is this node's own`,
        `home ${old} was revoked by ${next}: the laptop was stolen`,
        `alpha ${second.device} was trusted here by hand`,
      ]),
    );
    const events = JSON.parse((await keys(data, "log", "--json")).out) as { what: string }[];
    assert.equal(events.length, said.length - 1);
  }));

test("sync keys: rotate waits for nobody who has the folder", () =>
  withDataFolder(async (data) => {
    await node(data);
    const history = await openHistory({ dir: data, node: () => Promise.resolve("home") });
    const { code, err } = await keys(data, "rotate");
    await history.close();
    assert.equal(code, 1);
    assert.match(err, /is using it/);
  }));

test("sync keys list: counts what was not accepted, with its reason", () =>
  withDataFolder(async (data) => {
    const reader = await Reader.open(data);
    const stranger = new Author(40, "gamma");
    const key = `rooms/lobby/logs/2026-01-02/messages_1_1_${stranger.device}.jsonl`;
    await reader.pull(objectOf(key, "rubbish\n"));
    const { out } = await keys(data, "list");
    assert.match(out, /BUCKET +WRITER +NOT ACCEPTED +CODE +REASON/);
    assert.match(
      out,
      new RegExp(`${stranger.device} +1 +line/json +the line is no sound JSON; last`),
    );
    assert.ok(await Deno.stat(join(data, "sync", "bucket", "quarantine")));
  }));
