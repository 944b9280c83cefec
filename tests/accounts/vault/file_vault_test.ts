/** The vault: what it keeps, what it refuses, and what it notices. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemRandom } from "../../../src/accounts/random.ts";
import { MAX_SECRETS, VaultError } from "../../../src/accounts/vault/contract.ts";
import { FileVault, type FileVaultOptions } from "../../../src/accounts/vault/file_vault.ts";
import { decodeChecked, encodeChecked } from "../../../src/checked_json.ts";
import { systemClock } from "../../../src/clock.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { QUICK } from "../fixture.ts";

const program = join(import.meta.dirname ?? ".", "writer_program.ts");

function open(folder: string, options: Partial<FileVaultOptions> = {}): FileVault {
  return new FileVault({
    ...{ folder: join(folder, "vault"), clock: systemClock, random: systemRandom, cost: QUICK },
    ...options,
  });
}

async function refuses(promise: Promise<unknown>, code: string, why = ""): Promise<void> {
  const error = await promise.then(() => undefined, (cause: unknown) => cause);
  assert.ok(error instanceof VaultError, `${why}: ${error}`);
  assert.equal(error.code, code, `${why}: ${error.message}`);
  assert.doesNotMatch(`${error.message} ${error.hint}`, /hunter2|xmpp/);
}

const path = (folder: string) => join(folder, "vault", "secrets");

test("secrets are kept, replaced, listed and forgotten", async () => {
  await withDataFolder(async (folder) => {
    const vault = open(folder);
    assert.equal(await vault.get("xmpp:alice@example.org"), undefined);
    assert.deepEqual(await vault.list(""), []);
    await assert.rejects(Deno.stat(join(folder, "vault")), Deno.errors.NotFound);
    await vault.set("xmpp:alice@example.org", "hunter2");
    await vault.set("xmpp:bob@example.org", "");
    await vault.set("oidc:one", "\u{1f511} \u0000");
    await vault.set("xmpp:alice@example.org", "hunter22");
    await vault.set("__proto__", "plain");
    const other = open(folder);
    assert.equal(await other.get("xmpp:alice@example.org"), "hunter22");
    assert.equal(await other.get("xmpp:bob@example.org"), "");
    assert.equal(await other.get("oidc:one"), "\u{1f511} \u0000");
    assert.equal(await other.get("__proto__"), "plain");
    assert.equal(await other.get("toString"), undefined);
    assert.deepEqual(await other.list("xmpp:"), [
      "xmpp:alice@example.org",
      "xmpp:bob@example.org",
    ]);
    assert.ok(await other.delete("xmpp:bob@example.org"));
    assert.ok(!await other.delete("xmpp:bob@example.org"));
    assert.deepEqual(await vault.list("xmpp:"), ["xmpp:alice@example.org"]);
  });
});

test("files are closed to others and hold nothing in the clear", async () => {
  await withDataFolder(async (folder) => {
    await open(folder).set("xmpp:alice", "hunter2");
    const mode = async (name: string) =>
      ((await Deno.stat(join(folder, "vault", name))).mode ?? 0) & 0o777;
    assert.equal(await mode("."), 0o700);
    for await (const { name } of Deno.readDir(join(folder, "vault"))) {
      assert.equal(await mode(name), 0o600, name);
    }
    const text = await Deno.readTextFile(path(folder));
    assert.doesNotMatch(text, /hunter2|xmpp/);
    await Deno.chmod(path(folder), 0o644);
    await open(folder).get("x");
    assert.equal(await mode("secrets"), 0o600, "closed again when it is seen open");
  });
});

test("no two writes use one initialization vector", async () => {
  await withDataFolder(async (folder) => {
    const seen = new Set<string>();
    for (let times = 0; times < 20; times++) {
      await open(folder).set("name", "same");
      seen.add(await Deno.readTextFile(path(folder)));
    }
    assert.equal(seen.size, 20);
  });
});

test("a passphrase closes the vault, and opens it", async () => {
  await withDataFolder(async (folder) => {
    await open(folder).set("before", "hunter2");
    await open(folder, { passphrase: "correct horse" }).set("after", "hunter3");
    await assert.rejects(
      Deno.stat(join(folder, "vault", "key")),
      Deno.errors.NotFound,
      "the key file has gone",
    );
    await refuses(open(folder).get("before"), "vault/passphrase");
    await refuses(open(folder).set("more", "x"), "vault/passphrase");
    await refuses(
      open(folder, { passphrase: "battery staple" }).get("before"),
      "vault/wrong-passphrase",
    );
    let asked = 0;
    const asking = open(folder, {
      ask: () => Promise.resolve(asked++ === 0 ? "wrong" : "correct horse"),
    });
    await refuses(asking.get("before"), "vault/wrong-passphrase");
    assert.equal(await asking.get("before"), "hunter2");
    await asking.set("third", "hunter4");
    assert.equal(asked, 2, "once it is right, nobody is asked again");
    assert.equal(await open(folder, { passphrase: "correct horse" }).get("third"), "hunter4");
  });
});

test("every flipped byte is noticed", async () => {
  await withDataFolder(async (folder) => {
    await open(folder).set("xmpp:a", "hunter2");
    const whole = await Deno.readFile(path(folder));
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      await Deno.writeFile(path(folder), damaged);
      await refuses(open(folder).get("xmpp:a"), "vault/corrupt", `byte ${at}`);
      await refuses(open(folder).set("b", "x"), "vault/corrupt", `byte ${at}`);
      assert.deepEqual(await Deno.readFile(path(folder)), damaged, "and left as it is");
    }
    for (let length = 0; length < whole.length; length += 7) {
      await Deno.writeFile(path(folder), whole.subarray(0, length));
      await refuses(open(folder).get("xmpp:a"), "vault/corrupt", `cut at ${length}`);
    }
  });
});

const FORGERIES: readonly {
  readonly why: string;
  readonly change: Record<string, unknown>;
  readonly code: string;
}[] = [
  { why: "other ciphertext", change: { data: btoa("x".repeat(40)) }, code: "vault/corrupt" },
  { why: "no ciphertext", change: { data: "" }, code: "vault/corrupt" },
  { why: "not base 64", change: { data: "***" }, code: "vault/corrupt" },
  { why: "another vector", change: { iv: btoa("x".repeat(12)) }, code: "vault/corrupt" },
  { why: "another check", change: { check: btoa("x".repeat(8)) }, code: "vault/key" },
  { why: "a later version", change: { version: 2 }, code: "vault/corrupt" },
  { why: "another format", change: { format: "other" }, code: "vault/corrupt" },
  { why: "no key", change: { key: null }, code: "vault/corrupt" },
  { why: "an unknown key", change: { key: { kind: "none" } }, code: "vault/corrupt" },
  {
    why: "a cost that would eat the machine",
    change: { key: { kind: "scrypt", ln: 30, r: 8, p: 1, salt: btoa("x".repeat(16)) } },
    code: "vault/corrupt",
  },
  {
    why: "no salt",
    change: { key: { kind: "scrypt", ln: 4, r: 8, p: 1, salt: "" } },
    code: "vault/corrupt",
  },
  {
    why: "a passphrase in place of the key file",
    change: { key: { kind: "scrypt", ln: 4, r: 8, p: 1, salt: btoa("x".repeat(16)) } },
    code: "vault/passphrase",
  },
];

for (const { why, change, code } of FORGERIES) {
  test("a file that somebody has forged is refused", async () => {
    await withDataFolder(async (folder) => {
      await open(folder).set("xmpp:a", "hunter2");
      const value = decodeChecked((await Deno.readTextFile(path(folder))).trimEnd());
      const forged = { ...value as Record<string, unknown>, ...change };
      await Deno.writeTextFile(path(folder), encodeChecked(forged));
      await refuses(open(folder).get("xmpp:a"), code);
    });
  }, { why });
}

test("a key file that is gone, damaged or another's is named", async () => {
  await withDataFolder(async (folder) => {
    await open(folder).set("xmpp:a", "hunter2");
    const key = join(folder, "vault", "key");
    const good = await Deno.readTextFile(key);
    await Deno.remove(key);
    await refuses(open(folder).get("xmpp:a"), "vault/key");
    await refuses(open(folder).set("b", "x"), "vault/key", "no new key over old secrets");
    await Deno.writeTextFile(key, good.slice(0, 20));
    await refuses(open(folder).get("xmpp:a"), "vault/key");
    await Deno.writeTextFile(key, `${"0".repeat(64)}\n`);
    await refuses(open(folder).get("xmpp:a"), "vault/key");
    await Deno.writeTextFile(key, good);
    assert.equal(await open(folder).get("xmpp:a"), "hunter2");
  });
});

test("names, sizes and numbers are bounded", async () => {
  await withDataFolder(async (folder) => {
    const vault = open(folder);
    const names = ["", "a b", "a\n", "\u00e9", "x".repeat(401)];
    for (const name of names) await refuses(vault.set(name, "s"), "vault/refused", name);
    await refuses(vault.set("a", "x".repeat(64 * 1024 + 1)), "vault/refused");
    await refuses(vault.set("a", "\ud800"), "vault/refused");
    await vault.set("a", "x".repeat(64 * 1024));
    for (let at = 1; at < MAX_SECRETS; at++) await vault.set(`n${at}`, "");
    await refuses(vault.set("one-more", ""), "vault/refused");
    await vault.set("a", "a full one still takes changes");
    assert.equal((await vault.list("")).length, MAX_SECRETS);
  });
});

test("processes that write at once lose nothing", async () => {
  await withDataFolder(async (folder) => {
    const children = ["one", "two", "three"].map((prefix) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", program, join(folder, "vault"), prefix, "15"],
        stderr: "inherit",
      }).spawn()
    );
    const ended = await Promise.all(children.map(({ status }) => status));
    assert.ok(ended.every(({ success }) => success));
    const vault = open(folder);
    assert.equal((await vault.list("")).length, 45);
    assert.equal(await vault.get("two14"), "secret 14");
  });
});

test("only one works alone, and may read and write meanwhile", async () => {
  await withDataFolder(async (folder) => {
    const vaults = [open(folder), open(folder), open(folder)];
    let inside = 0;
    await Promise.all(vaults.map((vault) =>
      vault.alone(async () => {
        assert.equal(inside++, 0);
        const count = Number(await vault.get("count") ?? "0");
        await vault.set("count", String(count + 1));
        inside--;
      })
    ));
    assert.equal(await open(folder).get("count"), "3");
  });
});

test("what a failed write leaves is as before", async () => {
  await withDataFolder(async (folder) => {
    const vault = open(folder);
    await vault.set("a", "hunter2");
    await Deno.mkdir(join(folder, "vault", "secrets.new"));
    await Deno.writeTextFile(join(folder, "vault", "secrets.new", "in the way"), "");
    await assert.rejects(vault.set("a", "hunter3"), { code: "accounts/io" });
    assert.equal(await vault.get("a"), "hunter2");
  });
});

test("a process that is killed while it writes leaves old or new secrets, never less", async () => {
  await withDataFolder(async (folder) => {
    const kept = new Set<string>();
    for (let round = 0; round < 5; round++) {
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--no-check", program, join(folder, "vault")],
          ...[`r${round}-`, "1000000", "20"],
        ],
        stderr: "null",
      }).spawn();
      const vault = open(folder);
      const least = 5 + round;
      await eventually(
        "some secrets",
        async () => (await vault.list(`r${round}-`)).length >= least,
      );
      child.kill("SIGKILL");
      await child.status;
      const names = await open(folder).list("");
      assert.deepEqual([...kept].filter((name) => !names.includes(name)), []);
      for (const name of names) kept.add(name);
      await open(folder).set("after", "the lock died with its holder");
    }
  });
});
