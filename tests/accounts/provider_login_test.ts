/** Accounts of people for whom an identity provider vouches: names, links, rules of registration. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Accounts } from "../../src/accounts/accounts.ts";
import { checkNewName } from "../../src/accounts/names.ts";
import type { Person } from "../../src/accounts/oidc/contract.ts";
import { systemRandom } from "../../src/accounts/random.ts";
import type { AccountRecord } from "../../src/accounts/record.ts";
import { State } from "../../src/accounts/state.ts";
import { wishedName } from "../../src/accounts/wished_name.ts";
import { ManualClock } from "../harness/manual_clock.ts";
import { test } from "../harness/test.ts";
import { inFolder, open, rejects, withAccounts } from "./fixture.ts";

const ISSUER = "https://id.example.org";

function person(subject: string, more: Partial<Person> = {}): Person {
  return { issuer: ISSUER, subject, emailVerified: false, wishes: [subject], ...more };
}

const enter = (accounts: Accounts, who: Person, invite?: string) =>
  accounts.authenticateByProvider({ person: who, ...(invite === undefined ? {} : { invite }) });

function stateWith(...names: string[]): State {
  const state = new State();
  for (const name of names) {
    const account: AccountRecord = {
      ...{ name, role: "user", state: "active", password: null, generation: 1, created: 1 },
    };
    state.apply({ account });
  }
  return state;
}

const NAMES: readonly {
  readonly why: string;
  readonly taken?: readonly string[];
  readonly wishes: readonly string[];
  readonly name: string | RegExp;
}[] = [
  { why: "as wished", wishes: ["alice"], name: "alice" },
  { why: "before the at sign", wishes: ["alice.l@example.org"], name: "alice.l" },
  { why: "with a number", taken: ["alice"], wishes: ["alice"], name: "alice2" },
  { why: "with the next", taken: ["alice", "Alice2"], wishes: ["alice"], name: "alice3" },
  { why: "not one that looks alike", taken: ["a1ice"], wishes: ["alice"], name: "alice2" },
  { why: "spaces and such as dashes", wishes: ["Alice  Liddell!"], name: "Alice-Liddell" },
  { why: "cut", wishes: ["a".repeat(30)], name: "a".repeat(20) },
  {
    why: "cut for its number",
    taken: ["a".repeat(20)],
    wishes: ["a".repeat(30)],
    name: `${"a".repeat(19)}2`,
  },
  {
    why: "letters of another script",
    wishes: ["\u0410\u043d\u043d\u0430"],
    name: "\u0410\u043d\u043d\u0430",
  },
  { why: "the second wish for a short one", wishes: ["al", "alice"], name: "alice" },
  { why: "not the operator's", wishes: ["admin@example.org"], name: /^user-/ },
  { why: "nor the node's", wishes: ["system"], name: /^user-/ },
  { why: "nothing usable", wishes: ["\u202e\u202e", "123", ""], name: /^user-[0-9a-z]{8}$/ },
  { why: "no wish", wishes: [], name: /^user-/ },
  { why: "path parts", wishes: ["../../etc"], name: "etc" },
];

for (const { why, taken = [], wishes, name } of NAMES) {
  test("an account that is made by itself has a name near to a wish", () => {
    const made = wishedName(stateWith(...taken), wishes, systemRandom);
    if (typeof name === "string") assert.equal(made, name);
    else assert.match(made, name);
  }, { why });
}

test("whatever is wished, the name could have been registered", () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 3 }), (wishes) => {
    const name = wishedName(stateWith("alice"), wishes, systemRandom);
    assert.equal(checkNewName(name, "anyone"), name);
  }));
});

test("issuer and subject together are the person", async () => {
  await withAccounts(async (accounts) => {
    const alice = await enter(accounts, person("1", { wishes: ["alice"] }));
    assert.equal(alice.role, "user");
    assert.equal((await enter(accounts, person("1", { wishes: ["other"] }))).name, "alice");
    const twin = person("1", { issuer: "https://other.example", wishes: ["alice"] });
    assert.equal((await enter(accounts, twin)).name, "alice2", "another issuer's 1");
    assert.equal((await enter(accounts, person("2", { wishes: ["alice"] }))).name, "alice3");
    await rejects(accounts.authenticate("alice", ""), "accounts/credentials");
  });
});

test("links outlive a restart and a rewrite of the file, and cannot be had twice", async () => {
  await inFolder(async (folder) => {
    const clock = new ManualClock();
    const first = await open(folder, { clock });
    await enter(first, person("1", { wishes: ["alice"] }));
    await first.registry.add({ name: "root", password: undefined, role: "admin" });
    for (let times = 0; times < 1000; times++) {
      await first.registry.setRole("alice", times % 2 === 0 ? "admin" : "user");
    }
    await first.close();
    const second = await open(folder, { clock });
    assert.equal((await enter(second, person("1"))).name, "alice");
    const identity = { issuer: ISSUER, by: "subject", value: "1" } as const;
    await rejects(second.registry.link("root", identity), "accounts/linked");
    await second.registry.link("alice", identity);
    assert.equal(second.registry.find("alice")?.identities.length, 1, "linked already");
    for (let at = 2; at <= 10; at++) {
      await second.registry.link("alice", { ...identity, value: `${at}` });
    }
    await rejects(second.registry.link("alice", { ...identity, value: "11" }), "accounts/linked");
    await rejects(second.registry.link("carol", { ...identity, value: "11" }), "accounts/unknown");
    await rejects(second.registry.link("root", { ...identity, value: "" }), "accounts/linked");
    const long = { ...identity, value: "x".repeat(256) };
    await rejects(second.registry.link("root", long), "accounts/linked");
    await second.close();
  });
});

test("two processes make one account of one person", async () => {
  await inFolder(async (folder) => {
    const both = [await open(folder), await open(folder)];
    const found = await Promise.all(
      both.map((one) => enter(one, person("1", { wishes: ["al-ice"] }))),
    );
    assert.deepEqual(found.map(({ name }) => name), ["al-ice", "al-ice"]);
    await Promise.all(both.map((one) => one.refresh()));
    assert.equal(both[0]?.list().length, 1);
    for (const one of both) await one.close();
  });
});

test("invites are for those who have no account", async () => {
  await withAccounts(async (accounts) => {
    const { code } = await accounts.registry.invitations.make();
    await rejects(enter(accounts, person("1")), "accounts/invite-required");
    await rejects(enter(accounts, person("1"), "wrong"), "accounts/invite-invalid");
    await enter(accounts, person("1", { wishes: ["alice"] }), code);
    await rejects(enter(accounts, person("2"), code), "accounts/invite-invalid");
    await enter(accounts, person("1"));
  }, { registration: "invite" });
});

test("registrations by a provider are throttled as all others are", async () => {
  await withAccounts(async (accounts) => {
    const from = (subject: string) =>
      accounts.authenticateByProvider({ person: person(subject), remoteAddress: "192.0.2.1" });
    for (let at = 0; at < 11; at++) await from(`subject-${"abcdefghijk"[at]}`);
    const error = await rejects(from("subject-x"), "accounts/throttled");
    assert.ok((error.retryAfter ?? 0) > 0);
    await from("subject-a");
  }, { clock: new ManualClock() });
});

test("a token of an identity that was unlinked ends", async () => {
  await withAccounts(async (accounts) => {
    const { token } = await accounts.issue(
      await enter(accounts, person("1", { wishes: ["alice"] })),
    );
    assert.ok((await accounts.verify(token)).ok);
    await accounts.registry.unlink("alice");
    assert.ok(!(await accounts.verify(token)).ok);
    await rejects(accounts.registry.unlink("alice"), "accounts/unknown");
  });
});
