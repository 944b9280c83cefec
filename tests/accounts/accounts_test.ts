/** The facade: registration, signing in, tokens and their end, across restarts. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Revocation } from "../../src/accounts/revocations.ts";
import { type Derive, deriveScrypt } from "../../src/accounts/passwords.ts";
import { inFolder, open, QUICK, rejects, withAccounts } from "./fixture.ts";
import { ManualClock } from "../harness/manual_clock.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };
const alice = { name: "Alice", password: "correct horse" };

Deno.test("an account registers, signs in and is known by its token", strict, async () => {
  await withAccounts(async (accounts) => {
    const identity = await accounts.register(alice);
    const expected = { address: "Alice@node-test", name: "Alice", role: "user" };
    assert.deepEqual(identity, expected);
    assert.deepEqual(await accounts.authenticate("aLICE", alice.password, "192.0.2.1"), expected);
    const issued = await accounts.issue(identity);
    const verified = await accounts.verify(issued.token);
    assert.ok(verified.ok);
    assert.deepEqual(verified.identity, issued.identity);
    assert.equal(verified.identity.expires, issued.expires);
    assert.deepEqual(accounts.identityOf("ALICE"), expected);
    assert.ok(accounts.exists("alice"));
    assert.ok(!accounts.exists("bob"));
  });
});

Deno.test("everything is there after a restart, the secret too", strict, async () => {
  await inFolder(async (folder) => {
    const first = await open(folder);
    const kept = await first.issue(await first.register(alice));
    const ended = await first.issue(await first.authenticate("alice", alice.password));
    await first.revoke(ended.identity);
    await first.close();
    const second = await open(folder);
    try {
      assert.ok((await second.verify(kept.token)).ok);
      assert.deepEqual(await second.verify(ended.token), {
        ok: false,
        reason: "invalid",
        detail: "it was revoked",
      });
      await second.authenticate("alice", alice.password);
    } finally {
      await second.close();
    }
  });
});

Deno.test("files and folders are closed to others", strict, async () => {
  await withAccounts(async (accounts, folder) => {
    await accounts.register(alice);
    const mode = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o777;
    assert.equal(await mode(join(folder, "accounts")), 0o700);
    for await (const { name } of Deno.readDir(join(folder, "accounts"))) {
      assert.equal(await mode(join(folder, "accounts", name)), 0o600, name);
    }
  });
});

Deno.test("registration checks in AloneChat's order", strict, async () => {
  await withAccounts(async (accounts) => {
    await accounts.register(alice);
    const register = (name: string, password: string) => accounts.register({ name, password });
    await rejects(register("alice", "x"), "accounts/name-taken", "before the password");
    await rejects(register("ab", "12345"), "accounts/password-too-short", "before the name");
    await rejects(register("ab", "123456"), "accounts/name-length");
    await rejects(register("a".repeat(21), "123456"), "accounts/name-length");
    await rejects(register("a/b", "123456"), "accounts/name-invalid");
    await rejects(register("aIice", "123456"), "accounts/name-taken", "looks like alice");
    await accounts.register({ name: "a".repeat(20), password: "123456" });
  });
});

Deno.test("where registration is closed, only the operator makes accounts", strict, async () => {
  await withAccounts(async (accounts) => {
    await rejects(accounts.register(alice), "accounts/registration-closed");
    await accounts.registry.add({ ...alice, role: "admin" });
    assert.equal((await accounts.authenticate("alice", alice.password)).role, "admin");
  }, { registration: "closed" });
});

Deno.test("an invite makes as many accounts as it says, in time", strict, async () => {
  const clock = new ManualClock();
  await withAccounts(async (accounts) => {
    const { registry } = accounts;
    await rejects(accounts.register(alice), "accounts/invite-required");
    await rejects(accounts.register({ ...alice, invite: "x" }), "accounts/invite-invalid");
    const once = await registry.invitations.make();
    await accounts.register({ ...alice, invite: once.code });
    const again = { name: "bob", password: "123456", invite: once.code };
    await rejects(accounts.register(again), "accounts/invite-invalid", "spent");
    const twice = await registry.invitations.make({ uses: 2, lifetime: 1000 });
    await accounts.register({ ...again, invite: ` ${twice.code.toUpperCase()}` });
    assert.deepEqual(registry.invitations.list().map(({ id, uses }) => [id, uses]), [[
      twice.id,
      1,
    ]]);
    clock.advance(1000);
    const late = { name: "carol", password: "123456", invite: twice.code };
    await rejects(accounts.register(late), "accounts/invite-invalid", "expired");
    assert.deepEqual(registry.invitations.list(), []);
    const withdrawn = await registry.invitations.make();
    await registry.invitations.withdraw(withdrawn.id);
    await rejects(registry.invitations.withdraw(withdrawn.id), "accounts/unknown");
    const refused = { ...late, invite: withdrawn.code };
    await rejects(accounts.register(refused), "accounts/invite-invalid", "withdrawn");
  }, { registration: "invite", clock });
});

Deno.test("one use of an invite is one account, however many ask at once", strict, async () => {
  await withAccounts(async (accounts) => {
    const { code } = await accounts.registry.invitations.make({ uses: 3 });
    const names = Array.from({ length: 12 }, (_, at) => `guest${"abcdefghijkm"[at]}`);
    const results = await Promise.allSettled(
      names.map((name) => accounts.register({ name, password: "123456", invite: code })),
    );
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 3);
    assert.equal(accounts.list().length, 3);
  }, { registration: "invite" });
});

Deno.test("one name is one account, however many ask at once", strict, async () => {
  await withAccounts(async (accounts) => {
    const results = await Promise.allSettled(
      ["alice", "Alice", "ALICE", "a1ice"].map((name) =>
        accounts.register({ name, password: "123456" })
      ),
    );
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  });
});

Deno.test("wrong name and wrong password are one answer", strict, async () => {
  await withAccounts(async (accounts) => {
    await accounts.register(alice);
    const wrong = await rejects(accounts.authenticate("alice", "wrong"), "accounts/credentials");
    const nobody = await rejects(accounts.authenticate("nobody", "x"), "accounts/credentials");
    assert.equal(wrong.message, nobody.message);
    assert.equal(wrong.hint, nobody.hint);
  });
});

Deno.test("a password that is changed while it is checked is the old one", strict, async () => {
  const gate = Promise.withResolvers<void>();
  let started = Promise.withResolvers<void>();
  let slow = false;
  const derive: Derive = async (...task) => {
    const key = await deriveScrypt(...task);
    if (slow) {
      slow = false;
      started.resolve();
      await gate.promise;
    }
    return key;
  };
  await withAccounts(async (accounts) => {
    await accounts.register(alice);
    [slow, started] = [true, Promise.withResolvers<void>()];
    const late = accounts.authenticate("alice", alice.password);
    await started.promise;
    await accounts.registry.setPassword("alice", "another one");
    gate.resolve();
    await rejects(late, "accounts/credentials");
  }, { passwords: { cost: QUICK, derive } });
});

Deno.test("being busy neither counts as a failed login nor tells who exists", strict, async () => {
  let broken = false;
  const derive: Derive = (...task) => broken ? new Promise(() => {}) : deriveScrypt(...task);
  await withAccounts(async (accounts) => {
    await accounts.register(alice);
    broken = true;
    for (let times = 0; times < 2; times++) {
      accounts.authenticate(`holder${times}`, "x").catch(() => {});
    }
    await accounts.refresh();
    for (let times = 0; times < 50; times++) {
      const name = times % 2 === 0 ? "alice" : "nobody";
      const error = await rejects(
        accounts.authenticate(name, alice.password, "192.0.2.1"),
        "accounts/busy",
      );
      assert.ok((error.retryAfter ?? 0) > 0);
    }
  }, { passwords: { cost: QUICK, derive, waiting: 0 } });
});

Deno.test(
  "a hash of an earlier cost is renewed by signing in, and ends nothing",
  strict,
  async () => {
    await inFolder(async (folder) => {
      const file = join(folder, "accounts", "accounts.jsonl");
      const first = await open(folder, { passwords: { cost: { ...QUICK, ln: 3 } } });
      const { token } = await first.issue(await first.register(alice));
      await first.close();
      assert.doesNotMatch(await Deno.readTextFile(file), /ln=4/);
      await using second = await open(folder);
      await rejects(second.authenticate("alice", "wrong"), "accounts/credentials");
      assert.doesNotMatch(await Deno.readTextFile(file), /ln=4/);
      await second.authenticate("alice", alice.password);
      assert.match(await Deno.readTextFile(file), /ln=4/);
      await second.authenticate("alice", alice.password);
      assert.ok((await second.verify(token)).ok);
      assert.equal((await Deno.readTextFile(file)).split("\n").length, 4, "renewed once");
    });
  },
);

Deno.test("what is done to an account ends its sessions and tokens", strict, async () => {
  await withAccounts(async (accounts) => {
    const { registry } = accounts;
    const heard: Revocation[] = [];
    const identity = await accounts.register(alice);
    const forget = accounts.onRevoked((revocation) => heard.push(revocation));
    const account = { kind: "account", address: identity.address, name: "Alice" };

    const first = await accounts.issue(identity);
    const other = await accounts.issue(identity);
    await accounts.revoke(first.identity);
    await accounts.revoke(first.identity);
    assert.deepEqual(heard.splice(0), [{ kind: "token", token: first.identity.token }]);
    assert.ok(!(await accounts.verify(first.token)).ok);
    assert.ok((await accounts.verify(other.token)).ok);

    await registry.setRole("alice", "admin");
    assert.deepEqual(heard.splice(0), [{ ...account, why: "role" }]);
    const verified = await accounts.verify(other.token);
    assert.ok(verified.ok && verified.identity.role === "admin", "the role is the account's");

    await registry.setPassword("alice", "another one");
    assert.deepEqual(heard.splice(0), [{ ...account, why: "signed-out" }]);
    assert.ok(!(await accounts.verify(other.token)).ok);
    await rejects(accounts.authenticate("alice", alice.password), "accounts/credentials");
    await accounts.authenticate("alice", "another one");

    await registry.add({ name: "root", password: undefined, role: "admin" });
    const third = await accounts.issue(identity);
    await registry.disable("alice");
    assert.deepEqual(heard.splice(0), [{ ...account, why: "disabled" }]);
    assert.ok(!(await accounts.verify(third.token)).ok);
    await rejects(accounts.authenticate("alice", "another one"), "accounts/disabled");
    await rejects(accounts.authenticate("alice", "wrong"), "accounts/credentials");
    await rejects(accounts.issue(identity), "accounts/unknown");
    await registry.enable("alice");
    await accounts.authenticate("alice", "another one");
    assert.ok(!(await accounts.verify(third.token)).ok, "stays ended");

    await registry.remove("alice");
    assert.deepEqual(heard.splice(0), [{ ...account, why: "removed" }]);
    await rejects(accounts.authenticate("alice", "another one"), "accounts/credentials");
    await rejects(accounts.register(alice), "accounts/name-taken", "reserved");
    assert.equal(accounts.identityOf("alice"), undefined);
    assert.ok(accounts.exists("alice"));
    forget();
  });
});

Deno.test("the last active admin stays", strict, async () => {
  await withAccounts(async ({ registry }) => {
    await registry.add({ name: "one", password: "123456", role: "admin" });
    await rejects(registry.setRole("one", "user"), "accounts/last-admin");
    await rejects(registry.remove("one"), "accounts/last-admin");
    await rejects(registry.disable("one"), "accounts/last-admin");
    await registry.add({ name: "two", password: "123456", role: "admin" });
    const both = await Promise.allSettled([registry.remove("one"), registry.remove("two")]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  });
});

Deno.test("a node without an admin gets one, once", strict, async () => {
  await withAccounts(async (accounts) => {
    const made = await accounts.registry.ensureAdmin();
    assert.equal(made?.name, "admin");
    assert.match(made?.password ?? "", /^[0-9a-z]{24}$/);
    assert.equal(await accounts.registry.ensureAdmin(), undefined);
    const identity = await accounts.authenticate("admin", made?.password ?? "");
    assert.equal(identity.role, "admin");
  });
  await withAccounts(async ({ registry }) => {
    await registry.add({ name: "admin", password: "123456", role: "user" });
    assert.equal((await registry.ensureAdmin())?.name, "admin2");
  });
});
