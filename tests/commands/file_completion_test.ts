/** Paths behind `/file`, for Tab. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathsLike } from "../../src/commands/file_completion.ts";
import { Completion } from "../../src/ui/terminal/completion.ts";
import { SLASH_COMMANDS } from "../../src/ui/terminal/slash_commands.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { test } from "../harness/test.ts";

const FILES = [
  ...["notes.txt", "night shift.png", "Notes.md", ".netrc", "caf\u00e9.txt"],
  ...["bad\u001b]0;x.txt", "turned\u202e.txt", "house/photo.jpg", "house/.secret"],
];

async function withFiles(body: (folder: string) => void | Promise<void>): Promise<void> {
  await withDataFolder(async (folder) => {
    await Deno.mkdir(join(folder, "house"));
    await Deno.mkdir(join(folder, "network"));
    for (const name of FILES) await Deno.writeTextFile(join(folder, name), "");
    await Deno.symlink("house", join(folder, "nearby"));
    await Deno.symlink("nothing", join(folder, "nowhere"));
    await body(folder);
  });
}

const CASES: readonly {
  readonly typed: string;
  readonly gives: readonly string[];
  readonly why: string;
}[] = [
  { typed: "no", gives: ["notes.txt", "nowhere"], why: "files, and links to nothing" },
  {
    typed: "ne",
    gives: ["nearby/", "network/"],
    why: "folders, and links to them, end in a slash",
  },
  { typed: "No", gives: ["Notes.md"], why: "names of files have cases" },
  { typed: "night s", gives: ["night shift.png"], why: "spaces belong to names" },
  { typed: ".n", gives: [".netrc"], why: "what is hidden is offered to who has typed the dot" },
  { typed: "house/", gives: ["house/photo.jpg"], why: "what is in a folder" },
  { typed: "./house/p", gives: ["./house/photo.jpg"], why: "what was typed stays" },
  { typed: "house/../c", gives: ["house/../caf\u00e9.txt"], why: "upwards" },
  { typed: "b", gives: [], why: "a name that would drive the terminal is offered to nobody" },
  { typed: "t", gives: [], why: "nor one that turns the text around" },
  { typed: "missing/x", gives: [], why: "no such folder" },
  { typed: "notes.txt/x", gives: [], why: "a file is no folder" },
];

for (const { typed, gives, why } of CASES) {
  test(`paths like ${JSON.stringify(typed)}: ${why}`, async () => {
    await withFiles((cwd) => {
      assert.deepEqual(pathsLike(typed, { cwd, environment: {} }), gives);
    });
  });
}

test("paths: from the root, and from the home folder", async () => {
  await withFiles((folder) => {
    const at = { cwd: "/nonexistent", environment: { HOME: join(folder, "house") } };
    assert.deepEqual(pathsLike(join(folder, "net"), at), [join(folder, "network/")]);
    assert.deepEqual(pathsLike("~/", at), [join(folder, "house/photo.jpg")]);
    assert.deepEqual(pathsLike("~/ph", at), [join(folder, "house/photo.jpg")]);
    assert.deepEqual(pathsLike("~other/", at), []);
    assert.deepEqual(pathsLike("~/", { cwd: folder, environment: {} }), []);
  });
});

test("paths: Tab goes through them, and into a folder that is the only one", async () => {
  await withFiles((cwd) => {
    const completion = new Completion({
      ...{ names: () => ["notary"], rooms: () => [], accounts: () => [] },
      commands: () => SLASH_COMMANDS,
      files: (typed) => pathsLike(typed, { cwd, environment: {} }),
    });
    const next = (text: string) => completion.next({ text, cursor: text.length })?.text;
    assert.equal(next("/file hou"), "/file house/");
    assert.equal(next("/file house/"), "/file house/photo.jpg");
    assert.equal(next("/file night s"), "/file night shift.png");
    assert.equal(next("/upload no"), "/upload notes.txt");
    assert.equal(next("/upload notes.txt"), "/upload nowhere");
    assert.equal(next("/upload nowhere"), "/upload notes.txt");
    assert.equal(next("/file ne"), "/file nearby/");
    assert.equal(next("/file nearby/"), "/file network/");
    assert.equal(next("/msg no"), "/msg notary ");
  });
});
