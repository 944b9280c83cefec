/**
 * The accounts file: damage, crashes, full disks, and several processes at once. The processes are
 * real ones.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import fc from "fast-check";
import type { Accounts } from "../../src/accounts/accounts.ts";
import { diskFault } from "../../src/accounts/disk_fault.ts";
import { systemClock } from "../../src/clock.ts";
import { Ledger } from "../../src/accounts/ledger.ts";
import { WriteLock } from "../../src/accounts/lock.ts";
import { decodeLine, encodeLine, MAX_LINE_BYTES } from "../../src/accounts/line.ts";
import type { AccountRecord, Change } from "../../src/accounts/record.ts";
import { State } from "../../src/accounts/state.ts";
import type { Revocation } from "../../src/accounts/revocations.ts";
import { inFolder, open, rejects, withAccounts } from "./fixture.ts";
import { ManualClock } from "../harness/manual_clock.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };
const program = join(import.meta.dirname ?? "", "writer_program.ts");

const account: AccountRecord = {
  ...{ name: "alice", role: "user", state: "active", password: null, generation: 1, created: 5 },
};

function start(folder: string, ...task: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program, folder, ...task],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs a process to its end and returns its lines. */
async function finish(child: Deno.ChildProcess): Promise<string[]> {
  const { success, stdout, stderr } = await child.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

const path = (folder: string) => join(folder, "accounts", "accounts.jsonl");

/** The file with three accounts in it, closed. */
async function threeAccounts(folder: string): Promise<Uint8Array> {
  const accounts = await open(folder);
  for (const name of ["alice", "bob", "carol"]) {
    await accounts.register({ name, password: "123456" });
  }
  await accounts.close();
  return await Deno.readFile(path(folder));
}

async function names(folder: string): Promise<string[]> {
  const accounts = await open(folder);
  const list = accounts.list().map(({ name }) => name);
  await accounts.close();
  return list;
}

const changes: readonly Change[] = [
  { account },
  { account: { ...account, password: "$scrypt$x", name: "Zo\u00eb \ud800" } },
  { invite: { hash: "ab", uses: 0, expires: 1, created: 0 } },
  { revoked: { id: "x", account: "alice", until: 9 } },
];

Deno.test("a line reads back as written", strict, () => {
  for (const list of [changes.slice(0, 1), changes]) {
    const line = encodeLine(7, list);
    assert.equal(line.at(-1), 10);
    assert.deepEqual(decodeLine(line.subarray(0, -1)), { kind: "changes", changes: list });
  }
});

Deno.test("a line with any bit turned is damaged", strict, () => {
  const line = encodeLine(1_700_000_000_000, [{ account }]).subarray(0, -1);
  for (let at = 0; at < line.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const turned = line.slice();
      turned[at] = (turned[at] ?? 0) ^ (1 << bit);
      assert.equal(decodeLine(turned).kind, "damaged", `byte ${at} bit ${bit}`);
    }
  }
});

const misshapen: readonly { why: string; change: unknown }[] = [
  { why: "nothing known", change: { group: account } },
  { why: "two things", change: { account, invite: {} } },
  { why: "an inherited word", change: { constructor: {} } },
  { why: "a missing key", change: { account: { name: "x" } } },
  { why: "a key too many", change: { account: { ...account, admin: true } } },
  { why: "an unknown role", change: { account: { ...account, role: "root" } } },
  { why: "an unknown state", change: { account: { ...account, state: "" } } },
  { why: "generation 0", change: { account: { ...account, generation: 0 } } },
  { why: "a password that is a list", change: { account: { ...account, password: [] } } },
  { why: "null", change: null },
  { why: "an account that is a list", change: { account: [] } },
];

for (const { why, change } of misshapen) {
  Deno.test(`a line with a good checksum is damaged when it holds ${why}`, strict, () => {
    const line = encodeLine(1, [change as Change]).subarray(0, -1);
    assert.equal(decodeLine(line).kind, "damaged");
  });
}

Deno.test("no bytes make the decoder throw", strict, () => {
  const text = fc.string({ unit: "binary" }).map((value) => new TextEncoder().encode(value));
  const json = fc.json().map((value) => {
    const rest = `1,${value}]`;
    const sum = crc32(rest).toString(16).padStart(8, "0");
    return new TextEncoder().encode(`["${sum}",${rest}`);
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), text, json), (bytes) => {
      const line = decodeLine(bytes);
      if (line.kind === "damaged") assert.doesNotMatch(line.why, /["'`]/, "nothing is quoted");
    }),
    { numRuns: 2000 },
  );
});

Deno.test("no flipped bit anywhere in the file goes unnoticed", strict, async () => {
  await inFolder(async (folder) => {
    const whole = await threeAccounts(folder);
    const ledger = async () => {
      const opened = new Ledger(path(folder));
      try {
        return (await opened.look()).changes.length;
      } finally {
        opened.close();
      }
    };
    assert.equal(await ledger(), 3);
    for (let at = 0; at < whole.length; at++) {
      const turned = whole.slice();
      turned[at] = (turned[at] ?? 0) ^ (1 << (at % 8));
      await Deno.writeFile(path(folder), turned);
      await rejects(ledger(), "accounts/corrupt", `byte ${at}`);
    }
  });
});

Deno.test("lines that are too long are damaged, unread", strict, () => {
  assert.equal(decodeLine(new Uint8Array(MAX_LINE_BYTES)).kind, "damaged");
});

Deno.test("a torn last line is cut at every byte, and writing goes on", strict, async () => {
  await inFolder(async (folder) => {
    const whole = await threeAccounts(folder);
    const beginning = whole.lastIndexOf(10, whole.length - 2) + 1;
    for (let end = beginning; end < whole.length; end += 7) {
      await Deno.writeFile(path(folder), whole.subarray(0, end));
      const accounts = await open(folder);
      assert.deepEqual(accounts.list().map(({ name }) => name), ["alice", "bob"], `cut at ${end}`);
      await accounts.registry.add({ name: "dave", password: undefined, role: "user" });
      await accounts.close();
      assert.deepEqual(await names(folder), ["alice", "bob", "dave"]);
    }
  });
});

Deno.test("a power cut that leaves zeros behind is a torn line", strict, async () => {
  await inFolder(async (folder) => {
    const whole = await threeAccounts(folder);
    await Deno.writeFile(path(folder), new Uint8Array([...whole, ...new Uint8Array(4096)]));
    const accounts = await open(folder);
    await accounts.registry.add({ name: "dave", password: undefined, role: "user" });
    await accounts.close();
    assert.equal((await Deno.readFile(path(folder))).at(-1), 10, "nothing of it is left");
    assert.deepEqual(await names(folder), ["alice", "bob", "carol", "dave"]);
  });
});

const damage: readonly { why: string; line: number; change: (lines: string[]) => void }[] = [
  {
    why: "a letter",
    line: 2,
    change: (lines) => lines[1] = lines[1]?.replace("alice", "alibe") ?? "",
  },
  { why: "the last whole line", line: 4, change: (lines) => lines[3] = `${lines[3]} ` },
  { why: "a line taken out in part", line: 3, change: (lines) => lines[2] = "" },
  { why: "no first line", line: 1, change: (lines) => lines.shift() },
  { why: "two first lines", line: 2, change: (lines) => lines.unshift(lines[0] ?? "") },
  {
    why: "a later version",
    line: 1,
    change: (lines) => {
      const later = { format: "chatnode-accounts", version: 2 } as const;
      lines[0] = new TextDecoder().decode(encodeLine(1, [later])).trimEnd();
    },
  },
];

for (const { why, line, change } of damage) {
  Deno.test(`damage is named by file and line: ${why}`, strict, async () => {
    await inFolder(async (folder) => {
      const lines = new TextDecoder().decode(await threeAccounts(folder)).split("\n");
      change(lines);
      await Deno.writeTextFile(path(folder), lines.join("\n"));
      const error = await rejects(open(folder), "accounts/corrupt");
      assert.ok(error.message.includes(`${path(folder)}: line ${line} `), error.message);
      assert.doesNotMatch(error.message, /scrypt|alice/);
      assert.equal(await Deno.readTextFile(path(folder)), lines.join("\n"), "left as it was");
    });
  });
}

Deno.test("a running node outlives damage done under it, and sees the repair", strict, async () => {
  const clock = new ManualClock();
  await withAccounts(async (accounts, folder) => {
    await accounts.register({ name: "alice", password: "123456" });
    const good = await Deno.readFile(path(folder));
    await Deno.writeTextFile(path(folder), "rubbish\n", { append: true });
    await rejects(accounts.refresh(), "accounts/corrupt");
    await accounts.authenticate("alice", "123456");
    await rejects(accounts.register({ name: "bob", password: "123456" }), "accounts/corrupt");
    await Deno.writeFile(path(folder), good);
    await accounts.refresh();
    await accounts.register({ name: "bob", password: "123456" });
    await Deno.remove(path(folder));
    await rejects(accounts.refresh(), "accounts/io");
    await rejects(accounts.register({ name: "carol", password: "123456" }), "accounts/io");
    assert.ok(accounts.exists("bob"));
  }, { clock });
});

Deno.test("a file that is mostly history is rewritten, for every process", strict, async () => {
  await inFolder(async (folder) => {
    const clock = new ManualClock();
    await using first = await open(folder, { clock });
    await using second = await open(folder, { clock });
    await first.registry.add({ name: "root", password: undefined, role: "admin" });
    const { identity } = await first.issue(
      await first.register({ name: "alice", password: "123456" }),
    );
    await first.revoke(identity);
    const { ino } = await Deno.stat(path(folder));
    for (let times = 0; times < 1000; times++) {
      await first.registry.setRole("alice", times % 2 === 0 ? "admin" : "user");
    }
    assert.notEqual((await Deno.stat(path(folder))).ino, ino, "another file");
    assert.ok((await Deno.stat(path(folder))).size < 10_000);
    const heard: Revocation[] = [];
    second.onRevoked((revocation) => heard.push(revocation));
    await second.refresh();
    assert.deepEqual(second.list(), first.list());
    assert.deepEqual(heard, [{ kind: "token", token: identity.token }], "what is new to it");
    await second.registry.setRole("alice", "admin");
    await first.refresh();
    assert.equal(first.identityOf("alice")?.role, "admin");
    await using third = await open(folder, { clock });
    assert.deepEqual(third.list().map(({ name, role }) => [name, role]), [
      ["alice", "admin"],
      ["root", "admin"],
    ]);
  });
});

Deno.test("what a crash left beside the file is removed", strict, async () => {
  await inFolder(async (folder) => {
    await threeAccounts(folder);
    await Deno.writeTextFile(`${path(folder)}.new`, "half a file");
    assert.deepEqual(await names(folder), ["alice", "bob", "carol"]);
    await assert.rejects(Deno.stat(`${path(folder)}.new`), Deno.errors.NotFound);
  });
});

Deno.test("a killed process loses nothing it had told of", strict, async () => {
  await inFolder(async (folder) => {
    const told: string[] = [];
    for (const prefix of ["one", "two", "three", "four", "five"]) {
      const child = start(folder, "add", `${prefix}-`, "100000");
      const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (text.split("\n").length < 10 + told.length % 7) {
        const { value, done } = await reader.read();
        assert.ok(!done, "it ended by itself");
        text += value;
      }
      child.kill("SIGKILL");
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
      }
      await child.status;
      await child.stderr.cancel();
      told.push(...text.split("\n").slice(0, -1));
      const kept = await names(folder);
      assert.deepEqual(told.filter((name) => !kept.includes(name)), []);
      assert.ok(kept.length <= told.length + 5, "and at most one a crash that was not told of");
    }
  });
});

Deno.test("processes that write at once lose nothing and agree", strict, async () => {
  await withAccounts(async (accounts, folder) => {
    const children = ["one", "two", "three"].map((prefix) =>
      finish(start(folder, "add", `${prefix}-`, "60"))
    );
    const own: string[] = [];
    for (let at = 0; at < 60; at++) {
      const name = `own-${"abcdefgh"[at >> 3]}${"abcdefgh"[at & 7]}`;
      await accounts.registry.add({ name, password: undefined, role: "user" });
      own.push(name);
    }
    const told = [own, ...await Promise.all(children)].flat().sort();
    assert.equal(told.length, 240);
    assert.deepEqual(told.filter((line) => line.startsWith("refused")), []);
    await accounts.refresh();
    assert.deepEqual(accounts.list().map(({ name }) => name), told);
  });
});

Deno.test("two first starts at once agree on one secret and one admin", strict, async () => {
  await inFolder(async (folder) => {
    const both = await Promise.all([open(folder), open(folder)]);
    const admins = await Promise.all(both.map(({ registry }) => registry.ensureAdmin()));
    assert.equal(admins.filter((admin) => admin !== undefined).length, 1);
    const [one, other] = both;
    assert.ok(one !== undefined && other !== undefined);
    await one.refresh();
    const { token } = await one.issue(
      { address: "admin@node-test", name: "admin", role: "admin" },
    );
    await other.refresh();
    assert.ok((await other.verify(token)).ok);
    await Promise.all(both.map((accounts) => accounts.close()));
  });
});

Deno.test("of processes that want one name, one gets it", strict, async () => {
  await withAccounts(async (_accounts, folder) => {
    const wanted = ["alice", "ALICE", "a1ice", "alice"];
    const lines = await Promise.all(wanted.map((name) => finish(start(folder, "race", name))));
    const got = lines.flat().filter((line) => !line.startsWith("refused"));
    assert.equal(got.length, 1, lines.flat().join());
    assert.equal(lines.flat().filter((line) => line === "refused accounts/name-taken").length, 3);
  });
});

Deno.test("an invite is spent once, whichever process takes it", strict, async () => {
  await withAccounts(async (accounts, folder) => {
    const { code } = await accounts.registry.invitations.make({ uses: 5 });
    const lines = await Promise.all(
      ["one-", "two-"].map((prefix) => finish(start(folder, "spend", code, prefix, "5"))),
    );
    assert.equal(lines.flat().length, 5, lines.flat().join());
    await accounts.refresh();
    assert.equal(accounts.list().length, 5);
    assert.deepEqual(accounts.registry.invitations.list(), []);
  });
});

Deno.test("a running node sees another process's change within a second", strict, async () => {
  const clock = new ManualClock();
  await withAccounts(async (accounts, folder) => {
    const { token } = await accounts.issue(
      await accounts.register({ name: "alice", password: "123456" }),
    );
    const heard = Promise.withResolvers<Revocation>();
    accounts.onRevoked(heard.resolve);
    const other = await open(folder);
    await other.registry.remove("alice");
    await other.close();
    assert.ok((await accounts.verify(token)).ok, "not seen yet");
    clock.advance(1000);
    assert.deepEqual(await heard.promise, {
      ...{ kind: "account", address: "alice@node-test", name: "alice", why: "removed" },
    });
    assert.ok(!(await accounts.verify(token)).ok);
  }, { clock });
});

Deno.test("signing in sees another process's change at once", strict, async () => {
  await withAccounts(async (accounts, folder) => {
    await accounts.register({ name: "alice", password: "123456" });
    const other = await open(folder);
    await other.registry.setPassword("alice", "another one");
    await other.close();
    await rejects(accounts.authenticate("alice", "123456"), "accounts/credentials");
    await accounts.authenticate("alice", "another one");
  });
});

Deno.test("an invite that another process has just made is good", strict, async () => {
  await withAccounts(async (accounts, folder) => {
    await using other = await open(folder);
    const { code: invite } = await other.registry.invitations.make();
    await accounts.register({ name: "alice", password: "123456", invite });
  }, { registration: "invite" });
});

/** Moves time on until a promise is settled. */
async function passing<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  const end = () => settled = true;
  promise.then(end, end);
  while (!settled) {
    await new Promise((resolve) => setTimeout(resolve));
    clock.advance(100);
  }
  return await promise;
}

Deno.test("a process that hangs with the lock is named, not waited for", strict, async () => {
  const clock = new ManualClock();
  await withAccounts(async (accounts, folder) => {
    const child = start(folder, "hold");
    const reader = child.stdout.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "held\n");
    const attempt = accounts.registry.add({ name: "alice", password: undefined, role: "user" });
    const error = await rejects(passing(clock, attempt), "accounts/locked");
    assert.ok(error.hint !== undefined);
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    await child.stderr.cancel();
    // The lock died with its holder.
    await passing(
      clock,
      accounts.registry.add({ name: "alice", password: undefined, role: "user" }),
    );
  }, { clock });
});

Deno.test("a process that has nothing else to do waits for the lock", strict, async () => {
  await inFolder(async (folder) => {
    await threeAccounts(folder);
    const lock = await WriteLock.open(join(folder, "accounts", "lock"), systemClock);
    const release = Promise.withResolvers<void>();
    const held = lock.hold(() => release.promise);
    const child = start(folder, "wait", "dave");
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
      // Not at the first pause: a process that does not wait would be through by then.
      if (text.split("waiting").length > 3) release.resolve();
    }
    release.resolve();
    await held;
    await lock.close();
    await child.status;
    await child.stderr.cancel();
    assert.match(text, /waiting\ndave\n$/);
  });
});

Deno.test("a disk that takes only a part of a line changes nothing", strict, async () => {
  await inFolder(async (folder) => {
    await threeAccounts(folder);
    const size = (await Deno.stat(path(folder))).size;
    // The shell's limit is in blocks of 1,024 bytes: some accounts fit, one is cut in its middle.
    const child = new Deno.Command("bash", {
      args: [
        "-c",
        `trap '' XFSZ; ulimit -f ${Math.ceil(size / 1024) + 1}; exec "$@"`,
        "bash",
        ...[Deno.execPath(), "run", "-A", "--no-check", program, folder, "add", "more-", "40"],
      ],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const lines = await finish(child);
    const stored = lines.filter((line) => !line.startsWith("refused"));
    assert.ok(stored.length > 0 && stored.length < 40, lines.join());
    assert.equal(lines.at(-1), "refused accounts/io");
    const file = await Deno.readFile(path(folder));
    assert.equal(file.at(-1), 10, "nothing of the line that did not fit is left");
    assert.deepEqual(await names(folder), ["alice", "bob", "carol", ...stored].sort());
    const accounts = await open(folder);
    await accounts.registry.add({ name: "dave", password: undefined, role: "user" });
    await accounts.close();
  });
});

Deno.test("a rewritten file is read anew, though it has grown", strict, async () => {
  await inFolder(async (folder) => {
    const named = (name: string): Change => ({ account: { ...account, name } });
    const writer = new Ledger(join(folder, "accounts.jsonl"));
    await writer.append(1, [named("alice")]);
    const reader = new Ledger(writer.path);
    assert.deepEqual(await reader.look(), { fresh: true, changes: [named("alice")] });
    assert.deepEqual(await reader.look(), { fresh: false, changes: [] });
    const more = ["bob", "carol", "dave", "erin"].map(named);
    await writer.rewrite(2, more.slice(0, 3));
    await writer.append(3, more.slice(3));
    assert.deepEqual(await reader.look(), { fresh: true, changes: more });
    writer.close();
    reader.close();
  });
});

Deno.test("what was cut off is reported, without what it held", strict, async () => {
  const records: LogRecord[] = [];
  await configure({
    sinks: { list: (record) => records.push(record) },
    loggers: [
      { category: ["accounts"], sinks: ["list"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  try {
    await inFolder(async (folder) => {
      const whole = await threeAccounts(folder);
      await Deno.writeFile(path(folder), whole.subarray(0, -20));
      await using accounts = await open(folder);
      await accounts.registry.add({ name: "dave", password: undefined, role: "user" });
      const [record] = records.filter(({ properties }) => "bytes" in properties);
      assert.equal(record?.level, "warning");
      assert.equal(record.properties["path"], path(folder));
      assert.ok(Number(record.properties["bytes"]) > 100);
      assert.doesNotMatch(JSON.stringify(records), /scrypt|carol/);
    });
  } finally {
    await reset();
  }
});

Deno.test("revoked tokens of an earlier generation are not kept", strict, () => {
  const state = new State();
  state.apply({ account });
  for (const id of ["one", "two"]) state.apply({ revoked: { id, account: "alice", until: 9 } });
  state.apply({ revoked: { id: "three", account: "bob", until: 9 } });
  state.apply({ account: { ...account, role: "admin" } });
  assert.equal(state.revoked.size, 3);
  state.apply({ account: { ...account, generation: 2 } });
  assert.deepEqual([...state.revoked.keys()], ["three"]);
  state.expire(8);
  assert.equal(state.revoked.size, 1);
  state.expire(9);
  assert.equal(state.revoked.size, 0);
});

Deno.test("a failed rewrite leaves the file as it was", strict, async () => {
  await inFolder(async (folder) => {
    const ledger = new Ledger(join(folder, "accounts.jsonl"));
    await ledger.append(1, [{ account }]);
    await Deno.mkdir(`${ledger.path}.new`);
    await Deno.writeTextFile(join(`${ledger.path}.new`, "in the way"), "");
    await rejects(ledger.rewrite(2, []), "accounts/io");
    await ledger.append(3, [{ account: { ...account, name: "bob" } }]);
    ledger.close();
    const again = new Ledger(ledger.path);
    assert.equal((await again.look()).changes.length, 2);
    again.close();
  });
});

Deno.test("faults of the disk are told apart", strict, () => {
  const fault = (code: string) => Object.assign(new Error("os error"), { code });
  const cases = [["ENOSPC", "accounts/disk-full"], ["EDQUOT", "accounts/disk-full"], [
    "EIO",
    "accounts/io",
  ]] as const;
  for (const [code, expected] of cases) {
    assert.equal(diskFault("write", "x", fault(code)).code, expected);
  }
  const denied = diskFault("write", "x", new Deno.errors.PermissionDenied("secret detail"));
  assert.equal(denied.message, "Cannot write x: permission denied");
});

Deno.test("after closing, everything is refused and nothing is held", strict, async () => {
  await inFolder(async (folder) => {
    const accounts: Accounts = await open(folder);
    await accounts.close();
    await accounts.close();
    await rejects(accounts.register({ name: "alice", password: "123456" }), "accounts/closed");
    await rejects(accounts.refresh(), "accounts/closed");
  });
});
