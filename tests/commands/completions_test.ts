/** The completions of real shells: bash is always there, zsh and fish where they are installed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../src/commands/cli.ts";
import { memoryIo } from "./memory_io.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

async function script(shell: string): Promise<string> {
  const io = memoryIo();
  assert.equal(await run(["completions", shell], io), 0, io.stderr.text);
  return io.stdout.text;
}

async function installed(shell: string): Promise<boolean> {
  try {
    return (await new Deno.Command(shell, { args: ["-c", "true"] }).output()).success;
  } catch {
    return false;
  }
}

async function output(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(command, { args: [...args], cwd })
    .output();
  const errors = new TextDecoder().decode(stderr);
  assert.ok(success, errors);
  assert.equal(errors, "");
  return new TextDecoder().decode(stdout);
}

/** The lines of a folder with a file and a folder in it, where completions run. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "sub"));
    await Deno.writeTextFile(join(folder, "some.jsonc"), "{}");
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** `typed` is what stands before the cursor; bash's own word breaks are applied. */
const cases: readonly { why: string; typed: string[]; offers: string[]; never?: string[] }[] = [
  { why: "commands", typed: [""], offers: ["config", "version", "completions", "help"] },
  { why: "a beginning", typed: ["conf"], offers: ["config"], never: ["version"] },
  { why: "flags of the program", typed: ["--"], offers: ["--help", "--version"] },
  { why: "commands of a group", typed: ["config", ""], offers: ["check", "print"] },
  { why: "help of a group", typed: ["help", "config", ""], offers: ["check", "print"] },
  { why: "flags of a command", typed: ["config", "print", "--po"], offers: ["--port"] },
  { why: "own flags", typed: ["config", "print", "--fo"], offers: ["--format"] },
  { why: "flags of another are not offered", typed: ["config", "check", "--fo"], offers: [] },
  { why: "negated flags", typed: ["config", "check", "--no-s"], offers: ["--no-search"] },
  {
    why: "values of a setting",
    typed: ["config", "check", "--env", ""],
    offers: ["development", "production", "testing"],
  },
  {
    why: "values of an own flag",
    typed: ["config", "print", "--format", "j"],
    offers: ["json"],
    never: ["text"],
  },
  {
    why: "folders",
    typed: ["config", "check", "--data", ""],
    offers: ["sub"],
    never: ["some.jsonc"],
  },
  { why: "files", typed: ["config", "check", "--config", "s"], offers: ["sub", "some.jsonc"] },
  { why: "nothing for a free value", typed: ["config", "check", "--port", ""], offers: [] },
  {
    why: "a value that is called like a command is none",
    typed: ["--data", "config", "ver"],
    offers: ["version"],
  },
  { why: "arguments", typed: ["completions", ""], offers: ["bash", "zsh", "fish"] },
];

for (const { why, typed, offers, never } of cases) {
  Deno.test(`bash completes ${why}: ${typed.join(" ")}`, strict, async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "completions");
      await Deno.writeTextFile(path, await script("bash"));
      const driver = `source "$1"; shift
        COMP_WORDS=(chatnode "$@"); COMP_CWORD=$#
        _chatnode; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const text = await output("bash", ["-c", driver, "bash", path, ...typed], folder);
      check(text.split("\n").filter((line) => line !== ""), offers, never);
    });
  });
}

function check(found: readonly string[], offers: readonly string[], never: readonly string[] = []) {
  for (const one of offers) assert.ok(found.includes(one), `${one} in ${found.join(" ")}`);
  if (offers.length === 0) assert.deepEqual(found, []);
  for (const one of never) assert.ok(!found.includes(one), one);
}

Deno.test("bash completes after --flag=, which it takes for three words", strict, async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "completions");
    await Deno.writeTextFile(path, await script("bash"));
    const driver = `source "$1"
      COMP_WORDS=(chatnode config check --env =); COMP_CWORD=4; _chatnode
      echo "\${COMPREPLY[*]}"
      COMP_WORDS=(chatnode config check --env = pro); COMP_CWORD=5; _chatnode
      echo "\${COMPREPLY[*]}"`;
    const text = await output("bash", ["-c", driver, "bash", path], folder);
    assert.equal(text, "development production testing\nproduction\n");
  });
});

const hasFish = await installed("fish");
for (const { why, typed, offers, never } of cases) {
  Deno.test({
    name: `fish completes ${why}: ${typed.join(" ")}`,
    ignore: !hasFish,
    ...strict,
    fn: () =>
      inFolder(async (folder) => {
        const path = join(folder, "completions.fish");
        await Deno.writeTextFile(path, await script("fish"));
        const line = ["chatnode", ...typed].join(" ");
        const driver = `source ${path}; complete -C '${line}'`;
        const text = await output("fish", ["--no-config", "-c", driver], folder);
        const found = text.split("\n").map((one) => one.split("\t")[0] ?? "").filter((one) =>
          one !== ""
        );
        const plain = found.map((one) => one.replace(/\/$/, "")).filter((one) =>
          one !== "completions.fish"
        );
        check(plain, offers, never);
      }),
  });
}

Deno.test({
  name: "zsh takes the script",
  ignore: !await installed("zsh"),
  ...strict,
  fn: () =>
    inFolder(async (folder) => {
      const path = join(folder, "_chatnode");
      await Deno.writeTextFile(path, await script("zsh"));
      await output("zsh", ["-f", "-n", path], folder);
      const driver =
        "autoload -U compinit; compinit -D -u; source ./_chatnode; echo $_comps[chatnode]";
      assert.equal(await output("zsh", ["-f", "-c", driver], folder), "_chatnode\n");
    }),
});

Deno.test("an unknown shell is refused with the nearest", strict, async () => {
  const io = memoryIo();
  assert.equal(await run(["completions", "fissh"], io), 2);
  assert.equal(
    io.stderr.text,
    'chatnode: Cannot print completions: "fissh" is not one of bash, zsh, fish.\n  Did you mean fish?\n',
  );
});
