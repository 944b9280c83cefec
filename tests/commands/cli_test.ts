import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../src/commands/cli.ts";
import type { Command } from "../../src/commands/command.ts";
import { ENTRIES } from "../../src/commands/registry.ts";
import { inFolder } from "../config/folder.ts";
import { type MemoryIo, memoryIo, type MemoryIoOptions } from "./memory_io.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

async function chatnode(
  args: readonly string[],
  options: MemoryIoOptions = {},
): Promise<{ code: number; io: MemoryIo }> {
  const io = memoryIo(options);
  const code = await run(args, io);
  return { code, io };
}

const wrong: readonly { why: string; args: string[]; code: number; says: string }[] = [
  {
    why: "nothing at all",
    args: [],
    code: 2,
    says: "Cannot run chatnode: no command is given.\n  The commands are ",
  },
  {
    why: "a command that is nearly one",
    args: ["confg"],
    code: 2,
    says: "Cannot run confg: there is no such command.\n  Did you mean config?",
  },
  {
    why: "a command that is none",
    args: ["frobnicate"],
    code: 2,
    says: "Cannot run frobnicate: there is no such command.\n  The commands are ",
  },
  {
    why: "a command of a group that is nearly one",
    args: ["config", "prnt"],
    code: 2,
    says: "Cannot run config prnt: there is no such command.\n  Did you mean config print?",
  },
  {
    why: "a group alone",
    args: ["config"],
    code: 2,
    says: "Cannot run chatnode config: no command is given.\n  The commands are check, print. " +
      "See: chatnode help config",
  },
  {
    why: "a sync without a bucket",
    args: ["sync", "--data", "unused"],
    code: 2,
    says: "Cannot sync: no bucket is named.\n  Name one with --bucket, for example ",
  },
  {
    why: "a flag that is nearly one",
    args: ["config", "check", "--prot", "1"],
    code: 2,
    says: "Cannot use --prot: there is no such flag.\n  Did you mean --port?",
  },
  {
    why: "a flag that is nearly one, before the command",
    args: ["--dta", "x", "config", "check"],
    code: 2,
    says: "Cannot use --dta: there is no such flag.\n  Did you mean --data?",
  },
  {
    why: "a short flag that is none",
    args: ["version", "-x"],
    code: 2,
    says: "Cannot use -x: there is no such flag.",
  },
  {
    why: "a flag that has no effect here",
    args: ["version", "--port", "1"],
    code: 2,
    says: "Cannot use --port with version: it has no effect there.",
  },
  {
    why: "a value that was forgotten at the end",
    args: ["config", "check", "--port"],
    code: 2,
    says: "Cannot use --port: its value is missing.",
  },
  {
    why: "a value that was forgotten before the next flag",
    args: ["config", "check", "--data", "--no-search"],
    code: 2,
    says: "Cannot use --data: its value is missing.",
  },
  {
    why: "a value out of range",
    args: ["config", "check", "--port=-1"],
    code: 2,
    says: "Cannot set port from --port: -1 is not an integer from 0 to 65535.",
  },
  {
    why: "an own flag's value",
    args: ["config", "print", "--format", "jsn"],
    code: 2,
    says: 'Cannot use --format: "jsn" is not one of text, json.\n  Did you mean json?',
  },
  {
    why: "a value for --no-x",
    args: ["config", "check", "--no-search=x"],
    code: 2,
    says: "Cannot use --no-search=x: it takes no value.",
  },
  {
    why: "an argument too many",
    args: ["version", "please"],
    code: 2,
    says:
      'Cannot run version: the argument "please" is one too many.\n  See: chatnode help version',
  },
  {
    why: "an argument too few",
    args: ["completions"],
    code: 2,
    says: "Cannot run completions: bash|zsh|fish is missing.\n  See: chatnode help completions",
  },
  {
    why: "every fault of the settings at once",
    args: ["config", "check", "--port", "x", "--env", "prod"],
    code: 2,
    says: 'Cannot set env from --env: "prod" is not one of development, production, testing.\n' +
      "  Did you mean production?\n" +
      'chatnode: Cannot set port from --port: "x" is not an integer from 0 to 65535.\n',
  },
  {
    why: "what was typed cannot move the cursor",
    args: ["\x1b[2Jconfig"],
    code: 2,
    says: "Cannot run \\u001b[2Jconfig: there is no such command.",
  },
];

for (const { why, args, code, says } of wrong) {
  Deno.test(`exit code ${code}: ${why}`, strict, async () => {
    const found = await chatnode(args);
    assert.ok(found.io.stderr.text.startsWith(`chatnode: ${says}`), found.io.stderr.text);
    assert.equal(found.code, code);
    assert.equal(found.io.stdout.text, "");
    assert.doesNotMatch(found.io.stderr.text, /\bat .*\.ts/, "no stack trace");
  });
}

const fine: readonly { why: string; args: string[]; shows: RegExp }[] = [
  { why: "help", args: ["--help"], shows: /^chatnode: an all-in-one chat node/ },
  { why: "short help", args: ["-h"], shows: /^chatnode: an all-in-one chat node/ },
  { why: "the word help", args: ["help"], shows: /^chatnode: an all-in-one chat node/ },
  { why: "help of a group", args: ["help", "config"], shows: /Commands:\n {2}check/ },
  { why: "help of a command", args: ["help", "config", "print"], shows: /--format text\|json/ },
  { why: "help by flag", args: ["config", "print", "--help"], shows: /--format text\|json/ },
  { why: "help by flag of a group", args: ["config", "--help"], shows: /Commands:\n {2}check/ },
  {
    why: "help wins over what is wrong on the line",
    args: ["config", "print", "--nonsense", "--help"],
    shows: /--format text\|json/,
  },
  { why: "the version", args: ["version"], shows: /^chatnode +\d+\.\d+\.\d+/ },
  { why: "the version by flag", args: ["--version"], shows: /^chatnode +\d+\.\d+\.\d+/ },
  {
    why: "settings before the command",
    args: ["--port", "1", "config", "print"],
    shows: /port": 1,/,
  },
  { why: "settings between", args: ["config", "--port", "1", "print"], shows: /port": 1,/ },
  { why: "settings after", args: ["config", "print", "--port=1"], shows: /port": 1,/ },
  { why: "a negated setting", args: ["config", "print", "--no-search"], shows: /search": false,/ },
  {
    why: "a setting with a value",
    args: ["config", "print", "--search=off"],
    shows: /search": false/,
  },
];

for (const { why, args, shows } of fine) {
  Deno.test(`exit code 0: ${why}`, strict, async () => {
    const { code, io } = await chatnode(args);
    assert.equal(code, 0, io.stderr.text);
    assert.match(io.stdout.text, shows);
    assert.equal(io.stderr.text, "");
  });
}

/** The words of every command below one, groups in groups included. */
function wordsBelow(command: Command): string[][] {
  if (command.kind === "action") return [];
  return command.commands.flatMap((one) => [
    [one.name],
    ...wordsBelow(one).map((words) => [one.name, ...words]),
  ]);
}

Deno.test("every command has help that fits the terminal", strict, async () => {
  for (const columns of [60, 80, 200]) {
    for (const { name, load } of ENTRIES) {
      const command = (await load()).command;
      for (const words of [[], ...wordsBelow(command)]) {
        const { code, io } = await chatnode(["help", name, ...words], { columns });
        assert.equal(code, 0, io.stderr.text);
        const text = io.stdout.text.split("\n").filter((line) => !/^ {2}(-|chatnode )/.test(line));
        const longest = Math.max(...text.map((line) => line.length));
        assert.ok(longest <= Math.min(columns, 100), `${name} ${words}: ${longest} of ${columns}`);
      }
    }
  }
});

Deno.test(
  "help says what a person asks: usage, example, flags with default and variable",
  strict,
  async () => {
    const { io } = await chatnode(["help", "config", "check"]);
    for (
      const part of [
        "Usage: chatnode config check [flags]",
        "Examples:\n  chatnode config check\n",
        "  --port PORT\n      TCP port to listen on; 0 takes any free one.",
        "CHATNODE_PORT",
        "Default: 8765.",
        "  --config FILE\n",
      ]
    ) assert.ok(io.stdout.text.includes(part), part);
  },
);

Deno.test("the table of commands says what the modules say", strict, async () => {
  for (const { name, summary, load } of ENTRIES) {
    const command = (await load()).command;
    assert.equal(command?.name, name);
    assert.equal(command?.summary, summary);
    assert.match(summary, /^[A-Z].*[^.]$/);
  }
});

Deno.test("--verbose shows where an error came from", strict, async () => {
  const { io } = await chatnode(["version", "x", "--verbose"]);
  assert.match(io.stderr.text, /Cannot use --verbose with version/);
  const { io: second } = await chatnode(["config", "check", "--verbose", "x"]);
  assert.match(second.stderr.text, /\n +at .*parse\.ts/);
  const { io: third } = await chatnode(["config", "check", "x"], {
    environment: { HOME: "/h", CHATNODE_VERBOSE: "1" },
  });
  assert.match(third.stderr.text, /\n +at .*parse\.ts/);
});

Deno.test("errors have colour at a terminal alone, and NO_COLOR is heard", strict, async () => {
  const red = await chatnode(["x"], { columns: 80 });
  assert.ok(red.io.stderr.text.startsWith("\x1b[31mchatnode:\x1b[39m "));
  const environment = { NO_COLOR: "1" };
  const plain = await chatnode(["x"], { columns: 80, environment });
  assert.match(plain.io.stderr.text, /^chatnode: /);
});

Deno.test("a reader that goes away is no error", strict, async () => {
  const io = memoryIo();
  io.stdout.closed = true;
  assert.equal(await run(["help"], io), 0);
  assert.equal(io.stderr.text, "");
  io.stderr.closed = true;
  assert.equal(await run(["nonsense"], io), 2, "an error that nobody reads is one still");
});

Deno.test("config check names what it read", strict, async () => {
  await inFolder({ "chatnode.jsonc": '{"port": 1}' }, async (cwd) => {
    const { io } = await chatnode(["config", "check", "--no-search"], { cwd });
    assert.equal(
      io.stdout.text,
      "The settings can be used: 2 set, the others default; chatnode.jsonc.\n",
    );
  });
});

Deno.test("what is passed over is told", strict, async () => {
  await inFolder({ ".env": "CHATNODE_PORT=1" }, async (cwd) => {
    await Deno.chmod(cwd, 0o777);
    const { io, code } = await chatnode(["config", "check"], { cwd });
    assert.equal(code, 0);
    assert.equal(
      io.stderr.text,
      `chatnode: Passed over .env in ${cwd}: everybody may write to that folder.\n`,
    );
  });
});

Deno.test("config print masks secrets", strict, async () => {
  const secret = "hunter22".repeat(5);
  for (const format of ["text", "json"]) {
    const { io } = await chatnode(["config", "print", "--format", format], {
      environment: { HOME: "/h", JWT_SECRET: secret },
    });
    assert.doesNotMatch(io.stdout.text, /hunter22/);
    assert.match(io.stdout.text, /JWT_SECRET/, "but where it came from");
  }
});

Deno.test("version --json is for programs", strict, async () => {
  const { io } = await chatnode(["version", "--json"]);
  assert.deepEqual(Object.keys(JSON.parse(io.stdout.text)), [
    "chatnode",
    "deno",
    "v8",
    "typescript",
    "platform",
  ]);
});

Deno.test("--config names the file", strict, async () => {
  await inFolder({ "a.jsonc": '{"port": 1}' }, async (cwd) => {
    const { io } = await chatnode(["config", "print", "--config", "a.jsonc"], { cwd });
    assert.match(io.stdout.text, /"port": 1, \/\/ a\.jsonc:1:2/);
    const elsewhere = await chatnode(["config", "print", "--config", join(cwd, "a.jsonc")]);
    assert.match(elsewhere.io.stdout.text, /"port": 1,/);
  });
});
