/** The self-extracting executable: what stays in a cache folder, and what goes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { eventually } from "../harness/eventually.ts";
import { startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { become, command, IS_ROOT, STRANGER, strangersFolder, withFolder } from "./launch.ts";
import { assertRan, exists, names, onlyVersion, original, version } from "./unpacked.ts";

test("what a killed first start left behind is cleared by the next one", async () => {
  await withFolder(async (home) => {
    const cache = join(home, ".cache/chatnode");
    const launch = { cwd: home, env: { HOME: home }, args: ["version"], through: ["setsid"] };
    const child = command(await original(), launch).spawn();
    await eventually("the unpacking begins", async () => {
      const found = await names(cache).catch(() => []);
      return found.some((name) => name.startsWith(".new."));
    });
    // The whole group: the shell and what it started.
    new Deno.Command("kill", { args: ["-KILL", "--", `-${child.pid}`] }).outputSync();
    await child.output();
    assert.ok((await names(cache)).some((name) => name.startsWith(".new.")));

    assertRan(await version({ cwd: home, env: { HOME: home } }));
    await onlyVersion(cache);
  });
});

test("an interrupted first start leaves nothing behind", async () => {
  await withFolder(async (home) => {
    const cache = join(home, ".cache/chatnode");
    const launch = { cwd: home, env: { HOME: home }, args: ["version"], through: ["setsid"] };
    const child = command(await original(), launch).spawn();
    await eventually("the unpacking begins", async () => {
      const found = await names(cache).catch(() => []);
      return found.some((name) => name.startsWith(".new."));
    });
    new Deno.Command("kill", { args: ["-TERM", "--", `-${child.pid}`] }).outputSync();
    const { code, signal } = await child.output();
    assert.ok(code === 143 || signal === "SIGTERM", `ended by the signal, not with ${code}`);
    assert.deepEqual(await names(cache), ["lock"]);
  });
});

function longAgo(days: number): Date {
  return new Date(Date.now() - days * 24 * 60 * 60 * 1000);
}

/** Makes an unpacked version that was last started so many days ago. */
async function pretendVersion(cache: string, name: string, days: number): Promise<string> {
  const folder = await strangersFolder(join(cache, name));
  await Deno.writeTextFile(join(folder, "in-use"), "");
  if (IS_ROOT) await Deno.chown(join(folder, "in-use"), STRANGER, STRANGER);
  await Deno.utime(join(folder, "in-use"), longAgo(days), longAgo(days));
  return folder;
}

test("old versions go when nobody has started them for 30 days and none of them runs", async () => {
  await withFolder(async (home) => {
    const cache = await strangersFolder(join(home, "cache"));
    const old = "0".repeat(32);
    const recent = "1".repeat(32);
    const running = "2".repeat(32);
    await pretendVersion(cache, old, 40);
    await pretendVersion(cache, recent, 20);
    const held = await pretendVersion(cache, running, 40);
    await strangersFolder(join(cache, "somebody's own folder, as long"));
    await strangersFolder(join(cache, "not-one-of-ours-although-as-long"));

    using lock = await Deno.open(join(held, "in-use"));
    await lock.lock(false);
    assertRan(await version({ cwd: home, env: { CHATNODE_CACHE: cache } }));
    await lock.unlock();

    const left = (await names(cache)).filter((name) => name !== "lock");
    assert.ok(!left.includes(old), "the old one is gone");
    assert.ok(left.includes(recent), "the recent one stays");
    assert.ok(left.includes(running), "the running one stays");
    assert.equal(left.length, 5, "what is not an unpacked version is left alone");
  });
});

test("a version that runs is not taken from under itself, whenever it was started", async () => {
  await withFolder(async (home) => {
    const bare = ["-i", "-C", home, `HOME=${home}`];
    await using server = await startServer({
      data: join(home, "data"),
      program: ["/usr/bin/env", ...bare, ...become(), await original()],
    });
    const cache = join(home, ".cache/chatnode");
    // As if another version had been started 40 days ago, and this one were to be unpacked now.
    const other = join(cache, "f".repeat(32));
    await Deno.rename(await onlyVersion(cache), other);
    await Deno.utime(join(other, "in-use"), longAgo(40), longAgo(40));
    assertRan(await version({ cwd: home, env: { HOME: home } }));
    assert.ok(await exists(join(other, "deno")), "it runs, so it stays");

    assert.equal((await server.stop()).code, 0);
    const [unpacked = ""] = (await names(cache)).filter((name) => /^[0-9a-e]/.test(name));
    await Deno.remove(join(cache, unpacked), { recursive: true });
    assertRan(await version({ cwd: home, env: { HOME: home } }));
    assert.ok(!await exists(other), "nobody runs it any more, so it goes");
  });
});
