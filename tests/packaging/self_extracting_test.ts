/**
 * What can go wrong between a downloaded self-extracting executable and a running program: each
 * case runs the real file, in a cache folder of its own.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { eventually } from "../harness/eventually.ts";
import { test } from "../harness/test.ts";
import { type Executables, makeExecutables } from "./executables.ts";
import {
  canMount,
  command,
  type Ended,
  IS_ROOT,
  type Launch,
  OTHER,
  run,
  STRANGER,
  strangersFolder,
  whereIs,
  withFolder,
} from "./launch.ts";

let made: Executables;
Deno.test.beforeAll(async () => {
  made = await makeExecutables();
});
Deno.test.afterAll(async () => {
  await made.dispose();
});

const VERSION = /^chatnode +\d+\.\d+\.\d+/;
const KEY = /^[0-9a-f]{32}$/;
const MOUNTS = await canMount();

/** A test that only some machines can run; the others report it as ignored. */
function testWhere(possible: boolean, name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: !possible, sanitizeOps: true, sanitizeResources: true });
}

async function version(launch: Omit<Launch, "args">, path = made.selfExtracting.path) {
  return await run(path, { ...launch, args: ["version"] });
}

function assertRan(ended: Ended): void {
  assert.equal(ended.stderr, "");
  assert.match(ended.stdout, VERSION);
  assert.equal(ended.code, 0);
}

/** The names in a folder, sorted. */
async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** The one folder in `cache` that holds an unpacked program, and nothing left over beside it. */
async function onlyVersion(cache: string): Promise<string> {
  const found = (await names(cache)).filter((name) => name !== "lock");
  assert.equal(found.length, 1, `one unpacked program and nothing else, not ${found}`);
  assert.match(found[0] ?? "", KEY);
  return join(cache, found[0] ?? "");
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** A copy of the executable that `change` has altered. */
async function altered(folder: string, change: (bytes: Uint8Array) => Uint8Array): Promise<string> {
  const path = join(folder, "altered");
  await Deno.writeFile(path, change(await Deno.readFile(made.selfExtracting.path)));
  await Deno.chmod(path, 0o755);
  return path;
}

test("eight first starts at once all succeed and leave one copy", async () => {
  await withFolder(async (home) => {
    const launch = { cwd: home, env: { HOME: home } };
    const all = await Promise.all(Array.from({ length: 8 }, () => version(launch)));
    for (const ended of all) assertRan(ended);
    await onlyVersion(join(home, ".cache/chatnode"));
  });
});

test("first starts without flock do not disturb each other", async () => {
  await withFolder(async (home) => {
    const bin = await strangersFolder(join(home, "bin"));
    const tools = ["sh", "ls", "id", "mkdir", "tail", "sha256sum", "mktemp", "chmod", "rm", "mv"];
    for (const tool of [...tools, "gzip", "tar", "find"]) {
      await Deno.symlink(await whereIs(tool), join(bin, tool));
    }
    const launch = { cwd: home, env: { HOME: home, PATH: bin } };
    const all = await Promise.all(Array.from({ length: 3 }, () => version(launch)));
    for (const ended of all) assertRan(ended);
    await onlyVersion(join(home, ".cache/chatnode"));
  });
});

test("a second start unpacks nothing", async () => {
  await withFolder(async (home) => {
    assertRan(await version({ cwd: home, env: { HOME: home } }));
    const unpacked = await onlyVersion(join(home, ".cache/chatnode"));
    const before = await Deno.stat(join(unpacked, "deno"));
    assertRan(await version({ cwd: home, env: { HOME: home } }));
    const after = await Deno.stat(join(unpacked, "deno"));
    assert.deepEqual([after.ino, after.mtime], [before.ino, before.mtime]);
  });
});

const PLACES: readonly {
  readonly why: string;
  readonly env: (home: string) => Record<string, string>;
  readonly cache: string;
}[] = [
  { why: "home", env: (home) => ({ HOME: home }), cache: ".cache/chatnode" },
  {
    why: "the XDG folder comes before home",
    env: (home) => ({ HOME: "/nonexistent", XDG_CACHE_HOME: join(home, "xdg") }),
    cache: "xdg/chatnode",
  },
  {
    why: "a relative XDG folder is invalid and ignored, as its specification says",
    env: (home) => ({ HOME: home, XDG_CACHE_HOME: "xdg" }),
    cache: ".cache/chatnode",
  },
  {
    why: "CHATNODE_CACHE comes first, with a space and a quote in it",
    env: (home) => ({ HOME: "/nonexistent", CHATNODE_CACHE: join(home, "it's a cache") }),
    cache: "it's a cache",
  },
  {
    why: "CHATNODE_CACHE may be relative",
    env: () => ({ CHATNODE_CACHE: "here" }),
    cache: "here",
  },
];
for (const { why, env, cache } of PLACES) {
  test("unpacks into the right folder", async () => {
    await withFolder(async (home) => {
      assertRan(await version({ cwd: home, env: env(home) }));
      await onlyVersion(join(home, cache));
    });
  }, { why });
}

/** Shells that may be `sh` somewhere; those that this machine has are tried. */
const SHELLS: readonly (readonly string[])[] = [
  ["/bin/sh"],
  ["/bin/dash"],
  ["/bin/bash", "--posix"],
  ["/bin/busybox", "sh"],
];
for (const through of SHELLS) {
  if (!await exists(through[0] ?? "")) continue;
  test(`the script runs in ${through.join(" ")}`, async () => {
    await withFolder(async (home) => {
      for (const _ of ["first", "later"]) {
        assertRan(await version({ cwd: home, env: { HOME: home }, through }));
      }
    });
  });
}

const DAMAGE: readonly {
  readonly why: string;
  readonly change: (bytes: Uint8Array) => Uint8Array;
}[] = [
  {
    why: "a flipped bit in the archive",
    change: (bytes) => {
      const at = bytes.length - 5_000_000;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes;
    },
  },
  { why: "a download that stopped", change: (bytes) => bytes.subarray(0, 20_000_000) },
  { why: "no archive at all", change: (bytes) => bytes.subarray(0, bytes.indexOf(0x1f)) },
  {
    why: "something behind it",
    change: (bytes) => {
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes);
      return longer;
    },
  },
];
for (const { why, change } of DAMAGE) {
  test("a damaged file is refused by its checksum", async () => {
    await withFolder(async (home) => {
      const path = await altered(home, change);
      const { code, stdout, stderr } = await version({ cwd: home, env: { HOME: home } }, path);
      assert.equal(
        stderr,
        `chatnode: Cannot start ${path}: it is damaged, its checksum does not match.\n` +
          "  Get or build it again.\n",
      );
      assert.deepEqual([code, stdout], [1, ""]);
      assert.deepEqual(await names(join(home, ".cache/chatnode")), ["lock"]);
    });
  }, { why });
}

test("a script that was cut off does nothing", async () => {
  await withFolder(async (home) => {
    for (const part of [0.3, 0.6, 0.9]) {
      const path = await altered(home, (bytes) => {
        const script = bytes.indexOf(0x1f);
        return bytes.subarray(0, Math.floor(script * part));
      });
      const { stdout } = await version({ cwd: home, env: { HOME: home } }, path);
      assert.equal(stdout, "");
      assert.equal(await Deno.stat(join(home, ".cache")).catch(() => undefined), undefined);
    }
  });
});

const SPOILED: readonly {
  readonly why: string;
  readonly spoil: (unpacked: string) => Promise<void>;
}[] = [
  {
    why: "a power cut left the runtime short",
    spoil: (unpacked) => Deno.truncate(join(unpacked, "deno"), 4096),
  },
  { why: "a file is gone", spoil: (unpacked) => Deno.remove(join(unpacked, "chatnode.js")) },
  {
    why: "others may write to the folder, and might have",
    spoil: (unpacked) => Deno.chmod(unpacked, 0o777),
  },
];
for (const { why, spoil } of SPOILED) {
  test("what was unpacked is replaced when it cannot be relied on", async () => {
    await withFolder(async (home) => {
      assertRan(await version({ cwd: home, env: { HOME: home } }));
      const unpacked = await onlyVersion(join(home, ".cache/chatnode"));
      await spoil(unpacked);
      assertRan(await version({ cwd: home, env: { HOME: home } }));
      assert.equal(await onlyVersion(join(home, ".cache/chatnode")), unpacked);
      assert.equal((await Deno.stat(unpacked)).mode! & 0o777, 0o700);
    });
  }, { why });
}

test("what a killed first start left behind is cleared by the next one", async () => {
  await withFolder(async (home) => {
    const cache = join(home, ".cache/chatnode");
    const launch = { cwd: home, env: { HOME: home }, args: ["version"], through: ["setsid"] };
    const child = command(made.selfExtracting.path, launch).spawn();
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
    const child = command(made.selfExtracting.path, launch).spawn();
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

/** Makes an unpacked version that was last started so many days ago. */
async function pretendVersion(cache: string, name: string, days: number): Promise<string> {
  const folder = await strangersFolder(join(cache, name));
  await Deno.writeTextFile(join(folder, "in-use"), "");
  if (IS_ROOT) await Deno.chown(join(folder, "in-use"), STRANGER, STRANGER);
  const then = new Date(Date.now() - days * 24 * 60 * 60 * 1000);
  await Deno.utime(join(folder, "in-use"), then, then);
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

test("a home that cannot be written to falls back, and so does no home at all", async () => {
  await withFolder(async (home) => {
    const closed = await strangersFolder(join(home, "closed"));
    await Deno.chmod(closed, 0o500);
    const fallback = `/var/tmp/chatnode-${IS_ROOT ? STRANGER : Deno.uid()}`;
    try {
      assertRan(await version({ cwd: home, env: { HOME: closed } }));
      await onlyVersion(fallback);
      assert.equal((await Deno.stat(fallback)).mode! & 0o777, 0o700);
      assertRan(await version({ cwd: home, env: {} }));
    } finally {
      if (IS_ROOT) await Deno.remove(fallback, { recursive: true });
    }
  });
});

testWhere(MOUNTS, "a home without execution falls back", async () => {
  await withFolder(async (home) => {
    const noexec = await strangersFolder(join(home, "noexec"));
    const spare = await strangersFolder(join(home, "spare"));
    const mount = `mount -t tmpfs -o noexec,mode=1777 none "$NOEXEC"; mount --bind "$SPARE" ` +
      `/var/tmp; exec "$@"`;
    const become = IS_ROOT
      ? ["setpriv", `--reuid=${STRANGER}`, `--regid=${STRANGER}`, "--clear-groups", "--"]
      : [];
    const ended = await run(made.selfExtracting.path, {
      as: "myself",
      cwd: home,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: noexec, NOEXEC: noexec, SPARE: spare },
      through: ["unshare", IS_ROOT ? "-m" : "-Urm", "sh", "-c", mount, "sh", ...become],
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
    const { code, stdout, stderr } = await run(made.selfExtracting.path, {
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

const TRAPS: readonly {
  readonly why: string;
  readonly set: (cache: string) => Promise<void>;
}[] = [
  {
    why: "a folder of somebody else, open to everybody",
    set: async (cache) => {
      await Deno.mkdir(cache);
      await Deno.chmod(cache, 0o777);
      await Deno.chown(cache, OTHER, OTHER);
    },
  },
  {
    why: "an own folder that everybody may write to",
    set: async (cache) => {
      await Deno.mkdir(cache);
      await Deno.chmod(cache, 0o777);
      await Deno.chown(cache, STRANGER, STRANGER);
    },
  },
  {
    why: "a link to a folder of somebody else's choice",
    set: async (cache) => {
      await Deno.mkdir(`${cache}-target`);
      await Deno.chown(`${cache}-target`, STRANGER, STRANGER);
      await Deno.symlink(`${cache}-target`, cache);
    },
  },
];
for (const { why, set } of TRAPS) {
  // Only root can set it.
  testWhere(
    IS_ROOT,
    `a trap in the place of the cache folder is not stepped into: ${why}`,
    async () => {
      await withFolder(async (home) => {
        const cache = join(home, "cache");
        await set(cache);
        assertRan(await version({ cwd: home, env: { HOME: home } }));
        const unpacked = await onlyVersion(join(home, ".cache/chatnode"));
        // A program of the other user's at the very place where ours would be.
        const bait = join(cache, unpacked.slice(-32));
        await Deno.mkdir(bait);
        for (const name of await names(unpacked)) {
          const { size, isFile } = await Deno.stat(join(unpacked, name));
          if (!isFile) continue;
          await Deno.writeTextFile(join(bait, name), "#!/bin/sh\necho trapped\n");
          await Deno.truncate(join(bait, name), size);
          await Deno.chmod(join(bait, name), 0o755);
          await Deno.chown(join(bait, name), OTHER, OTHER);
        }
        await Deno.chown(bait, OTHER, OTHER);

        const ended = await version({ cwd: home, env: { HOME: home, CHATNODE_CACHE: cache } });
        assert.match(ended.stdout, VERSION);
        assert.equal(
          ended.stderr,
          "chatnode: Cannot use CHATNODE_CACHE: it belongs to somebody else, or others may write " +
            "to it.\n",
        );
      });
    },
  );
}

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
    assert.equal((await Deno.stat(join(unpacked, "cache"))).mode! & 0o777, 0o750);
    assert.equal((await Deno.stat(unpacked)).mode! & 0o777, 0o700);
  });
});
