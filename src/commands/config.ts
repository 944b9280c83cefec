/**
 * `chatnode config check` and `chatnode config print`.
 *
 * @module
 */
import { choice } from "../config/kinds.ts";
import { describeOrigin, shortPath } from "../config/origin.ts";
import { printJson, printJsonc } from "../config/print.ts";
import { visible } from "../text.ts";
import { action, group, option } from "./command.ts";

const check = action({
  name: "check",
  summary: "Read the settings from everywhere and say whether they can be used",
  reads: "every",
  description: "Exit code 0 when they can, 2 when they cannot; every fault is named at once.",
  examples: [
    { line: "config check", does: "What a server started here would use." },
    {
      line: "config check --config /etc/chatnode/chatnode.jsonc",
      does: "A file before it is put to use.",
    },
  ],
  async run({ io, loaded }) {
    const { file, origins } = loaded;
    const set = Object.values(origins).filter(({ from }) => from !== "default").length;
    const from = file === undefined ? "no settings file" : visible(shortPath(file, io.cwd));
    await io.stdout.write(`The settings can be used: ${set} set, the others default; ${from}.\n`);
  },
});

const print = action({
  name: "print",
  summary: "Show every setting with its value and where that comes from",
  reads: "every",
  description: "The text form can be used as chatnode.jsonc. Secrets are never shown.",
  examples: [
    { line: "config print", does: "What a server started here would use." },
    {
      line: "config print --format json",
      does: "The same for programs: an object with value and origin for each setting.",
    },
  ],
  options: {
    format: option(choice("text", "json"), "Form of the output.", "text"),
  },
  async run({ io, loaded, options }) {
    const describe = (origin: Parameters<typeof describeOrigin>[0]) =>
      describeOrigin(origin, io.cwd);
    const text = options.format === "json"
      ? printJson(loaded, describe)
      : printJsonc(loaded, describe);
    await io.stdout.write(text);
  },
});

export const command = group(
  {
    name: "config",
    summary: "Check the settings, or show each with where it comes from",
  },
  check,
  print,
);
