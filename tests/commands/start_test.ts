/** How a command is run: its flags, its signals, its log. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ChatnodeError } from "../../src/errors.ts";
import { getLogger } from "../../src/log.ts";
import { type Action, action, option, optionalFlag } from "../../src/commands/command.ts";
import { boolean, choice, integer, list, path } from "../../src/config/kinds.ts";
import { interruption } from "../../src/commands/interruption.ts";
import { report } from "../../src/commands/report.ts";
import { start } from "../../src/commands/start.ts";
import { inFolder } from "../config/folder.ts";
import { ManualClock } from "../harness/manual_clock.ts";
import { memoryIo } from "./memory_io.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

function probe(): { command: Action; seen: () => unknown } {
  let seen: unknown;
  const command = action({
    name: "probe",
    summary: "Show what arrives",
    reads: "none",
    options: {
      format: option(choice("a", "b"), "Form.", "a"),
      limit: optionalFlag(integer(1, 9), "Most."),
      dryRun: option(boolean(), "Change nothing.", false),
      rooms: option(list(choice("x", "y", "z")), "Rooms.", []),
      output: optionalFlag(path("file"), "File."),
    },
    positionals: { usage: "[NAME...]", help: "Names.", least: 0, most: 2 },
    run({ options, positionals }) {
      const format: "a" | "b" = options.format;
      const limit: number | undefined = options.limit;
      seen = { ...options, format, limit, positionals };
      return Promise.resolve();
    },
  });
  return { command, seen: () => seen };
}

const defaults = { format: "a", limit: undefined, dryRun: false, rooms: [], output: undefined };
const lines: readonly { why: string; args: string[]; seen: Record<string, unknown> }[] = [
  { why: "nothing", args: [], seen: {} },
  { why: "values", args: ["--format", "b", "--limit=3"], seen: { format: "b", limit: 3 } },
  { why: "a switch", args: ["--dry-run"], seen: { dryRun: true } },
  {
    why: "a switch that is taken back",
    args: ["--dry-run", "--no-dry-run"],
    seen: { dryRun: false },
  },
  { why: "the last one counts", args: ["--format=b", "--format=a"], seen: { format: "a" } },
  {
    why: "lists add up",
    args: ["--rooms", "x,y", "--rooms", "z"],
    seen: { rooms: ["x", "y", "z"] },
  },
  { why: "paths start here", args: ["--output", "f"], seen: { output: "/here/f" } },
  {
    why: "words",
    args: ["one", "--dry-run", "two"],
    seen: { dryRun: true, positionals: ["one", "two"] },
  },
  {
    why: "after -- all are words",
    args: ["--", "--dry-run"],
    seen: { positionals: ["--dry-run"] },
  },
  { why: "a dash is a word", args: ["-"], seen: { positionals: ["-"] } },
  { why: "-- help is a word as well", args: ["--", "-h"], seen: { positionals: ["-h"] } },
];

for (const { why, args, seen } of lines) {
  Deno.test(`own flags: ${why}`, strict, async () => {
    const { command, seen: found } = probe();
    await start(command, "probe", args, memoryIo({ cwd: "/here" }));
    assert.deepEqual(found(), { ...defaults, positionals: [], ...seen });
  });
}

Deno.test("a command that says it reads no settings gets none", strict, async () => {
  const command = action({
    name: "x",
    summary: "X",
    reads: "none",
    run: ({ settings }) => Promise.resolve(void settings),
  });
  const io = memoryIo();
  assert.equal(await start(command, "x", [], io), 1);
  assert.match(io.stderr.text, /TypeError: a command that reads no settings asked for them/);
});

Deno.test("a command reads its settings, and the log goes where they say", strict, async () => {
  await inFolder({}, async (data) => {
    const io = memoryIo();
    const command = action({
      name: "serve",
      summary: "S",
      reads: "server",
      logs: "service",
      async run({ settings }) {
        assert.equal(settings.port, 7);
        getLogger(["hub"]).info("one");
        await Deno.rename(join(data, "logs/chatnode.log"), join(data, "moved"));
        assert.ok(io.raise("SIGHUP"), "a service listens for it");
        await io.stderr.shows(/log files opened anew/);
        getLogger(["hub"]).info("two");
      },
    });
    const args = ["--data", data, "--port", "7", "--log-level", "debug"];
    const code = await start(command, "serve", args, io);
    assert.equal(code, 0);
    assert.match(await Deno.readTextFile(join(data, "moved")), /"one"/);
    assert.match(await Deno.readTextFile(join(data, "logs/chatnode.log")), /"two"/);
    assert.match(io.stderr.text, /^\{"time":.*"one"/);
    assert.equal(io.raise("SIGHUP"), false, "nobody listens afterwards");
  });
});

Deno.test("a command that is no service logs warnings as text, and no files", strict, async () => {
  await inFolder({}, async (data) => {
    const command = action({
      name: "x",
      summary: "X",
      reads: "history",
      run() {
        getLogger(["history"]).info("quiet");
        getLogger(["history"]).warning("loud");
        return Promise.resolve();
      },
    });
    const io = memoryIo();
    await start(command, "x", ["--data", data], io);
    assert.match(io.stderr.text, /^\S+Z warning history loud\n$/);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(data)), []);
    const verbose = memoryIo();
    await start(command, "x", ["--data", data, "--verbose"], verbose);
    assert.match(verbose.stderr.text, /quiet/);
    const asked = memoryIo();
    await start(command, "x", ["--data", data, "--log-level", "info"], asked);
    assert.match(asked.stderr.text, /quiet/);
  });
});

Deno.test("the first signal aborts, a later one has its ordinary effect", strict, () => {
  const io = memoryIo();
  const clock = new ManualClock();
  const interrupt = interruption(io.signals, clock);
  assert.equal(io.raise("SIGINT"), false, "nobody asked yet");
  const signal = interrupt.signal();
  assert.equal(interrupt.signal(), signal);
  assert.equal(io.raise("SIGTERM"), true);
  assert.ok(signal.aborted);
  assert.equal(io.raise("SIGINT"), true, "the same keypress, handed on by deno task or npm");
  clock.advance(999);
  assert.equal(io.raise("SIGINT"), true, "handed on late, on a busy machine");
  clock.advance(1);
  assert.equal(io.raise("SIGINT"), false, "somebody insists");
  interrupt.release();
  assert.equal(clock.pending, 0);
});

Deno.test("what ends at the first signal leaves no timer behind", strict, () => {
  const io = memoryIo();
  const clock = new ManualClock();
  const interrupt = interruption(io.signals, clock);
  interrupt.signal();
  io.raise("SIGINT");
  interrupt.release();
  assert.equal(clock.pending, 0);
  assert.equal(io.raise("SIGINT"), false);
});

const outcomes: readonly { why: string; error: unknown; code: number; says: RegExp }[] = [
  {
    why: "a failure with a hint",
    error: new ChatnodeError("x/y", "Cannot do it: no", { hint: "Do that." }),
    code: 1,
    says: /^chatnode: Cannot do it: no\.\n {2}Do that\.\n$/,
  },
  {
    why: "something unforeseen",
    error: new RangeError("bad\nthing"),
    code: 1,
    says: /^chatnode: Cannot go on: RangeError: bad\\nthing\.\n {2}Run it with --verbose/,
  },
  {
    why: "what the system refuses",
    error: new Deno.errors.PermissionDenied("Permission denied (os error 13): readdir '/keys'"),
    code: 1,
    says: /may not do it\.\n {2}The system says: Permission denied .*: readdir '\/keys'\n$/,
  },
  {
    why: "a JSON error does not show its input",
    error: new SyntaxError('Unexpected token in "hunter22"'),
    code: 1,
    says: /^chatnode: Cannot go on: SyntaxError\.\n/,
  },
  {
    why: "something that is no error",
    error: "hunter22",
    code: 1,
    says: /^chatnode: Cannot go on: string was thrown/,
  },
];

for (const { why, error, code, says } of outcomes) {
  Deno.test(`told on stderr: ${why}`, strict, async () => {
    const io = memoryIo();
    assert.equal(await report(error, "sentence", io), code);
    assert.match(io.stderr.text, says);
    assert.doesNotMatch(io.stderr.text, /hunter22/);
    const verbose = memoryIo();
    await report(error, "trace", verbose);
    assert.doesNotMatch(verbose.stderr.text, /hunter22/);
  });
}

Deno.test(
  "verbose shows the stack of what a command throws, wherever it was set",
  strict,
  async () => {
    const command = action({
      name: "x",
      summary: "X",
      reads: "account",
      run: () =>
        Promise.reject(new ChatnodeError("x/y", "Cannot do it: no", { cause: new Error("why") })),
    });
    await inFolder({}, async (cwd) => {
      const plain = memoryIo({ cwd });
      assert.equal(await start(command, "x", [], plain), 1);
      assert.equal(plain.stderr.text, "chatnode: Cannot do it: no.\n");
      await Deno.writeTextFile(join(cwd, ".env"), "CHATNODE_VERBOSE=true");
      const verbose = memoryIo({ cwd });
      assert.equal(await start(command, "x", [], verbose), 1);
      assert.match(
        verbose.stderr.text,
        /\nChatnodeError: Cannot do it: no\n +at [^]*\nError: why\n +at /,
      );
    });
  },
);

Deno.test("an interrupted command ends quietly with the shell's code", strict, async () => {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const io = memoryIo();
    const command = action({
      name: "x",
      summary: "X",
      reads: "none",
      run(invocation) {
        io.raise(signal);
        const { signal: aborting } = invocation;
        aborting.throwIfAborted();
        io.raise(signal);
        aborting.throwIfAborted();
        return Promise.resolve();
      },
    });
    assert.equal(await start(command, "x", [], io), code);
    assert.equal(io.stderr.text, "");
  }
});
