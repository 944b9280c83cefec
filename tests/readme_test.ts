/** The README's tour, run as it stands: its files saved, its commands typed, its output compared. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../tasks/build.ts";
import { PERMISSIONS } from "../tasks/runtime.ts";
import { withDataFolder } from "./harness/data_folder.ts";
import { PATIENCE } from "./harness/eventually.ts";
import { startServer } from "./harness/server_process.ts";
import { test } from "./harness/test.ts";

/** A command of the page and what the page says that it prints. */
interface Step {
  readonly commands: string;
  readonly prints: string | undefined;
}

/** The page's commands in order, and the files that it asks to be saved. */
function read(page: string): { steps: Step[]; files: Map<string, string> } {
  const steps: Step[] = [];
  const files = new Map<string, string>();
  const block = /(<!-- not run: [^>]+-->\n\n)?```(\w+)\n([^]*?)```\n(?:\n```text\n([^]*?)```\n)?/g;
  for (const [, skipped, language, text = "", prints] of page.matchAll(block)) {
    if (skipped !== undefined) continue;
    if (language === "sh") steps.push({ commands: text, prints });
    const name = /^\/\/ (\w+\.ts):/.exec(text)?.[1];
    if (language === "ts") files.set(name ?? assert.fail("a program without a name"), text);
  }
  return { steps, files };
}

/** Output as the page has it: `...` stands for anything. */
function pattern(prints: string): RegExp {
  const parts = prints.trim().split("...").map((part) =>
    part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  );
  return new RegExp(`^${parts.join("[^]*")}$`);
}

/** Runs all steps in one shell, each step's output apart. */
async function type(steps: readonly Step[], cwd: string, env: Record<string, string>) {
  const mark = `--- ${crypto.randomUUID()} ---`;
  const script = steps.map(({ commands }) => `${commands}\necho "${mark}"`).join("\n");
  const child = new Deno.Command("bash", {
    args: ["-euo", "pipefail", "-c", script],
    cwd,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(3 * PATIENCE),
  });
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  assert.equal(code, 0, `${text.decode(stdout)}\n${text.decode(stderr)}`);
  return text.decode(stdout).split(mark);
}

test("the README's tour works, word for word", async () => {
  const page = await Deno.readTextFile(join(ROOT, "README.md"));
  const { steps, files } = read(page);
  assert.ok(steps.length > 4 && files.size > 0, "the tour is found");
  await withDataFolder(async (folder) => {
    const data = join(folder, "share/chatnode");
    await using server = await startServer({ data });
    for (const [name, text] of files) await Deno.writeTextFile(join(folder, name), text);
    await Deno.mkdir(join(folder, "bin"));
    // The page speaks of a copy of this folder.
    await Deno.symlink(ROOT, join(folder, "chatnode"));
    const chatnode = [Deno.execPath(), "run", ...PERMISSIONS, join(ROOT, "main.ts")];
    const programs = {
      chatnode: `exec '${chatnode.join("' '")}' "$@"`,
      // The Deno that runs the tests, instead of whichever npx would get.
      npx: `[ "$1 $2" = "-y deno" ] || exit 1; shift 2; exec '${Deno.execPath()}' "$@"`,
    };
    for (const [name, script] of Object.entries(programs)) {
      const path = join(folder, "bin", name);
      await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`);
      await Deno.chmod(path, 0o755);
    }
    const here = steps.map(({ commands, prints }) => ({
      commands: commands.replaceAll(":8765", `:${server.port}`),
      prints,
    }));
    const outputs = await type(here, folder, {
      PATH: `${join(folder, "bin")}:${Deno.env.get("PATH")}`,
      XDG_DATA_HOME: join(folder, "share"),
      NO_COLOR: "1",
    });
    for (const [index, { commands, prints }] of here.entries()) {
      const printed = (outputs[index] ?? "").trim();
      const wanted = pattern(prints ?? "");
      assert.match(printed, wanted, `${commands}prints\n${printed}\nwhich is not ${wanted}`);
    }
    assert.equal((await server.stop()).code, 0);
  });
});

test("what the README refers to is there", async () => {
  const page = await Deno.readTextFile(join(ROOT, "README.md"));
  for (const [, link = ""] of page.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
    assert.ok((await Deno.stat(join(ROOT, link))).isFile, link);
  }
});
