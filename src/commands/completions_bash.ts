/**
 * Completions for bash 4 and later; needs nothing but bash.
 *
 * @module
 */
import {
  type Place,
  quotedForShell,
  type ValueChoice,
  valueFlags,
  valuePatterns,
} from "./completions_tree.ts";

/** The script to be sourced. */
export function bashCompletions(places: readonly Place[]): string {
  const inner = places.slice(1).map(({ path }) => quotedForShell(path)).join(" | ");
  const values = valuePatterns(places).map(({ patterns, value }) =>
    `    ${patterns.map(quotedForShell).join(" | ")})
      ${complete(value)}
      return ;;`
  );
  const words = places.map(({ path, words, files, flags }) =>
    `    ${quotedForShell(path)})
      words=${quotedForShell(words.map(({ name }) => name).join(" "))}
      flags=${quotedForShell(flags.map(({ name }) => name).join(" "))}
      files=${files ? "yes" : ""} ;;`
  );
  return `# bash completion for chatnode. To use it, in ~/.bashrc:
#   source <(chatnode completions bash)
_chatnode() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local place='' skip='' words='' flags='' files='' word i
  # Bash takes --flag=value for three words.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then skip=yes; continue; fi
    if [[ -n $skip ]]; then skip=''; continue; fi
    case $word in
      ${valueFlags(places).join(" | ")}) skip=yes; continue ;;
    esac
    case $place/$word in
      ${inner}) place=$place/$word ;;
    esac
  done
  case $place:$previous in
${values.join("\n")}
  esac
  case $place in
${words.join("\n")}
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current")
  elif [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}
complete -F _chatnode chatnode
`;
}

function complete(value: ValueChoice): string {
  switch (value.what) {
    case "words":
      return `mapfile -t COMPREPLY < <(compgen -W ${
        quotedForShell(value.words.join(" "))
      } -- "$current")`;
    case "file":
      return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current")';
    case "folder":
      return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current")';
    case "nothing":
      return "COMPREPLY=()";
  }
}
