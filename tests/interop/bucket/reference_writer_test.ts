/** What the reference client writes, read by chatnode. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../../src/clock.ts";
import { openHistory } from "../../../src/history/open.ts";
import { getLogger } from "../../../src/log.ts";
import { decide } from "../../../src/transports/bucket/trust/decisions.ts";
import { trustPaths } from "../../../src/transports/bucket/trust/files.ts";
import { openTrust } from "../../../src/transports/bucket/trust/trust.ts";
import type { VerificationPolicy } from "../../../src/transports/bucket/verification/contract.ts";
import { HistoryEvents } from "../../../src/transports/bucket/verification/known_events.ts";
import { openVerification } from "../../../src/transports/bucket/verification/verification.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";
import { tree } from "../../history/bucket_check.ts";
import { objectOf } from "../../transports/bucket/author.ts";
import { writeAsReference } from "./python.ts";

const USER = "alice@example.com";
const SEED = "07".repeat(32);
const OTHER = "08".repeat(32);

/** A reader with a real history that takes in everything of a base. */
async function pull(
  data: string,
  base: string,
  policy: VerificationPolicy,
): Promise<{ accepted: string[]; codes: string[]; stored: number; held: boolean }> {
  const history = await openHistory({ dir: data, node: () => Promise.resolve("home") });
  const trust = await openTrust({
    data,
    device: history.parts.device,
    clock: systemClock,
    logger: getLogger(["test"]),
  });
  const verification = await openVerification({
    folder: join(data, "sync", "bucket"),
    signers: trust,
    known: new HistoryEvents(history),
    policy,
    clock: systemClock,
  });
  const found = { accepted: [] as string[], codes: [] as string[], stored: 0, held: false };
  try {
    for (const [key, text] of tree(base)) {
      if (!key.endsWith(".jsonl")) continue;
      const signal = new AbortController().signal;
      const verified = await verification.verify(objectOf(key, text), signal);
      const { room = "", writer, accepted } = verified;
      const lines = accepted.map(({ json }) => json);
      const { stored, refused } = await history.ingest({ room, writer, lines });
      assert.deepEqual(refused, []);
      verification.commit(verified);
      found.accepted.push(...accepted.map(({ signature }) => signature));
      found.codes.push(...verified.faults.map(({ code }) => code));
      found.stored += stored.length;
      found.held ||= verified.held;
    }
    return found;
  } finally {
    await history.close();
  }
}

const STRICT: VerificationPolicy = { unknownKeys: "refuse", unchained: "accept" };

for (const form of ["null", "absent", "short"]) {
  test(`reference: events signed in the form "${form}" are verified with a key bound by hand`, () =>
    withDataFolder(async (folder) => {
      const [base, data] = [join(folder, "base"), join(folder, "data")];
      const key = await writeAsReference(base, { user: USER, seed: SEED, form });
      await decide(trustPaths(data), systemClock, { bind: { sender: USER, key } });
      const { accepted, codes, stored } = await pull(data, base, STRICT);
      assert.deepEqual(codes, []);
      assert.deepEqual(new Set(accepted), new Set(["verified"]));
      assert.equal(stored, 12);
      // Once more: everything is known.
      assert.deepEqual(await pull(data, base, STRICT), {
        accepted,
        codes: [],
        stored: 0,
        held: false,
      });
    }));
}

test("reference: a folder of a local date holds events of the day before", () =>
  withDataFolder(async (folder) => {
    const [base, data] = [join(folder, "base"), join(folder, "data")];
    const key = await writeAsReference(base, { user: USER, seed: SEED, zone: "14" });
    await decide(trustPaths(data), systemClock, { bind: { sender: USER, key } });
    assert.ok([...tree(base).keys()].some((name) => name.includes("/2026-01-03/")));
    assert.deepEqual((await pull(data, base, STRICT)).codes, []);
  }));

/** What becomes of events whose key nobody has bound, or somebody else's. */
const POLICIES: readonly {
  readonly why: string;
  readonly policy: VerificationPolicy;
  readonly bound?: string;
  readonly claimed?: boolean;
  readonly code: string | undefined;
  readonly held: boolean;
}[] = [
  {
    why: "unknown keys are refused, and wait for somebody to bind them",
    policy: STRICT,
    code: "line/unverified",
    held: true,
  },
  {
    why: "a policy that is called insecure takes them, and says so of each",
    policy: { ...STRICT, unknownKeys: "insecure-accept" },
    code: undefined,
    held: false,
  },
  {
    why: "but never in the name of somebody who is known",
    policy: { ...STRICT, unknownKeys: "insecure-accept" },
    claimed: true,
    code: "signer/claimed",
    held: true,
  },
  {
    why: "nor with another key than the one that was bound",
    policy: { ...STRICT, unknownKeys: "insecure-accept" },
    bound: OTHER,
    code: "line/signature",
    held: false,
  },
  {
    why: "events in no chain are refused where that is asked for",
    policy: { ...STRICT, unchained: "refuse" },
    bound: SEED,
    code: "line/unchained",
    held: false,
  },
];

for (const { why, policy, bound, claimed, code, held } of POLICIES) {
  test(`reference: ${why}`, () =>
    withDataFolder(async (folder) => {
      const [base, data] = [join(folder, "base"), join(folder, "data")];
      const user = claimed === true ? "alice@home" : USER;
      await writeAsReference(base, { user, seed: SEED });
      if (bound !== undefined) {
        const key = await writeAsReference(join(folder, "other"), { user, seed: bound });
        await decide(trustPaths(data), systemClock, { bind: { sender: user, key } });
      }
      const result = await pull(data, base, policy);
      assert.deepEqual(new Set(result.codes), new Set(code === undefined ? [] : [code]));
      assert.equal(result.accepted.length, code === undefined ? 12 : 0);
      assert.deepEqual(new Set(result.accepted), new Set(code === undefined ? ["unverified"] : []));
      assert.equal(result.held, held);
    }));
}

test("reference: two people whose names begin alike write into one room", () =>
  withDataFolder(async (folder) => {
    const [base, data] = [join(folder, "base"), join(folder, "data")];
    for (
      const [user, seed, start] of [
        ["alice@example.com", SEED, "1767366000000"],
        ["alice@example.org", OTHER, "1767366000500"],
      ] as const
    ) {
      const key = await writeAsReference(base, { user, seed, start });
      await decide(trustPaths(data), systemClock, { bind: { sender: user, key } });
    }
    const { codes, stored } = await pull(data, base, STRICT);
    assert.deepEqual([codes, stored], [[], 24]);
  }));
