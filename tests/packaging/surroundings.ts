/** The self-extracting executable: homes that it cannot use, and environments that mislead. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "../harness/test.ts";
import { become, canMount, IS_ROOT, run, STRANGER, strangersFolder, withFolder } from "./launch.ts";
import {
  assertRan,
  exists,
  modeOf,
  names,
  onlyVersion,
  original,
  testWhere,
  version,
} from "./unpacked.ts";

const MOUNTS = await canMount();

test("a home that cannot be written to falls back, and so does no home at all", async () => {
  await withFolder(async (home) => {
    const closed = await strangersFolder(join(home, "closed"));
    await Deno.chmod(closed, 0o500);
    const fallback = `/var/tmp/chatnode-${IS_ROOT ? STRANGER : Deno.uid()}`;
    const mine = !IS_ROOT && await exists(fallback);
    try {
      assertRan(await version({ cwd: home, env: { HOME: closed } }));
      await onlyVersion(fallback);
      assert.equal(await modeOf(fallback), 0o700);
      assertRan(await version({ cwd: home, env: {} }));
    } finally {
      if (!mine) await Deno.remove(fallback, { recursive: true });
    }
  });
});

testWhere(MOUNTS, "a home without execution falls back", async () => {
  await withFolder(async (home) => {
    const noexec = await strangersFolder(join(home, "noexec"));
    const spare = await strangersFolder(join(home, "spare"));
    const mount = `mount -t tmpfs -o noexec,mode=1777 none "$NOEXEC"; mount --bind "$SPARE" ` +
      `/var/tmp; exec "$@"`;
    const ended = await run(await original(), {
      as: "myself",
      cwd: home,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: noexec, NOEXEC: noexec, SPARE: spare },
      through: ["unshare", IS_ROOT ? "-m" : "-Urm", "sh", "-c", mount, "sh", ...become()],
      args: ["version"],
    });
    assertRan(ended);
    const [name = ""] = await names(spare);
    assert.match(name, /^chatnode-\d+$/);
    await onlyVersion(join(spare, name));
  });
});

testWhere(MOUNTS, "no usable cache folder: the reason for each, and what to do", async () => {
  await withFolder(async (home) => {
    const small = await strangersFolder(join(home, "small"));
    const mount = `mount -t tmpfs -o size=20m,mode=1777 none "$HOME"; mount -t tmpfs -o ` +
      `noexec,mode=1777 none /var/tmp; exec "$@"`;
    const { code, stdout, stderr } = await run(await original(), {
      as: "myself",
      cwd: home,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: small },
      through: ["unshare", IS_ROOT ? "-m" : "-Urm", "sh", "-c", mount, "sh"],
      args: ["version"],
    });
    assert.deepEqual([code, stdout], [1, ""]);
    const [sentence, first, second, hint, ...more] = stderr.trimEnd().split("\n");
    assert.equal(sentence, "chatnode: Cannot unpack chatnode: no cache folder can be used.");
    assert.match(first ?? "", /^ {2}.*small\/\.cache\/chatnode: it has no room for \d+ MB\.$/);
    assert.match(
      second ?? "",
      /^ {2}\/var\/tmp\/chatnode-\d+: programs may not be run from it\.$/,
    );
    assert.match(hint ?? "", /^ {2}Set CHATNODE_CACHE to a folder with \d+ MB/);
    assert.deepEqual(more, []);
  });
});

testWhere(IS_ROOT, "a folder that an administrator has filled and closed is used", async () => {
  await withFolder(async (home) => {
    const cache = join(home, "shared");
    assertRan(await version({ as: "myself", cwd: home, env: { CHATNODE_CACHE: cache } }));
    await new Deno.Command("chmod", { args: ["-R", "a+rX", cache] }).output();
    assertRan(await version({ cwd: home, env: { CHATNODE_CACHE: cache } }));
    await onlyVersion(cache);
  });
});

test("nothing in the environment or around it changes what the program runs with", async () => {
  await withFolder(async (home) => {
    const here = await strangersFolder(join(home, "project"));
    await Deno.writeTextFile(join(here, "deno.json"), "{ not even JSON");
    await Deno.writeTextFile(join(here, "package.json"), "{ not even JSON");
    const env = {
      HOME: home,
      DENO_V8_FLAGS: "--no-such-flag",
      NODE_OPTIONS: "--require /nonexistent.js",
      DENO_DIR: "/nonexistent",
      CDPATH: "/",
      ENV: "/nonexistent",
      IFS: "/",
    };
    assertRan(await version({ cwd: here, env }));
    assertRan(await version({ cwd: here, env }));
  });
});

test("the umask is the caller's again when the program runs", async () => {
  await withFolder(async (home) => {
    const through = ["/bin/sh", "-c", 'umask 027; exec "$@"', "sh"];
    const launch = { cwd: home, env: { HOME: home }, through };
    assertRan(await version(launch));
    const unpacked = await onlyVersion(join(home, ".cache/chatnode"));
    // Deno made its cache with the caller's umask, the script made the folder around it without.
    assert.equal(await modeOf(join(unpacked, "cache")), 0o750);
    assert.equal(await modeOf(unpacked), 0o700);
  });
});
