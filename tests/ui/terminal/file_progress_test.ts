import assert from "node:assert/strict";
import { systemClock } from "../../../src/clock.ts";
import type { ChatEvent } from "../../../src/message/event.ts";
import { inSteps } from "../../../src/ui/terminal/file_progress.ts";
import { runLineMode } from "../../../src/ui/terminal/line_mode.ts";
import { PLAIN } from "../../../src/ui/terminal/paint.ts";
import type { FileSending } from "../../../src/ui/terminal/session_extras.ts";
import { eventually, inTime } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { MemoryTerminal, said, StagedSession } from "./fullscreen/stage.ts";

const rows: readonly { why: string; steps: number; done: number[]; told: number[] }[] = [
  { why: "each step once", steps: 2, done: [0, 0.1, 0.5, 0.6, 0.9], told: [0, 0.5] },
  { why: "the end, whatever the step", steps: 2, done: [0, 0.99, 1], told: [0, 0.99, 1] },
  { why: "the end once", steps: 10, done: [1, 1], told: [1] },
  { why: "nothing goes back", steps: 10, done: [0.5, 0.2, 0.6], told: [0.5, 0.6] },
];

for (const { why, steps, done, told } of rows) {
  test(`progress: ${why}`, () => {
    const heard: number[] = [];
    const tell = inSteps(steps, (part) => heard.push(part));
    for (const part of done) tell(part);
    assert.deepEqual(heard, told);
  });
}

test("progress: line mode shows it before the line, and leaving ends the transfer", async () => {
  const sending = Promise.withResolvers<FileSending>();
  const sent = Promise.withResolvers<ChatEvent>();
  class Sending extends StagedSession {
    readonly files = {
      send: (_room: string, _path: string, given: FileSending) => {
        sending.resolve(given);
        return sent.promise;
      },
    };
  }
  const session = new Sending();
  const terminal = new MemoryTerminal(80, 24);
  const running = runLineMode({
    ...{ session, keyboard: terminal, output: terminal, clock: systemClock, paint: PLAIN },
    ...{ room: "lobby", backlog: 0, bell: "silent", farewells: [] },
    ...{ onResize: () => () => {}, onContinue: () => () => {}, suspend: () => {}, awayAfterMs: 0 },
    ...{ signal: new AbortController().signal, files: () => [] },
  });
  session.online();
  const shows = (pattern: RegExp) =>
    eventually(`${pattern} is shown`, () => pattern.test(terminal.text));
  terminal.type("/file notes.txt\r");
  const { progress, signal } = await sending.promise;
  progress(0.423);
  await shows(/lobby \(42 % sent\)>/);
  sent.resolve(said(1, "alice", "https://up.example/notes.txt"));
  await shows(/lobby>/);
  assert.equal(signal.aborted, false);
  terminal.type("/quit\r");
  await inTime("the end", running);
  assert.equal(signal.aborted, true);
});
