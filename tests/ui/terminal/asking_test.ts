/** Commands that ask: in line mode, on the full screen, and for programs. */
import assert from "node:assert/strict";
import { systemClock } from "../../../src/clock.ts";
import { ChatnodeError } from "../../../src/errors.ts";
import { type Asking, NOBODY, Questions } from "../../../src/ui/terminal/asking.ts";
import { JsonPipe } from "../../../src/ui/terminal/json_pipe.ts";
import { type Key, KeyDecoder } from "../../../src/ui/terminal/keys.ts";
import { runLineMode } from "../../../src/ui/terminal/line_mode.ts";
import { PLAIN } from "../../../src/ui/terminal/paint.ts";
import { Pipe } from "../../../src/ui/terminal/piped.ts";
import { eventually, inTime } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { MemoryTerminal, Stage, StagedSession } from "./fullscreen/stage.ts";

const SECRET = "correct horse";

/** `/paint` asks for a colour, then for a secret, and says what it was told. */
class AskingSession extends StagedSession {
  readonly commands = [
    { name: "paint", takes: "", does: "ask what to paint" },
    { name: "account password", takes: "", does: "another password" },
  ];

  override async command(
    text: string,
    _room?: string,
    { ask, tell }: Asking = NOBODY,
  ): Promise<string | undefined> {
    if (text === "/account password") {
      return `new: ${await ask({ text: "New password", echo: "hidden" }) ?? "none"}`.length +
        " long";
    }
    if (text !== "/paint") return undefined;
    await tell("There are\ntwo \x1b[31mcolours");
    const colour = await ask({
      ...{ text: "Which \x1b[2Jcolour", given: "red", choices: ["red", "rose", "blue"] },
    });
    if (colour === undefined) return "Nothing is painted.";
    const secret = await ask({ text: "Secret", echo: "hidden" });
    if (secret === undefined) throw new ChatnodeError("test/secret", "Cannot paint: no secret");
    return `${colour} with ${secret.length} letters`;
  }
}

function keysOf(text: string): readonly Key[] {
  return [...new KeyDecoder().push(new TextEncoder().encode(text))];
}

const rows: readonly { why: string; typed: string; given?: string; answer: string | undefined }[] =
  [
    { why: "what is typed", typed: "red\r", answer: "red" },
    { why: "what was given stays", typed: "\r", given: "blue", answer: "blue" },
    { why: "and can be changed", typed: "\x15rose\r", given: "blue", answer: "rose" },
    { why: "nothing is an answer, too", typed: "\r", answer: "" },
    { why: "Ctrl-C gives it up", typed: "re\x03", answer: undefined },
    { why: "Ctrl-D does on an empty line", typed: "\x04", answer: undefined },
    { why: "and takes a letter away in another", typed: "redd\x1b[D\x04\r", answer: "red" },
    { why: "Tab completes a choice", typed: "b\t\r", answer: "blue" },
    { why: "Tab again gives the next", typed: "r\t\t\r", answer: "rose" },
    { why: "and behind the last the first", typed: "r\t\t\t\r", answer: "red" },
    { why: "Tab without one that fits does nothing", typed: "x\t\r", answer: "x" },
  ];

for (const { why, typed, given, answer } of rows) {
  test(`asking: ${why}`, async () => {
    const questions = new Questions(() => {});
    const choices = ["red", "rose", "blue"];
    const asked = questions.ask({
      text: "Colour",
      choices,
      ...given === undefined ? {} : { given },
    });
    for (const key of keysOf(typed)) assert.ok(questions.press(key));
    assert.equal(await asked, answer);
    assert.equal(questions.line, undefined);
    assert.ok(keysOf("x").every((key) => !questions.press(key)), "keys are the line's again");
  });
}

test("asking: one after the other, and not without end", async () => {
  const questions = new Questions(() => {});
  const all = Array.from({ length: 30 }, (_, at) => questions.ask({ text: `${at}` }));
  assert.equal(questions.line?.label, "0: ");
  for (let at = 0; at < 30; at += 1) for (const key of keysOf("y\r")) questions.press(key);
  const answers = await Promise.all(all);
  assert.equal(answers.filter((one) => one === "y").length, 20);
  assert.equal(answers.filter((one) => one === undefined).length, 10);
});

test("asking on the full screen: in the place of the line, which comes back", async () => {
  const session = new AskingSession();
  await using stage = await Stage.open([session]);
  stage.enter("/paint");
  await stage.shows(/There are\n/);
  await stage.shows(/Which colour: red/);
  stage.type("\x15r\t\t\r");
  await stage.shows(/Secret:/);
  stage.enter(SECRET);
  await stage.shows(/rose with 13 letters/);
  assert.ok(!stage.terminal.raw.includes(SECRET));
  // Neither is anything of it to be looked up.
  stage.type("\x1b[A");
  await stage.shows(/> \/paint/);
  stage.type("\x15/account password\r");
  await stage.shows(/New password:/);
  stage.type("\x03");
  await stage.shows(/9 long/);
});

test("asking in line mode: the same", async () => {
  const session = new AskingSession();
  const terminal = new MemoryTerminal(80, 24);
  const abort = new AbortController();
  const running = runLineMode({
    ...{ session, keyboard: terminal, output: terminal, clock: systemClock, paint: PLAIN },
    ...{ room: "lobby", backlog: 0, bell: "silent", farewells: [], signal: abort.signal },
    awayAfterMs: 0,
    ...{ onResize: () => () => {}, onContinue: () => () => {}, suspend: () => {}, files: () => [] },
  });
  session.online();
  const shows = (pattern: RegExp) =>
    eventually(`${pattern} is shown`, () => pattern.test(terminal.text));
  await shows(/lobby>/);
  terminal.type("/paint\r");
  await shows(/two colours/);
  await shows(/Which colour: red/);
  terminal.type("\r");
  await shows(/Secret:/);
  terminal.type(`${SECRET}\r`);
  await shows(/red with 13 letters/);
  assert.ok(!terminal.raw.includes(SECRET));
  terminal.type("/paint\r");
  await shows(/Which colour: red\s*$/);
  terminal.type("\x03");
  await shows(/Nothing is painted/);
  terminal.type("/quit\r");
  await inTime("the end", running);
});

/** What a program is told that says `lines`. */
async function told(lines: readonly string[]): Promise<{
  readonly out: readonly Record<string, unknown>[];
  readonly outcome: "done" | "failed";
}> {
  const session = new AskingSession();
  const out: Record<string, unknown>[] = [];
  const input = [new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""))];
  const pipe = new Pipe({
    ...{ session, clock: systemClock, atEnd: "leave", patienceMs: 10_000, backlog: undefined },
    signal: new AbortController().signal,
    input: {
      read(buffer) {
        const next = input.shift();
        if (next !== undefined) buffer.set(next);
        return Promise.resolve(next?.length ?? null);
      },
    },
  }, (one) =>
    new JsonPipe({
      ...{ session, target: { room: "lobby" } },
      out: (line) => {
        out.push(JSON.parse(line));
        return Promise.resolve();
      },
    }, one));
  session.online();
  const outcome = await inTime("the pipe's end", pipe.run());
  return { out: out.filter(({ type }) => type !== "chatnode.online"), outcome };
}

test("asking programs: a question is a line, the next line its answer", async () => {
  const { out, outcome } = await told([
    "/paint",
    '{"answer":"blue"}',
    `{"answer":"${SECRET}"}`,
    '{"body":"done"}',
  ]);
  assert.equal(outcome, "done");
  assert.deepEqual(out.map(({ type, line }) => [type, line]), [
    ["chatnode.reply", 1],
    ["chatnode.question", 1],
    ["chatnode.question", 1],
    ["chatnode.reply", 1],
    ["chatnode.sent", 4],
  ]);
  assert.deepEqual(out[1], {
    ...{ type: "chatnode.question", line: 1, text: "Which \x1b[2Jcolour", secret: false },
    ...{ given: "red", choices: ["red", "rose", "blue"] },
  });
  assert.equal(out[2]?.["secret"], true);
  assert.equal(out[3]?.["text"], "blue with 13 letters");
});

test("asking programs: what is no answer, and the end, give it up", async () => {
  const given = await told(["/paint", '{"answer":null}']);
  assert.equal(given.out.at(-1)?.["text"], "Nothing is painted.");
  const other = await told(["/paint", '{"answer":"red"}', '{"body":"on with it"}']);
  assert.deepEqual(other.out.slice(-2).map(({ type, line }) => [type, line]), [
    ["chatnode.error", 1],
    ["chatnode.sent", 3],
  ]);
  assert.equal(other.outcome, "failed");
  const ended = await told(["/paint"]);
  assert.equal(ended.out.at(-1)?.["text"], "Nothing is painted.");
});
