/**
 * Completions for zsh.
 *
 * @module
 */
import {
  type Choice,
  type Place,
  quotedForShell,
  type ValueChoice,
  valueFlags,
  valuePatterns,
} from "./completions_tree.ts";

/** The file `_chatnode` for a folder of `$fpath`; it may be sourced as well. */
export function zshCompletions(places: readonly Place[]): string {
  const inner = places.slice(1).map(({ path }) => quotedForShell(path)).join(" | ");
  const values = valuePatterns(places).map(({ patterns, value }) =>
    `    (${patterns.map(quotedForShell).join(" | ")}) ${complete(value)}; return ;;`
  );
  const words = places.map(({ path, words, files, flags }) =>
    `    (${quotedForShell(path)})
      words_=(${described(words)})
      flags_=(${described(flags)})
      files_=${files ? "yes" : ""} ;;`
  );
  return `#compdef chatnode
# zsh completion for chatnode. To use it, put it into a folder of $fpath as _chatnode, or in ~/.zshrc
# after compinit:
#   source <(chatnode completions zsh)
_chatnode() {
  local place='' skip='' files_='' word previous=$words[CURRENT-1] i
  local -a words_ flags_
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if [[ -n $skip ]]; then skip=''; continue; fi
    case $word in
      (${valueFlags(places).join(" | ")}) skip=yes; continue ;;
    esac
    case $place/$word in
      (${inner}) place=$place/$word ;;
    esac
  done
  if [[ $PREFIX == --*=* ]]; then
    previous=\${PREFIX%%=*}
    compset -P '*='
  fi
  case $place:$previous in
${values.join("\n")}
  esac
  case $place in
${words.join("\n")}
  esac
  if [[ $PREFIX == -* ]]; then
    _describe -o flag flags_
  elif [[ -n $files_ ]]; then
    _files
  else
    _describe command words_
  fi
}
if [[ $funcstack[1] == _chatnode ]]; then
  _chatnode "$@"
else
  compdef _chatnode chatnode
fi
`;
}

/** `name:description` with colons in the name escaped, as `_describe` reads it. */
function described(choices: readonly Choice[]): string {
  return choices.map(({ name, does }) =>
    quotedForShell(does === "" ? name : `${name.replaceAll(":", "\\:")}:${does}`)
  ).join(" ");
}

function complete(value: ValueChoice): string {
  switch (value.what) {
    case "words":
      return `compadd -- ${value.words.map(quotedForShell).join(" ")}`;
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    case "nothing":
      return "_message value";
  }
}
