import assert from "node:assert/strict";
import { join } from "node:path";
import { lockFolder } from "../../src/history/lock.ts";
import { openHistory } from "../../src/history/open.ts";
import { TempFolder } from "./temp_folder.ts";

Deno.test("a second process is refused by the first one's name, until that is gone", async () => {
  await using folder = await TempFolder.make();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--config",
      new URL("../../deno.json", import.meta.url).pathname,
      new URL("./append_child.ts", import.meta.url).pathname,
      folder.path,
      "run",
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.getReader();
  await output.read();
  await assert.rejects(() => openHistory({ dir: folder.path }), {
    code: "history/locked",
    message: `Cannot open ${folder.path}: process ${child.pid} ("append_child") is using it`,
    hint: /--data/,
  });
  child.kill("SIGKILL");
  while (!(await output.read()).done);
  await child.status;
  await (await openHistory({ dir: folder.path })).close();
});

Deno.test("whatever stands in the lock file, the refusal is one harmless sentence", async () => {
  await using folder = await TempFolder.make();
  const holder = { pid: 1, program: "\u001b[31mx", since: "" };
  const lock = lockFolder(folder.path, holder);
  const path = join(folder.path, "lock");
  const rows: readonly (readonly [text: string, who: string])[] = [
    ["", "another process"],
    ["nonsense", "another process"],
    ["{}", "another process"],
    [JSON.stringify(holder), 'process 1 ("?[31mx")'],
  ];
  for (const [text, who] of rows) {
    await Deno.writeTextFile(path, text);
    assert.throws(() => lockFolder(folder.path, holder), {
      message: `Cannot open ${folder.path}: ${who} is using it`,
    });
  }
  lock.release();
  lock.release();
  lockFolder(folder.path, holder).release();
});
