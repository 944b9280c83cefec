import assert from "node:assert/strict";
import { Entrance, type GuestPolicy } from "../../src/accounts/guests.ts";
import { test } from "../harness/test.ts";
import { inFolder, open } from "./fixture.ts";

async function withEntrance(
  policy: GuestPolicy,
  body: (entrance: Entrance) => Promise<void> | void,
): Promise<void> {
  await inFolder(async (folder) => {
    await using accounts = await open(folder);
    await accounts.registry.add({ name: "alice", password: "correct horse", role: "user" });
    await body(new Entrance({ accounts, node: "node-test", policy }));
  });
}

const names: readonly { why: string; asked: string; given: string }[] = [
  { why: "a free name", asked: "Bob", given: "Bob" },
  { why: "an account's name", asked: "alice", given: "alice (2)" },
  { why: "an account's name in other letters", asked: "ALICE", given: "ALICE (2)" },
  { why: "what looks like an account's name", asked: "\u0430lice", given: "\u0430lice (2)" },
  { why: "what speaks for the node", asked: "SERVER", given: "SERVER (guest)" },
  { why: "nobody in particular", asked: "", given: "Anonymous" },
];
for (const { why, asked, given } of names) {
  test(`a guest is called: ${why}`, () =>
    withEntrance("chat", async (entrance) => {
      const { identity } = await entrance.enter({ name: asked });
      assert.equal(identity.name, given);
      assert.equal(identity.role, "guest");
      assert.match(identity.address, /^~/);
    }));
}

test("two guests never have one name at a time, and a name that is given back is free", () =>
  withEntrance("chat", (entrance) => {
    const [first, second, third] = ["Bob", "bob", "B0B"].map((name) => entrance.guest(name));
    assert.deepEqual([first, second, third].map((entry) => entry?.identity.name), [
      "Bob",
      "bob (2)",
      "B0B (3)",
    ]);
    second?.leave();
    second?.leave();
    assert.equal(entrance.guest("Bob").identity.name, "Bob (2)");
    first?.leave();
    assert.equal(entrance.guest("Bob").identity.name, "Bob");
  }));

test("a password makes an account of a name, a wrong one makes nothing of it", () =>
  withEntrance("chat", async (entrance) => {
    const { identity } = await entrance.enter({ name: "Alice", password: "correct horse" });
    assert.deepEqual(identity, { address: "alice@node-test", name: "alice", role: "user" });
    await assert.rejects(entrance.enter({ name: "alice", password: "wrong" }), {
      code: "accounts/credentials",
    });
  }));

test("nobody comes in by name alone where guests are not wanted", () =>
  withEntrance("off", async (entrance) => {
    await assert.rejects(entrance.enter({ name: "Bob" }), { code: "accounts/required" });
    await entrance.enter({ name: "alice", password: "correct horse" });
  }));
