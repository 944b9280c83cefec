import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../src/clock.ts";
import { configureLogging, getLogger, type LogOptions, type LogStream } from "../src/log.ts";
import { StandingClock } from "./commands/memory_io.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

/** Keeps lines and lets a test wait for one. */
class Lines implements LogStream {
  text = "";
  #watchers: { pattern: RegExp; resolve: () => void }[] = [];

  constructor(readonly isTerminal: boolean) {}

  write(text: string): Promise<void> {
    this.text += text;
    for (const { pattern, resolve } of this.#watchers) if (pattern.test(this.text)) resolve();
    return Promise.resolve();
  }

  shows(pattern: RegExp): Promise<void> {
    if (pattern.test(this.text)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.push({ pattern, resolve });
    return promise;
  }
}

function setup(options: Partial<LogOptions> & { terminal?: boolean } = {}) {
  const stderr = new Lines(options.terminal ?? false);
  const logging = configureLogging({
    env: "production",
    level: "info",
    format: "auto",
    colour: "plain",
    dir: undefined,
    clock: systemClock,
    stderr,
    ...options,
  });
  return { stderr, logging };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The messages of a file of JSON lines. */
async function messages(path: string): Promise<string[]> {
  const lines = (await Deno.readTextFile(path)).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line).message);
}

Deno.test("without a terminal each line is a JSON object", strict, async () => {
  const { stderr, logging } = setup();
  getLogger(["history", "journal"]).info("closed file {file} of {room}", {
    file: 3,
    room: "lobby",
    events: 12,
  });
  await logging.close();
  const { time, ...line } = JSON.parse(stderr.text);
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
  assert.deepEqual(line, {
    level: "info",
    category: "history.journal",
    message: "closed file 3 of lobby",
    properties: { file: 3, room: "lobby", events: 12 },
  });
});

Deno.test("a terminal gets text; what the message names is not repeated", strict, async () => {
  const { stderr, logging } = setup({ terminal: true });
  getLogger(["history"]).warning("closed file {file}", { file: 3, events: 12, by: "a b" });
  await logging.close();
  assert.match(stderr.text, /^\d{4}-\S+Z warning history closed file 3 events=12 by="a b"\n$/);
});

Deno.test("colours are SGR sequences and nothing else", strict, async () => {
  const { stderr, logging } = setup({ terminal: true, colour: "coloured" });
  getLogger(["hub"]).error("gone");
  await logging.close();
  assert.equal(stderr.text.slice(33), "\x1b[31merror  \x1b[0m \x1b[2mhub\x1b[0m gone\n");
});

Deno.test("remote text cannot forge a line or move the cursor", strict, async () => {
  const evil = "bob\n2026-01-01 error hub all is lost\r\x1b[2J\u202e\u200b\u009b1m\u2028";
  for (const format of ["text", "json"] as const) {
    for (
      const log of [
        () => getLogger(["hub"]).info("joined: {who}", { who: evil }),
        () => getLogger(["hub"]).info("joined", { who: evil }),
        () => getLogger(["hub"]).info("joined", { [evil]: 1 }),
        () => getLogger(["hub"]).info`joined: ${evil}`,
        () => getLogger(["hub"]).info(evil),
        () => getLogger(["hub", evil]).info("joined"),
        () => getLogger(["hub"]).info("joined", { error: new Error(evil) }),
      ]
    ) {
      const { stderr, logging } = setup({ format });
      log();
      await logging.close();
      assert.match(stderr.text, /^[^\n]+\n$/, "one line");
      // deno-lint-ignore no-control-regex -- that none is left
      assert.doesNotMatch(stderr.text.slice(0, -1), /[\x00-\x1f\x7f-\x9f\u200b\u2028\u202e]/);
      if (format === "json") JSON.parse(stderr.text);
    }
  }
});

Deno.test("secrets and messages stay out of text and JSON", strict, async () => {
  for (const format of ["text", "json"] as const) {
    const { stderr, logging } = setup({ format });
    const logger = getLogger(["accounts"]);
    logger.info("login {password}", { password: "hunter22" });
    logger.info("login {user.password}", { user: { password: "hunter22" } });
    logger.info("all: {*}", { body: "hunter22" });
    logger.info("header", { authorization: "hunter22", note: "Bearer hunter22" });
    logger.info`got ${"token=hunter22"}`;
    logger.info("password=hunter22");
    logger.info("lazy", () => ({ secret: "hunter22" }));
    await logging.close();
    assert.equal(stderr.text.split("\n").length, 8);
    assert.doesNotMatch(stderr.text, /hunter22/);
  }
});

Deno.test("the level decides", strict, async () => {
  const { stderr, logging } = setup({ level: "warning" });
  getLogger(["hub"]).info("no");
  getLogger(["hub"]).warning("yes");
  await logging.close();
  assert.match(stderr.text, /"yes"/);
  assert.doesNotMatch(stderr.text, /"no"/);
});

Deno.test("files hold everything; errors stand in one of their own", strict, async () => {
  await inFolder(async (folder) => {
    const dir = join(folder, "deep", "logs");
    const { logging } = setup({ dir });
    getLogger(["hub"]).info("fine");
    getLogger(["hub"]).error("bad");
    getLogger(["hub"]).fatal("worse");
    await logging.close();
    assert.deepEqual(await messages(join(dir, "chatnode.log")), ["fine", "bad", "worse"]);
    assert.deepEqual(await messages(join(dir, "errors.log")), ["bad", "worse"]);
    assert.equal((await Deno.stat(dir)).mode! & 0o777, 0o700, "others may not read them");
    assert.equal((await Deno.stat(join(dir, "chatnode.log"))).mode! & 0o777, 0o600);
  });
});

const rotations = [
  { env: "development", megabytes: 5, kept: 3 },
  { env: "production", megabytes: 50, kept: 10 },
] as const;

for (const { env, megabytes, kept } of rotations) {
  Deno.test(`in ${env} files move at ${megabytes} MB and ${kept} are kept`, strict, async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "chatnode.log");
      // Sparse files stand in for what was logged before.
      for (let round = 0; round < kept + 2; round++) {
        (await Deno.create(path)).close();
        await Deno.truncate(path, megabytes * 1_000_000 - 1);
        const { logging } = setup({ dir: folder, env });
        getLogger(["hub"]).info(`round ${round}`);
        await logging.close();
        assert.deepEqual(await messages(path), [`round ${round}`], "begun anew");
      }
      const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
      const moved = Array.from({ length: kept }, (_, at) => `chatnode.log.${at + 1}`);
      assert.deepEqual(names, ["chatnode.log", ...moved, "errors.log"].sort());
    });
  });
}

Deno.test("after logrotate moved a file, reopening writes to a new one", strict, async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "chatnode.log");
    const { logging } = setup({ dir: folder });
    getLogger(["hub"]).info("before");
    await Deno.rename(path, `${path}-20260101`);
    getLogger(["hub"]).info("between");
    await logging.reopen();
    getLogger(["hub"]).info("after");
    await logging.close();
    assert.deepEqual(await messages(`${path}-20260101`), ["before", "between"]);
    assert.deepEqual(await messages(path), ["after"]);
  });
});

Deno.test("a torn line at the end of a file does not spoil the next", strict, async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "chatnode.log");
    await Deno.writeTextFile(path, '{"message":"whole"}\n{"mess');
    const { logging } = setup({ dir: folder });
    getLogger(["hub"]).info("next");
    await logging.close();
    const lines = (await Deno.readTextFile(path)).split("\n");
    assert.equal(lines[1], '{"mess');
    assert.equal(JSON.parse(lines[2] ?? "").message, "next");
  });
});

Deno.test(
  "a full disk costs log lines, is told on stderr, and ends by itself",
  strict,
  async () => {
    await inFolder(async (folder) => {
      const clock = new StandingClock();
      for (const name of ["chatnode.log", "errors.log"]) {
        await Deno.symlink("/dev/full", join(folder, name));
      }
      const { stderr, logging } = setup({ dir: folder, clock });
      getLogger(["hub"]).error("first");
      await stderr.shows(/Cannot write .*errors\.log: No space left/);
      getLogger(["hub"]).error("lost, and not tried again yet");
      await Deno.remove(join(folder, "errors.log"));
      clock.advance(5000);
      getLogger(["hub"]).error("kept again");
      await logging.close();
      assert.deepEqual(await messages(join(folder, "errors.log")), ["kept again"]);
      assert.equal(stderr.text.match(/"kept again"|"first"/g)?.length, 2, "stderr has every line");
    });
  },
);

Deno.test("a folder that cannot be made costs the files alone", strict, async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "logs"), "a file where the folder should be");
    const clock = new StandingClock();
    const { stderr, logging } = setup({ dir: join(folder, "logs"), clock });
    getLogger(["hub"]).info("still here");
    await logging.reopen();
    await Deno.remove(join(folder, "logs"));
    clock.advance(60_000);
    getLogger(["hub"]).info("kept");
    await logging.close();
    assert.match(stderr.text, /Cannot write .*chatnode\.log/);
    assert.match(stderr.text, /still here/);
    assert.deepEqual(await messages(join(folder, "logs", "chatnode.log")), ["kept"]);
  });
});

Deno.test("a reader of stderr that stops costs lines, not memory or time", strict, async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const written: string[] = [];
  const stderr: LogStream = {
    isTerminal: false,
    write(text) {
      written.push(text);
      return promise;
    },
  };
  const { logging } = setup({ stderr });
  const logger = getLogger(["hub"]);
  for (let at = 0; at < 20_000; at++) logger.info("x".repeat(100));
  const waiting = written.join("").length;
  assert.ok(waiting < 1000, "only the first write is out");
  resolve();
  await logging.close();
  const text = written.join("");
  assert.ok(text.length < 1024 * 1024 + 1000);
  assert.match(text.slice(-300), /\d+ lines were dropped: stderr is read too slowly[^\n]*\n$/);
});

Deno.test("a reader of stderr that is gone stops nothing", strict, async () => {
  const stderr: LogStream = { isTerminal: false, write: () => Promise.reject(new Error("gone")) };
  const { logging } = setup({ stderr });
  getLogger(["hub"]).info("one");
  await Promise.resolve();
  getLogger(["hub"]).info("two");
  await logging.close();
});

Deno.test("closing twice is harmless and ends logging", strict, async () => {
  const { stderr, logging } = setup();
  await logging.close();
  await logging.close();
  await logging.reopen();
  getLogger(["hub"]).error("nobody hears");
  assert.equal(stderr.text, "");
});
