/** The self-extracting executable: where it unpacks, how often, in which shell. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { RUN_FLAGS } from "../../tasks/runtime.ts";
import { startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { become, strangersFolder, whereIs, withFolder } from "./launch.ts";
import { assertRan, exists, onlyVersion, original, version } from "./unpacked.ts";

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
    why: "what systemd made for the service comes before home, the first one of several",
    env: (home) => ({ HOME: home, CACHE_DIRECTORY: `${join(home, "service")}:/nonexistent` }),
    cache: "service/unpacked",
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

test("it runs with the flags that the table has, and no others", async () => {
  await withFolder(async (home) => {
    const bare = ["-i", "-C", home, `HOME=${home}`];
    await using server = await startServer({
      data: join(home, "data"),
      program: ["/usr/bin/env", ...bare, ...become(), await original()],
    });
    const line = await Deno.readTextFile(`/proc/${server.pid}/cmdline`);
    const [program = "", run = "", ...args] = line.split("\0");
    assert.match(program, /\/deno$/);
    assert.equal(run, "run");
    assert.deepEqual(args.slice(0, RUN_FLAGS.length), RUN_FLAGS);
    assert.match(args[RUN_FLAGS.length] ?? "", /\/chatnode\.js$/);
    assert.equal(args[RUN_FLAGS.length + 1], "server");
  });
});
