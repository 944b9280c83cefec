import assert from "node:assert/strict";
import * as fc from "fast-check";
import { join } from "node:path";
import { getLogger } from "../../../src/log.ts";
import { canonicalJson } from "../../../src/message/canonical.ts";
import { type DeviceRecord, encodeDeviceRecord } from "../../../src/message/device.ts";
import { decide } from "../../../src/transports/bucket/trust/decisions.ts";
import { trustPaths } from "../../../src/transports/bucket/trust/files.ts";
import {
  encodeStatement,
  endorse,
  recordKey,
  revoke,
  type Statement,
  statementKey,
} from "../../../src/transports/bucket/trust/statement.ts";
import { Standings } from "../../../src/transports/bucket/trust/standings.ts";
import { type FileTrust, openTrust } from "../../../src/transports/bucket/trust/trust.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { lineOf, withLogs } from "../../harness/logs.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { test } from "../../harness/test.ts";
import { Author, bytesOf, NOON } from "./author.ts";
import { Reader } from "./reader.ts";

const issuer = (author: Author) => ({ device: author.device, key: author.key, now: NOON });
const endorsing = (by: Author, of: Author) => endorse(of.record, issuer(by));
const revoking = (by: Author, of: Author, more: object = {}) =>
  revoke({ device: of.device, last_object: 0, endorsed: [], ...more }, issuer(by));

/** What a reader sees, step after step. */
type Step =
  | { readonly meet: Author }
  | { readonly hear: Statement }
  | { readonly trust: Author }
  | { readonly distrust: Author }
  | { readonly suspect: Author };

/** One story, and where the devices stand at its end. */
interface Story {
  readonly why: string;
  readonly steps: readonly Step[];
  readonly standings: ReadonlyMap<Author, string>;
  /** Who may say what: device, sender, verdict. */
  readonly verdicts?: readonly (readonly [Author, string, string])[];
}

const first = new Author(1);
const second = new Author(2);
const third = new Author(3);
const beta = new Author(4, "beta");
const alice = new Author(5, "alpha", "alice@alpha");
const evil = new Author(6);
const gamma = new Author(7, "gamma");

const STORIES: readonly Story[] = [
  {
    why: "the first device of a node is pinned",
    steps: [{ meet: first }, { meet: beta }],
    standings: new Map([[first, "pinned"], [beta, "pinned"]]),
    verdicts: [
      [first, "anybody@alpha", "trusted"],
      [first, "~guest@alpha", "trusted"],
      [first, "eve@beta", "unbound"],
      [first, "alpha", "unbound"],
      [first, "@alpha", "unbound"],
      [second, "anybody@alpha", "unknown"],
    ],
  },
  {
    why: "a second device of a node has to wait, whatever it says",
    steps: [{ meet: first }, { meet: second }],
    standings: new Map([[second, "waiting"]]),
    verdicts: [[second, "alice@alpha", "waiting"]],
  },
  {
    why: "it is trusted once the first has endorsed it",
    steps: [{ meet: first }, { meet: second }, { hear: endorsing(first, second) }],
    standings: new Map([[first, "pinned"], [second, "endorsed"]]),
    verdicts: [[second, "alice@alpha", "trusted"]],
  },
  {
    why: "an endorsement may come before the device",
    steps: [{ meet: first }, { hear: endorsing(first, second) }, { meet: second }],
    standings: new Map([[second, "endorsed"]]),
  },
  {
    why: "endorsements go on in a line",
    steps: [
      { meet: first },
      { meet: third },
      { meet: second },
      { hear: endorsing(second, third) },
      { hear: endorsing(first, second) },
    ],
    standings: new Map([[second, "endorsed"], [third, "endorsed"]]),
  },
  {
    why: "nobody endorses themselves",
    steps: [{ meet: first }, { meet: evil }, { hear: endorsing(evil, evil) }],
    standings: new Map([[evil, "waiting"]]),
  },
  {
    why: "a node endorses no device of another node",
    steps: [{ meet: first }, { meet: beta }, { meet: second }, { hear: endorsing(beta, second) }],
    standings: new Map([[second, "waiting"]]),
  },
  {
    why: "by hand is enough",
    steps: [{ meet: first }, { meet: second }, { trust: second }],
    standings: new Map([[second, "trusted"]]),
    verdicts: [[second, "alice@alpha", "trusted"]],
  },
  {
    why: "by hand also takes away, from those whom it has endorsed too",
    steps: [
      { meet: first },
      { meet: second },
      { hear: endorsing(first, second) },
      { distrust: first },
    ],
    standings: new Map([[first, "distrusted"], [second, "waiting"]]),
    verdicts: [[first, "alice@alpha", "distrusted"]],
  },
  {
    why: "a device that is distrusted leaves its place to nobody",
    steps: [{ meet: first }, { distrust: first }, { meet: second }],
    standings: new Map([[second, "waiting"]]),
  },
  {
    why: "a person's device signs for that person alone",
    steps: [{ meet: alice }],
    standings: new Map([[alice, "pinned"]]),
    verdicts: [[alice, "alice@alpha", "trusted"], [alice, "bob@alpha", "unbound"]],
  },
  {
    why: "a node that comes later does not speak for who was there before",
    steps: [{ meet: alice }, { meet: first }],
    standings: new Map([[first, "pinned"]]),
    verdicts: [[first, "alice@alpha", "unbound"], [first, "bob@alpha", "trusted"]],
  },
  {
    why: "nobody becomes a person of a known node by saying so",
    steps: [{ meet: first }, { meet: alice }],
    standings: new Map([[alice, "waiting"]]),
    verdicts: [[alice, "alice@alpha", "waiting"], [first, "alice@alpha", "trusted"]],
  },
  {
    why: "a node endorses the devices of its people, and goes on speaking for them",
    steps: [{ meet: first }, { meet: alice }, { hear: endorsing(first, alice) }],
    standings: new Map([[alice, "endorsed"]]),
    verdicts: [[alice, "alice@alpha", "trusted"], [first, "alice@alpha", "trusted"]],
  },
  {
    why: "a device revokes itself",
    steps: [{ meet: first }, { hear: revoking(first, first) }],
    standings: new Map([[first, "revoked"]]),
  },
  {
    why: "an endorsed device revokes the one before it, and stays endorsed",
    steps: [
      { meet: first },
      { meet: second },
      { hear: endorsing(first, second) },
      { hear: revoking(second, first) },
    ],
    standings: new Map([[first, "revoked"], [second, "endorsed"]]),
  },
  {
    why: "so does one that goes on under a new name of the node",
    steps: [
      { meet: first },
      { meet: gamma },
      { hear: endorsing(first, gamma) },
      { hear: revoking(gamma, first) },
    ],
    standings: new Map([[first, "revoked"], [gamma, "pinned"]]),
  },
  {
    why: "but not somebody with an account there whose own device was endorsed",
    steps: [
      { meet: first },
      { meet: alice },
      { hear: endorsing(first, alice) },
      { hear: revoking(alice, first) },
    ],
    standings: new Map([[first, "pinned"], [alice, "endorsed"]]),
  },
  {
    why: "what a revoked device has endorsed is void, unless the revocation lists it",
    steps: [
      { meet: first },
      { meet: second },
      { meet: evil },
      { hear: endorsing(first, second) },
      { hear: endorsing(first, evil) },
      { hear: revoking(first, first, { endorsed: [second.device] }) },
    ],
    standings: new Map([[first, "revoked"], [second, "endorsed"], [evil, "waiting"]]),
  },
  {
    why: "the order in which statements come changes nothing",
    steps: [
      { meet: first },
      { hear: revoking(first, first, { endorsed: [second.device] }) },
      { meet: evil },
      { hear: endorsing(first, evil) },
      { meet: second },
      { hear: endorsing(first, second) },
    ],
    standings: new Map([[first, "revoked"], [second, "endorsed"], [evil, "waiting"]]),
  },
  {
    why: "a stranger revokes nobody",
    steps: [
      { meet: first },
      { meet: beta },
      { meet: evil },
      { hear: revoking(beta, first) },
      { hear: revoking(evil, first) },
    ],
    standings: new Map([[first, "pinned"]]),
  },
  {
    why: "two who revoke each other are both out: nobody can tell which one was stolen",
    steps: [
      { meet: first },
      { meet: second },
      { hear: endorsing(first, second) },
      { hear: revoking(second, first) },
      { hear: revoking(first, second) },
    ],
    standings: new Map([[first, "revoked"], [second, "revoked"]]),
  },
  {
    why: "by hand decides between them",
    steps: [
      { meet: first },
      { meet: second },
      { hear: endorsing(first, second) },
      { hear: revoking(second, first) },
      { hear: revoking(first, second) },
      { distrust: first },
      { trust: second },
    ],
    standings: new Map([[first, "distrusted"], [second, "trusted"]]),
  },
  {
    why: "a device that told two stories is believed again only by hand",
    steps: [{ meet: first }, { suspect: first }],
    standings: new Map([[first, "forked"]]),
    verdicts: [[first, "alice@alpha", "forked"]],
  },
  {
    why: "trust by hand ends the suspicion",
    steps: [{ meet: first }, { suspect: first }, { trust: first }],
    standings: new Map([[first, "trusted"]]),
    verdicts: [[first, "alice@alpha", "trusted"]],
  },
  {
    why: "but not the next one",
    steps: [{ meet: first }, { suspect: first }, { trust: first }, { suspect: first }],
    standings: new Map([[first, "forked"]]),
  },
];

for (const story of STORIES) {
  test(`trust: ${story.why}`, () =>
    withDataFolder(async (data) => {
      const trust = await open(data);
      for (const step of story.steps) await take(data, trust, step);
      check(trust, story);
      // Everything holds after a restart.
      check(await open(data), story);
    }));
}

async function take(data: string, trust: FileTrust, step: Step): Promise<void> {
  const clock = new ManualClock();
  if ("meet" in step) {
    assert.equal((await meet(trust, step.meet)).outcome, "new");
  } else if ("hear" in step) {
    assert.equal((await hear(trust, step.hear)).outcome, "new");
  } else if ("suspect" in step) await trust.suspect(step.suspect.device);
  else {
    const decision = "trust" in step ? "trust" : "distrust";
    const { device } = "trust" in step ? step.trust : step.distrust;
    await decide(trustPaths(data), clock, {
      decide: { device, decision, suspicions: decision === "trust" ? 1 : 0 },
    });
    await trust.refresh();
  }
}

function check(trust: FileTrust, { standings, verdicts }: Story): void {
  const reports = new Map(trust.list().map((each) => [each.device, each.standing]));
  for (const [author, standing] of standings) assert.equal(reports.get(author.device), standing);
  for (const [author, sender, kind] of verdicts ?? []) {
    assert.equal(trust.verdict(author.device, sender, "lobby").kind, kind, sender);
  }
}

async function open(data: string): Promise<FileTrust> {
  const own = new Author(99, "reader");
  return await openTrust({
    data,
    device: { id: own.device, record: own.record },
    clock: new ManualClock(),
    logger: getLogger(["test"]),
  });
}

function meet(trust: FileTrust, author: Author) {
  return trust.learn(recordKey(author.device), author.recordBytes);
}

function hear(trust: FileTrust, statement: Statement) {
  return trust.learn(statementKey(statement), encodeStatement(statement));
}

const elsewhere = { ...first.record, node: "gamma" };
const { signature: _signature, ...unsigned } = elsewhere;
const renamed = { ...unsigned, signature: first.key.sign(canonicalJson(unsigned)) };

/** Objects that are not believed: what they are, their key, their bytes, the code. */
const REFUSED: readonly (readonly [string, string, Uint8Array, string])[] = [
  [
    "another device's record under a known name",
    recordKey(first.device),
    evil.recordBytes,
    "trust/substituted",
  ],
  [
    "another record with the same key",
    recordKey(first.device),
    bytesOf(JSON.stringify(renamed)),
    "trust/substituted",
  ],
  [
    "a record whose node was changed",
    recordKey(first.device),
    bytesOf(JSON.stringify(elsewhere)),
    "device/signature",
  ],
  [
    "another key that claims a known id",
    recordKey(first.device),
    bytesOf(JSON.stringify({ ...evil.record, device: first.device })),
    "device/id",
  ],
  [
    "a key of small order",
    recordKey(first.device),
    bytesOf(JSON.stringify({ ...first.record, public_key: `${"A".repeat(43)}=` })),
    "key/weak",
  ],
  ["a path", "devices/../keys/device.pem", bytesOf("{}"), "trust/key"],
  ["a folder", "devices/", bytesOf("{}"), "trust/key"],
  ["a name of another kind", "devices/abc/blessed_def.json", bytesOf("{}"), "trust/key"],
  ["no JSON", recordKey(second.device), bytesOf("{"), "json/syntax"],
  ["no text", recordKey(second.device), Uint8Array.of(0xff, 0xfe), "trust/form"],
  [
    "a record of depth 10,000",
    recordKey(second.device),
    bytesOf(`{"device":${"[".repeat(1_900)}${"]".repeat(1_900)}}`),
    "json/depth",
  ],
  [
    "a record of 64 KiB and a byte",
    recordKey(second.device),
    new Uint8Array(64 * 1024 + 1).fill(0x20),
    "trust/form",
  ],
  [
    "a record that is longer than records are",
    recordKey(second.device),
    bytesOf(JSON.stringify({ ...second.record, more: "x".repeat(5_000) })),
    "json/too-long",
  ],
  [
    "an endorsement under another name",
    statementKey(endorsing(first, third)),
    encodeStatement(endorsing(first, second)),
    "trust/substituted",
  ],
  [
    "a forged endorsement",
    statementKey(endorsing(first, evil)),
    encodeStatement({ ...endorsing(evil, evil), by: first.device }),
    "trust/signature",
  ],
  [
    "an endorsement whose key is not that of its device",
    statementKey(endorsing(first, second)),
    encodeStatement({ ...endorsing(first, second), public_key: evil.record.public_key }),
    "trust/form",
  ],
  [
    "a revocation that was turned against another",
    statementKey(revoking(first, evil)),
    encodeStatement({ ...revoking(first, first), device: evil.device }),
    "trust/signature",
  ],
  [
    "a revocation without a place",
    `devices/${first.device}/revoked_${first.device}_0000000000000000.json`,
    bytesOf(JSON.stringify({ ...revoking(first, first), last_object: undefined })),
    "trust/form",
  ],
  [
    "a revocation of a negative place",
    `devices/${first.device}/revoked_${first.device}_0000000000000000.json`,
    bytesOf(JSON.stringify({ ...revoking(first, first), last_object: -1 })),
    "trust/form",
  ],
];

for (const [why, key, bytes, code] of REFUSED) {
  test(`trust: refuses ${why}`, () =>
    withDataFolder(async (data) => {
      const trust = await open(data);
      await meet(trust, first);
      await meet(trust, evil);
      const before = trust.list();
      const learned = await trust.learn(key, bytes);
      assert.equal(learned.outcome, "refused");
      assert.equal(learned.outcome === "refused" && learned.code, code);
      assert.deepEqual(trust.list(), before);
    }));
}

test("trust: an endorsement of another key with the same id endorses nobody", () => {
  // 80 bits of hash: nobody makes such a key in a test, so the record is put together by hand.
  const twin: DeviceRecord = { ...evil.record, device: second.device };
  const seen = (record: DeviceRecord) => ({ record, json: "", seenAt: NOON });
  const standings = new Standings({
    own: new Set(),
    records: new Map([[first.device, seen(first.record)], [twin.device, seen(twin)]]),
    pins: new Map([["node:alpha", first.device]]),
    endorsements: [endorsing(first, second)],
    revocations: [],
    suspicions: new Map(),
    decisions: new Map(),
    bindings: new Map(),
  });
  assert.equal(standings.standing(twin.device), "waiting");
});

test("trust: a statement whose signer is not known asks for the signer", () =>
  withDataFolder(async (data) => {
    const trust = await open(data);
    const statement = endorsing(first, second);
    assert.deepEqual(await hear(trust, statement), {
      outcome: "unknown-signer",
      signer: first.device,
    });
    await meet(trust, first);
    assert.equal((await hear(trust, statement)).outcome, "new");
    assert.equal((await hear(trust, statement)).outcome, "known");
    assert.equal((await meet(trust, first)).outcome, "known");
  }));

test("trust: a revoked device counts as far as every revocation lets it", () =>
  withDataFolder(async (data) => {
    const trust = await open(data);
    await meet(trust, first);
    const ends = (lobby: number, board: number) => [
      ["lobby", "alice@alpha", lobby] as const,
      ["board", "alice@alpha", board] as const,
    ];
    await hear(trust, revoking(first, first, { last_object: 9, chains: ends(5, 5) }));
    await hear(trust, revoking(first, first, { last_object: 7, chains: ends(8, 3).slice(1) }));
    const verdict = trust.verdict(first.device, "alice@alpha", "lobby");
    assert.ok(verdict.kind === "trusted");
    assert.equal(verdict.extent?.lastObject, 7);
    assert.deepEqual(
      Array.from(verdict.extent?.chains ?? []),
      [[`board\nalice@alpha\n${first.device}`, 3]],
    );
  }));

test("trust: a node signs for a peer of one of its accounts over XMPP, in their room alone", () =>
  withDataFolder(async (data) => {
    const trust = await open(data);
    await meet(trust, first);
    await meet(trust, beta);
    const room = "xmpp:alice@alpha/bob@jabber.example";
    const kind = (author: Author, sender: string, where: string) =>
      trust.verdict(author.device, sender, where).kind;
    assert.equal(kind(first, "bob@jabber.example", room), "trusted");
    assert.equal(kind(first, "bob@jabber.example", "lobby"), "unbound");
    assert.equal(kind(beta, "bob@jabber.example", room), "unbound");
    assert.equal(kind(first, "eve@beta", "xmpp:alice@alpha/eve@beta"), "unbound");
    assert.equal(kind(first, "bob@jabber.example", "xmpp:"), "unbound");
  }));

test("trust: what is decided in another process is heard of", () =>
  withDataFolder(async (data) => {
    const trust = await open(data);
    await meet(trust, first);
    await meet(trust, second);
    let changes = 0;
    const end = trust.onChange(() => void changes++);
    await trust.refresh();
    assert.equal(changes, 0);
    await decide(trustPaths(data), new ManualClock(), {
      decide: { device: second.device, decision: "trust", suspicions: 0 },
      issue: [endorsing(first, second)],
    });
    await trust.refresh();
    assert.equal(changes, 1);
    assert.equal(trust.list().find(({ device }) => device === second.device)?.standing, "trusted");
    assert.deepEqual(trust.publications().map(({ key }) => key), [
      recordKey(trust.device),
      statementKey(endorsing(first, second)),
    ]);
    end();
  }));

test("trust: keys bound by hand are a sender's, and nobody else becomes it", () =>
  withDataFolder(async (data) => {
    const trust = await open(data);
    const key = evil.record.public_key;
    assert.deepEqual(trust.keysOf("carol@example.com"), { keys: [], claimed: false });
    await decide(trustPaths(data), new ManualClock(), {
      bind: { sender: "carol@example.com", key },
    });
    await trust.refresh();
    const { keys, claimed } = trust.keysOf("carol@example.com");
    assert.deepEqual(keys.map(({ publicKey }) => publicKey), [key]);
    assert.equal(claimed, true);
    const carol = new Author(30, "example.com", "carol@example.com");
    await meet(trust, carol);
    assert.equal(trust.verdict(carol.device, "carol@example.com", "lobby").kind, "waiting");
    const weak = { sender: "carol@example.com", key: `${"A".repeat(43)}=` };
    await assert.rejects(decide(trustPaths(data), new ManualClock(), { bind: weak }), {
      code: "key/weak",
    });
  }));

test("trust: damaged files are not taken for empty ones", () =>
  withDataFolder(async (data) => {
    const trust = await open(data);
    await meet(trust, first);
    const { devices, decisions } = trustPaths(data);
    const decision = { device: first.device, decision: "distrust", suspicions: 0 } as const;
    await decide(trustPaths(data), new ManualClock(), { decide: decision });
    for (const path of [devices, decisions]) {
      const bytes = await Deno.readFile(path);
      const damaged = bytes.slice();
      damaged[20] = (damaged[20] ?? 0) ^ 1;
      await Deno.writeFile(path, damaged);
      await assert.rejects(open(data), { code: "trust/corrupt" });
      await Deno.writeFile(path, bytes);
    }
    const text = await Deno.readTextFile(decisions);
    await Deno.writeTextFile(decisions, text.slice(0, -3));
    await assert.rejects(open(data), { code: "trust/corrupt" });
  }));

test("trust: what a crash cut off was never promised, and what comes next is whole", () =>
  withDataFolder(async (data) => {
    const trust = await open(data);
    await meet(trust, first);
    const { devices } = trustPaths(data);
    const text = await Deno.readTextFile(devices);
    await Deno.writeTextFile(devices, `${text}["0123`);
    const again = await open(data);
    assert.equal((await meet(again, beta)).outcome, "new");
    const standings = new Map(
      (await open(data)).list().map((each) => [each.device, each.standing]),
    );
    assert.deepEqual([standings.get(first.device), standings.get(beta.device)], [
      "pinned",
      "pinned",
    ]);
  }));

test("trust: pinning one by one comes to the same as working everything out anew", () => {
  const author = fc.record({
    seed: fc.integer({ min: 1, max: 20 }),
    node: fc.constantFrom("alpha", "beta"),
    person: fc.option(fc.constantFrom("ann@alpha", "ben@alpha", "ann@beta")),
  }).map(({ seed, node, person }) => new Author(seed, node, ...(person === null ? [] : [person])));
  return fc.assert(
    fc.asyncProperty(
      fc.array(author, { maxLength: 8 }),
      (authors) =>
        withDataFolder(async (data) => {
          const trust = await open(data);
          for (const each of authors) await meet(trust, each);
          assert.deepEqual((await open(data)).list(), trust.list());
          for (const { device } of authors) {
            for (const sender of ["ann@alpha", "ben@alpha", "ann@beta"]) {
              const anew = (await open(data)).verdict(device, sender, "lobby").kind;
              assert.equal(trust.verdict(device, sender, "lobby").kind, anew);
            }
          }
        }),
    ),
    { numRuns: 30 },
  );
});

test("trust: many records at once share their writes and are all kept", () =>
  withDataFolder(async (data) => {
    const trust = await open(data);
    const many = Array.from({ length: 60 }, (_, index) => new Author(index + 100, `node-${index}`));
    await Promise.all(many.map((author) => meet(trust, author)));
    const again = await open(data);
    const pinned = again.list().filter(({ standing }) => standing === "pinned");
    assert.equal(pinned.length, many.length);
    assert.equal(await exists(join(data, "sync", "trust", "devices.jsonl.new")), false);
    assert.deepEqual(
      again.trustedRecords().length,
      many.length + 1,
    );
    assert.ok(encodeDeviceRecord(again.trustedRecords()[0]!).includes("public_key"));
  }));

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

test("trust: what is refused does not fill the log", () =>
  withDataFolder((data) =>
    withLogs(async (logs) => {
      const reader = await Reader.open(data);
      for (let index = 0; index < 300; index++) {
        const { outcome } = await reader.trust.learn("devices/x.json", bytesOf(`rubbish ${index}`));
        assert.equal(outcome, "refused");
      }
      assert.equal(logs.length, 101);
      assert.match(lineOf(logs[100]!), /further ones are not named/);
    })
  ));
