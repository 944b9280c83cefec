import assert from "node:assert/strict";
import { TerminalAsking } from "../../src/commands/terminal_asking.ts";
import { test } from "../harness/test.ts";
import { memoryIo } from "./memory_io.ts";

test("asking at a terminal: lines, what is given, and what nobody sees", async () => {
  const io = memoryIo({ columns: 80, input: ["erin@example.org\n", "\n", "secret\r"] });
  const asking = new TerminalAsking(io, "register");
  await asking.tell("Two\nlines \u001b[2J");
  assert.equal(await asking.ask({ text: "Email\u001b[31m" }), "erin@example.org");
  assert.equal(await asking.ask({ text: "Language", given: "en" }), "en");
  assert.equal(await asking.ask({ text: "Code", echo: "hidden" }), "secret");
  assert.equal(
    io.stderr.text,
    "Two\nlines \\u001b[2J\nEmail\\u001b[31m: Language [en]: Code: \n",
  );
});

test("asking at a terminal: the end of the input gives up", async () => {
  const io = memoryIo({ columns: 80, input: [] });
  assert.equal(await new TerminalAsking(io, "register").ask({ text: "Email" }), undefined);
});

test("asking at a terminal: without one nothing is asked", async () => {
  const io = memoryIo({ input: ["erin@example.org\n"] });
  const asked = new TerminalAsking(io, "register").ask({ text: "Email" });
  await assert.rejects(asked, {
    code: "terminal/no-input",
    message: 'Cannot register: "Email" is asked, and nobody is there',
  });
});
