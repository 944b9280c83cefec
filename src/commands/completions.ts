/**
 * `chatnode completions`.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { visible } from "../text.ts";
import { nearest } from "../config/names.ts";
import { action } from "./command.ts";
import { bashCompletions } from "./completions_bash.ts";
import { fishCompletions } from "./completions_fish.ts";
import { completionPlaces } from "./completions_tree.ts";
import { zshCompletions } from "./completions_zsh.ts";
import { ENTRIES } from "./registry.ts";

const SHELLS = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

export const command = action({
  name: "completions",
  summary: "Print the completions for a shell",
  reads: "none",
  examples: [
    { line: "completions bash", does: "In ~/.bashrc: source <(chatnode completions bash)" },
    {
      line: "completions zsh",
      does: "In ~/.zshrc, after compinit: source <(chatnode completions zsh)",
    },
    {
      line: "completions fish",
      does: "chatnode completions fish > ~/.config/fish/completions/chatnode.fish",
    },
  ],
  positionals: {
    usage: "bash|zsh|fish",
    help: "The shell.",
    least: 1,
    most: 1,
    choices: Object.keys(SHELLS),
  },
  async run({ io, positionals: [shell = ""] }) {
    const found = Object.entries(SHELLS).find(([name]) => name === shell);
    if (found === undefined) throw unknownShell(shell);
    const [, script] = found;
    await io.stdout.write(script(await completionPlaces(ENTRIES)));
  },
});

function unknownShell(shell: string): UsageError {
  const names = Object.keys(SHELLS);
  const meant = nearest(shell, names);
  return new UsageError(
    "usage/value",
    `Cannot print completions: "${visible(shell.slice(0, 60))}" is not one of ${names.join(", ")}`,
    meant === undefined ? {} : { hint: `Did you mean ${meant}?` },
  );
}
